#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/le.h"
#include "image/elf-note.h"

enum {
	RECORD = 12,			/* namesz, descsz, type */
	WORDS_MAX = 3,			/* of PHYS32_RELOC */
	SEARCH_MAX = 1 << 20,		/* bytes that "Xen" is looked for in */
	OTHERS_MAX = 3			/* names that messages have room for */
};

struct reader {
	struct elf *elf;
	struct notes *notes;
	struct arena *keep;
	size_t seen;			/* notes of any name */
	size_t text;			/* bytes of strings kept */
	size_t cap;			/* of notes->list while it grows */
	uint64_t searched;		/* bytes, of SEARCH_MAX */
	struct { char name[20]; size_t n; } others[OTHERS_MAX];
};

struct elf_note {
	uint64_t at;			/* offset in the image */
	uint64_t namesz, descsz, type;
	uint64_t name, desc;		/* offsets in the image */
};

static uint64_t
padded(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

/* ---- values ---- */

static struct image_note *
add_note(struct reader *r, const struct elf_note *rec, struct fail *f)
{
	const struct note_kind *kind = note_kind_of_type(rec->type);
	struct notes *c = r->notes;
	struct image_note *note;
	char name[32];

	if (array_grow(&c->list, &r->cap, c->n_notes, sizeof(*c->list),
	    f) < 0)
		return NULL;
	note = &c->list[c->n_notes];
	*note = (struct image_note){ .type = rec->type };
	if (kind != NULL) {
		note->name = kind->name;
	} else {
		snprintf(name, sizeof(name), "type %" PRIu64, rec->type);
		note->name = arena_bytes(r->keep, name, strlen(name), f);
		if (note->name == NULL)
			return NULL;
	}
	c->n_notes++;
	return note;
}

static int
read_number(struct reader *r, const struct elf_note *rec, const char *name,
    uint64_t *value, struct fail *f)
{
	struct image_file *file = r->elf->file;
	unsigned char raw[8];
	unsigned n = rec->descsz <= 8 ? (unsigned)rec->descsz : 0;

	*value = 0;
	if (n == 0 || (n & (n - 1)) != 0) {
		fail_warn(f, "'%s': note %s at 0x%" PRIx64 " has %" PRIu64
		    " bytes, which is no number of 1, 2, 4 or 8; it reads as 0",
		    file->what, name, file->base + rec->desc, rec->descsz);
		return 0;
	}
	if (imagefile_read(file, rec->desc, raw, n, f) < 0)
		return -1;
	*value = le_get(raw, n);
	return 0;
}

static const char *
read_text(struct reader *r, const struct elf_note *rec, const char *field,
    struct fail *f)
{
	const char *text = imagefile_string(r->elf->file, rec->desc,
	    ELFNOTE_STRING_MAX, field, r->keep, f);

	if (text == NULL)
		return NULL;
	r->text += strlen(text) + 1;
	if (r->text <= ELFNOTE_TEXT_MAX)
		return text;
	return fail_null(f, FAIL_INPUT, "'%s' has more than %d bytes of text "
	    "in its notes", r->elf->file->what, (int)ELFNOTE_TEXT_MAX);
}

/*
 * Words of 32 bits as hexadecimal text, as PHYS32_RELOC has up to three.  NULL:
 * f says why.
 */
static const char *
read_words(struct reader *r, const struct elf_note *rec, struct fail *f)
{
	unsigned char raw[4 * WORDS_MAX];
	size_t n = rec->descsz < sizeof(raw) ? (size_t)rec->descsz :
	    sizeof(raw);
	char text[WORDS_MAX * sizeof("0xffffffff ")] = "";
	size_t used = 0;

	if (!imagefile_holds(r->elf->file, rec->desc, n))
		n = 0;
	if (imagefile_read(r->elf->file, rec->desc, raw, n, f) < 0)
		return NULL;
	for (size_t i = 0; i + 4 <= n; i += 4)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s0x%" PRIx64, i == 0 ? "" : " ", le_get(raw + i, 4));
	return arena_bytes(r->keep, text, used, f);
}

static const char *
field_of(struct reader *r, const char *name, struct fail *f)
{
	char field[64];
	int n = snprintf(field, sizeof(field), "note %s", name);

	return arena_bytes(r->keep, field, (size_t)n, f);
}

static int
take_known(struct reader *r, const struct elf_note *rec,
    struct image_note *note, const struct note_kind *kind, struct fail *f)
{
	struct note_value v = { .at = rec->desc };

	v.field = field_of(r, note->name, f);
	if (v.field == NULL)
		return -1;
	if (kind->format == NOTE_NUMBER) {
		if (read_number(r, rec, note->name, &v.number, f) < 0)
			return -1;
		note->number = (struct maybe){ true, v.number };
	} else if (kind->format != NOTE_BYTES) {
		v.text = kind->format == NOTE_WORDS ? read_words(r, rec, f) :
		    read_text(r, rec, v.field, f);
		if (v.text == NULL)
			return -1;
		note->text = (struct bytes){ v.text, strlen(v.text) };
	}
	return notes_take(r->notes, kind, &v, r->elf->file, f);
}

/* Counts a note that is not Xen's under its name. */
static int
count_other(struct reader *r, const struct elf_note *rec, struct fail *f)
{
	char name[sizeof(r->others[0].name)] = "";
	size_t n = rec->namesz < sizeof(name) ? (size_t)rec->namesz :
	    sizeof(name) - 1;

	if (!imagefile_holds(r->elf->file, rec->name, n))
		return 0;
	if (imagefile_read(r->elf->file, rec->name, name, n, f) < 0)
		return -1;
	for (size_t i = 0; i < OTHERS_MAX; i++)
		if (r->others[i].n == 0 ||
		    strcmp(r->others[i].name, name) == 0) {
			memcpy(r->others[i].name, name, sizeof(name));
			r->others[i].n++;
			return 0;
		}
	return 0;
}

static int
take_record(struct reader *r, const struct elf_note *rec, bool *xen,
    struct fail *f)
{
	const struct note_kind *kind = note_kind_of_type(rec->type);
	struct image_note *note;
	unsigned char name[4];

	*xen = false;
	/* Xen's libelf compares the string at the name, whatever its namesz. */
	if (padded(rec->namesz) < sizeof(name) ||
	    !imagefile_holds(r->elf->file, rec->name, sizeof(name)))
		return 0;
	if (imagefile_read(r->elf->file, rec->name, name, sizeof(name), f) < 0)
		return -1;
	*xen = memcmp(name, "Xen", sizeof(name)) == 0;
	if (!*xen)
		return count_other(r, rec, f);
	note = add_note(r, rec, f);
	if (note == NULL)
		return -1;
	return kind == NULL ? 0 : take_known(r, rec, note, kind, f);
}

/* ---- records ---- */

/* A name ends with a NUL inside its field: the generic ABI, chapter 5. */
static int
check_name(struct reader *r, const struct elf_note *rec, struct fail *f)
{
	struct image_file *file = r->elf->file;
	uint64_t n = padded(rec->namesz);
	char name[256];

	if (n == 0 || !imagefile_holds(file, rec->name, n))
		return 0;
	n = n < sizeof(name) ? n : sizeof(name);
	if (imagefile_read(file, rec->name, name, (size_t)n, f) < 0)
		return -1;
	if (memchr(name, '\0', (size_t)n) != NULL)
		return 0;
	return imagefile_refuse(file, f, "namesz of a note", rec->at,
	    rec->namesz, "but the name has no NUL in its first %" PRIu64
	    " bytes", n);
}

static int
read_record(struct reader *r, uint64_t at, struct elf_note *rec, struct fail *f)
{
	unsigned char raw[RECORD];

	if (imagefile_read(r->elf->file, at, raw, sizeof(raw), f) < 0)
		return -1;
	rec->at = at;
	rec->namesz = le_get(raw, 4);
	rec->descsz = le_get(raw + 4, 4);
	rec->type = le_get(raw + 8, 4);
	rec->name = at + RECORD;
	rec->desc = rec->name + padded(rec->namesz);
	return 0;
}

static bool
fits(const struct elf_note *rec, uint64_t end)
{
	return rec->desc <= end && rec->descsz <= end - rec->desc;
}

/* Is it a record that fits, with a name that ends where it says? */
static int
is_record(struct reader *r, const struct elf_note *rec, uint64_t end,
    struct fail *f)
{
	char last;

	if (rec->namesz == 0 || !fits(rec, end) ||
	    !imagefile_holds(r->elf->file, rec->name, rec->namesz))
		return 0;
	if (imagefile_read(r->elf->file, rec->name + rec->namesz - 1, &last, 1,
	    f) < 0)
		return -1;
	return last == '\0';
}

/*
 * Reads the record at an offset.  Fields are padded to 4 in Xen's notes,
 * whatever p_align says, and to 8 in others, as in those of type
 * NT_GNU_PROPERTY_TYPE_0; one segment may have both.  Where no record can be,
 * or only one without a name, the next multiple of 8 is tried.
 */
static int
next_record(struct reader *r, uint64_t at, uint64_t end, struct elf_note *rec,
    struct fail *f)
{
	const uint64_t aligned = (at + 8) & ~UINT64_C(7);
	struct elf_note other;
	int is;

	if (read_record(r, at, rec, f) < 0)
		return -1;
	if ((rec->namesz > 0 && fits(rec, end)) || aligned >= end ||
	    !imagefile_holds(r->elf->file, aligned, RECORD))
		return 0;
	if (read_record(r, aligned, &other, f) < 0)
		return -1;
	is = is_record(r, &other, end, f);
	if (is > 0)
		*rec = other;
	return is < 0 ? -1 : 0;
}

/* Does "Xen" stand in a range that was not read as notes? */
static int
has_xen(struct reader *r, uint64_t at, uint64_t end, struct fail *f)
{
	char part[IMAGE_CACHE];

	while (at < end && r->searched < SEARCH_MAX) {
		size_t n = end - at < sizeof(part) ? (size_t)(end - at) :
		    sizeof(part);

		if (imagefile_read(r->elf->file, at, part, n, f) < 0)
			return -1;
		if (memmem(part, n, "Xen", 4) != NULL)
			return 1;
		r->searched += n;
		/* A name may lie across two parts. */
		at += n == sizeof(part) ? n - 3 : n;
	}
	return 0;
}

/* What follows a record that does not fit is not read; a warning says so. */
static int
leave_rest(struct reader *r, const struct elf_note *rec, bool xen,
    uint64_t end, struct fail *f)
{
	const struct image_file *file = r->elf->file;
	uint64_t from = xen ? rec->desc : rec->at;
	int rc = from < end ? has_xen(r, from, end, f) : 0;

	if (rc <= 0)
		return rc;
	r->notes->unread.at = from;
	r->notes->unread.n = end - from;
	fail_warn(f, "'%s': the note at 0x%" PRIx64 " has %" PRIu64 " bytes "
	    "from 0x%" PRIx64 " on, past the end of the notes, 0x%" PRIx64
	    ": the %" PRIu64 " bytes from 0x%" PRIx64 " on are not read, "
	    "though a note named Xen may be there", file->what,
	    file->base + rec->at, rec->descsz, file->base + rec->desc,
	    file->base + end, end - from, file->base + from);
	return 0;
}

static int
read_range(struct reader *r, uint64_t at, uint64_t size, struct fail *f)
{
	struct image_file *file = r->elf->file;
	uint64_t end = size < file->size - at ? at + size : file->size;
	struct elf_note rec;
	bool xen;

	while (at < end && imagefile_holds(file, at, RECORD)) {
		if (r->seen++ == ELFNOTE_MAX)
			return fail(f, FAIL_INPUT, "'%s' has more than %d "
			    "notes", file->what, ELFNOTE_MAX);
		if (next_record(r, at, end, &rec, f) < 0 ||
		    check_name(r, &rec, f) < 0 ||
		    take_record(r, &rec, &xen, f) < 0)
			return -1;
		if (!fits(&rec, end))
			return leave_rest(r, &rec, xen, end, f);
		at = rec.desc + padded(rec.descsz);
	}
	return 0;
}

static int
read_segments(struct reader *r, struct fail *f)
{
	struct elf *elf = r->elf;

	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		/* Xen's libelf passes over a header with p_offset 0. */
		if (s->type != PT_NOTE || s->offset == 0)
			continue;
		if (s->offset >= elf->file->size && s->filesz > 0)
			return elfimage_refuse(elf, f, P_OFFSET, i, s->offset,
			    "past the end of the image, 0x%" PRIx64,
			    elf->file->size);
		if (s->filesz > 0 &&
		    read_range(r, s->offset, s->filesz, f) < 0)
			return -1;
	}
	return 0;
}

static int
read_sections(struct reader *r, struct fail *f)
{
	struct elf *elf = r->elf;

	for (size_t i = 0; i < elf->n_sections; i++)
		if (elf->sections[i].type == SHT_NOTE &&
		    read_range(r, elf->sections[i].offset,
		    elf->sections[i].size, f) < 0)
			return -1;
	return 0;
}

static int
read_all(struct reader *r, struct fail *f)
{
	if (read_segments(r, f) < 0)
		return -1;
	r->notes->from = "program headers";
	if (r->notes->n_notes > 0)
		return 0;
	memset(r->others, 0, sizeof(r->others));
	if (read_sections(r, f) < 0)
		return -1;
	r->notes->from = r->notes->n_notes > 0 ? "section headers" : NULL;
	return 0;
}

/* Copies the list, which grew in malloced memory, to the plan's arena. */
static int
settle_list(struct notes *c, struct arena *keep, struct fail *f)
{
	struct image_note *grown = c->list;

	c->list = arena_array(keep, c->n_notes, sizeof(*c->list), f);
	if (c->list != NULL && c->n_notes > 0)
		memcpy(c->list, grown, c->n_notes * sizeof(*grown));
	free(grown);
	return c->list == NULL ? -1 : 0;
}

/* "9 named 'name', 1 named 'GNU'", for messages. */
static void
list_others(struct reader *r)
{
	char *to = r->notes->others;
	const size_t size = sizeof(r->notes->others);
	size_t used = 0;

	for (size_t i = 0; i < OTHERS_MAX && r->others[i].n > 0; i++)
		used += (size_t)snprintf(to + used, size - used,
		    "%s%zu named '%s'", i == 0 ? "" : ", ", r->others[i].n,
		    r->others[i].name);
}

int
elfnote_read(struct elf *elf, struct notes *c, struct arena *keep,
    struct fail *f)
{
	struct reader r = { .elf = elf, .notes = c, .keep = keep };
	int rc;

	notes_init(c);
	rc = read_all(&r, f);
	list_others(&r);
	if (settle_list(c, keep, f) < 0)
		return -1;
	return rc;
}
