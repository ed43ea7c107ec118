/*
 * imagemaker: small kernel images for the tests of the image wing, made in
 * memory from a description and then spoiled field by field.
 *
 * Every ELF image has the same arrangement, so that the tests can name
 * offsets: program headers behind the file header, section headers at 0x400,
 * section names at 0x700, notes at 0x800, the legacy string at 0x1000, a
 * symbol table at 0x1400, its strings at 0x1600, text at 0x2000 (one page) and
 * data at 0x3000 (0x100 bytes, 0x800 in memory).  It ends at 0x3100.
 */
#ifndef XB_IMAGEMAKER_H
#define XB_IMAGEMAKER_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/le.h"
#include "image/elf.h"
#include "image/image.h"
#include "unit.h"

enum {
	AT_SECTIONS = 0x400, AT_NAMES = 0x700, AT_NOTES = 0x800,
	AT_LEGACY = 0x1000, AT_SYMTAB = 0x1400, AT_STRTAB = 0x1600,
	AT_TEXT = 0x2000, AT_DATA = 0x3000, IMAGE_END = 0x3100,
	TEXT_SIZE = 0x1000, DATA_SIZE = 0x100, DATA_MEMORY = 0x800,
	STRTAB_SIZE = 13, SYMBOLS = 3,
	MADE_MAX = 0x40000
};

/* Program headers and sections, by index. */
enum { PH_TEXT, PH_DATA, PH_NOTE, PH_COUNT };
enum { SH_NONE, SH_NAMES, SH_NOTES, SH_GUEST, SH_SYMBOLS, SH_STRINGS,
	SH_COUNT };

struct made_note {
	uint32_t type;
	const char *text;		/* NULL: a number */
	uint64_t number;
	uint32_t size;			/* of the number; 0: 8 */
};

/* Overwrites a field after all is laid out; name NULL: raw bytes at. */
struct poke {
	enum elf_field field;
	unsigned entry;
	uint64_t value;
	uint32_t at; uint8_t size;	/* raw, where size is not 0 */
};

#define RAW(at_, size_, value_) { E_TYPE, 0, value_, at_, size_ }

enum made_where { IN_PROGRAM, IN_SECTION, IN_LEGACY, IN_NOTHING };

struct made {
	unsigned bits;			/* 0: 64 */
	enum made_where where;
	const struct made_note *notes;	/* ends with type UINT32_MAX */
	const char *legacy;
	uint64_t base;			/* of p_vaddr */
	bool absolute;			/* p_paddr = p_vaddr */
	uint64_t start;			/* of the text behind base */
	uint32_t cut;			/* bytes left of the file, 0: all */
	struct poke pokes[4];		/* ends with all 0 */
};

struct image_bytes {
	unsigned char data[MADE_MAX];
	size_t n;
};

#define LAST_NOTE	{ UINT32_MAX, NULL, 0, 0 }
#define USUAL_NOTES	{ 5, "xen-3.0", 0, 0 }, { 8, "generic", 0, 0 }
#define HIGH_BASE	UINT64_C(0xffffffff80000000)
#define TEXT_START	UINT64_C(0x100000)

static const struct made_note usual_64[] = {
	USUAL_NOTES, { 3, NULL, HIGH_BASE, 0 },
	{ 1, NULL, HIGH_BASE + TEXT_START, 0 }, LAST_NOTE
};

/* Legacy strings of each generation. */
static const char xen3_64[] = "GUEST_OS=linux,XEN_VER=xen-3.0,"
    "VIRT_BASE=0xffffffff80000000,LOADER=generic";
static const char xen3_32[] = "GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,"
    "VIRT_BASE=0xC0000000,ELF_PADDR_OFFSET=0xC0000000,HYPERCALL_PAGE=0x100,"
    "FEATURES=writable_page_tables|auto_translated_physmap,"
    "PAE=yes[extended-cr3],LOADER=generic";
static const char pre_32[] = "GUEST_OS=linux,XEN_VER=3.0,VIRT_BASE=0xC0000000";
static const char pre_64[] = "LOADER=generic,XEN_VER=3.0,"
    "VIRT_BASE=0xffffffff80000000";
static const char p1[] = "GUEST_OS=linux,GUEST_VER=2.4,XEN_VER=1.3";

#define OLD_64(text) .where = IN_LEGACY, .legacy = text, .absolute = true
#define OLD_32(text) .bits = 32, OLD_64(text)

/* The usual notes and more; or none but these.  For tables at file scope. */
#define N64(...) (const struct made_note[]){ USUAL_NOTES, \
	{ 3, NULL, HIGH_BASE, 0 }, { 1, NULL, HIGH_BASE + TEXT_START, 0 }, \
	__VA_ARGS__, LAST_NOTE }
#define N32(...) (const struct made_note[]){ USUAL_NOTES, \
	{ 3, NULL, 0xc0000000, 4 }, { 9, "yes", 0, 0 }, \
	__VA_ARGS__, LAST_NOTE }
#define ONLY(...) (const struct made_note[]){ __VA_ARGS__, LAST_NOTE }

const struct elf_width *made_width(const struct made *m);
size_t	put_notes(unsigned char *to, const struct made_note *notes);
void	poke(const struct made *m, unsigned char *data, const struct poke *p);
void	make_image(const struct made *m, struct image_bytes *out);

/* ---- files ---- */

/* A folder of the test's own, with a store in it; ends with the program. */
const char *test_dir(void);
const char *test_path(const char *name);
void	write_file(const char *path, const void *bytes, size_t n);
int	remove_test_dir(void **state);

/* ---- parsing ---- */

struct parsed {
	struct plan plan;
	struct fail f;
	char said[2048];		/* warnings and notes, joined */
	int rc;
};

void	hear(void *arg, enum say_level level, const char *message);

/* Parses a file; release_parsed() frees. */
void	parse_file(struct parsed *p, const char *path, struct image_request r);
void	parse_made(struct parsed *p, const struct made *m,
	    struct image_request r);
void	release_parsed(struct parsed *p);

/*
 * want NULL: accepted.  Else refused as input, with words joined by '*' in
 * the message.
 */
void	expect(const char *name, const struct parsed *p, const char *want);

#endif
