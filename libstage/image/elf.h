/*
 * elf: the headers of an ELF file, of either width, checked.
 *
 * Both widths are read through one table of the fields of <elf.h>.  After
 * elfimage_open() both tables of headers lie inside the file, their entries
 * have at least the size of the width, bytes and name of every section are
 * inside the file, and the string table of section names ends with a NUL.  What
 * program headers say is for whoever loads them to check.
 *
 * Names begin with elfimage_ because elf_ is libelf's.
 */
#ifndef XB_IMAGE_ELF_H
#define XB_IMAGE_ELF_H

#include <elf.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"
#include "image/file.h"

enum { ELF_SEGMENTS_MAX = 4096, ELF_SECTIONS_MAX = 65536, ELF_HEADER_MAX = 64 };

/* What is used of the structures: name, structure, member. */
#define ELF_FIELDS_ALL(X) \
	X(E_TYPE, Ehdr, e_type) X(E_MACHINE, Ehdr, e_machine) \
	X(E_VERSION, Ehdr, e_version) X(E_ENTRY, Ehdr, e_entry) \
	X(E_PHOFF, Ehdr, e_phoff) X(E_SHOFF, Ehdr, e_shoff) \
	X(E_EHSIZE, Ehdr, e_ehsize) X(E_PHENTSIZE, Ehdr, e_phentsize) \
	X(E_PHNUM, Ehdr, e_phnum) X(E_SHENTSIZE, Ehdr, e_shentsize) \
	X(E_SHNUM, Ehdr, e_shnum) X(E_SHSTRNDX, Ehdr, e_shstrndx) \
	X(P_TYPE, Phdr, p_type) X(P_FLAGS, Phdr, p_flags) \
	X(P_OFFSET, Phdr, p_offset) X(P_VADDR, Phdr, p_vaddr) \
	X(P_PADDR, Phdr, p_paddr) X(P_FILESZ, Phdr, p_filesz) \
	X(P_MEMSZ, Phdr, p_memsz) X(SH_NAME, Shdr, sh_name) \
	X(SH_TYPE, Shdr, sh_type) X(SH_FLAGS, Shdr, sh_flags) \
	X(SH_ADDR, Shdr, sh_addr) X(SH_OFFSET, Shdr, sh_offset) \
	X(SH_SIZE, Shdr, sh_size) X(SH_LINK, Shdr, sh_link) \
	X(SH_INFO, Shdr, sh_info) X(SH_ADDRALIGN, Shdr, sh_addralign) \
	X(SH_ENTSIZE, Shdr, sh_entsize)

enum elf_field {
#define NAME(name, ...)	name,
	ELF_FIELDS_ALL(NAME)
#undef NAME
	ELF_FIELDS
};

struct elf_width {
	unsigned bits;
	uint8_t ident_class;		/* e_ident[4] */
	uint8_t header, segment, section, symbol; /* sizes of the structures */
	struct { uint8_t offset, size; } field[ELF_FIELDS];
};

enum { ELF_WIDTHS = 2 };

extern const struct elf_width elf_widths[ELF_WIDTHS];

struct elf_segment {
	uint64_t type, flags, offset, vaddr, paddr, filesz, memsz;
};

struct elf_section {
	uint64_t name, type, offset, size, link, entsize;
};

struct elf {
	struct image_file *file;
	const struct elf_width *width;
	unsigned char header[ELF_HEADER_MAX];
	uint64_t type, machine, entry;
	uint64_t phoff, phentsize, shoff, shentsize;
	struct elf_segment *segments;	size_t n_segments;
	struct elf_section *sections;	size_t n_sections;
	size_t names;			/* e_shstrndx; 0: sections lack names */
};

/* Does the image begin with the four magic bytes?  1, 0, or -1: f. */
int	elfimage_probe(struct image_file *, struct fail *) must_check;

/*
 * Reads and checks the headers; tables come from the arena.  Refuses what is
 * no little-endian executable or shared object for x86, naming what it is.
 */
int	elfimage_open(struct elf *, struct image_file *, struct arena *,
	    struct fail *) must_check;

/*
 * Refuses an image whose class is not that of its machine: 32 bits for i386, 64
 * for x86-64.  A PVH guest may be of either class, for it starts in 32 bits.
 */
int	elfimage_check_class(const struct elf *, struct fail *) must_check;

/* The first section of that name.  NULL: there is none, or f has a failure. */
const struct elf_section *elfimage_section(const struct elf *,
	    const char *name, struct fail *);

/* Offset in the image of a field of the file header or of table entry i. */
uint64_t elfimage_at(const struct elf *, enum elf_field, size_t i);

/* imagefile_refuse() for a field of the header or of table entry i. */
#define elfimage_refuse(elf, f, field, i, value, ...) \
	imagefile_refuse((elf)->file, (f), elfimage_name(field, (i)).text, \
	    elfimage_at((elf), (field), (i)), (value), __VA_ARGS__)

/* "e_phnum", "p_offset of program header 3", "sh_size of section 2". */
struct elf_name { char text[48]; };
struct elf_name elfimage_name(enum elf_field, size_t i);

/* A field of a header or a table entry of that width in memory. */
uint64_t elfimage_get(const struct elf_width *, enum elf_field, const void *);
void	elfimage_put(const struct elf_width *, enum elf_field, void *,
	    uint64_t value);

#endif
