/*
 * layout-rules: what the files of the layout share.
 *
 * Everything is counted in pages from the start of the region, where pfn 0 is
 * mapped; of a PVH guest, which maps nothing, from address 0.  Nothing wraps:
 * counts stay below 2^54, and a region that would leave its part of the address
 * space is refused before an address is made of it.
 */
#ifndef XB_LAYOUT_RULES_H
#define XB_LAYOUT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

/* Where all segments go. */
struct places {
	uint64_t v_start;		/* where pfn 0 is mapped */
	uint64_t region;		/* pages mapped from there */
	uint64_t needed;		/* pages in all, maybe more than the
					 * domain has */
	struct layout_segment at[SEG_KINDS]; /* pages 0: it is not there */
	uint64_t tables[ABI_LEVELS_MAX];	/* top level .. L1 */
	uint64_t p2m_tables[ABI_LEVELS_MAX];	/* of the p2m list alone */
};

/*
 * What the layout of guests of a type has to itself: place() is layout_place();
 * check_image() refuses what no size of memory can mend and plan_check() leaves
 * to the layout; check_places() is called once everything fits.  Both may be
 * NULL.
 */
struct layout_rules {
	const char *region;		/* what the region is, for messages */
	int (*place)(const struct plan *, uint64_t pages, struct places *,
	    struct fail *) must_check;
	int (*check_image)(const struct plan_image *, struct fail *) must_check;
	int (*check_places)(const struct plan_image *, const struct places *,
	    struct fail *) must_check;
};

extern const struct layout_rules layout_pv, layout_pvh;

/* Puts a segment of size bytes at pfn, not mapped; returns the pfn after it. */
uint64_t layout_put(struct places *, enum segment_kind, uint64_t pfn,
	    uint64_t size);

/* Maps all segments that were put so far. */
void	layout_map(struct places *);

/*
 * Has the p2m list addresses of its own?  Xen's libxenguest goes on as if
 * there were no INIT_P2M where it is not below the region start.
 */
bool	layout_p2m_apart(const struct plan_image *);

/*
 * Places everything for a domain of that many pages, at most as many as its ABI
 * allows, whether it fits into them or not, which .needed tells.  With more
 * pages .needed is never smaller.  The image has passed check_image().
 * FAIL_INPUT where a segment leaves the address space or meets the hole or
 * another.
 */
int	layout_place(const struct plan *, uint64_t pages, struct places *,
	    struct fail *) must_check;

/* An INIT_P2M that no guest can have. */
int	layout_check_image(const struct plan_image *, struct fail *) must_check;

/* The p2m list at INIT_P2M, if any, against the space and the region. */
int	layout_check_p2m(const struct plan_image *, const struct places *,
	    struct fail *) must_check;

/* The hypercall page, if any, against the region and the segments. */
int	layout_check_hypercall(const struct plan_image *,
	    const struct places *, struct fail *) must_check;

/* Writes places down as plan->layout, with the load and clear lists. */
int	layout_fill(struct plan *, uint64_t pages, const struct places *,
	    struct fail *) must_check;

#endif
