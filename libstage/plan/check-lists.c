#include <inttypes.h>
#include <string.h>

#include "plan/check.h"
#include "plan/derived.h"

/* Compares an entry of the load list, unless that has ended, with the one that
 * must stand there. */
static int
check_piece(const struct plan_layout *l, size_t i,
    const struct load_piece *want, struct fail *f)
{
	const struct load_piece *have = &l->load[i];

	if (i >= l->n_load)
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
		    " from offset 0x%" PRIx64 ", at 0x%" PRIx64, i,
		    have->size, have->role, have->offset, have->paddr,
		    want->size, want->role, want->offset, want->paddr);
	return 0;
}

/*
 * The load list must load every byte of image and modules that comes from a
 * file to its place, and nothing else.  Image and modules were checked before,
 * so a list that is equal to them needs no checks of its ranges.
 */
static int
check_pieces(const struct plan *p, struct arena *a, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	size_t n;
	const struct load_piece *want = plan_derive_load(p, a, &n, f);

	if (want == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (check_piece(l, i, &want[i], f) < 0)
			return -1;
	if (n == l->n_load)
		return 0;
	return fail(f, FAIL_INPUT, "'layout.load[%zu]', 0x%" PRIx64
	    " bytes of '%s' at 0x%" PRIx64 ", is none of the image's segments"
	    " and of the modules' parts", n, l->load[n].size,
	    l->load[n].role, l->load[n].paddr);
}

static int
check_load(const struct plan *p, struct arena *a, struct fail *f)
{
	const struct layout_segment *ramdisk = plan_segment(p, SEG_RAMDISK);
	const uint64_t kernel = plan_segment(p, SEG_KERNEL)->pfn;

	/* The load list has to ascend: its readers rely on that. */
	if (ramdisk != NULL && ramdisk->pfn < kernel)
		return fail(f, FAIL_INPUT, "the 'ramdisk' segment at pfn %"
		    PRIu64 " is below the kernel's at pfn %" PRIu64,
		    ramdisk->pfn, kernel);
	return check_pieces(p, a, f);
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

static int
extra(const struct plan_layout *l, size_t i, struct fail *f)
{
	return fail(f, FAIL_INPUT, "'layout.clear[%zu]', %" PRIu64 " pages "
	    "at pfn %" PRIu64 ", has pages that a stage fills, or that are "
	    "neither mapped nor the ramdisk's", i, l->clear[i].pages,
	    l->clear[i].pfn);
}

/* The next runs of the list must be exactly these pages. */
static int
take_runs(const struct plan_layout *l, size_t *next, struct pfn_run want,
    struct fail *f)
{
	const uint64_t to = want.pfn + want.pages;

	for (uint64_t from = want.pfn; from < to; (*next)++) {
		const struct pfn_run *run = *next < l->n_clear ?
		    &l->clear[*next] : NULL;
		uint64_t at = run != NULL && run->pfn < to ? run->pfn : to;

		if (at > from)
			return fail(f, FAIL_INPUT, "'layout.clear' lacks %"
			    PRIu64 " pages at pfn %" PRIu64 ", which nothing "
			    "fills", at - from, from);
		if (at < from || run->pages > to - at)
			return extra(l, *next, f);
		from += run->pages;
	}
	return 0;
}

static int
check_clear(const struct plan *p, struct arena *a, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	size_t n, next = 0;
	const struct pfn_run *want = plan_derive_clear(p, a, &n, f);

	if (want == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (take_runs(l, &next, want[i], f) < 0)
			return -1;
	return next < l->n_clear ? extra(l, next, f) : 0;
}

int
plan_check_lists(const struct plan *p, struct fail *f)
{
	struct arena a = ARENA_INIT;
	int rc = check_load(p, &a, f);

	if (rc == 0 && (check_runs(p, f) < 0 ||
	    check_apart_all(&p->layout, f) < 0 || check_hypercall(p, f) < 0 ||
	    check_clear(p, &a, f) < 0))
		rc = -1;
	arena_release(&a);
	return rc;
}
