#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/le.h"
#include "diff/impl.h"
#include "base/file.h"
#include "base/progress.h"
#include "store/store.h"

enum { CHUNK = 1 << 20, KEPT = 64 };

/* How two payloads of one size differ. */
struct bytes_diff {
	uint64_t differing;
	uint64_t first;			/* offset */
	unsigned from, to;
	uint64_t at[KEPT];		/* offsets of the first KEPT */
	bool explained[KEPT];
};

/* Two payloads, open. */
struct two {
	int fd[2];
	const char *path[2];
	uint64_t size;
	unsigned char *buffer[2];
};

static bool
is_payload(const struct diff_item *item)
{
	return item->name != NULL && (strcmp(item->path, "image.payloads") == 0
	    || strstr(item->path, "].parts") != NULL);
}

/* ---- reading ---- */

static void
note_byte(struct bytes_diff *b, uint64_t offset, unsigned from, unsigned to)
{
	if (b->differing == 0) {
		b->first = offset;
		b->from = from;
		b->to = to;
	}
	if (b->differing < KEPT)
		b->at[b->differing] = offset;
	b->differing++;
}

static int
compare_bytes(const struct two *t, struct bytes_diff *b, struct fail *f)
{
	struct progress progress;

	progress_begin(&progress, "comparing", t->path[0], t->size);
	for (uint64_t at = 0; at < t->size; at += CHUNK) {
		size_t n = t->size - at < CHUNK ? (size_t)(t->size - at) :
		    CHUNK;

		if (progress_step(&progress, n, f) < 0)
			return -1;
		for (size_t i = 0; i < 2; i++)
			if (file_pread(t->fd[i], t->path[i], t->buffer[i], n,
			    at, f) < 0)
				return -1;
		if (memcmp(t->buffer[0], t->buffer[1], n) == 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (t->buffer[0][i] != t->buffer[1][i])
				note_byte(b, at + i, t->buffer[0][i],
				    t->buffer[1][i]);
	}
	progress_erase();
	return 0;
}

/* ---- notes ---- */

/* Does the file have these bytes at that offset? */
static bool
file_has(const struct two *t, size_t which, uint64_t offset,
    const unsigned char *want, size_t n)
{
	struct fail ignored = { 0 };

	return n <= CHUNK && offset <= t->size && n <= t->size - offset &&
	    file_pread(t->fd[which], t->path[which], t->buffer[which], n,
	    offset, &ignored) == 0 && memcmp(t->buffer[which], want, n) == 0;
}

/*
 * Marks the differing bytes that belong to the value of a note: one file has
 * the old value around them, the other the new one.
 */
static void
explain_value(const struct two *t, struct bytes_diff *b,
    const unsigned char *from, const unsigned char *to, size_t n)
{
	size_t step = 0, kept = b->differing < KEPT ? b->differing : KEPT;

	while (step < n && from[step] == to[step])
		step++;
	for (size_t i = 0; step < n && i < kept; i++) {
		uint64_t at = b->at[i] - step;

		if (b->at[i] < step || !file_has(t, 0, at, from, n) ||
		    !file_has(t, 1, at, to, n))
			continue;
		for (size_t k = i; k < kept; k++)
			b->explained[k] |= b->at[k] - at < n;
	}
}

static void
explain_number(const struct two *t, struct bytes_diff *b,
    const struct diff_change *c)
{
	unsigned char from[8], to[8];

	le_put(from, 8, schema_number(c->field, c->from));
	le_put(to, 8, schema_number(c->field, c->to));
	for (size_t n = 1; n <= 8; n *= 2)
		if (memcmp(from, to, n) != 0)
			explain_value(t, b, from, to, n);
}

static void
explain_change(const struct two *t, struct bytes_diff *b,
    const struct diff_change *c)
{
	const struct bytes *x = c->from, *y = c->to;

	if (x == NULL || y == NULL)
		return;
	if (c->field->type == TYPE_BYTES && x->size == y->size)
		explain_value(t, b, (const unsigned char *)x->data,
		    (const unsigned char *)y->data, x->size);
	else if (c->field->type == TYPE_ADDRESS)
		explain_number(t, b, c);
}

/* Is each byte that differs one of a note whose difference is told? */
static bool
notes_explain(const struct diff *d, size_t first, const struct two *t,
    struct bytes_diff *b)
{
	size_t notes = 0;

	/*
	 * The first KEPT offsets alone were kept, and more bytes than that are
	 * hardly values of notes.
	 */
	if (b->differing > KEPT)
		return false;
	for (size_t i = first; i < d->n_items && notes < KEPT; i++) {
		bool note = strcmp(d->items[i].path, "image.notes") == 0;

		notes += note;
		for (size_t j = 0; note && j < d->items[i].n; j++)
			explain_change(t, b, &d->items[i].changes[j]);
	}
	for (size_t i = 0; i < b->differing; i++)
		if (!b->explained[i])
			return false;
	return true;
}

/* ---- telling ---- */

/*
 * The segment of the image that holds a byte of a payload; NULL where none
 * does, as of a ramdisk.
 */
static const struct image_segment *
segment_at(const struct plan *p, const char *role, uint64_t offset)
{
	for (size_t i = 0; i < p->image.n_segments; i++) {
		const struct image_segment *s = &p->image.segments[i];

		if (strcmp(s->role, role) == 0 && offset >= s->offset &&
		    offset - s->offset < s->filesz)
			return s;
	}
	return NULL;
}

static int
tell(struct diff *d, struct diff_item *item, const struct plan *p,
    const struct bytes_diff *b, struct fail *f)
{
	const struct image_segment *s = segment_at(p, item->name, b->first);
	char va[32] = "";

	if (s != NULL)
		snprintf(va, sizeof(va), ", va 0x%" PRIx64,
		    s->va + (b->first - s->offset));
	item->words = arena_print(&d->arena, f, "%" PRIu64 " byte%s, %sat "
	    "offset 0x%" PRIx64 "%s: %02x -> %02x", b->differing,
	    b->differing == 1 ? " differs" : "s differ",
	    b->differing == 1 ? "" : "the first ", b->first, va, b->from,
	    b->to);
	return item->words == NULL ? -1 : 0;
}

static int
compare_open(struct diff *d, size_t first, struct diff_item *item,
    const struct plan *p, const struct two *t, struct fail *f)
{
	struct bytes_diff b = { .differing = 0 };

	if (compare_bytes(t, &b, f) < 0)
		return -1;
	if (b.differing == 0)
		return 0;		/* the digests are told */
	item->follows = notes_explain(d, first, t, &b);
	for (size_t i = 0; i < item->n; i++)
		item->changes[i].follows = item->follows;
	return tell(d, item, p, &b, f);
}

/*
 * Opens both; a payload that is not on this machine, or not what was parsed,
 * leaves the digests to be told.
 */
static bool
open_two(struct two *t, struct plan *a, struct plan *b, const char *role)
{
	struct plan *plans[] = { a, b };
	struct fail ignored = { 0 };
	struct file_id id;

	t->fd[0] = t->fd[1] = -1;
	for (size_t i = 0; i < 2; i++) {
		const struct payload *p = plan_payload(plans[i], role);

		if (p == NULL)
			return false;
		t->size = p->size;
		t->fd[i] = store_open_payload(plans[i], p, &t->path[i], &id,
		    &ignored);
		if (t->fd[i] < 0)
			return false;
	}
	return true;
}

static int
compare_payload(struct diff *d, size_t first, struct diff_item *item,
    struct plan *a, struct plan *b, struct two *t, struct fail *f)
{
	int rc = 0;

	if (open_two(t, a, b, item->name))
		rc = compare_open(d, first, item, a, t, f);
	for (size_t i = 0; i < 2; i++)
		if (t->fd[i] >= 0)
			close(t->fd[i]);
	return rc;
}

static int
compare_all(struct diff *d, size_t first, struct plan *a, struct plan *b,
    struct two *t, struct fail *f)
{
	for (size_t i = first; i < d->n_items; i++) {
		struct diff_change *digest, *size;

		if (!is_payload(&d->items[i]))
			continue;
		digest = diff_change_of(&d->items[i], "sha256");
		size = diff_change_of(&d->items[i], "size");
		if (digest != NULL && size != NULL)
			digest->follows = true;
		else if (digest != NULL && compare_payload(d, first,
		    &d->items[i], a, b, t, f) < 0)
			return -1;
	}
	return 0;
}

int
diff_payloads(struct diff *d, size_t first, struct plan *a, struct plan *b,
    struct fail *f)
{
	struct two t = { .fd = { -1, -1 } };
	unsigned char *room = malloc((size_t)2 * CHUNK);
	int rc;

	if (room == NULL)
		return fail_memory(f, (size_t)2 * CHUNK);
	t.buffer[0] = room;
	t.buffer[1] = room + CHUNK;
	rc = compare_all(d, first, a, b, &t, f);
	free(room);
	return rc;
}
