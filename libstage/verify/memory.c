#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/store.h"
#include "verify/impl.h"

enum { BUFFER_BYTES = 1 << 20 };

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- where the payloads belong ---- */

struct pieces {
	struct load_piece *v;
	size_t n;
};

static void
add_piece(struct pieces *to, const char *role, uint64_t offset, uint64_t size,
    uint64_t paddr)
{
	if (size > 0)
		to->v[to->n++] = (struct load_piece){ role, offset, size,
		    paddr };
}

static void
add_image(const struct verify *v, struct pieces *to)
{
	const struct plan_image *i = &v->plan->image;

	for (size_t n = 0; n < i->n_segments; n++)
		add_piece(to, i->segments[n].role, i->segments[n].offset,
		    i->segments[n].filesz,
		    i->segments[n].va - v->plan->layout.v_start);
}

static void
add_ramdisk(const struct verify *v, struct pieces *to)
{
	const struct layout_segment *s = plan_segment(v->plan, SEG_RAMDISK);
	uint64_t pfn = s == NULL ? 0 : s->pfn;

	for (size_t i = 0; s != NULL && i < v->plan->n_modules; i++) {
		const struct plan_module *m = &v->plan->modules[i];

		for (size_t n = 0; n < m->n_parts; n++)
			add_piece(to, m->parts[n].payload.role, 0,
			    m->parts[n].payload.size,
			    pfn * PAGE_BYTES + m->parts[n].offset);
		pfn += pages_of(m->size);
	}
}

/*
 * Lists where payloads belong, by the image and the module.  The plan's list
 * of pieces to load is not asked: xb-load went by it, and it would vouch for
 * itself.  to->v is malloced.
 */
static int
list_pieces(const struct verify *v, struct pieces *to, struct fail *f)
{
	size_t most_pieces = v->plan->image.n_segments + 1;

	for (size_t i = 0; i < v->plan->n_modules; i++)
		most_pieces += v->plan->modules[i].n_parts;
	to->n = 0;
	to->v = reallocarray(NULL, most_pieces, sizeof(*to->v));
	if (to->v == NULL)
		return fail_memory(f, most_pieces * sizeof(*to->v));
	add_image(v, to);
	add_ramdisk(v, to);
	return 0;
}

/* ---- payload bytes ---- */

struct source {
	const char *role;		/* NULL: nothing is open */
	const char *path;
	int fd;
	const struct load_piece *piece;
	unsigned char *buffer;
};

static void
close_source(struct source *s)
{
	if (s->role != NULL)
		close(s->fd);
	s->role = NULL;
}

/* Pieces of one payload follow each other: it stays open between them. */
static int
open_source(struct verify *v, struct source *s, const struct load_piece *piece,
    struct fail *f)
{
	const struct payload *p;
	struct file_id id;

	s->piece = piece;
	if (s->role != NULL && strcmp(s->role, piece->role) == 0)
		return 0;
	close_source(s);
	p = plan_payload(v->plan, piece->role);
	if (p == NULL)
		return fail(f, FAIL_INPUT, "the plan has no payload '%s'",
		    piece->role);
	s->fd = store_open_payload(v->plan, p, &s->path, &id, f);
	if (s->fd < 0)
		return -1;
	s->role = piece->role;
	return 0;
}

static void
payload_differs(struct verify *v, const struct source *s, uint64_t paddr,
    const unsigned char *got, const unsigned char *want, uint64_t offset)
{
	size_t i = 0;

	while (got[i] == want[i])
		i++;
	verify_differs(v, "%s: 0x%02x, should be 0x%02x, byte 0x%" PRIx64
	    " of payload '%s' in '%s'", verify_place(v, paddr + i).words,
	    got[i], want[i], offset + i, s->role, s->path);
}

/* A difference for every page that has one. */
static void
compare_pages(struct verify *v, const struct source *s, uint64_t paddr,
    const unsigned char *got, const unsigned char *want, size_t n,
    uint64_t offset)
{
	for (size_t at = 0; at < n;) {
		size_t take = PAGE_BYTES - (paddr + at) % PAGE_BYTES;

		take = take < n - at ? take : n - at;
		if (memcmp(got + at, want + at, take) != 0)
			payload_differs(v, s, paddr + at, got + at, want + at,
			    offset + at);
		at += take;
	}
}

static int
compare_payload(struct verify *v, void *arg, uint64_t paddr,
    const unsigned char *bytes, size_t n, struct fail *f)
{
	const struct source *s = arg;
	uint64_t offset = s->piece->offset + (paddr - s->piece->paddr);

	for (size_t at = 0; at < n;) {
		size_t take = n - at < BUFFER_BYTES ? n - at : BUFFER_BYTES;

		if (file_pread(s->fd, s->path, s->buffer, take, offset + at,
		    f) < 0)
			return -1;
		if (memcmp(bytes + at, s->buffer, take) != 0)
			compare_pages(v, s, paddr + at, bytes + at, s->buffer,
			    take, offset + at);
		at += take;
	}
	return 0;
}

/* Compares a piece, but for the hypercall page, which Xen has filled since. */
static int
compare_piece(struct verify *v, struct source *s, struct fail *f)
{
	struct span whole = { s->piece->paddr,
	    s->piece->paddr + s->piece->size };
	struct span page = verify_hypercall_span(v);
	struct span before = { whole.from, least(whole.to, page.from) };
	struct span after = { most(whole.from, page.to), whole.to };

	if (page.from == page.to)
		return verify_span(v, whole, compare_payload, s, f);
	if (verify_span(v, before, compare_payload, s, f) < 0)
		return -1;
	return verify_span(v, after, compare_payload, s, f);
}

static int
compare_pieces(struct verify *v, const struct pieces *pieces,
    unsigned char *buffer, struct fail *f)
{
	struct source s = { .fd = -1, .buffer = buffer };
	uint64_t bytes = 0;
	int rc = 0;

	for (size_t i = 0; i < pieces->n; i++)
		v->progress.total += pieces->v[i].size;
	for (size_t i = 0; rc == 0 && i < pieces->n; i++) {
		rc = open_source(v, &s, &pieces->v[i], f);
		if (rc == 0)
			rc = compare_piece(v, &s, f);
		bytes += pieces->v[i].size;
	}
	close_source(&s);
	verify_detail(v, "%" PRIu64 " KiB in %zu pieces", (bytes + 1023) / 1024,
	    pieces->n);
	return rc;
}

int
verify_payload(struct verify *v, struct fail *f)
{
	struct pieces pieces;
	unsigned char *buffer;
	uint64_t n = 0;
	int rc;

	if (list_pieces(v, &pieces, f) < 0)
		return -1;
	for (size_t i = 0; i < pieces.n; i++)
		n = most(n, pieces.v[i].size);
	n = least(n, BUFFER_BYTES);
	buffer = malloc((size_t)n + 1);
	rc = buffer == NULL ? fail_memory(f, (size_t)n) :
	    compare_pieces(v, &pieces, buffer, f);
	free(buffer);
	free(pieces.v);
	return rc;
}

/* ---- cleared memory ---- */

/* What need not be zero: pieces of payloads, and segments that stages fill. */
struct taken {
	struct span *v;
	size_t n;
};

/* A list of its own, and not the plan's segment_filled_later(): xb-layout took
 * its list of pages to clear from that. */
static bool
filled_later(const struct layout_segment *s)
{
	static const enum segment_kind kinds[] = { SEG_P2M, SEG_START_INFO,
	    SEG_XENSTORE, SEG_CONSOLE, SEG_PAGE_TABLES, SEG_P2M_TABLES,
	    SEG_ACPI, SEG_IDENTITY };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (segment_is(s, kinds[i]))
			return true;
	return false;
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static int
find_taken(struct verify *v, struct taken *t, struct fail *f)
{
	const struct plan_layout *l = &v->plan->layout;
	struct pieces pieces;
	size_t most_spans;

	if (list_pieces(v, &pieces, f) < 0)
		return -1;
	most_spans = pieces.n + l->n_segments + 1;
	t->n = 0;
	t->v = reallocarray(NULL, most_spans, sizeof(*t->v));
	if (t->v == NULL) {
		free(pieces.v);
		return fail_memory(f, most_spans * sizeof(*t->v));
	}
	for (size_t i = 0; i < pieces.n; i++)
		t->v[t->n++] = (struct span){ pieces.v[i].paddr,
		    pieces.v[i].paddr + pieces.v[i].size };
	free(pieces.v);
	for (size_t i = 0; i < l->n_segments; i++)
		if (filled_later(&l->segments[i]))
			t->v[t->n++] = verify_segment_span(&l->segments[i]);
	t->v[t->n++] = verify_hypercall_span(v);
	qsort(t->v, t->n, sizeof(*t->v), compare_spans);
	return 0;
}

/* Checks that the bytes of a range that nothing takes are zero, and adds their
 * number to *bytes. */
static int
check_free(struct verify *v, const struct taken *t, struct span range,
    uint64_t *bytes, struct fail *f)
{
	uint64_t at = range.from;

	for (size_t i = 0; i <= t->n && at < range.to; i++) {
		uint64_t end = range.to;

		if (i < t->n && t->v[i].from < end)
			end = t->v[i].from;
		if (at < end) {
			*bytes += end - at;
			if (verify_zero(v, (struct span){ at, end }, f) < 0)
				return -1;
			at = end;
		}
		if (i == t->n || t->v[i].to <= at)
			continue;
		if (progress_step(&v->progress, least(t->v[i].to, range.to) -
		    at, f) < 0)
			return -1;
		at = t->v[i].to;
	}
	return 0;
}

static int
check_ranges(struct verify *v, const struct taken *t, uint64_t *bytes,
    struct fail *f)
{
	const struct plan_layout *l = &v->plan->layout;
	uint64_t region = plan_region_pages(v->plan);

	v->progress.total = region * PAGE_BYTES;
	for (size_t i = 0; i < l->n_segments; i++)
		if (l->segments[i].pfn >= region &&
		    !filled_later(&l->segments[i]))
			v->progress.total += l->segments[i].pages * PAGE_BYTES;
	if (check_free(v, t, (struct span){ 0, region * PAGE_BYTES }, bytes,
	    f) < 0)
		return -1;
	for (size_t i = 0; i < l->n_segments; i++)
		if (l->segments[i].pfn >= region &&
		    !filled_later(&l->segments[i]) && check_free(v, t,
		    verify_segment_span(&l->segments[i]), bytes, f) < 0)
			return -1;
	/* Pages of a PVH guest's beside its memory. */
	for (size_t i = 0; i < l->gfns.n; i++) {
		const struct extent *e = &l->gfns.v[i];
		const struct span s = { e->pfn * PAGE_BYTES,
		    (e->pfn + e->count) * PAGE_BYTES };

		if (abi_range_of(v->abi, e->pfn)->type != RANGE_RAM &&
		    check_free(v, t, s, bytes, f) < 0)
			return -1;
	}
	return 0;
}

/*
 * All that the initial mapping or a segment covers and nothing fills must be
 * zero, whatever the plan's own list of pages to clear says.
 */
int
verify_cleared(struct verify *v, struct fail *f)
{
	struct taken t;
	uint64_t bytes = 0;
	int rc;

	if (find_taken(v, &t, f) < 0)
		return -1;
	rc = check_ranges(v, &t, &bytes, f);
	free(t.v);
	verify_detail(v, "%" PRIu64 " KiB are zero", (bytes + 1023) / 1024);
	return rc;
}
