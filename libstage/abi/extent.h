/*
 * extent: runs of frames.
 *
 * A run says that guest frames pfn, pfn + 1, ... lie in machine frames mfn,
 * mfn + 1, ..., count of them.  A list of runs in ascending pfn without
 * overlaps is how the p2m list travels, and what target operations take: a
 * domain of 64 GiB is a few hundred runs, never sixteen million numbers.
 */
#ifndef XB_EXTENT_H
#define XB_EXTENT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"

#define PAGE_BITS	12
#define PAGE_BYTES	UINT64_C(4096)

/* No frame.  xenctrl.h has the same word for the same value. */
#define INVALID_MFN  (~0UL)
_Static_assert(INVALID_MFN == UINT64_MAX, "frame numbers need a 64-bit host");

struct extent {
	uint64_t pfn, mfn, count;
};

/* A growing list.  EXTENTS_INIT is empty; extents_release() frees. */
struct extents {
	struct extent *v;
	size_t n, cap;
};

#define EXTENTS_INIT { NULL, 0, 0 }

static inline uint64_t
pages_of(uint64_t bytes)
{
	return bytes / PAGE_BYTES + (bytes % PAGE_BYTES != 0);
}

static inline uint64_t
kib_of(uint64_t pages)
{
	return pages * (PAGE_BYTES / 1024);
}

/* Appends a run, joining it to the last where both pfn and mfn go on. */
int	extents_add(struct extents *, uint64_t pfn, uint64_t mfn,
	    uint64_t count, struct fail *) must_check;

void	extents_release(struct extents *);

/* A copy of a list in an arena; it is not for extents_release(). */
int	extents_keep(struct arena *, const struct extents *,
	    struct extents *copy, struct fail *) must_check;

/* Sum of the counts. */
uint64_t extents_pages(const struct extents *);

/* The run that holds pfn in a list sorted by pfn, or NULL. */
const struct extent *extents_find(const struct extents *, uint64_t pfn);

/* The run that holds mfn in a list sorted by mfn, or NULL. */
const struct extent *extents_find_mfn(const struct extents *, uint64_t mfn);

/* The machine frame of pfn, INVALID_MFN where the list does not have it. */
uint64_t extents_mfn(const struct extents *, uint64_t pfn);

/*
 * The same, for look-ups one after the other: *near is the run that the last
 * one found, NULL at first, and is tried before the list is searched.
 */
static inline uint64_t
extents_mfn_near(const struct extents *l, const struct extent **near,
    uint64_t pfn)
{
	if (*near == NULL || pfn - (*near)->pfn >= (*near)->count)
		*near = extents_find(l, pfn);
	return *near == NULL ? INVALID_MFN : (*near)->mfn +
	    (pfn - (*near)->pfn);
}

/*
 * Appends to out the runs of pfn .. pfn + count - 1.  FAIL_INPUT when the list
 * does not have them all; out may then hold some of them.
 */
int	extents_slice(const struct extents *, uint64_t pfn, uint64_t count,
	    struct extents *out, struct fail *) must_check;

/* How many pages from pfn on the list has without a hole, of count. */
uint64_t extents_follow(const struct extents *, uint64_t pfn, uint64_t count);

/*
 * The pfn of a machine frame, INVALID_MFN where the list does not have it.  The
 * runs may stand in any order: it looks at them all.
 */
uint64_t extents_pfn(const struct extents *, uint64_t mfn);

/* The same, without looking at all runs: they are sorted by mfn. */
uint64_t extents_pfn_sorted(const struct extents *, uint64_t mfn);

/* Sorts by mfn instead of pfn. */
void	extents_by_mfn(struct extents *);

/*
 * Sorts by mfn.  FAIL_INPUT, naming the frame, where two runs share a machine
 * frame.
 */
int	extents_sort_by_mfn(struct extents *, struct fail *) must_check;

/*
 * A copy of a list, sorted and checked as extents_sort_by_mfn() does; to is the
 * caller's to release, after a failure as well.
 */
int	extents_sorted(const struct extents *, struct extents *to,
	    struct fail *) must_check;

#endif
