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

#include "base/cursor.h"
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

static const struct made_note usual_32[] = {
	USUAL_NOTES, { 3, NULL, 0xc0000000, 4 },
	{ 1, NULL, 0xc0000000 + TEXT_START, 4 }, { 9, "yes", 0, 0 }, LAST_NOTE
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

static inline const struct elf_width *
made_width(const struct made *m)
{
	return &elf_widths[m->bits == 32 ? 0 : 1];
}

static inline size_t
put_note(unsigned char *to, const struct made_note *n)
{
	size_t size = n->text != NULL ? strlen(n->text) + 1 :
	    n->size != 0 ? n->size : 8;

	le_put(to, 4, 4);
	le_put(to + 4, 4, size);
	le_put(to + 8, 4, n->type);
	memcpy(to + 12, "Xen", 4);
	if (n->text != NULL)
		memcpy(to + 16, n->text, size);
	else
		le_put(to + 16, size < 8 ? (unsigned)size : 8, n->number);
	return 16 + ((size + 3) & ~(size_t)3);
}

static inline size_t
put_notes(unsigned char *to, const struct made_note *notes)
{
	size_t n = 0;

	for (; notes->type != UINT32_MAX; notes++)
		n += put_note(to + n, notes);
	assert_true(n <= AT_LEGACY - AT_NOTES);
	return n;
}

static inline void
put_segments(const struct made *m, unsigned char *data, size_t notes)
{
	const struct elf_width *w = made_width(m);
	const struct { uint64_t type, flags, off, addr, file, mem; } ph[] = {
		[PH_TEXT] = { PT_LOAD, PF_R | PF_X, AT_TEXT, 0, TEXT_SIZE,
		    TEXT_SIZE },
		[PH_DATA] = { PT_LOAD, PF_R | PF_W, AT_DATA, TEXT_SIZE,
		    DATA_SIZE, DATA_MEMORY },
		[PH_NOTE] = { m->where == IN_PROGRAM ? PT_NOTE : 0, PF_R,
		    AT_NOTES, 0, notes, 0 },
	};

	for (size_t i = 0; i < PH_COUNT; i++) {
		unsigned char *p = data + w->header + i * w->segment;
		uint64_t paddr = m->start + ph[i].addr;

		elfimage_put(w, P_TYPE, p, ph[i].type);
		elfimage_put(w, P_FLAGS, p, ph[i].flags);
		elfimage_put(w, P_OFFSET, p, ph[i].off);
		elfimage_put(w, P_VADDR, p, m->base + paddr);
		elfimage_put(w, P_PADDR, p,
		    m->absolute ? m->base + paddr : paddr);
		elfimage_put(w, P_FILESZ, p, ph[i].file);
		elfimage_put(w, P_MEMSZ, p, ph[i].mem);
	}
}

static inline void
put_sections(const struct made *m, unsigned char *data, size_t notes)
{
	static const char names[] = "\0.shstrtab\0.note.Xen\0__xen_guest\0"
	    ".symtab\0.strtab";
	const struct elf_width *w = made_width(m);
	size_t legacy = m->legacy == NULL ? 0 : strlen(m->legacy) + 1;
	const struct { uint64_t name, type, off, size, link, each; } sh[] = {
		[SH_NAMES] = { 1, SHT_STRTAB, AT_NAMES, sizeof(names), 0, 0 },
		[SH_NOTES] = { 11, m->where == IN_SECTION ? SHT_NOTE : 1,
		    AT_NOTES, notes, 0, 0 },
		[SH_GUEST] = { m->where == IN_LEGACY ? 21 : 1, 1, AT_LEGACY,
		    legacy, 0, 0 },
		[SH_SYMBOLS] = { 33, SHT_SYMTAB, AT_SYMTAB,
		    SYMBOLS * w->symbol, SH_STRINGS, w->symbol },
		[SH_STRINGS] = { 41, SHT_STRTAB, AT_STRTAB, STRTAB_SIZE, 0,
		    0 },
	};

	memcpy(data + AT_NAMES, names, sizeof(names));
	if (legacy > 0)
		memcpy(data + AT_LEGACY, m->legacy, legacy);
	memset(data + AT_SYMTAB, 0x5a, SYMBOLS * w->symbol);
	memcpy(data + AT_STRTAB, "\0start\0entry", STRTAB_SIZE);
	for (size_t i = 1; i < SH_COUNT; i++) {
		unsigned char *p = data + AT_SECTIONS + i * w->section;

		elfimage_put(w, SH_NAME, p, sh[i].name);
		elfimage_put(w, SH_TYPE, p, sh[i].type);
		elfimage_put(w, SH_OFFSET, p, sh[i].off);
		elfimage_put(w, SH_SIZE, p, sh[i].size);
		elfimage_put(w, SH_LINK, p, sh[i].link);
		elfimage_put(w, SH_ENTSIZE, p, sh[i].each);
	}
}

static inline void
put_header(const struct made *m, unsigned char *data)
{
	const struct elf_width *w = made_width(m);
	const struct { enum elf_field field; uint64_t value; } fields[] = {
		{ E_TYPE, ET_EXEC }, { E_VERSION, 1 },
		{ E_MACHINE, w->bits == 32 ? EM_386 : EM_X86_64 },
		{ E_ENTRY, m->base + m->start },
		{ E_PHOFF, w->header }, { E_PHENTSIZE, w->segment },
		{ E_PHNUM, PH_COUNT }, { E_EHSIZE, w->header },
		{ E_SHOFF, AT_SECTIONS }, { E_SHENTSIZE, w->section },
		{ E_SHNUM, SH_COUNT }, { E_SHSTRNDX, SH_NAMES },
	};

	memcpy(data, "\177ELF", 4);
	data[4] = w->ident_class;
	data[5] = data[6] = 1;
	for (size_t i = 0; i < COUNT(fields); i++)
		elfimage_put(w, fields[i].field, data, fields[i].value);
}

static inline void
poke(const struct made *m, unsigned char *data, const struct poke *p)
{
	const struct elf_width *w = made_width(m);
	unsigned char *at = data;

	if (p->size != 0) {
		le_put(data + p->at, p->size, p->value);
		return;
	}
	if (p->field >= SH_NAME)
		at += AT_SECTIONS + p->entry * w->section;
	else if (p->field >= P_TYPE)
		at += w->header + p->entry * w->segment;
	elfimage_put(w, p->field, at, p->value);
}

static inline bool
is_poke(const struct poke *p)
{
	return p->size != 0 || p->field != E_TYPE || p->value != 0 ||
	    p->entry != 0;
}

static inline void
make_image(const struct made *m, struct image_bytes *out)
{
	struct made full = *m;
	size_t notes;

	if (full.notes == NULL)
		full.notes = m->bits == 32 ? usual_32 : usual_64;
	if (full.base == 0 && full.start == 0)
		full.base = m->bits == 32 ? 0xc0000000 : HIGH_BASE;
	if (full.start == 0)
		full.start = TEXT_START;
	memset(out, 0, sizeof(*out));
	out->n = IMAGE_END;
	for (size_t i = AT_TEXT; i < IMAGE_END; i++)
		out->data[i] = (unsigned char)(i * 7 + i / 256);
	notes = full.where == IN_PROGRAM || full.where == IN_SECTION ?
	    put_notes(out->data + AT_NOTES, full.notes) : 0;
	put_header(&full, out->data);
	put_segments(&full, out->data, notes);
	put_sections(&full, out->data, notes);
	for (size_t i = 0; i < COUNT(m->pokes) && is_poke(&m->pokes[i]); i++)
		poke(&full, out->data, &m->pokes[i]);
	if (m->cut != 0)
		out->n = m->cut;
}

/* ---- files ---- */

/* A folder of the test's own, with a store in it; ends with the program. */
static inline const char *
test_dir(void)
{
	static char dir[] = "/tmp/test-image.XXXXXX";
	static bool made;

	if (!made)
		assert_non_null(mkdtemp(dir));
	made = true;
	return dir;
}

static inline const char *
test_path(const char *name)
{
	static char path[2][256];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", test_dir(), name);
	return path[turn];
}

static inline void
write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

static inline int
remove_test_dir(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", test_dir());
	return system(command);
}

/* ---- parsing ---- */

struct parsed {
	struct plan plan;
	struct fail f;
	char said[2048];		/* warnings and notes, joined */
	int rc;
};

static inline void
hear(void *arg, enum say_level level, const char *message)
{
	struct parsed *p = arg;
	size_t n = strlen(p->said);

	snprintf(p->said + n, sizeof(p->said) - n, "%s%s\n",
	    level == SAY_WARNING ? "warning: " : "", message);
}

/* Parses a file; release_parsed() frees. */
static inline void
parse_file(struct parsed *p, const char *path, struct image_request r)
{
	char store[256];

	snprintf(store, sizeof(store), "%s", test_path("store"));
	memset(p, 0, sizeof(*p));
	p->f.say = hear;
	p->f.say_arg = p;
	plan_init(&p->plan);
	r.kernel = path;
	if (r.store == NULL)
		r.store = store;
	p->rc = image_parse(&p->plan, &r, &p->f);
	assert_int_equal(p->rc, p->f.kind == FAIL_NONE ? 0 : -1);
	if (p->rc == 0) {
		struct fail f = { .kind = FAIL_NONE };

		if (plan_check(&p->plan, &f) < 0)
			unit_fail("plan_check: %s", f.message);
	}
}

static inline void
parse_bytes(struct parsed *p, const struct image_bytes *b,
    struct image_request r)
{
	const char *path = test_path("kernel");

	write_file(path, b->data, b->n);
	parse_file(p, path, r);
}

static inline void
parse_made(struct parsed *p, const struct made *m, struct image_request r)
{
	static struct image_bytes bytes;

	make_image(m, &bytes);
	parse_bytes(p, &bytes, r);
}

static inline void
release_parsed(struct parsed *p)
{
	plan_release(&p->plan);
}

/*
 * want NULL: accepted.  Else refused as input, with words joined by '*' in
 * the message.
 */
static inline void
expect(const char *name, const struct parsed *p, const char *want)
{
	const char *at = p->f.message;
	char word[256];

	if (want == NULL && p->rc == 0)
		return;
	if (want == NULL || p->rc == 0 || p->f.kind != FAIL_INPUT)
		unit_fail("%s: kind %d '%s', wanted '%s'", name,
		    (int)p->f.kind, p->f.message,
		    want == NULL ? "accepted" : want);
	for (const char *w = want; *w != '\0'; ) {
		size_t n = strcspn(w, "*");

		snprintf(word, sizeof(word), "%.*s", (int)n, w);
		at = strstr(at, word);
		if (at == NULL)
			unit_fail("%s: '%s', wanted '%s'", name, p->f.message,
			    want);
		w += n + (w[n] == '*');
	}
}

#endif
