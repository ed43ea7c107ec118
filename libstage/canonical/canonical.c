#include <inttypes.h>
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

uint64_t
canonical_region(const struct plan *p)
{
	const struct plan_layout *l = &p->layout;

	return abi_wrap(p->image.abi, l->v_end - l->v_start) >> PAGE_BITS;
}

/* ---- frames ---- */

static bool
holds(const struct extent *e, uint64_t mfn)
{
	return mfn >= e->mfn && mfn - e->mfn < e->count;
}

/* The last run that begins at or before mfn, or NULL. */
static const struct extent *
run_before(const struct extents *l, uint64_t mfn)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->v[mid].mfn <= mfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? NULL : &l->v[low - 1];
}

uint64_t
canonical_frame(const struct extents *by_mfn, uint64_t mfn)
{
	const struct extent *e = run_before(by_mfn, mfn);

	return e == NULL || !holds(e, mfn) ? INVALID_MFN :
	    e->pfn + (mfn - e->mfn);
}

uint64_t
canonical_pfn(struct canonical *c, uint64_t mfn)
{
	if (c->near == NULL || !holds(c->near, mfn))
		c->near = run_before(&c->by_mfn, mfn);
	if (c->near == NULL || !holds(c->near, mfn))
		return INVALID_MFN;
	return c->near->pfn + (mfn - c->near->mfn);
}

int
canonical_frames(const struct extents *p2m, struct extents *by_mfn,
    struct fail *f)
{
	*by_mfn = (struct extents){ .n = p2m->n, .cap = p2m->n };
	by_mfn->v = reallocarray(NULL, p2m->n + 1, sizeof(*p2m->v));
	if (by_mfn->v == NULL)
		return fail_memory(f, (p2m->n + 1) * sizeof(*p2m->v));
	if (p2m->n > 0)
		memcpy(by_mfn->v, p2m->v, p2m->n * sizeof(*p2m->v));
	return extents_sort_by_mfn(by_mfn, f);
}

/* ---- opening ---- */

int
canonical_prepare(struct canonical *c, struct fail *f)
{
	c->abi = c->plan->image.abi;
	c->window = (struct guest_window){ .target = c->target,
	    .p2m = &c->plan->memory.p2m, .end = c->plan->layout.pages };
	if (canonical_frames(&c->plan->memory.p2m, &c->by_mfn, f) < 0)
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

/* Nothing is known to be zero there; or it is, and *pfn goes past it. */
static bool
skip_zero(struct canonical *c, uint64_t *pfn)
{
	uint64_t left = c->plan->layout.pages - *pfn;
	uint64_t n = left < WINDOW_MAX ? left : WINDOW_MAX;
	struct extents runs = EXTENTS_INIT;
	struct fail ignored = { 0 };
	bool zero;

	if (*pfn - c->full.pfn < c->full.pages)
		return false;
	zero = extents_slice(&c->plan->memory.p2m, *pfn, n, &runs,
	    &ignored) == 0 &&
	    c->target->ops->known_zero(c->target, runs.v, runs.n);
	extents_release(&runs);
	if (zero)
		*pfn += n;
	else
		c->full = (struct pfn_run){ *pfn, n };
	return zero;
}

/* Steps over what lies outside of all segments, where that is left out. */
static void
skip_uncovered(const struct canonical *c, uint64_t *pfn)
{
	const struct plan_layout *l = &c->plan->layout;
	uint64_t next = l->pages;

	if (canonical_covers(c, *pfn))
		return;
	for (size_t i = l->n_segments; i > 0; i--)
		if (l->segments[i - 1].pfn > *pfn)
			next = l->segments[i - 1].pfn;
	*pfn = next;
}

uint64_t
canonical_next(struct canonical *c, uint64_t pfn)
{
	uint64_t pages = c->plan->layout.pages;

	while (pfn < pages) {
		skip_uncovered(c, &pfn);
		if (pfn < pages && !skip_zero(c, &pfn))
			break;
	}
	return pfn < pages ? pfn : pages;
}

/* Segments that a later stage than xb-load fills, and with what. */
static const struct form {
	enum segment_kind kind;
	enum plan_section filled;
	canonical_form *bring;		/* NULL: the bytes are as they are */
} forms[] = {
	{ SEG_P2M, PLAN_PAGETABLES, canonical_form_list },
	{ SEG_PAGE_TABLES, PLAN_PAGETABLES, canonical_form_table },
	{ SEG_P2M_TABLES, PLAN_PAGETABLES, canonical_form_table },
	{ SEG_START_INFO, PLAN_STARTINFO, canonical_form_start_info },
	{ SEG_XENSTORE, PLAN_STARTINFO, canonical_form_store },
	{ SEG_CONSOLE, PLAN_STARTINFO, NULL },
};

static const struct form *
form_of(const struct layout_segment *s)
{
	for (size_t i = 0; s != NULL && i < sizeof(forms) / sizeof(forms[0]);
	    i++)
		if (strcmp(s->kind, segment_name(forms[i].kind)) == 0)
			return &forms[i];
	return NULL;
}

bool
canonical_covers(const struct canonical *c, uint64_t pfn)
{
	if (pfn >= c->plan->layout.pages)
		return false;
	return !c->info.hypervisor_edits || pfn < canonical_region(c->plan) ||
	    plan_segment_at(c->plan, pfn) != NULL;
}

int
canonical_page(struct canonical *c, uint64_t pfn, unsigned char page[4096],
    struct fail *f)
{
	const struct layout_segment *s = plan_segment_at(c->plan, pfn);
	const struct form *form = form_of(s);
	const unsigned char *bytes;

	memset(page, 0, PAGE_BYTES);
	if (!canonical_covers(c, pfn) ||
	    (form != NULL && !plan_has(c->plan, form->filled)))
		return 0;
	bytes = window_page(&c->window, pfn, f);
	if (bytes == NULL)
		return -1;
	memcpy(page, bytes, PAGE_BYTES);
	if (form != NULL && form->bring != NULL)
		form->bring(c, s, pfn - s->pfn, page);
	return 0;
}
