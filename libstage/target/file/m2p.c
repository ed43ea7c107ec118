#include <inttypes.h>
#include <stdlib.h>

#include "target/file/file.h"

/* Appends what of the run no run of cuts (by ascending mfn) covers. */
static int
add_uncovered(struct extents *out, struct extent e, const struct extent *cuts,
    size_t n, size_t *from, struct fail *f)
{
	size_t i = *from;

	while (i < n && cuts[i].mfn + cuts[i].count <= e.mfn)
		i++;
	*from = i;
	for (; i < n && e.count > 0 && cuts[i].mfn < e.mfn + e.count; i++) {
		uint64_t before = cuts[i].mfn > e.mfn ?
		    cuts[i].mfn - e.mfn : 0;
		uint64_t end = cuts[i].mfn + cuts[i].count, skip;

		if (extents_add(out, e.pfn, e.mfn, before, f) < 0)
			return -1;
		skip = end - e.mfn < e.count ? end - e.mfn : e.count;
		e.pfn += skip;
		e.mfn += skip;
		e.count -= skip;
	}
	return extents_add(out, e.pfn, e.mfn, e.count, f);
}

/* The old runs without the frames of the new ones, and the new ones. */
static int
overlay(const struct extents *old, const struct extent *new, size_t n,
    struct extents *out, struct fail *f)
{
	struct extents all = EXTENTS_INIT;
	size_t from = 0;
	int rc = 0;

	for (size_t i = 0; i < old->n && rc == 0; i++)
		rc = add_uncovered(&all, old->v[i], new, n, &from, f);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = extents_add(&all, new[i].pfn, new[i].mfn, new[i].count,
		    f);
	if (rc == 0)
		extents_by_mfn(&all);
	for (size_t i = 0; i < all.n && rc == 0; i++)
		rc = extents_add(out, all.v[i].pfn, all.v[i].mfn,
		    all.v[i].count, f);
	extents_release(&all);
	return rc;
}

static int
check_update(struct file_target *t, const struct extents *sorted,
    struct fail *f)
{
	for (size_t i = 0; i < sorted->n; i++) {
		const struct extent *e = &sorted->v[i];

		if (file_check_run(t, e->mfn, e->count, false,
		    "update the m2p of", f) < 0)
			return -1;
		if (e->pfn > FILE_PFN_MAX || e->count > FILE_PFN_MAX - e->pfn)
			return fail(f, FAIL_TARGET, "cannot update the m2p of "
			    "mfn 0x%" PRIx64 " of '%s': pfn 0x%" PRIx64
			    " is above the limit 0x%" PRIx64, e->mfn, t->name,
			    e->pfn, (uint64_t)FILE_PFN_MAX);
		if (i > 0 && e->mfn - e[-1].mfn < e[-1].count)
			return fail(f, FAIL_TARGET, "cannot update the m2p of "
			    "'%s': mfn 0x%" PRIx64 " is given two pfns",
			    t->name, e->mfn);
	}
	return 0;
}

static int
update_sorted(struct file_target *t, struct extents *sorted, struct fail *f)
{
	struct extents m2p = EXTENTS_INIT;

	extents_by_mfn(sorted);
	if (check_update(t, sorted, f) < 0)
		return -1;
	if (overlay(&t->state.m2p, sorted->v, sorted->n, &m2p, f) < 0) {
		extents_release(&m2p);
		return -1;
	}
	extents_release(&t->state.m2p);
	t->state.m2p = m2p;
	return 0;
}

int
file_update_m2p(struct file_target *t, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct extents sorted = EXTENTS_INIT;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = extents_add(&sorted, runs[i].pfn, runs[i].mfn,
		    runs[i].count, f);
	if (rc == 0)
		rc = update_sorted(t, &sorted, f);
	extents_release(&sorted);
	return rc;
}

int
file_set_m2p(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct file_target *t = file_target(base);

	if (file_writable(t, f) < 0 || file_update_m2p(t, runs, n, f) < 0)
		return -1;
	return file_save(t, f);
}

int
file_get_m2p(struct target *base, uint64_t mfn, uint64_t count,
    uint64_t *pfns, struct fail *f)
{
	const struct extents *m2p = &file_target(base)->state.m2p;
	const struct extent *e = NULL;

	if (count > UINT64_MAX - mfn)
		return fail_bug(f, "a range of machine frames that wraps");
	for (uint64_t i = 0; i < count; i++, mfn++) {
		if (e == NULL || mfn - e->mfn >= e->count)
			e = file_run_of(m2p, mfn);
		pfns[i] = e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
	}
	return 0;
}
