#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"

int
canonical_refuse_run(const struct target *t, const struct target_info *i,
    const char *name, struct fail *f)
{
	if (!i->has_run || !t->ops->runs)
		return 0;
	return fail(f, FAIL_TARGET, "'%s' has run: its memory is its own and "
	    "says nothing of how it was built; compare it before xb-launch, "
	    "or after 'xb-launch -p'", name);
}

/* ---- opening ---- */

int
canonical_prepare(struct canonical *c, struct fail *f)
{
	c->abi = c->plan->image.abi;
	c->end = abi_pfn_end(c->abi, c->plan->layout.pages);
	c->window = (struct guest_window){ .target = c->target,
	    .p2m = plan_frames(c->plan), .end = c->end };
	if (extents_sorted(plan_frames(c->plan), &c->by_mfn, f) < 0)
		return -1;
	return canonical_find_tables(c, f);
}

int
canonical_open(struct canonical **out, struct target *t, const struct plan *p,
    struct fail *f)
{
	struct canonical *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return fail_memory(f, sizeof(*c));
	plan_init(&c->own);
	c->target = t;
	c->plan = p;
	if (t->ops->info(t, &c->info, f) < 0 ||
	    canonical_refuse_run(t, &c->info, p->memory.target.data, f) < 0 ||
	    canonical_prepare(c, f) < 0) {
		canonical_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
canonical_close(struct canonical *c)
{
	struct fail ignored = { 0 };

	if (c == NULL)
		return;
	if (c->window.bytes != NULL && window_close(&c->window,
	    &ignored) < 0)
		c->window.bytes = NULL;	/* goes with the target */
	extents_release(&c->by_mfn);
	plan_release(&c->own);
	free(c->tables);
	free(c);
}

const struct plan *
canonical_plan(const struct canonical *c)
{
	return c->plan;
}

/* ---- pages ---- */

/*
 * Is all of the window from *pfn on known to be zero?  Then *pfn goes behind
 * it.
 */
static bool
skip_zero(struct canonical *c, uint64_t *pfn)
{
	uint64_t n = extents_follow(plan_frames(c->plan), *pfn, WINDOW_MAX);
	struct extents runs = EXTENTS_INIT;
	struct fail ignored = { 0 };
	bool zero;

	if (*pfn - c->full.pfn < c->full.pages)
		return false;
	zero = extents_slice(plan_frames(c->plan), *pfn, n, &runs,
	    &ignored) == 0 &&
	    c->target->ops->known_zero(c->target, runs.v, runs.n);
	extents_release(&runs);
	if (zero)
		*pfn += n;
	else
		c->full = (struct pfn_run){ *pfn, n };
	return zero;
}

/* Does a build make the page?  On paper, where nobody but stages writes, any
 * page counts. */
static bool
is_covered(const struct canonical *c, uint64_t pfn)
{
	if (!plan_has_pages(c->plan, pfn, 1))
		return false;
	return !c->info.hypervisor_edits || pfn < plan_region_pages(c->plan) ||
	    plan_segment_at(c->plan, pfn) != NULL;
}

/* Steps over pages that a build does not make, to the next segment, or to the
 * next run of a PVH guest's pages where any page counts. */
static void
skip_uncovered(const struct canonical *c, uint64_t *pfn)
{
	const struct plan_layout *l = &c->plan->layout;
	uint64_t next = c->end;

	if (is_covered(c, *pfn))
		return;
	for (size_t i = l->n_segments; i > 0; i--)
		if (l->segments[i - 1].pfn > *pfn)
			next = l->segments[i - 1].pfn;
	for (size_t i = 0; !c->info.hypervisor_edits && i < l->gfns.n; i++)
		if (l->gfns.v[i].pfn > *pfn && l->gfns.v[i].pfn < next)
			next = l->gfns.v[i].pfn;
	*pfn = next;
}

uint64_t
canonical_next(struct canonical *c, uint64_t pfn)
{
	while (pfn < c->end) {
		skip_uncovered(c, &pfn);
		if (pfn < c->end && !skip_zero(c, &pfn))
			break;
	}
	return pfn < c->end ? pfn : c->end;
}

/*
 * Segments that a later stage than xb-load fills: before that stage they are
 * zero, whatever is in them.
 */
static const struct filled {
	enum segment_kind kind;
	enum plan_section by;
	canonical_bring *bring;		/* NULL: the bytes are as they are */
} filled[] = {
	{ SEG_P2M, PLAN_PAGETABLES, canonical_bring_list },
	{ SEG_PAGE_TABLES, PLAN_PAGETABLES, canonical_bring_table },
	{ SEG_P2M_TABLES, PLAN_PAGETABLES, canonical_bring_table },
	{ SEG_START_INFO, PLAN_STARTINFO, canonical_bring_start_info },
	{ SEG_XENSTORE, PLAN_STARTINFO, canonical_bring_store },
	{ SEG_CONSOLE, PLAN_STARTINFO, NULL },
	{ SEG_ACPI, PLAN_STARTINFO, NULL },
	{ SEG_IDENTITY, PLAN_IDENTITY, NULL },
};

static const struct filled *
filled_of(const struct layout_segment *s)
{
	for (size_t i = 0; i < sizeof(filled) / sizeof(filled[0]); i++)
		if (segment_is(s, filled[i].kind))
			return &filled[i];
	return NULL;
}

int
canonical_page(struct canonical *c, uint64_t pfn, unsigned char page[4096],
    struct fail *f)
{
	const struct layout_segment *s = plan_segment_at(c->plan, pfn);
	const struct filled *how = filled_of(s);
	const unsigned char *bytes;

	memset(page, 0, PAGE_BYTES);
	if (!is_covered(c, pfn) ||
	    (how != NULL && !plan_has(c->plan, how->by)))
		return 0;
	bytes = window_page(&c->window, pfn, f);
	if (bytes == NULL)
		return -1;
	memcpy(page, bytes, PAGE_BYTES);
	if (how != NULL && how->bring != NULL)
		how->bring(c, s, pfn - s->pfn, page);
	return 0;
}

int
canonical_settle(struct canonical *c, struct fail *f)
{
	return window_close(&c->window, f);
}

/* ---- places ---- */

bool
canonical_va(const struct plan *p, uint64_t pfn, uint64_t *va)
{
	const struct layout_segment *s = plan_segment_at(p, pfn);
	uint64_t start = p->layout.v_start;

	if (pfn >= plan_region_pages(p)) {
		if (s == NULL || !s->va.set)
			return false;
		start = s->va.value - s->pfn * PAGE_BYTES;
	}
	*va = abi_wrap(p->image.abi, start + pfn * PAGE_BYTES);
	return true;
}

struct pfn_run
canonical_part(const struct plan *p, struct pfn_run run)
{
	const struct layout_segment *s = plan_segment_at(p, run.pfn);
	uint64_t n = 1;

	while (n < run.pages && plan_segment_at(p, run.pfn + n) == s)
		n++;
	return (struct pfn_run){ run.pfn, n };
}

const char *
canonical_place(const struct plan *p, uint64_t pfn,
    char text[CANONICAL_PLACE_BYTES])
{
	const struct layout_segment *s = plan_segment_at(p, pfn);
	size_t used, size = CANONICAL_PLACE_BYTES;
	uint64_t va;
	bool mapped = canonical_va(p, pfn, &va);

	used = (size_t)snprintf(text, size, "pfn 0x%" PRIx64, pfn);
	if (mapped)
		used += (size_t)snprintf(text + used, size - used,
		    ", va 0x%" PRIx64, va);
	if (s != NULL)
		snprintf(text + used, size - used, ", %s + 0x%" PRIx64,
		    s->kind, (pfn - s->pfn) * PAGE_BYTES);
	else
		snprintf(text + used, size - used, ", %s",
		    mapped ? "in no segment" : "not mapped");
	return text;
}
