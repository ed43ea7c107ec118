#include <inttypes.h>
#include <string.h>

#include "plan-check.h"

/* Segments that only the load list fills. */
static bool
is_loaded(const struct layout_segment *s)
{
	return strcmp(s->kind, segment_name(SEG_KERNEL)) == 0 ||
	    strcmp(s->kind, segment_name(SEG_RAMDISK)) == 0;
}

/* Segments that a stage after xb-load fills whole. */
static bool
is_filled_later(const struct layout_segment *s)
{
	return !is_loaded(s) && strcmp(s->kind, segment_name(SEG_STACK)) != 0;
}

static uint64_t
segment_end(const struct layout_segment *s)
{
	return (s->pfn + s->pages) * PAGE_BYTES;
}

static int
check_piece(const struct plan *p, size_t n, uint64_t from,
    const struct plan_roles *roles, struct fail *f)
{
	const struct load_piece *piece = &p->layout.load[n];
	const struct payload *payload = plan_role(roles, piece->role);
	uint64_t end = p->layout.pages * PAGE_BYTES;

	if (payload == NULL)
		return fail(f, FAIL_INPUT, "'layout.load[%zu].role' is '%s',"
		    " which no payload has", n, piece->role);
	if (piece->size == 0 || piece->offset > payload->size ||
	    piece->size > payload->size - piece->offset)
		return fail(f, FAIL_INPUT, "'layout.load[%zu]', %" PRIu64
		    " bytes at offset %" PRIu64 ", is not a range of the"
		    " payload '%s' of %" PRIu64 " bytes", n, piece->size,
		    piece->offset, piece->role, payload->size);
	if (piece->paddr < from || piece->paddr >= end ||
	    piece->size > end - piece->paddr)
		return fail(f, FAIL_INPUT, "'layout.load[%zu]', 0x%" PRIx64
		    " bytes at 0x%" PRIx64 ", is not between 0x%" PRIx64
		    " and the domain's end, 0x%" PRIx64, n, piece->size,
		    piece->paddr, from, end);
	return 0;
}

/* Pieces and segments ascend both, so one look at each is enough. */
static int
check_load(const struct plan *p, const struct plan_roles *roles,
    struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	const struct layout_segment *s = l->segments;
	const struct layout_segment *last = s + l->n_segments;
	uint64_t from = 0;

	for (size_t n = 0; n < l->n_load; n++) {
		const struct load_piece *piece = &l->load[n];

		if (check_piece(p, n, from, roles, f) < 0)
			return -1;
		from = piece->paddr + piece->size;
		while (s < last && segment_end(s) <= piece->paddr)
			s++;
		if (s == last || piece->paddr < s->pfn * PAGE_BYTES ||
		    from > segment_end(s) || !is_loaded(s))
			return fail(f, FAIL_INPUT, "'layout.load[%zu]', 0x%"
			    PRIx64 " bytes at 0x%" PRIx64 ", is not inside the"
			    " kernel or the ramdisk", n, piece->size,
			    piece->paddr);
	}
	return 0;
}

static int
check_runs(const struct plan_layout *l, struct fail *f)
{
	uint64_t from = 0;

	for (size_t n = 0; n < l->n_clear; n++) {
		const struct pfn_run *run = &l->clear[n];

		/* The schema keeps both below 2^41. */
		if (run->pages == 0 || run->pfn < from ||
		    run->pfn + run->pages > l->pages)
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
check_clear(const struct plan_layout *l, struct fail *f)
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

		if (is_filled_later(s) && check_apart(l, &next, s->pfn,
		    s->pfn + s->pages - 1, s->kind, f) < 0)
			return -1;
	}
	return 0;
}

/* Where the hypervisor writes its stubs: in the region, on no page of ours. */
static int
check_hypercall(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	uint64_t va = p->image.hypercall_page.value;
	uint64_t pfn = (va - l->v_start) / PAGE_BYTES;

	if (!p->image.hypercall_page.set)
		return 0;
	if (va < l->v_start || (l->v_end != 0 && va >= l->v_end))
		return fail(f, FAIL_INPUT, "'image.hypercall_page' is 0x%"
		    PRIx64 ", outside the region, 0x%" PRIx64 " to 0x%" PRIx64,
		    va, l->v_start, l->v_end - 1);
	for (size_t n = 0; n < l->n_segments; n++) {
		const struct layout_segment *s = &l->segments[n];

		if (is_filled_later(s) && pfn >= s->pfn &&
		    pfn - s->pfn < s->pages)
			return fail(f, FAIL_INPUT, "'image.hypercall_page', 0x%"
			    PRIx64 ", is on the '%s' segment", va, s->kind);
	}
	return 0;
}

int
plan_check_lists(const struct plan *p, const struct plan_roles *roles,
    struct fail *f)
{
	if (check_load(p, roles, f) < 0 || check_runs(&p->layout, f) < 0 ||
	    check_clear(&p->layout, f) < 0)
		return -1;
	return check_hypercall(p, f);
}
