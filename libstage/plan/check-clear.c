#include <inttypes.h>

#include "plan/check.h"

/*
 * The list of pages to clear, held against what the pieces and segments leave
 * of the covered pages: all of it, and nothing else.  Pieces and segments
 * ascend both, so one walk is enough.
 */
struct walk {
	const struct plan *p;
	struct fail *f;
	size_t piece, segment, clear;	/* the next of each list */
};

struct pages {
	uint64_t from, to;		/* to exclusive */
};

static const struct pages none = { UINT64_MAX, UINT64_MAX };

static struct pages
lower(struct pages a, struct pages b)
{
	return a.from < b.from ? a : b;
}

static struct pages
of_piece(const struct load_piece *l)
{
	return (struct pages){ l->paddr / PAGE_BYTES,
	    (l->paddr + l->size - 1) / PAGE_BYTES + 1 };
}

static struct pages
of_segment(const struct layout_segment *s)
{
	return (struct pages){ s->pfn, s->pfn + s->pages };
}

static struct pages
of_hypercall(const struct plan *p)
{
	uint64_t pfn = (p->image.hypercall_page.value - p->layout.v_start) /
	    PAGE_BYTES;

	return p->image.hypercall_page.set ?
	    (struct pages){ pfn, pfn + 1 } : none;
}

/* The lowest pages that get their bytes elsewhere and end behind at. */
static struct pages
next_taken(struct walk *w, uint64_t at)
{
	const struct plan_layout *l = &w->p->layout;
	struct pages first = of_hypercall(w->p);

	while (w->piece < l->n_load && of_piece(&l->load[w->piece]).to <= at)
		w->piece++;
	while (w->segment < l->n_segments &&
	    (!plan_filled_later(&l->segments[w->segment]) ||
	    of_segment(&l->segments[w->segment]).to <= at))
		w->segment++;
	if (first.to <= at)
		first = none;
	if (w->piece < l->n_load)
		first = lower(first, of_piece(&l->load[w->piece]));
	if (w->segment < l->n_segments)
		first = lower(first, of_segment(&l->segments[w->segment]));
	return first;
}

static int
extra(const struct walk *w)
{
	const struct pfn_run *run = &w->p->layout.clear[w->clear];

	return fail(w->f, FAIL_INPUT, "'layout.clear[%zu]', %" PRIu64 " pages "
	    "at pfn %" PRIu64 ", has pages that a stage fills, or that are "
	    "neither mapped nor the ramdisk's", w->clear, run->pages,
	    run->pfn);
}

/* Takes the runs that are these pages, which nothing else fills. */
static int
take_runs(struct walk *w, struct pages want)
{
	const struct plan_layout *l = &w->p->layout;

	while (want.from < want.to) {
		const struct pfn_run *run = w->clear < l->n_clear ?
		    &l->clear[w->clear] : NULL;
		uint64_t next = run != NULL && run->pfn < want.to ? run->pfn :
		    want.to;

		if (next > want.from)
			return fail(w->f, FAIL_INPUT, "'layout.clear' lacks %"
			    PRIu64 " pages at pfn %" PRIu64 ", which nothing "
			    "fills", next - want.from, want.from);
		if (next < want.from || run->pages > want.to - next)
			return extra(w);
		want.from += run->pages;
		w->clear++;
	}
	return 0;
}

static int
check_covered(struct walk *w, struct pages covered)
{
	while (covered.from < covered.to) {
		struct pages taken = next_taken(w, covered.from);
		uint64_t end = taken.from < covered.to ? taken.from :
		    covered.to;

		if (end > covered.from && take_runs(w, (struct pages){
		    covered.from, end }) < 0)
			return -1;
		covered.from = taken.to;
	}
	return 0;
}

int
plan_check_clear(const struct plan *p, struct fail *f)
{
	const struct layout_segment *ramdisk = plan_segment(p, SEG_RAMDISK);
	struct walk w = { .p = p, .f = f };
	struct pages region = { 0, abi_wrap(p->image.abi, p->layout.v_end -
	    p->layout.v_start) / PAGE_BYTES };

	if (check_covered(&w, region) < 0 || (ramdisk != NULL &&
	    !ramdisk->va.set && check_covered(&w, of_segment(ramdisk)) < 0))
		return -1;
	return w.clear < p->layout.n_clear ? extra(&w) : 0;
}
