/*
 * symtab: symbols behind the kernel, for kernels that ask with BSD_SYMTAB.
 *
 * In guest memory, at the end of the kernel rounded up to the ABI's alignment:
 * a 4-byte length, a copy of the ELF header, section headers, and symbol and
 * string tables, each rounded up.  The length counts from the copied header.
 * Without all_sections (struct abi_image) there are three section headers:
 * null, symbols, strings.  With it there are all of the image's, and every
 * symbol table with its strings.  Headers are made here, from zeroes: what the
 * image does not say is 0.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "image/elf.h"
#include "image/work.h"

enum { LENGTH_WORD = 4, PIECE = 64 * 1024 };

/* A section that is stored, in the order of storing. */
struct stored {
	size_t section;			/* index in the image */
	uint64_t offset;		/* from the copied ELF header */
};

struct symtab {
	struct elf *elf;
	const struct abi *abi;
	bool all_sections;		/* see struct abi_image */
	struct stored *stored;	size_t n_stored;
	size_t n_headers;
	uint64_t end;			/* from the copied ELF header on */
};

static uint64_t
round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static uint64_t
alignment(const struct symtab *t)
{
	unsigned bytes = t->abi->image.symtab_align;

	return bytes != 0 ? bytes : t->elf->width->bits / 8;
}

/* ---- which sections ---- */

static int
check_symbols(const struct elf *elf, size_t i, struct fail *f)
{
	const struct elf_section *s = &elf->sections[i];
	uint64_t symbol = elf->width->symbol;

	if (s->entsize != symbol)
		return elfimage_refuse(elf, f, SH_ENTSIZE, i, s->entsize,
		    "but a symbol of a %u-bit image has %" PRIu64 " bytes",
		    elf->width->bits, symbol);
	if (s->link == 0 || s->link >= elf->n_sections)
		return elfimage_refuse(elf, f, SH_LINK, i, s->link,
		    "not a section; the last one is %zu", elf->n_sections - 1);
	if (elf->sections[s->link].type != SHT_STRTAB)
		return elfimage_refuse(elf, f, SH_LINK, i, s->link,
		    "a section of type %" PRIu64 " and no string table (3)",
		    elf->sections[s->link].type);
	return 0;
}

/*
 * Every symbol table with its strings, in the order of the image; or the first
 * one, before its strings, wherever they stand.
 */
static int
choose(struct image_work *w, struct symtab *t, struct fail *f)
{
	const struct elf *elf = t->elf;
	const size_t n = elf->n_sections;
	unsigned char *wanted = arena_array(&w->scratch, n + 1, 1, f);

	t->stored = arena_array(&w->scratch, n + 2, sizeof(*t->stored), f);
	if (wanted == NULL || t->stored == NULL)
		return -1;
	for (size_t i = 1; i < n; i++) {
		if (elf->sections[i].type != SHT_SYMTAB)
			continue;
		if (check_symbols(elf, i, f) < 0)
			return -1;
		wanted[i] = wanted[elf->sections[i].link] = 1;
		if (t->all_sections)
			continue;
		t->stored[0].section = i;
		t->stored[1].section = elf->sections[i].link;
		t->n_stored = 2;
		return 0;
	}
	for (size_t i = 1; i < n; i++)
		if (wanted[i] != 0)
			t->stored[t->n_stored++].section = i;
	return 0;
}

/* ---- where they go ---- */

static int
measure(struct symtab *t, struct fail *f)
{
	const struct elf_width *w = t->elf->width;
	uint64_t room = t->elf->file->size, at;

	t->n_headers = t->all_sections ? t->elf->n_sections :
	    t->n_stored + 1;
	at = w->header + t->n_headers * (uint64_t)w->section;
	for (size_t i = 0; i < t->n_stored; i++) {
		const struct elf_section *s =
		    &t->elf->sections[t->stored[i].section];

		/* Sections may share bytes: the sum has no other limit. */
		if (s->size > room)
			return elfimage_refuse(t->elf, f, SH_SIZE,
			    t->stored[i].section, s->size, "so the symbol "
			    "tables together are larger than the image of 0x%"
			    PRIx64 " bytes", t->elf->file->size);
		room -= s->size;
		/* What is rounded is the place behind the length word. */
		at = round_up(at + LENGTH_WORD, alignment(t)) -
		    LENGTH_WORD;
		t->stored[i].offset = at;
		at += s->size;
	}
	t->end = at;
	if (t->end <= UINT32_MAX - LENGTH_WORD)
		return 0;
	return fail(f, FAIL_INPUT, "'%s': symbol tables of 0x%" PRIx64 " bytes "
	    "are too long for their 4-byte length", t->elf->file->what, t->end);
}

/* ---- their bytes ---- */

static void
make_elf_header(const struct symtab *t, unsigned char *to)
{
	const struct elf_width *w = t->elf->width;
	static const enum elf_field none[] = {
		E_PHOFF, E_PHENTSIZE, E_PHNUM, E_SHSTRNDX,
	};

	memcpy(to, t->elf->header, w->header);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		elfimage_put(w, none[i], to, 0);
	elfimage_put(w, E_EHSIZE, to, w->header);
	elfimage_put(w, E_SHOFF, to, w->header);
	elfimage_put(w, E_SHENTSIZE, to, w->section);
	elfimage_put(w, E_SHNUM, to, t->n_headers);
}

static int
copy_header(const struct symtab *t, size_t section, unsigned char *to,
    struct fail *f)
{
	return imagefile_read(t->elf->file, t->elf->shoff +
	    section * t->elf->shentsize, to, t->elf->width->section, f);
}

/* Null, symbols, strings. */
static int
make_pair(const struct symtab *t, unsigned char *to, struct fail *f)
{
	const struct elf_width *w = t->elf->width;

	for (size_t i = 0; i < t->n_stored; i++) {
		unsigned char *h = to + (i + 1) * w->section;

		if (copy_header(t, t->stored[i].section, h, f) < 0)
			return -1;
		elfimage_put(w, SH_OFFSET, h, t->stored[i].offset);
		if (i == 0)
			elfimage_put(w, SH_LINK, h, 2);
	}
	return 0;
}

/*
 * All headers of the image.  A string table that no symbol table links to keeps
 * its header, without bytes.
 */
static int
make_all(const struct symtab *t, unsigned char *to, struct fail *f)
{
	const struct elf_width *w = t->elf->width;
	size_t next = 0;

	for (size_t i = 0; i < t->n_headers; i++) {
		unsigned char *h = to + i * w->section;
		bool stored = next < t->n_stored &&
		    t->stored[next].section == i;

		if (copy_header(t, i, h, f) < 0)
			return -1;
		if (stored)
			elfimage_put(w, SH_OFFSET, h, t->stored[next++].offset);
		else if (t->elf->sections[i].type == SHT_STRTAB)
			elfimage_put(w, SH_OFFSET, h, 0);
		if (stored || t->elf->sections[i].type != SHT_STRTAB)
			elfimage_put(w, SH_NAME, h, 0);
	}
	return 0;
}

static int
put_headers(struct image_work *w, const struct symtab *t, struct fail *f)
{
	const struct elf_width *width = t->elf->width;
	size_t n = LENGTH_WORD + width->header + t->n_headers * width->section;
	unsigned char *buf = arena_array(&w->scratch, n, 1, f);
	unsigned char *sections;
	int rc;

	if (buf == NULL)
		return -1;
	le_put(buf, LENGTH_WORD, t->end);
	make_elf_header(t, buf + LENGTH_WORD);
	sections = buf + LENGTH_WORD + width->header;
	rc = t->all_sections ? make_all(t, sections, f) :
	    make_pair(t, sections, f);
	return rc < 0 ? -1 : w->put(w->arg, buf, n, f);
}

static int
put_section(struct image_work *w, const struct symtab *t,
    const struct elf_section *s, struct fail *f)
{
	unsigned char *buf = malloc(PIECE);
	uint64_t done = 0;
	int rc = buf == NULL ? fail_memory(f, PIECE) : 0;

	while (rc == 0 && done < s->size) {
		size_t n = s->size - done < PIECE ? (size_t)(s->size - done) :
		    PIECE;

		rc = imagefile_read(t->elf->file, s->offset + done, buf, n, f);
		if (rc == 0)
			rc = w->put(w->arg, buf, n, f);
		done += n;
	}
	free(buf);
	return rc;
}

static int
put_all(struct image_work *w, const struct symtab *t, struct fail *f)
{
	static const unsigned char zero[8];
	const struct elf_width *width = t->elf->width;
	uint64_t at = width->header + t->n_headers * (uint64_t)width->section;

	if (put_headers(w, t, f) < 0)
		return -1;
	for (size_t i = 0; i < t->n_stored; i++) {
		const struct elf_section *s =
		    &t->elf->sections[t->stored[i].section];

		if (w->put(w->arg, zero, (size_t)(t->stored[i].offset - at),
		    f) < 0 || put_section(w, t, s, f) < 0)
			return -1;
		at = t->stored[i].offset + s->size;
	}
	return 0;
}

/* ---- into the plan ---- */

static int
add_segment(struct image_work *w, const struct symtab *t, struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	uint64_t align = alignment(t);
	uint64_t start, size = t->end + LENGTH_WORD, end;

	start = round_up(img->kend, align);
	if (start < img->kend || __builtin_add_overflow(start,
	    round_up(size, align), &end) ||
	    !abi_canonical(t->abi, end - 1) ||
	    abi_in_hole(t->abi, start, end - 1))
		return fail(f, FAIL_INPUT, "'%s': symbol tables of 0x%" PRIx64
		    " bytes do not fit behind the kernel's end 0x%" PRIx64,
		    w->file.what, size, img->kend);
	/* The builders of ABIs with all_sections put what follows the symbols
	 * on a new page. */
	if (t->all_sections)
		end = round_up(end, PAGE_BYTES);
	img->segments[img->n_segments++] = (struct image_segment){
		.va = start, .memsz = size, .role = "symtab", .filesz = size,
	};
	img->kend = end;
	return 0;
}

int
symtab_add(struct image_work *w, struct elf *elf, struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	struct symtab t = {
		.elf = elf, .abi = img->abi,
		.all_sections = img->abi->image.all_sections,
	};

	if (choose(w, &t, f) < 0)
		return -1;
	if (t.n_stored == 0) {
		fail_note(f, "'%s' asks for its symbols and has none",
		    elf->file->what);
		return 0;
	}
	if (measure(&t, f) < 0 || add_segment(w, &t, f) < 0)
		return -1;
	img->payloads[img->n_payloads++] = (struct payload){
		.role = "symtab", .size = t.end + LENGTH_WORD };
	return put_all(w, &t, f);
}
