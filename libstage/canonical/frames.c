#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"

uint64_t
canonical_region(const struct plan *p)
{
	const struct plan_layout *l = &p->layout;

	return abi_wrap(p->image.abi, l->v_end - l->v_start) >> PAGE_BITS;
}

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
