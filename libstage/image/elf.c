#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "image/elf.h"

/* ---- fields of the headers ---- */

#define PLACE(name, type, m)	[name] = { offsetof(type, m), \
				    sizeof(((type *)NULL)->m) },
#define NARROW(name, s, m)	PLACE(name, Elf32_##s, m)
#define WIDE(name, s, m)	PLACE(name, Elf64_##s, m)
#define NAME(name, s, m)	[name] = #m,

const struct elf_width elf_widths[ELF_WIDTHS] = {
	{ 32, ELFCLASS32, sizeof(Elf32_Ehdr), sizeof(Elf32_Phdr),
	    sizeof(Elf32_Shdr), sizeof(Elf32_Sym),
	    { ELF_FIELDS_ALL(NARROW) } },
	{ 64, ELFCLASS64, sizeof(Elf64_Ehdr), sizeof(Elf64_Phdr),
	    sizeof(Elf64_Shdr), sizeof(Elf64_Sym), { ELF_FIELDS_ALL(WIDE) } },
};

static const char *const field_names[ELF_FIELDS] = { ELF_FIELDS_ALL(NAME) };

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

/* ---- the file header ---- */

/* e_machine (generic ABI, chapter 4) of kernels that a user may try. */
static const struct { uint16_t machine; const char *name; } machines[] = {
	{ 2, "SPARC" }, { 8, "MIPS" }, { 20, "PowerPC" },
	{ 21, "64-bit PowerPC" }, { 22, "S/390" }, { 40, "32-bit Arm" },
	{ 42, "SuperH" }, { 43, "64-bit SPARC" }, { 50, "Itanium" },
	{ 183, "AArch64" }, { 243, "RISC-V" }, { 258, "LoongArch" },
	{ EM_386, "i386" }, { EM_X86_64, "x86-64" },
};

int
elfimage_probe(struct image_file *file, struct fail *f)
{
	unsigned char magic[4];

	if (file->size < sizeof(magic))
		return 0;
	if (imagefile_read(file, 0, magic, sizeof(magic), f) < 0)
		return -1;
	return memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

static const char *
machine_name(uint64_t machine)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "an unknown machine";
}

static int
read_ident(struct elf *elf, struct fail *f)
{
	struct image_file *file = elf->file;
	unsigned char ident[16];

	if (imagefile_read(file, 0, ident, sizeof(ident), f) < 0)
		return -1;
	if (ident[5] != 1)
		return imagefile_refuse(file, f, "e_ident[5]", 5, ident[5],
		    ident[5] == 2 ? "big-endian; x86 is little-endian" :
		    "neither little-endian (1) nor big-endian (2)");
	for (size_t i = 0; i < ELF_WIDTHS; i++)
		if (elf_widths[i].ident_class == ident[4])
			elf->width = &elf_widths[i];
	if (elf->width == NULL)
		return imagefile_refuse(file, f, "e_ident[4]", 4, ident[4],
		    "neither a 32-bit (1) nor a 64-bit (2) image");
	return imagefile_read(file, 0, elf->header, elf->width->header, f);
}

static int
check_machine(const struct elf *elf, struct fail *f)
{
	if (elf->machine == EM_386 || elf->machine == EM_X86_64)
		return 0;
	return elfimage_refuse(elf, f, E_MACHINE, 0, elf->machine,
	    "an image for %s; xb builds domains for i386 (3) and x86-64 (62)",
	    machine_name(elf->machine));
}

int
elfimage_check_class(const struct elf *elf, struct fail *f)
{
	unsigned wanted = elf->machine == EM_386 ? 32 : 64;

	if (elf->width->bits == wanted)
		return 0;
	return elfimage_refuse(elf, f, E_MACHINE, 0, elf->machine,
	    "%s, which does not fit a %u-bit image (e_ident[4])",
	    machine_name(elf->machine), elf->width->bits);
}

static int
check_type(const struct elf *elf, struct fail *f)
{
	static const char *const kinds[] = {
		"of no type", "a relocatable object, not linked yet", NULL,
		NULL, "a core dump",
	};

	if (elf->type == ET_EXEC || elf->type == ET_DYN)
		return 0;
	return elfimage_refuse(elf, f, E_TYPE, 0, elf->type,
	    "%s; a kernel is an executable (2)",
	    elf->type <= ET_CORE ? kinds[elf->type] : "an unknown type");
}

struct elf_table {
	enum elf_field offset, entry_size, count;
	uint64_t limit;
	const char *entry;		/* for messages */
};

static const struct elf_table segment_table = {
	E_PHOFF, E_PHENTSIZE, E_PHNUM, ELF_SEGMENTS_MAX, "a program header"
};
static const struct elf_table section_table = {
	E_SHOFF, E_SHENTSIZE, E_SHNUM, ELF_SECTIONS_MAX, "a section header"
};

static int
check_table(const struct elf *elf, const struct elf_table *t, unsigned smallest,
    struct fail *f)
{
	const struct elf_width *w = elf->width;
	uint64_t offset = elfimage_get(w, t->offset, elf->header);
	uint64_t size = elfimage_get(w, t->entry_size, elf->header);
	uint64_t count = elfimage_get(w, t->count, elf->header);

	if (size < smallest)
		return elfimage_refuse(elf, f, t->entry_size, 0, size,
		    "smaller than %s of %u bytes", t->entry, smallest);
	if (count > t->limit)
		return elfimage_refuse(elf, f, t->count, 0, count,
		    "more than the limit of %" PRIu64, t->limit);
	if (offset < w->header)
		return elfimage_refuse(elf, f, t->offset, 0, offset,
		    "inside the file header of %u bytes", w->header);
	if (!imagefile_holds(elf->file, offset, size))
		return elfimage_refuse(elf, f, t->offset, 0, offset,
		    "so already the first of %" PRIu64 " entries of %" PRIu64
		    " bytes goes past the end of the image, 0x%" PRIx64, count,
		    size, elf->file->size);
	if (!imagefile_holds(elf->file, offset, size * count))
		return elfimage_refuse(elf, f, t->count, 0, count,
		    "so from 0x%" PRIx64 " on %" PRIu64 " entries of %" PRIu64
		    " bytes go past the end of the image, 0x%" PRIx64, offset,
		    count, size, elf->file->size);
	return 0;
}

static int
read_header(struct elf *elf, struct fail *f)
{
	const struct elf_width *w = elf->width;
	uint64_t size = elfimage_get(w, E_EHSIZE, elf->header);

	elf->type = elfimage_get(w, E_TYPE, elf->header);
	elf->machine = elfimage_get(w, E_MACHINE, elf->header);
	elf->entry = elfimage_get(w, E_ENTRY, elf->header);
	if (check_machine(elf, f) < 0 || check_type(elf, f) < 0)
		return -1;
	/* A header that is not as its class has it may be of the other one. */
	if (size != w->header && elfimage_check_class(elf, f) < 0)
		return -1;
	if (size != w->header)
		return elfimage_refuse(elf, f, E_EHSIZE, 0, size,
		    "where a %u-bit file header has %u bytes", w->bits,
		    w->header);
	return 0;
}

/* ---- the two tables ---- */

static int
read_segments(struct elf *elf, struct arena *arena, struct fail *f)
{
	const struct elf_width *w = elf->width;
	unsigned char raw[ELF_HEADER_MAX];

	elf->phoff = elfimage_get(w, E_PHOFF, elf->header);
	elf->phentsize = elfimage_get(w, E_PHENTSIZE, elf->header);
	elf->n_segments = elfimage_get(w, E_PHNUM, elf->header);
	if (elf->n_segments == 0)
		return elfimage_refuse(elf, f, E_PHNUM, 0, 0,
		    "so nothing of it could be loaded");
	if (check_table(elf, &segment_table, w->segment, f) < 0)
		return -1;
	elf->segments = arena_array(arena, elf->n_segments,
	    sizeof(*elf->segments), f);
	if (elf->segments == NULL)
		return -1;
	for (size_t i = 0; i < elf->n_segments; i++) {
		if (imagefile_read(elf->file, elf->phoff + i * elf->phentsize,
		    raw, w->segment, f) < 0)
			return -1;
		elf->segments[i] = (struct elf_segment){
			.type = elfimage_get(w, P_TYPE, raw),
			.flags = elfimage_get(w, P_FLAGS, raw),
			.offset = elfimage_get(w, P_OFFSET, raw),
			.vaddr = elfimage_get(w, P_VADDR, raw),
			.paddr = elfimage_get(w, P_PADDR, raw),
			.filesz = elfimage_get(w, P_FILESZ, raw),
			.memsz = elfimage_get(w, P_MEMSZ, raw),
		};
	}
	return 0;
}

static int
check_section(const struct elf *elf, size_t i, struct fail *f)
{
	const struct elf_section *s = &elf->sections[i];

	if (s->type == SHT_NULL || s->type == SHT_NOBITS)
		return 0;
	if (!imagefile_holds(elf->file, s->offset, 0))
		return elfimage_refuse(elf, f, SH_OFFSET, i, s->offset,
		    "past the end of the image, 0x%" PRIx64, elf->file->size);
	if (!imagefile_holds(elf->file, s->offset, s->size))
		return elfimage_refuse(elf, f, SH_SIZE, i, s->size,
		    "so the section goes past the end of the image, 0x%" PRIx64
		    ", from 0x%" PRIx64, elf->file->size, s->offset);
	return 0;
}

static int
read_sections(struct elf *elf, struct arena *arena, struct fail *f)
{
	const struct elf_width *w = elf->width;
	unsigned char raw[ELF_HEADER_MAX];

	elf->shoff = elfimage_get(w, E_SHOFF, elf->header);
	elf->shentsize = elfimage_get(w, E_SHENTSIZE, elf->header);
	elf->n_sections = elfimage_get(w, E_SHNUM, elf->header);
	if (elf->n_sections == 0 && elf->shoff == 0)
		return 0;
	if (elf->n_sections == 0)
		return elfimage_refuse(elf, f, E_SHNUM, 0, 0, "though there is "
		    "a section table; more than 65279 sections are not read");
	if (check_table(elf, &section_table, w->section, f) < 0)
		return -1;
	elf->sections = arena_array(arena, elf->n_sections,
	    sizeof(*elf->sections), f);
	if (elf->sections == NULL)
		return -1;
	for (size_t i = 0; i < elf->n_sections; i++) {
		if (imagefile_read(elf->file, elf->shoff + i * elf->shentsize,
		    raw, w->section, f) < 0)
			return -1;
		elf->sections[i] = (struct elf_section){
			.name = elfimage_get(w, SH_NAME, raw),
			.type = elfimage_get(w, SH_TYPE, raw),
			.offset = elfimage_get(w, SH_OFFSET, raw),
			.size = elfimage_get(w, SH_SIZE, raw),
			.link = elfimage_get(w, SH_LINK, raw),
			.entsize = elfimage_get(w, SH_ENTSIZE, raw),
		};
		if (check_section(elf, i, f) < 0)
			return -1;
	}
	return 0;
}

/* ---- section names ---- */

static int
check_names(struct elf *elf, struct fail *f)
{
	uint64_t index = elfimage_get(elf->width, E_SHSTRNDX, elf->header);
	const struct elf_section *s;
	unsigned char last;

	if (index == 0 || elf->n_sections == 0)
		return 0;
	if (index >= elf->n_sections)
		return elfimage_refuse(elf, f, E_SHSTRNDX, 0, index,
		    "past the last section, %zu", elf->n_sections - 1);
	s = &elf->sections[index];
	if (s->type != SHT_STRTAB || s->size == 0)
		return elfimage_refuse(elf, f, SH_TYPE, index, s->type,
		    "but section names need a string table (3) with bytes");
	if (imagefile_read(elf->file, s->offset + s->size - 1, &last, 1, f) < 0)
		return -1;
	if (last != 0)
		return imagefile_refuse(elf->file, f, "the last byte of the "
		    "section names", s->offset + s->size - 1, last,
		    "so the last name does not end; it must be 0");
	for (size_t i = 0; i < elf->n_sections; i++)
		if (elf->sections[i].name >= s->size)
			return elfimage_refuse(elf, f, SH_NAME, i,
			    elf->sections[i].name, "past the section names of "
			    "%" PRIu64 " bytes", s->size);
	elf->names = (size_t)index;
	return 0;
}

const struct elf_section *
elfimage_section(const struct elf *elf, const char *name, struct fail *f)
{
	const struct elf_section *names;
	char text[32];
	size_t n = strlen(name) + 1;

	if (elf->names == 0 || n > sizeof(text))
		return NULL;
	names = &elf->sections[elf->names];
	for (size_t i = 1; i < elf->n_sections; i++) {
		const struct elf_section *s = &elf->sections[i];

		if (n > names->size - s->name)
			continue;
		if (imagefile_read(elf->file, names->offset + s->name, text, n,
		    f) < 0)
			return NULL;
		if (memcmp(text, name, n) == 0)
			return s;
	}
	return NULL;
}

int
elfimage_open(struct elf *elf, struct image_file *file, struct arena *arena,
    struct fail *f)
{
	*elf = (struct elf){ .file = file };
	if (read_ident(elf, f) < 0 || read_header(elf, f) < 0 ||
	    read_segments(elf, arena, f) < 0 ||
	    read_sections(elf, arena, f) < 0)
		return -1;
	return check_names(elf, f);
}
