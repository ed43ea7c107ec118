/*
 * elf-fields: where the fields of an ELF file's headers stand, for both widths.
 */
#include <stdio.h>

#include "base/cursor.h"
#include "image/elf.h"

const struct elf_width elf_widths[ELF_WIDTHS] = {
	{ .bits = 32, .ident_class = 1,
	  .header = 52, .segment = 32, .section = 40, .symbol = 16,
	  .field = {
		[E_TYPE] = { 16, 2 }, [E_MACHINE] = { 18, 2 },
		[E_VERSION] = { 20, 4 }, [E_ENTRY] = { 24, 4 },
		[E_PHOFF] = { 28, 4 }, [E_SHOFF] = { 32, 4 },
		[E_EHSIZE] = { 40, 2 }, [E_PHENTSIZE] = { 42, 2 },
		[E_PHNUM] = { 44, 2 }, [E_SHENTSIZE] = { 46, 2 },
		[E_SHNUM] = { 48, 2 }, [E_SHSTRNDX] = { 50, 2 },
		[P_TYPE] = { 0, 4 }, [P_OFFSET] = { 4, 4 },
		[P_VADDR] = { 8, 4 }, [P_PADDR] = { 12, 4 },
		[P_FILESZ] = { 16, 4 }, [P_MEMSZ] = { 20, 4 },
		[P_FLAGS] = { 24, 4 },
		[SH_NAME] = { 0, 4 }, [SH_TYPE] = { 4, 4 },
		[SH_FLAGS] = { 8, 4 }, [SH_ADDR] = { 12, 4 },
		[SH_OFFSET] = { 16, 4 }, [SH_SIZE] = { 20, 4 },
		[SH_LINK] = { 24, 4 }, [SH_INFO] = { 28, 4 },
		[SH_ADDRALIGN] = { 32, 4 }, [SH_ENTSIZE] = { 36, 4 },
	  } },
	{ .bits = 64, .ident_class = 2,
	  .header = 64, .segment = 56, .section = 64, .symbol = 24,
	  .field = {
		[E_TYPE] = { 16, 2 }, [E_MACHINE] = { 18, 2 },
		[E_VERSION] = { 20, 4 }, [E_ENTRY] = { 24, 8 },
		[E_PHOFF] = { 32, 8 }, [E_SHOFF] = { 40, 8 },
		[E_EHSIZE] = { 52, 2 }, [E_PHENTSIZE] = { 54, 2 },
		[E_PHNUM] = { 56, 2 }, [E_SHENTSIZE] = { 58, 2 },
		[E_SHNUM] = { 60, 2 }, [E_SHSTRNDX] = { 62, 2 },
		[P_TYPE] = { 0, 4 }, [P_FLAGS] = { 4, 4 },
		[P_OFFSET] = { 8, 8 }, [P_VADDR] = { 16, 8 },
		[P_PADDR] = { 24, 8 }, [P_FILESZ] = { 32, 8 },
		[P_MEMSZ] = { 40, 8 },
		[SH_NAME] = { 0, 4 }, [SH_TYPE] = { 4, 4 },
		[SH_FLAGS] = { 8, 8 }, [SH_ADDR] = { 16, 8 },
		[SH_OFFSET] = { 24, 8 }, [SH_SIZE] = { 32, 8 },
		[SH_LINK] = { 40, 4 }, [SH_INFO] = { 44, 4 },
		[SH_ADDRALIGN] = { 48, 8 }, [SH_ENTSIZE] = { 56, 8 },
	  } },
};

static const char *const field_names[ELF_FIELDS] = {
	[E_TYPE] = "e_type", [E_MACHINE] = "e_machine",
	[E_VERSION] = "e_version", [E_ENTRY] = "e_entry",
	[E_PHOFF] = "e_phoff", [E_SHOFF] = "e_shoff",
	[E_EHSIZE] = "e_ehsize", [E_PHENTSIZE] = "e_phentsize",
	[E_PHNUM] = "e_phnum", [E_SHENTSIZE] = "e_shentsize",
	[E_SHNUM] = "e_shnum", [E_SHSTRNDX] = "e_shstrndx",
	[P_TYPE] = "p_type", [P_FLAGS] = "p_flags",
	[P_OFFSET] = "p_offset", [P_VADDR] = "p_vaddr",
	[P_PADDR] = "p_paddr", [P_FILESZ] = "p_filesz",
	[P_MEMSZ] = "p_memsz",
	[SH_NAME] = "sh_name", [SH_TYPE] = "sh_type",
	[SH_FLAGS] = "sh_flags", [SH_ADDR] = "sh_addr",
	[SH_OFFSET] = "sh_offset", [SH_SIZE] = "sh_size",
	[SH_LINK] = "sh_link", [SH_INFO] = "sh_info",
	[SH_ADDRALIGN] = "sh_addralign", [SH_ENTSIZE] = "sh_entsize",
};

uint64_t
elfimage_get(const struct elf_width *w, enum elf_field field, const void *from)
{
	const unsigned char *p = from;

	return le_get(p + w->field[field].offset, w->field[field].size);
}

void
elfimage_put(const struct elf_width *w, enum elf_field field, void *to,
    uint64_t value)
{
	unsigned char *p = to;

	le_put(p + w->field[field].offset, w->field[field].size, value);
}

uint64_t
elfimage_at(const struct elf *elf, enum elf_field field, size_t i)
{
	uint64_t at = elf->width->field[field].offset;

	if (field >= SH_NAME)
		return elf->shoff + i * elf->shentsize + at;
	if (field >= P_TYPE)
		return elf->phoff + i * elf->phentsize + at;
	return at;
}

struct elf_name
elfimage_name(enum elf_field field, size_t i)
{
	const char *table = field < SH_NAME ? "program header" : "section";
	const char *word = field < ELF_FIELDS ? field_names[field] : "?";
	struct elf_name name;

	if (field < P_TYPE)
		snprintf(name.text, sizeof(name.text), "%s", word);
	else
		snprintf(name.text, sizeof(name.text), "%s of %s %zu", word,
		    table, i);
	return name;
}
