/*
 * planmaker: plans made by hand for the tests of the rooms that build a
 * domain, with segments as in the worked examples of xb-abi(7).
 */
#ifndef XB_PLANMAKER_H
#define XB_PLANMAKER_H

#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

enum { MAKER_SEGMENTS = 12 };

struct maker {
	struct plan plan;
	struct layout_segment segment[MAKER_SEGMENTS];
};

/* What the domain is and what is mapped at start. */
void	maker_begin(struct maker *m, const char *abi, uint64_t v_start,
	    uint64_t v_end, uint64_t pages);

/* A segment; va 0 where it is not mapped. */
struct layout_segment *maker_segment(struct maker *m, enum segment_kind kind,
	    uint64_t pfn, uint64_t pages, uint64_t va);

/* A segment that is mapped, at its pfn's address in the initial mapping. */
struct layout_segment *maker_mapped(struct maker *m, enum segment_kind kind,
	    uint64_t pfn, uint64_t pages);

/* Memory as the given runs; v stays the caller's. */
void	maker_memory(struct maker *m, const struct extents *p2m);
void	maker_end(struct maker *m);

#endif
