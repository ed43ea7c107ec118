#include <inttypes.h>

#include "base/stop.h"
#include "walk/impl.h"

/*
 * The tables give pieces, in ascending order: what one entry maps, or that it
 * maps nothing.  Pieces of consecutive frames, mapped alike, make a stretch.
 * The frames of a stretch are looked up in batches: are they the domain's, and
 * which pfns have they?  By the answers a stretch is cut into runs.  Short
 * stretches are kept and looked up together, for the memory of a guest that
 * has run may lie in single pages.
 */
enum { STRETCHES = WALK_SHORT_MAX, SHORT = 16 };

struct scan {
	struct walk *w;
	uint64_t first, last;		/* linear addresses, inclusive */
	bool all;			/* all addresses are walked, so runs
					 * that are absent, or Xen's, are left
					 * out */
	struct walk_limit limit;
	uint64_t tables;		/* looked at */
	struct walk_run stretch[STRETCHES];
	size_t n;
	struct walk_run run;		/* pages 0: none */
	walk_each *each;
	void *arg;
};

static bool
goes_on(const struct walk_run *a, const struct walk_run *b)
{
	return a->pages > 0 && a->va + a->pages * PAGE_BYTES == b->va &&
	    a->end == b->end && a->why == b->why && a->level == b->level &&
	    a->flags == b->flags;
}

static bool
frames_go_on(uint64_t a, uint64_t b, uint64_t pages)
{
	return a == INVALID_MFN ? b == INVALID_MFN : a + pages == b;
}

static int
give_run(struct scan *s, struct fail *f)
{
	if (s->run.pages == 0)
		return 0;
	if (s->each(s->arg, &s->run, f) < 0)
		return -1;
	s->run.pages = 0;
	return 0;
}

static int
put_run(struct scan *s, const struct walk_run *r, struct fail *f)
{
	if (goes_on(&s->run, r) &&
	    frames_go_on(s->run.mfn, r->mfn, s->run.pages) &&
	    frames_go_on(s->run.pfn, r->pfn, s->run.pages)) {
		s->run.pages += r->pages;
		return 0;
	}
	if (give_run(s, f) < 0)
		return -1;
	s->run = *r;
	return 0;
}

/* Puts the first frames of a batch of *n, as many as one answer is about, in
 * runs; *n becomes their number. */
static int
put_batch(struct scan *s, struct walk_run *r, uint64_t frame, uint64_t *n,
    bool owned, struct fail *f)
{
	uint64_t mfns[WALK_BATCH], pfns[WALK_BATCH], k;
	bool foreign = false;

	if (s->w->source->owned != NULL && !owned &&
	    s->w->source->owned(s->w, frame, *n, n, &foreign, f) < 0)
		return -1;
	if (s->w->source->names(s->w, frame, *n, mfns, pfns, f) < 0)
		return -1;
	r->end = foreign ? WALK_BAD : WALK_MAPPED;
	r->why = foreign ? walk_foreign : NULL;
	for (uint64_t i = 0; i < *n; i += k) {
		for (k = 1; i + k < *n && frames_go_on(mfns[i], mfns[i + k],
		    k) && frames_go_on(pfns[i], pfns[i + k], k);)
			k++;
		r->mfn = mfns[i];
		r->pfn = pfns[i];
		r->pages = k;
		if (put_run(s, r, f) < 0)
			return -1;
		r->va += k * PAGE_BYTES;
	}
	return 0;
}

enum { TABLES_MORE = 4096, QUESTIONS_MORE = 1 << 18 };

struct walk_limit
walk_limit_of(const struct target_info *info, bool all)
{
	struct walk_limit l = { 0 };

	if (all)
		return l;
	l.tables = info->pages + TABLES_MORE;
	l.questions = info->pages + QUESTIONS_MORE;
	return l;
}

void
walk_warn_unseen(const struct walk_limit *l, uint64_t pages, const char *name,
    struct fail *f)
{
	if (pages > 0)
		fail_warn(f, "%" PRIu64 " page%s of '%s' %s left out: to look "
		    "at what its page tables map took %" PRIu64 " questions "
		    "to the target, the limit for its size; --all asks on",
		    pages, pages == 1 ? "" : "s", name,
		    pages == 1 ? "is" : "are", l->questions);
}

static bool
is_spent(const struct scan *s)
{
	return s->limit.questions != 0 &&
	    s->w->questions >= s->limit.questions;
}

static int
put_unseen(struct scan *s, const struct walk_run *rest, struct fail *f)
{
	struct walk_run r = *rest;

	r.end = WALK_UNSEEN;
	r.why = walk_unseen;
	r.mfn = r.pfn = INVALID_MFN;
	return put_run(s, &r, f);
}

static int
put_stretch(struct scan *s, const struct walk_run *all, bool owned,
    struct fail *f)
{
	struct walk_run r = *all;

	if (all->end != WALK_MAPPED)
		return put_run(s, all, f);
	for (uint64_t at = 0, n; at < all->pages; at += n) {
		n = r.pages = all->pages - at;
		r.va = all->va + at * PAGE_BYTES;
		if (is_spent(s))
			return put_unseen(s, &r, f);
		if (n > WALK_BATCH)
			n = WALK_BATCH;
		if (stop_check(f) < 0 || put_batch(s, &r, all->mfn + at, &n,
		    owned, f) < 0)
			return -1;
	}
	return 0;
}

static bool
is_short(const struct walk_run *r)
{
	return r->end == WALK_MAPPED && r->pages < SHORT;
}

/* Are the frames of all short stretches the domain's? */
static int
ask_for_short(struct scan *s, bool *owned, struct fail *f)
{
	struct extent runs[STRETCHES];
	size_t n = 0;

	*owned = false;
	for (size_t i = 0; i < s->n; i++)
		if (is_short(&s->stretch[i]))
			runs[n++] = (struct extent){
				.mfn = s->stretch[i].mfn,
				.count = s->stretch[i].pages };
	return n < 2 || is_spent(s) || s->w->source->all_owned == NULL ? 0 :
	    s->w->source->all_owned(s->w, runs, n, owned, f);
}

static int
put_stretches(struct scan *s, struct fail *f)
{
	size_t n = s->n;
	bool owned;

	if (ask_for_short(s, &owned, f) < 0)
		return -1;
	s->n = 0;
	for (size_t i = 0; i < n; i++)
		if (put_stretch(s, &s->stretch[i], owned &&
		    is_short(&s->stretch[i]), f) < 0)
			return -1;
	return 0;
}

/* Puts a piece.  mfn of a mapped one is the frame that its entry names. */
static int
put_piece(struct scan *s, const struct walk_run *p, struct fail *f)
{
	struct walk_run *t = s->n == 0 ? NULL : &s->stretch[s->n - 1];

	if (p->end == WALK_ABSENT && s->all)
		return 0;
	if (t != NULL && goes_on(t, p) &&
	    frames_go_on(t->mfn, p->mfn, t->pages)) {
		t->pages += p->pages;
		return 0;
	}
	if (s->n == STRETCHES && put_stretches(s, f) < 0)
		return -1;
	s->stretch[s->n++] = *p;
	return 0;
}

/* ---- through the tables ---- */

/*
 * An entry, the addresses [first, last] that it covers, and in flags what the
 * levels above allow.
 */
struct slot {
	unsigned level;
	uint64_t first, last, entry, flags;
};

static struct walk_run
piece_of(const struct scan *s, const struct slot *e, enum walk_end end,
    const char *why)
{
	uint64_t first = e->first > s->first ? e->first : s->first;
	uint64_t last = e->last < s->last ? e->last : s->last;

	return (struct walk_run){ .va = abi_extend(s->w->abi, first),
	    .pages = (last - first + 1) >> PAGE_BITS, .end = end, .why = why,
	    .level = e->level, .mfn = INVALID_MFN, .pfn = INVALID_MFN };
}

static int
put_leaf(struct scan *s, const struct slot *e, struct fail *f)
{
	struct walk_run p = piece_of(s, e, WALK_MAPPED, NULL);
	uint64_t into = abi_linear(s->w->abi, p.va) - e->first;

	/* Bits of the frame below the size of a large page are flags (PAT). */
	p.mfn = ((e->entry & PTE_FRAME & ~(e->last - e->first)) + into) >>
	    PAGE_BITS;
	p.flags = e->flags;
	return put_piece(s, &p, f);
}

/* What all levels down to this entry allow. */
static uint64_t
flags_with(const struct abi *a, unsigned level, uint64_t above,
    uint64_t entry)
{
	const uint64_t allow = PTE_RW | PTE_USER;

	/* The four entries of a PAE top table have no such bits. */
	if (a->levels == 3 && level == 3)
		return above;
	return (above & entry & allow) |
	    ((above | entry) & PTE_NX);
}

static int scan_table(struct scan *, const struct slot *, uint64_t frame,
    struct fail *);

static int
scan_slot(struct scan *s, struct slot *e, struct fail *f)
{
	const struct abi *a = s->w->abi;
	struct walk_run p = piece_of(s, e, WALK_ABSENT, NULL);
	uint64_t last = abi_extend(a, e->last);

	if (s->all && abi_extend(a, e->first) >= a->hole_start &&
	    last <= a->hole_last)
		return 0;
	if ((e->entry & PTE_PRESENT) == 0) {
		p.level = 0;
		return put_piece(s, &p, f);
	}
	p.why = walk_broken(s->w, e->level, e->entry);
	if (p.why != NULL) {
		p.end = WALK_BAD;
		return put_piece(s, &p, f);
	}
	e->flags = flags_with(a, e->level, e->flags, e->entry);
	if (walk_is_leaf(s->w, e->level, e->entry))
		return put_leaf(s, e, f);
	return scan_table(s, e, pte_frame(e->entry), f);
}

static int
count_table(struct scan *s, struct fail *f)
{
	uint64_t most = s->limit.tables;

	if (most != 0 && s->tables++ == most)
		return fail(f, FAIL_TARGET, "the page tables link each other "
		    "more than %" PRIu64 " times, more than the domain can "
		    "need; --all goes on", most);
	return stop_check(f);
}

/* The table in frame, which translates what the slot above covers. */
static int
scan_table(struct scan *s, const struct slot *above, uint64_t frame,
    struct fail *f)
{
	const struct abi *a = s->w->abi;
	unsigned level = above->level - 1;
	uint64_t size = UINT64_C(1) << abi_shift(a, level);
	uint64_t from = s->first > above->first ? s->first : above->first;
	uint64_t to = s->last < above->last ? s->last : above->last;
	const unsigned char *table;

	if (count_table(s, f) < 0 || walk_read(s->w, level,
	    abi_extend(a, from), frame, &table, f) < 0)
		return -1;
	if (table == NULL) {
		struct walk_run p = piece_of(s, above, WALK_BAD, walk_foreign);

		return put_piece(s, &p, f);
	}
	for (uint64_t at = from & ~(size - 1);; at += size) {
		struct slot e = { level, at, at + size - 1, abi_entry(a,
		    table, abi_index(a, at, level)), above->flags };

		if (scan_slot(s, &e, f) < 0)
			return -1;
		if (e.last >= to)
			return 0;
	}
}

/* ---- without paging ---- */

static int
put_plain(struct scan *s, uint64_t first, uint64_t last, bool there,
    struct fail *f)
{
	const struct slot e = { .first = first, .last = last };
	struct walk_run p;

	if (last < s->first || first > s->last || first > last)
		return 0;
	p = piece_of(s, &e, there ? WALK_MAPPED : WALK_ABSENT, NULL);
	if (there) {
		p.mfn = p.va >> PAGE_BITS;
		p.flags = PTE_RW | PTE_USER;
	}
	return put_piece(s, &p, f);
}

/* Each address is that of the guest's memory. */
static int
scan_plain(struct scan *s, struct fail *f)
{
	uint64_t next = 0;

	for (size_t i = 0; i < s->w->n_gfns; i++) {
		const struct extent *e = &s->w->gfns[i];
		const uint64_t first = e->pfn * PAGE_BYTES;
		const uint64_t end = first + e->count * PAGE_BYTES;

		if ((first > next && put_plain(s, next, first - 1, false,
		    f) < 0) || put_plain(s, first, end - 1, true, f) < 0)
			return -1;
		next = end;
	}
	return put_plain(s, next, UINT64_MAX, false, f);
}

static int
scan(struct scan *s, const struct walk_limit *limit, struct fail *f)
{
	const struct abi *a = s->w->abi;
	const struct slot whole = { a->levels + 1u, 0,
	    abi_linear(a, UINT64_MAX), 0, PTE_RW | PTE_USER };

	if (limit != NULL)
		s->limit = *limit;
	s->w->questions = 0;
	if ((a->levels == 0 ? scan_plain(s, f) :
	    scan_table(s, &whole, s->w->root, f)) < 0 ||
	    put_stretches(s, f) < 0)
		return -1;
	return give_run(s, f);
}

int
walk_range(struct walk *w, uint64_t va, uint64_t pages,
    const struct walk_limit *limit, walk_each *each, void *arg,
    struct fail *f)
{
	struct scan s = { .w = w, .each = each, .arg = arg };
	uint64_t last = va + (pages * PAGE_BYTES - 1);

	if (va % PAGE_BYTES != 0 || pages == 0)
		return fail_bug(f, "a range of no whole pages");
	if (pages > UINT64_MAX / PAGE_BYTES || last < va ||
	    !abi_canonical(w->abi, va) || !abi_canonical(w->abi, last) ||
	    (va ^ last) >> 63 != 0)
		return fail(f, FAIL_USAGE, "%" PRIu64 " pages from 0x%" PRIx64
		    " on leave the addresses of %s", pages, va, w->abi->name);
	s.first = abi_linear(w->abi, va);
	s.last = abi_linear(w->abi, last);
	return scan(&s, limit, f);
}

int
walk_all(struct walk *w, const struct walk_limit *limit, walk_each *each,
    void *arg, struct fail *f)
{
	struct scan s = { .w = w, .all = true,
	    .last = abi_linear(w->abi, UINT64_MAX), .each = each,
	    .arg = arg };

	return scan(&s, limit, f);
}
