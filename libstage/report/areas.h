/*
 * report/areas: divides the domain's memory from pfn 0 to its end into areas:
 * the segments of the layout, the ranges between segments, and holes.
 */
#ifndef XB_REPORT_AREAS_H
#define XB_REPORT_AREAS_H

#include "plan/plan.h"

struct area {
	const char *name;	/* the segment's kind; between segments "gap"
				 * where it is mapped at start, else "free";
				 * "hole" where a PVH guest has no page */
	const struct layout_segment *segment;	/* NULL: gap or free */
	uint64_t pfn, pages;
	struct maybe va;	/* of the first page */
};

struct areas {
	struct area *v;
	size_t n;
	uint64_t memory;	/* pages of the domain */
	uint64_t pages;		/* from pfn 0 to the last page, with holes */
	uint64_t mapped;	/* pages from pfn 0 that are mapped at start */
};

/* FAIL_INPUT where the plan has no layout to draw. */
int	report_drawable(const struct plan *, struct fail *) must_check;

/* The plan must have a layout.  Release with areas_release(). */
int	areas_of(const struct plan *, struct areas *, struct fail *) must_check;
void	areas_release(struct areas *);

/*
 * The range of pfns [*first, *end) that has all small segments of the initial
 * mapping: those that the builder itself fills.  Both are 0 where there are
 * none.
 */
void	areas_details(const struct areas *, uint64_t *first, uint64_t *end);

#endif
