#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "base/stop.h"
#include "target/window.h"
#include "build/load.h"
#include "plan/stages.h"

enum {
	CLEAR_BATCH = 4096,		/* the most runs that one call of
					 * target_ops.clear is given */
	ZEROES_MIN = 8,			/* pages of a hole that is not read */
	SPANS = 64			/* of one mapping */
};

/* ---- the load list ---- */

struct loading {
	struct target *target;
	const struct plan *plan;
	const struct extents *p2m;
	const struct payloads *files;
	const char *name;		/* of the target */
	struct extents zero;		/* pages that are cleared, for pieces
					 * have nothing but zeroes for them */
};

static uint64_t
first_page(const struct load_piece *l)
{
	return l->paddr / PAGE_BYTES;
}

static uint64_t
end_page(const struct load_piece *l)
{
	return pages_of(l->paddr + l->size);
}

/*
 * Fills [at, end) of guest-physical memory, mapped at bytes, from the pieces
 * that meet it; what no piece covers becomes zero.
 */
static int
fill(const struct loading *c, const struct load_piece *piece,
    const struct load_piece *stop, uint64_t at, uint64_t end,
    unsigned char *bytes, struct fail *f)
{
	for (; piece < stop && piece->paddr < end; piece++) {
		uint64_t skip = piece->paddr < at ? at - piece->paddr : 0;
		uint64_t start = piece->paddr + skip, n = piece->size - skip;

		if (n > end - start)
			n = end - start;
		memset(bytes, 0, start - at);
		bytes += start - at;
		if (payloads_read(c->files, piece->role, bytes, n,
		    piece->offset + skip, f) < 0)
			return -1;
		bytes += n;
		at = start + n;
	}
	memset(bytes, 0, end - at);
	return 0;
}

/* Pages that follow each other and are not all zero, and the first piece that
 * meets them. */
struct span {
	const struct load_piece *piece;
	uint64_t pfn, end;
};

/* Spans that are mapped at once: to map and to unmap is dearer than to copy a
 * few pages. */
struct batch {
	struct span v[SPANS];
	size_t n;
	uint64_t pages;			/* of all of them */
	struct extents runs;
};

static int
fill_batch(const struct loading *c, const struct batch *b,
    unsigned char *bytes, struct fail *f)
{
	const struct plan_layout *l = &c->plan->layout;

	for (size_t i = 0; i < b->n; i++) {
		const struct span *s = &b->v[i];

		if (fill(c, s->piece, l->load + l->n_load, s->pfn * PAGE_BYTES,
		    s->end * PAGE_BYTES, bytes, f) < 0)
			return -1;
		bytes += (s->end - s->pfn) * PAGE_BYTES;
	}
	return 0;
}

/* Loads the batch, which is empty then. */
static int
load_batch(const struct loading *c, struct batch *b, struct fail *f)
{
	const struct target_ops *ops = c->target->ops;
	struct fail own = { .say = f->say, .say_arg = f->say_arg };
	unsigned char *bytes;
	int rc;

	if (b->n == 0)
		return 0;
	bytes = ops->replace(c->target, b->runs.v, b->runs.n, f);
	if (bytes == NULL)
		return -1;
	rc = fill_batch(c, b, bytes, &own);
	b->n = b->runs.n = 0;
	b->pages = 0;
	/*
	 * Where the domain's memory has gone, reading into it fails too; what
	 * the target says is the reason then.
	 */
	if (ops->unmap(c->target, bytes, f) < 0)
		return -1;
	return rc == 0 ? 0 : fail_pass(f, &own);
}

static int
add_span(const struct loading *c, struct batch *b,
    const struct load_piece *piece, uint64_t pfn, uint64_t end,
    struct fail *f)
{
	if (end == pfn)
		return 0;
	b->v[b->n++] = (struct span){ piece, pfn, end };
	b->pages += end - pfn;
	if (extents_slice(c->p2m, pfn, end - pfn, &b->runs, f) < 0)
		return -1;
	return b->n < SPANS && b->pages < c->target->ops->replace_max ? 0 :
	    load_batch(c, b, f);
}

/*
 * Where a span that begins at pfn ends: before the first page that no piece
 * meets, or after max pages.
 */
static uint64_t
span_end(const struct load_piece *piece, const struct load_piece *stop,
    uint64_t pfn, uint64_t max)
{
	uint64_t end = pfn;

	for (; piece < stop && first_page(piece) <= end &&
	    end - pfn < max; piece++)
		if (end_page(piece) > end)
			end = end_page(piece);
	return end - pfn > max ? pfn + max : end;
}

/*
 * To map a page and to copy zeroes there costs several times what it costs to
 * have it cleared, so long holes of the files are left to target_ops.clear.
 */
static int
find_zeroes(struct loading *c, const struct load_piece *l, struct fail *f)
{
	uint64_t at = l->offset, end = at + l->size, n;

	if (l->size / PAGE_BYTES < ZEROES_MIN)
		return 0;
	for (; (n = payloads_hole(c->files, l->role, &at, end)) > 0; at += n) {
		uint64_t from = pages_of(l->paddr + (at - l->offset));
		uint64_t to = (l->paddr + (at + n - l->offset)) / PAGE_BYTES;

		if (to > from && to - from >= ZEROES_MIN &&
		    extents_slice(c->p2m, from, to - from, &c->zero, f) < 0)
			return -1;
	}
	return 0;
}

static uint64_t
bytes_of(const struct load_piece *piece, const struct load_piece *stop)
{
	uint64_t sum = 0;

	for (; piece < stop; piece++)
		sum += piece->size;
	return sum;
}

static int
load_spans(const struct loading *c, struct batch *b, struct fail *f)
{
	const struct load_piece *piece = c->plan->layout.load;
	const struct load_piece *stop = piece + c->plan->layout.n_load;
	const struct extent *zero = c->zero.v;
	/* A list without runs is NULL, to which C adds not even 0. */
	const struct extent *last = c->zero.n > 0 ? zero + c->zero.n : zero;
	uint64_t pfn = 0;
	struct progress progress;

	progress_begin(&progress, "loading", c->name, bytes_of(piece, stop));
	while (piece < stop) {
		uint64_t end;

		if (first_page(piece) > pfn)
			pfn = first_page(piece);
		end = span_end(piece, stop, pfn,
		    c->target->ops->replace_max - b->pages);
		if (zero < last && zero->pfn < end)
			end = zero->pfn;
		if (add_span(c, b, piece, pfn, end, f) < 0 ||
		    progress_step(&progress, (end - pfn) * PAGE_BYTES, f) < 0)
			return -1;
		if (zero < last && zero->pfn == end)
			end += zero++->count;
		pfn = end;
		while (piece < stop && end_page(piece) <= end)
			piece++;
	}
	if (load_batch(c, b, f) < 0)
		return -1;
	progress_erase();
	return payloads_unchanged(c->files, f);
}

static int
load_pieces(const struct loading *c, struct fail *f)
{
	struct batch b = { .runs = EXTENTS_INIT };
	int rc = load_spans(c, &b, f);

	extents_release(&b.runs);
	return rc;
}

/* ---- the clear list ---- */

static int
clear_batch(const struct loading *c, struct extents *batch, struct fail *f)
{
	int rc = stop_check(f);

	if (rc == 0 && batch->n > 0)
		rc = c->target->ops->clear(c->target, batch->v, batch->n, f);
	batch->n = 0;
	return rc;
}

static int
clear_pages(const struct loading *c, struct fail *f)
{
	const struct plan_layout *l = &c->plan->layout;
	struct extents batch = EXTENTS_INIT;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->n_clear; i++) {
		rc = extents_slice(c->p2m, l->clear[i].pfn, l->clear[i].pages,
		    &batch, f);
		if (rc == 0 && batch.n >= CLEAR_BATCH)
			rc = clear_batch(c, &batch, f);
	}
	for (size_t i = 0; rc == 0 && i < c->zero.n; i++)
		rc = extents_add(&batch, c->zero.v[i].pfn, c->zero.v[i].mfn,
		    c->zero.v[i].count, f);
	if (rc == 0)
		rc = clear_batch(c, &batch, f);
	extents_release(&batch);
	return rc;
}

/*
 * Loading the kernel again has overwritten the hypercall page.  In a domain
 * that is not constructed yet, xb-startinfo will fill it; in one that is,
 * nobody does.
 */
static int
restore_hypercall_page(const struct loading *c, struct fail *f)
{
	const struct plan *p = c->plan;

	return !p->image.hypercall_page.set ? 0 :
	    c->target->ops->hypercall_page(c->target,
	    extents_mfn(&p->memory.p2m, plan_hypercall_pfn(p)), f);
}

/* ---- the stage ---- */

static void
say_half_built(struct fail *f, const struct owner *c)
{
	fail_add(f, c->again ? "; domain '%s' is left half loaded: run "
	    "xb-load again with this plan" : "; domain '%s' is half built: if "
	    "it is still there, 'xb-domain destroy' ends it", c->name);
}

static int
fill_memory(struct loading *c, struct fail *f)
{
	const struct plan_layout *l = &c->plan->layout;

	for (size_t i = 0; i < l->n_load; i++)
		if (find_zeroes(c, &l->load[i], f) < 0)
			return -1;
	/* Clearing comes first: a target that nothing was written to yet knows
	 * that its pages are zero already. */
	if (clear_pages(c, f) < 0)
		return -1;
	/* Without pieces there is no list to point into. */
	return l->n_load > 0 ? load_pieces(c, f) : 0;
}

static int
load(struct target *t, const struct target_info *info, struct plan *p,
    struct owner *c, const struct payloads *files, struct fail *f)
{
	struct plan_memory memory = p->memory;
	/* The p2m of a PV guest is not in the plan before the end. */
	struct loading l = { t, p, p->layout.gfns.n > 0 ? &p->layout.gfns :
	    &memory.p2m, files, c->name, EXTENTS_INIT };
	int rc;

	if (!c->again) {
		memory = (struct plan_memory){ 0 };
		if (owner_take(t, info, p, c, &memory, f) < 0)
			return -1;
	}
	rc = fill_memory(&l, f);
	extents_release(&l.zero);
	if (rc < 0 || (info->constructed && restore_hypercall_page(&l, f) < 0))
		return -1;
	fail_note(f, "%" PRIu64 " pages in %zu runs of %s; %zu pieces copied, "
	    "%zu runs cleared", extents_pages(l.p2m), l.p2m->n,
	    guest_frames(plan_guest(p)), p->layout.n_load, p->layout.n_clear);
	p->memory = memory;
	plan_add(p, PLAN_MEMORY);
	return 0;
}

int
loader_load(struct target *t, struct plan *p, struct owner *c,
    const struct payloads *files, struct fail *f)
{
	struct target_info info;

	if (t->ops->info(t, &info, f) < 0 || owner_check(t, &info, p, c, f) < 0)
		return -1;
	if (load(t, &info, p, c, files, f) == 0)
		return 0;
	if (c->taken)
		say_half_built(f, c);
	return -1;
}

static int
open_and_load(struct plan *p, struct owner *c, const struct payloads *files,
    struct fail *f)
{
	struct target *t;
	int rc;

	if (target_open(&t, c->name, TARGET_WRITE, f) < 0)
		return -1;
	rc = loader_load(t, p, c, files, f);
	if (rc == 0)
		target_leave(t, c->name);
	else
		target_close(t);
	return rc;
}

static int
work(struct plan *p, const char *name, void *unused, struct fail *f)
{
	struct payloads files = PAYLOADS_INIT;
	struct owner c = { .chosen = name != NULL };
	char *absolute;
	int rc = -1;

	(void)unused;
	if (name == NULL && !plan_has(p, PLAN_MEMORY))
		return fail(f, FAIL_USAGE, "no target: name the domain with "
		    "-t, as 'xb-domain create' printed it");
	absolute = name != NULL ? target_absolute(name, f) :
	    strdup(p->memory.target.data);
	if (absolute == NULL)
		return name != NULL ? -1 :
		    fail_memory(f, p->memory.target.size);
	c.name = absolute;
	if (payloads_open(&files, p, f) == 0)
		rc = open_and_load(p, &c, &files, f);
	payloads_release(&files);
	free(absolute);
	return rc;
}

const struct stage_code stage_load = { STAGE_LOAD, .work = work,
	.writes = target_writes };
