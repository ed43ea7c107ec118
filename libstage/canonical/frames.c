#include "canonical/impl.h"

uint64_t
canonical_pfn(struct canonical *c, uint64_t mfn)
{
	const struct extent *e = c->near;

	if (e == NULL || mfn < e->mfn || mfn - e->mfn >= e->count)
		c->near = e = extents_find_mfn(&c->by_mfn, mfn);
	return e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
}
