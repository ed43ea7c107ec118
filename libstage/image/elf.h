/*
 * elf: the headers of an ELF file, of either width, checked.
 *
 * Both widths are read through one table of field positions (System V generic
 * ABI, chapter 4).  After elfimage_open() both tables of headers lie inside the
 * file, their entries have at least the size of the width, bytes and name of
 * every section are inside the file, and the string table of section names ends
 * with a NUL.  What program headers say is for whoever loads them to check.
 *
 * Names begin with elfimage_ because elf_ is libelf's.
 */
#ifndef XB_IMAGE_ELF_H
#define XB_IMAGE_ELF_H

#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"
#include "image/file.h"

enum {
	ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4,
	EM_386 = 3, EM_X86_64 = 62,
	PT_LOAD = 1, PT_INTERP = 3, PT_NOTE = 4,
	PF_X = 1, PF_W = 2, PF_R = 4,
	SHT_NULL = 0, SHT_SYMTAB = 2, SHT_STRTAB = 3, SHT_NOTE = 7,
	SHT_NOBITS = 8,
	ELF_SEGMENTS_MAX = 4096, ELF_SECTIONS_MAX = 65536,
	ELF_HEADER_MAX = 64
};

enum elf_field {
	E_TYPE, E_MACHINE, E_VERSION, E_ENTRY, E_PHOFF, E_SHOFF, E_EHSIZE,
	E_PHENTSIZE, E_PHNUM, E_SHENTSIZE, E_SHNUM, E_SHSTRNDX,
	P_TYPE, P_FLAGS, P_OFFSET, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ,
	SH_NAME, SH_TYPE, SH_FLAGS, SH_ADDR, SH_OFFSET, SH_SIZE, SH_LINK,
	SH_INFO, SH_ADDRALIGN, SH_ENTSIZE,
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
