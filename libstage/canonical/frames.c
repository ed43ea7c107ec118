#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"

uint64_t
canonical_region(const struct plan *p)
{
	const struct plan_layout *l = &p->layout;

	return abi_wrap(p->image.abi, l->v_end - l->v_start) >> PAGE_BITS;
}

uint64_t
canonical_pfn(struct canonical *c, uint64_t mfn)
{
	const struct extent *e = c->near;

	if (e == NULL || mfn < e->mfn || mfn - e->mfn >= e->count)
		c->near = e = extents_find_mfn(&c->by_mfn, mfn);
	return e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
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
