#include <inttypes.h>
#include <string.h>

#include "plan/check.h"

/*
 * Compares the next entry of the load list with the one that must stand there.
 * A wanted entry of no bytes is not in the list.
 */
static int
check_piece(const struct plan_layout *l, size_t *next,
    const struct load_piece *want, struct fail *f)
{
	const struct load_piece *have = &l->load[*next];

	if (want->size == 0)
		return 0;
	if (*next == l->n_load)
		return fail(f, FAIL_INPUT, "'layout.load' lacks 0x%" PRIx64
		    " bytes of '%s' from offset 0x%" PRIx64 ", which belong at"
		    " 0x%" PRIx64, want->size, want->role, want->offset,
		    want->paddr);
	if (strcmp(have->role, want->role) != 0 ||
	    have->offset != want->offset || have->size != want->size ||
	    have->paddr != want->paddr)
		return fail(f, FAIL_INPUT, "'layout.load[%zu]' is 0x%" PRIx64
		    " bytes of '%s' from offset 0x%" PRIx64 ", at 0x%" PRIx64
		    "; by the sections before it is 0x%" PRIx64 " bytes of '%s'"
		    " from offset 0x%" PRIx64 ", at 0x%" PRIx64, *next,
		    have->size, have->role, have->offset, have->paddr,
		    want->size, want->role, want->offset, want->paddr);
	(*next)++;
	return 0;
}

static int
check_image_pieces(const struct plan *p, size_t *next, struct fail *f)
{
	for (size_t i = 0; i < p->image.n_segments; i++) {
		const struct image_segment *s = &p->image.segments[i];
		const struct load_piece want = { s->role, s->offset, s->filesz,
		    s->va - p->layout.v_start };

		if (check_piece(&p->layout, next, &want, f) < 0)
			return -1;
	}
	return 0;
}

static int
check_module(const struct plan *p, const struct plan_module *m, uint64_t paddr,
    size_t *next, struct fail *f)
{
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct load_piece want = { m->parts[i].payload.role, 0,
		    m->parts[i].payload.size, paddr + m->parts[i].offset };

		if (check_piece(&p->layout, next, &want, f) < 0)
			return -1;
	}
	return 0;
}

/* Expects that check_kinds() has passed: with a ramdisk segment there is a
 * module. */
static int
check_module_pieces(const struct plan *p, size_t *next, struct fail *f)
{
	const struct layout_segment *to = plan_segment(p, SEG_RAMDISK);

	if (to == NULL)
		return 0;
	/* The load list has to ascend: its readers rely on that. */
	if (to->pfn < plan_segment(p, SEG_KERNEL)->pfn)
		return fail(f, FAIL_INPUT, "the 'ramdisk' segment at pfn %"
		    PRIu64 " is below the kernel's at pfn %" PRIu64, to->pfn,
		    plan_segment(p, SEG_KERNEL)->pfn);
	for (size_t i = 0; i < p->n_modules; i++)
		if (check_module(p, &p->modules[i], to->pfn * PAGE_BYTES +
		    plan_module_offset(p, i), next, f) < 0)
			return -1;
	return 0;
}

/*
 * The load list must load every byte of image and modules that comes from a
 * file to its place, and nothing else.  Image and modules were checked before,
 * so a list that is equal to them needs no checks of its ranges.
 */
static int
check_load(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	size_t next = 0;

	if (check_image_pieces(p, &next, f) < 0 ||
	    check_module_pieces(p, &next, f) < 0)
		return -1;
	if (next == l->n_load)
		return 0;
	return fail(f, FAIL_INPUT, "'layout.load[%zu]', 0x%" PRIx64
	    " bytes of '%s' at 0x%" PRIx64 ", is none of the image's segments"
	    " and of the modules' parts", next, l->load[next].size,
	    l->load[next].role, l->load[next].paddr);
}

static int
check_runs(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	uint64_t from = 0;

	for (size_t n = 0; n < l->n_clear; n++) {
		const struct pfn_run *run = &l->clear[n];

		/* The schema keeps both below 2^41. */
		if (run->pages == 0 || run->pfn < from ||
		    !plan_has_pages(p, run->pfn, run->pages))
			return fail(f, FAIL_INPUT, "'layout.clear[%zu]', %"
			    PRIu64 " pages at pfn %" PRIu64 ", is not between"
			    " pfn %" PRIu64 " and the domain's %" PRIu64
			    " pages", n, run->pages, run->pfn, from, l->pages);
		from = run->pfn + run->pages;
	}
	return 0;
}

/* Refuses a run that touches the pages first to last. */
static int
check_apart(const struct plan_layout *l, size_t *next, uint64_t first,
    uint64_t last, const char *what, struct fail *f)
{
	const struct pfn_run *run;

	while (*next < l->n_clear &&
	    l->clear[*next].pfn + l->clear[*next].pages <= first)
		(*next)++;
	run = &l->clear[*next];
	if (*next == l->n_clear || run->pfn > last)
		return 0;
	return fail(f, FAIL_INPUT, "'layout.clear[%zu]', %" PRIu64 " pages at"
	    " pfn %" PRIu64 ", overlaps %s at pfn %" PRIu64 " to %" PRIu64,
	    *next, run->pages, run->pfn, what, first, last);
}

static int
check_apart_all(const struct plan_layout *l, struct fail *f)
{
	size_t next = 0;

	for (size_t n = 0; n < l->n_load; n++)
		if (check_apart(l, &next, l->load[n].paddr / PAGE_BYTES,
		    (l->load[n].paddr + l->load[n].size - 1) / PAGE_BYTES,
		    l->load[n].role, f) < 0)
			return -1;
	next = 0;
	for (size_t n = 0; n < l->n_segments; n++) {
		const struct layout_segment *s = &l->segments[n];

		if (segment_filled_later(s) && check_apart(l, &next, s->pfn,
		    s->pfn + s->pages - 1, s->kind, f) < 0)
			return -1;
	}
	return 0;
}

/* The hypercall page must lie in the region, and in no segment that a later
 * stage fills. */
static int
check_hypercall(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	uint64_t va = p->image.hypercall_page.value;
	uint64_t pfn = plan_hypercall_pfn(p);

	if (!p->image.hypercall_page.set)
		return 0;
	if (va < l->v_start || (l->v_end != 0 && va >= l->v_end))
		return fail(f, FAIL_INPUT, "'image.hypercall_page' is 0x%"
		    PRIx64 ", outside the region, 0x%" PRIx64 " to 0x%" PRIx64,
		    va, l->v_start, l->v_end - 1);
	for (size_t n = 0; n < l->n_segments; n++) {
		const struct layout_segment *s = &l->segments[n];

		if (segment_filled_later(s) && segment_holds(s, pfn))
			return fail(f, FAIL_INPUT, "'image.hypercall_page', 0x%"
			    PRIx64 ", is on the '%s' segment", va, s->kind);
	}
	return 0;
}

/*
 * The list of pages to clear must have all covered pages that neither load
 * pieces nor segments fill, and no others.  Both ascend, so one walk compares
 * them.
 */
struct clear_walk {
	const struct plan *p;
	struct fail *f;
	size_t piece, segment, clear;	/* the next of each list */
};

struct pages {
	uint64_t from, to;		/* to exclusive */
};

static const struct pages no_pages = { UINT64_MAX, UINT64_MAX };

static struct pages
lower(struct pages a, struct pages b)
{
	return a.from < b.from ? a : b;
}

static struct pages
piece_pages(const struct load_piece *l)
{
	return (struct pages){ l->paddr / PAGE_BYTES,
	    (l->paddr + l->size - 1) / PAGE_BYTES + 1 };
}

static struct pages
segment_pages(const struct layout_segment *s)
{
	return (struct pages){ s->pfn, s->pfn + s->pages };
}

static struct pages
hypercall_pages(const struct plan *p)
{
	uint64_t pfn = plan_hypercall_pfn(p);

	return p->image.hypercall_page.set ?
	    (struct pages){ pfn, pfn + 1 } : no_pages;
}

/* The lowest pages that end behind at and are not to be cleared, because they
 * are filled in another way. */
static struct pages
next_taken(struct clear_walk *w, uint64_t at)
{
	const struct plan_layout *l = &w->p->layout;
	struct pages first = hypercall_pages(w->p);

	while (w->piece < l->n_load && piece_pages(&l->load[w->piece]).to <= at)
		w->piece++;
	while (w->segment < l->n_segments &&
	    (!segment_filled_later(&l->segments[w->segment]) ||
	    segment_pages(&l->segments[w->segment]).to <= at))
		w->segment++;
	if (first.to <= at)
		first = no_pages;
	if (w->piece < l->n_load)
		first = lower(first, piece_pages(&l->load[w->piece]));
	if (w->segment < l->n_segments)
		first = lower(first, segment_pages(&l->segments[w->segment]));
	return first;
}

static int
extra(const struct clear_walk *w)
{
	const struct pfn_run *run = &w->p->layout.clear[w->clear];

	return fail(w->f, FAIL_INPUT, "'layout.clear[%zu]', %" PRIu64 " pages "
	    "at pfn %" PRIu64 ", has pages that a stage fills, or that are "
	    "neither mapped nor the ramdisk's", w->clear, run->pages,
	    run->pfn);
}

/* The next runs of the list must be exactly these pages, which are filled in no
 * other way. */
static int
take_runs(struct clear_walk *w, struct pages want)
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
check_covered(struct clear_walk *w, struct pages covered)
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

static int
check_clear(const struct plan *p, struct fail *f)
{
	const struct layout_segment *ramdisk = plan_segment(p, SEG_RAMDISK);
	struct clear_walk w = { .p = p, .f = f };
	struct pages region = { 0, plan_region_pages(p) };

	if (check_covered(&w, region) < 0 || (ramdisk != NULL &&
	    !ramdisk->va.set && check_covered(&w, segment_pages(ramdisk)) < 0))
		return -1;
	for (const struct abi_range *r = p->image.abi->ranges; r->pages > 0;
	    r++)
		if (!r->ram && check_covered(&w, (struct pages){ r->gfn,
		    r->gfn + r->pages }) < 0)
			return -1;
	return w.clear < p->layout.n_clear ? extra(&w) : 0;
}

int
plan_check_lists(const struct plan *p, struct fail *f)
{
	if (check_load(p, f) < 0 || check_runs(p, f) < 0 ||
	    check_apart_all(&p->layout, f) < 0 || check_hypercall(p, f) < 0)
		return -1;
	return check_clear(p, f);
}
