#include <string.h>

#include "diff/impl.h"

/* Guests that are known by the digests of their pages. */

/*
 * start_info counts a ramdisk that is not mapped in whole pages
 * (SIF_MOD_START_PFN), so a domain without a plan does not tell its size in
 * bytes.
 */
static void
as_told(struct layout_segment *s)
{
	if (segment_is(s, SEG_RAMDISK) && !s->va.set)
		s->size = s->pages * PAGE_BYTES;
}

/* Takes out of a plan what a domain without a plan cannot tell. */
static int
strip(struct diff *d, struct plan *p, struct fail *f)
{
	struct plan_layout *l = &p->layout;
	struct layout_segment *s = arena_array(&d->arena, l->n_segments,
	    sizeof(*s), f);
	size_t n = 0;

	if (s == NULL)
		return -1;
	for (size_t i = 0; i < l->n_segments; i++)
		if (!segment_is(&l->segments[i], SEG_KERNEL)) {
			s[n] = l->segments[i];
			as_told(&s[n++]);
		}
	l->segments = s;
	l->n_segments = n;
	l->n_load = l->n_clear = l->n_p2m_tables = 0;
	p->image = (struct plan_image){ .abi = p->image.abi,
	    .entry = p->image.entry };
	p->startinfo.store_domid = p->startinfo.console_domid = 0;
	p->startinfo.hypercall_mfn.set = false;
	p->has &= PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_COMMAND_LINE) |
	    PLAN_BIT(PLAN_LAYOUT) | PLAN_BIT(PLAN_MEMORY) |
	    PLAN_BIT(PLAN_PAGETABLES) | PLAN_BIT(PLAN_STARTINFO) |
	    PLAN_BIT(PLAN_VCPUS);
	return 0;
}

/*
 * A page of start_info is left out where fields have been told: they are what
 * differs in it.
 */
static int
add_run(struct diff *d, struct pfn_run run, bool told, struct fail *f)
{
	struct diff_pages p = { .pfn = run.pfn, .pages = run.pages };

	if (told && run.pages == 1 &&
	    segment_is(plan_segment_at(d->plan, run.pfn), SEG_START_INFO))
		return 0;
	return diff_add_pages(d, &p, f);
}

static int
add_runs(struct diff *d, const struct canonical_difference *diff, bool told,
    struct fail *f)
{
	for (size_t i = 0; i < diff->n; i++)
		for (struct pfn_run left = diff->runs[i]; left.pages > 0;) {
			struct pfn_run part = canonical_part(d->plan, left);

			if (add_run(d, part, told, f) < 0)
				return -1;
			left.pfn += part.pages;
			left.pages -= part.pages;
		}
	return 0;
}

/*
 * The plans tell most registers.  Where a difference of one has been told, that
 * the digests of the contexts differ says nothing new.
 */
static int
add_others(struct diff *d, const struct canonical_difference *diff, bool told,
    struct fail *f)
{
	if (diff->shared_info &&
	    diff_words(d, canonical_beside(d->plan->image.abi), NULL, f,
	    "differs") < 0)
		return -1;
	if (!diff->vcpu || told)
		return 0;
	return diff_words(d, "context of vcpu 0", NULL, f, "differs");
}

int
diff_digests(struct diff *d, const struct plan *pa,
    const struct canonical_digests *da, const struct plan *pb,
    const struct canonical_digests *db, struct fail *f)
{
	struct plan *p = arena_array(&d->arena, 2, sizeof(*p), f);
	struct canonical_difference diff;
	size_t first = d->n_items;
	bool told;
	int rc;

	d->plan = pa;
	if (p == NULL)
		return -1;
	p[0] = *pa;
	p[1] = *pb;
	if (strip(d, &p[0], f) < 0 || strip(d, &p[1], f) < 0 ||
	    diff_told(d, first, &p[0], &p[1], f) < 0)
		return -1;
	told = d->n_items > first;
	if (pa->image.abi != pb->image.abi || !diff_same_layout(&p[0], &p[1]))
		return 0;		/* their pages do not meet */
	if (canonical_digests_compare(da, db, &diff, f) < 0)
		return -1;
	rc = add_runs(d, &diff, told, f);
	if (rc == 0)
		rc = add_others(d, &diff, told, f);
	canonical_difference_release(&diff);
	return rc;
}
