#include <stdlib.h>

#include "report/areas.h"

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Adds pages from pfn to end, which are in no segment: what is mapped of them
 * is a gap, the rest is free. */
static void
add_pages(const struct plan *p, struct areas *a, uint64_t pfn, uint64_t end)
{
	uint64_t cut = smaller(end, a->mapped);

	if (pfn < cut) {
		a->v[a->n++] = (struct area){
			.name = "gap", .pfn = pfn, .pages = cut - pfn,
			.va = { true, p->layout.v_start + pfn * PAGE_BYTES },
		};
		pfn = cut;
	}
	if (pfn < end)
		a->v[a->n++] = (struct area){
			.name = "free", .pfn = pfn, .pages = end - pfn,
		};
}

/* Adds the range from pfn to end, which is in no segment.  The runs of a PVH
 * guest's pages leave holes in it. */
static void
add_between(const struct plan *p, struct areas *a, uint64_t pfn, uint64_t end)
{
	const struct extents *l = &p->layout.gfns;

	if (l->n == 0)
		add_pages(p, a, pfn, end);
	for (size_t i = 0; i < l->n && pfn < end; i++) {
		const struct extent *e = &l->v[i];
		uint64_t from = smaller(e->pfn, end);
		uint64_t to = smaller(e->pfn + e->count, end);

		if (from > pfn) {
			a->v[a->n++] = (struct area){ .name = "hole",
			    .pfn = pfn, .pages = from - pfn };
			pfn = from;
		}
		if (to > pfn) {
			add_pages(p, a, pfn, to);
			pfn = to;
		}
	}
}

int
report_drawable(const struct plan *p, struct fail *f)
{
	return plan_has(p, PLAN_LAYOUT) ? 0 : fail(f, FAIL_INPUT, "no map: "
	    "the plan has no layout; run xb-layout first");
}

int
areas_of(const struct plan *p, struct areas *a, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	const struct extents *g = &l->gfns;
	size_t most = 3 * l->n_segments + 2 + 2 * g->n;
	uint64_t at = 0;

	*a = (struct areas){ .memory = l->pages,
		.pages = g->n == 0 ? l->pages :
		    g->v[g->n - 1].pfn + g->v[g->n - 1].count,
		.mapped = plan_region_pages(p) };
	a->v = calloc(most, sizeof(*a->v));
	if (a->v == NULL)
		return fail_memory(f, most * sizeof(*a->v));
	for (size_t i = 0; i < l->n_segments; i++) {
		const struct layout_segment *s = &l->segments[i];

		add_between(p, a, at, s->pfn);
		a->v[a->n++] = (struct area){
			.name = s->kind, .segment = s, .pfn = s->pfn,
			.pages = s->pages, .va = s->va,
		};
		at = s->pfn + s->pages;
	}
	add_between(p, a, at, a->pages);
	return 0;
}

void
areas_release(struct areas *a)
{
	free(a->v);
	*a = (struct areas){ 0 };
}

/* Is it a segment of the initial mapping that the builder itself fills? */
static bool
is_detail(const struct area *a, uint64_t mapped)
{
	static const enum segment_kind big[] = { SEG_KERNEL, SEG_RAMDISK,
	    SEG_P2M };

	if (a->segment == NULL || a->pages == 0 || a->pfn >= mapped)
		return false;
	for (size_t i = 0; i < sizeof(big) / sizeof(big[0]); i++)
		if (segment_is(a->segment, big[i]))
			return false;
	return true;
}

void
areas_details(const struct areas *a, uint64_t *first, uint64_t *end)
{
	*first = *end = 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct area *v = &a->v[i];

		if (!is_detail(v, a->mapped))
			continue;
		if (*end == 0)
			*first = v->pfn;
		*end = v->pfn + v->pages;
	}
}
