#include <inttypes.h>
#include <stdlib.h>

#include "target/file/file.h"
#include "target/request.h"

int
paper_check_run(struct paper_target *t, uint64_t mfn, uint64_t count,
    bool shared, const char *doing, struct fail *f)
{
	const struct extent *e;

	if (count == 0)
		return fail_bug(f, "a run of no frames");
	if (shared && t->state.type == GUEST_PV &&
	    mfn == t->state.shared_info && count == 1)
		return 0;
	while (count > 0) {
		uint64_t left;

		e = extents_find_mfn(&t->state.frames, mfn);
		if (e == NULL)
			return fail(f, FAIL_TARGET, "cannot %s mfn 0x%" PRIx64
			    " of '%s': a domain may only use frames that it "
			    "owns, and it does not own this one", doing, mfn,
			    t->name);
		left = e->count - (mfn - e->mfn);
		if (left >= count)
			break;
		mfn += left;
		count -= left;
	}
	return 0;
}

int
paper_check_type(const struct paper_target *t, enum guest_type type,
    const char *doing, struct fail *f)
{
	return t->state.type == type ? 0 : fail(f, FAIL_TARGET, "cannot %s "
	    "'%s': that is of domains made with --type %s, and it was made "
	    "with --type %s", doing, t->name, guest_name(type),
	    guest_name(t->state.type));
}

/* Sets s->frames, sorted and numbered (file.h), from runs in any order. */
static int
set_frames(struct paper_state *s, const struct extents *runs,
    struct fail *f)
{
	struct extents sorted;
	uint64_t sum = 0;
	int rc = extents_sorted(runs, &sorted, f);

	extents_release(&s->frames);
	for (size_t i = 0; i < sorted.n && rc == 0; i++) {
		rc = extents_add(&s->frames, sum, sorted.v[i].mfn,
		    sorted.v[i].count, f);
		sum += sorted.v[i].count;
	}
	extents_release(&sorted);
	return rc;
}

/* ---- m2p ---- */

/* Appends the parts of run e that no run of cuts covers.  cuts ascend by mfn,
 * and so does e from call to call; *from is the first cut that may matter. */
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

/* Merges two lists by mfn; a frame that is in both gets the new one's pfn. */
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
check_update(struct paper_target *t, const struct extents *sorted,
    struct fail *f)
{
	for (size_t i = 0; i < sorted->n; i++) {
		const struct extent *e = &sorted->v[i];

		if (paper_check_run(t, e->mfn, e->count, false,
		    "update the m2p of", f) < 0)
			return -1;
		if (e->pfn > PAPER_PFN_MAX || e->count > PAPER_PFN_MAX - e->pfn)
			return fail(f, FAIL_TARGET, "cannot update the m2p of "
			    "mfn 0x%" PRIx64 " of '%s': pfn 0x%" PRIx64
			    " is above the limit 0x%" PRIx64, e->mfn, t->name,
			    e->pfn, (uint64_t)PAPER_PFN_MAX);
		if (i > 0 && e->mfn - e[-1].mfn < e[-1].count)
			return fail(f, FAIL_TARGET, "cannot update the m2p of "
			    "'%s': mfn 0x%" PRIx64 " is given two pfns",
			    t->name, e->mfn);
	}
	return 0;
}

static int
update_sorted(struct paper_target *t, struct extents *sorted, struct fail *f)
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

static int
update_m2p(struct paper_target *t, const struct extent *runs, size_t n,
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
paper_set_m2p(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct paper_target *t = paper_target(base);

	if (paper_writable(t, f) < 0 || paper_check_type(t, GUEST_PV,
	    "set the m2p of", f) < 0 || update_m2p(t, runs, n, f) < 0)
		return -1;
	return paper_save(t, f);
}

int
paper_get_m2p(struct target *base, uint64_t mfn, uint64_t count,
    uint64_t *pfns, struct fail *f)
{
	const struct extents *m2p = &paper_target(base)->state.m2p;
	const struct extent *e = NULL;

	if (paper_check_type(paper_target(base), GUEST_PV, "read the m2p of",
	    f) < 0)
		return -1;
	if (count > UINT64_MAX - mfn)
		return fail_bug(f, "a range of machine frames that wraps");
	for (uint64_t i = 0; i < count; i++, mfn++) {
		if (e == NULL || mfn - e->mfn >= e->count)
			e = extents_find_mfn(m2p, mfn);
		pfns[i] = e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
	}
	return 0;
}

int
paper_set_abi(struct target *base, const struct abi *abi, struct fail *f)
{
	struct paper_target *t = paper_target(base);

	if (paper_writable(t, f) < 0)
		return -1;
	if (t->state.abi == abi)
		return 0;
	if (t->state.frames.n > 0)
		return fail(f, FAIL_TARGET, "cannot set '%s' to ABI %s: it is "
		    "set before the first page, and the domain has pages and "
		    "ABI %s; destroy it and create it anew", t->name,
		    abi->name, t->state.abi->name);
	if (paper_check_type(t, abi->guest, "set an ABI of other guests for",
	    f) < 0)
		return -1;
	t->state.abi = abi;
	return paper_save(t, f);
}

static int
may_populate(struct paper_target *t, uint64_t count, uint64_t limit,
    struct fail *f)
{
	const struct paper_state *s = &t->state;

	if (target_check_pages(t->name, extents_pages(&s->frames), count,
	    s->max_pages, f) < 0)
		return -1;
	if (count > paper_scatter_room(limit))
		return fail(f, FAIL_TARGET, "cannot give '%s' %" PRIu64
		    " KiB: its frames must lie below 0x%" PRIx64 ", and only %"
		    PRIu64 " KiB are free there", t->name, kib_of(count),
		    limit * PAGE_BYTES, kib_of(paper_scatter_room(limit)));
	return 0;
}

int
paper_take_frames(struct paper_target *t, const struct extents *p2m,
    struct fail *f)
{
	struct paper_state *s = &t->state;

	if (set_frames(s, p2m, f) < 0 ||
	    paper_grow(t, paper_frames_end(s) * PAGE_BYTES, f) < 0)
		return -1;
	if (s->type == GUEST_PV && !s->abi->m2p_explicit &&
	    update_m2p(t, p2m->v, p2m->n, f) < 0)
		return -1;
	return paper_save(t, f);
}

int
paper_populate(struct target *base, uint64_t count, unsigned address_bits,
    struct extents *p2m, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	uint64_t limit;

	if (paper_writable(t, f) < 0 || paper_check_type(t, GUEST_PV,
	    "give scattered frames to", f) < 0)
		return -1;
	if (t->state.abi == NULL)
		return fail(f, FAIL_TARGET, "cannot give '%s' memory: the "
		    "ABI is set before the first page, and it has none",
		    t->name);
	if (count == 0)
		return fail_bug(f, "populate with no pages");
	limit = paper_frame_limit(t->state.abi, address_bits);
	if (may_populate(t, count, limit, f) < 0 ||
	    paper_scatter(t->state.scatter, count, limit, p2m, f) < 0)
		return -1;
	return paper_take_frames(t, p2m, f);
}
