#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "abi/extent.h"

int
extents_add(struct extents *l, uint64_t pfn, uint64_t mfn, uint64_t count,
    struct fail *f)
{
	struct extent *last = l->n > 0 ? &l->v[l->n - 1] : NULL;

	if (count == 0)
		return 0;
	if (last != NULL && last->pfn + last->count == pfn &&
	    last->mfn + last->count == mfn) {
		last->count += count;
		return 0;
	}
	if (array_grow(&l->v, &l->cap, l->n, sizeof(*l->v), f) < 0)
		return -1;
	l->v[l->n++] = (struct extent){ pfn, mfn, count };
	return 0;
}

void
extents_release(struct extents *l)
{
	free(l->v);
	*l = (struct extents)EXTENTS_INIT;
}

int
extents_keep(struct arena *a, const struct extents *l, struct extents *copy,
    struct fail *f)
{
	struct extent *v = arena_array(a, l->n, sizeof(*v), f);

	if (v == NULL)
		return -1;
	if (l->n > 0)
		memcpy(v, l->v, l->n * sizeof(*v));
	*copy = (struct extents){ v, l->n, l->n };
	return 0;
}

uint64_t
extents_pages(const struct extents *l)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->n; i++)
		sum += l->v[i].count;
	return sum;
}

static const struct extent *
find(const struct extents *l, bool by_mfn, uint64_t frame)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct extent *e = &l->v[mid];
		uint64_t first = by_mfn ? e->mfn : e->pfn;

		if (frame < first)
			high = mid;
		else if (frame - first >= e->count)
			low = mid + 1;
		else
			return e;
	}
	return NULL;
}

const struct extent *
extents_find(const struct extents *l, uint64_t pfn)
{
	return find(l, false, pfn);
}

const struct extent *
extents_find_mfn(const struct extents *l, uint64_t mfn)
{
	return find(l, true, mfn);
}

uint64_t
extents_mfn(const struct extents *l, uint64_t pfn)
{
	const struct extent *e = extents_find(l, pfn);

	return e == NULL ? INVALID_MFN : e->mfn + (pfn - e->pfn);
}

uint64_t
extents_pfn(const struct extents *l, uint64_t mfn)
{
	for (size_t i = 0; i < l->n; i++)
		if (mfn >= l->v[i].mfn && mfn - l->v[i].mfn < l->v[i].count)
			return l->v[i].pfn + (mfn - l->v[i].mfn);
	return INVALID_MFN;
}

uint64_t
extents_pfn_sorted(const struct extents *l, uint64_t mfn)
{
	const struct extent *e = extents_find_mfn(l, mfn);

	return e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
}

int
extents_slice(const struct extents *l, uint64_t pfn, uint64_t count,
    struct extents *out, struct fail *f)
{
	const struct extent *e = count > 0 ? extents_find(l, pfn) : NULL;

	while (count > 0) {
		uint64_t skip, take;

		if (e == NULL || e == l->v + l->n || pfn < e->pfn)
			return fail(f, FAIL_INPUT, "pfn 0x%" PRIx64
			    " has no machine frame in the plan", pfn);
		skip = pfn - e->pfn;
		take = e->count - skip < count ? e->count - skip : count;
		if (extents_add(out, pfn, e->mfn + skip, take, f) < 0)
			return -1;
		pfn += take;
		count -= take;
		e++;
	}
	return 0;
}

uint64_t
extents_follow(const struct extents *l, uint64_t pfn, uint64_t count)
{
	const struct extent *e = extents_find(l, pfn);
	uint64_t end = pfn;

	for (; e != NULL && e < l->v + l->n && e->pfn <= end &&
	    end - pfn < count; e++)
		end = e->pfn + e->count;
	return end - pfn < count ? end - pfn : count;
}

static int
compare_mfn(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->mfn > y->mfn) - (x->mfn < y->mfn);
}

void
extents_by_mfn(struct extents *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), compare_mfn);
}

int
extents_sort_by_mfn(struct extents *l, struct fail *f)
{
	extents_by_mfn(l);
	for (size_t i = 1; i < l->n; i++)
		if (l->v[i].mfn - l->v[i - 1].mfn < l->v[i - 1].count)
			return fail(f, FAIL_INPUT, "machine frame 0x%" PRIx64
			    " stands for two guest frames, pfn 0x%" PRIx64
			    " and pfn 0x%" PRIx64, l->v[i].mfn,
			    l->v[i - 1].pfn + (l->v[i].mfn - l->v[i - 1].mfn),
			    l->v[i].pfn);
	return 0;
}

int
extents_sorted(const struct extents *from, struct extents *to, struct fail *f)
{
	*to = (struct extents)EXTENTS_INIT;
	to->v = reallocarray(NULL, from->n + 1, sizeof(*to->v));
	if (to->v == NULL)
		return fail_memory(f, (from->n + 1) * sizeof(*to->v));
	if (from->n > 0)
		memcpy(to->v, from->v, from->n * sizeof(*to->v));
	to->n = to->cap = from->n;
	return extents_sort_by_mfn(to, f);
}
