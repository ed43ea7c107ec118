/*
 * ptgeom: the geometry of page tables, without their contents: how many
 * tables of each level a range of addresses needs and in which order their
 * frames lie.  xb-layout counts with it, xb-pgtab writes by it.
 *
 * Ranges are inclusive, [first, last], so that one may end at the top of the
 * address space.  Levels count from 1 (L1) to abi->levels.  Arrays of counts
 * run from the top level down to L1.
 */
#ifndef XB_PTGEOM_H
#define XB_PTGEOM_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/abi.h"

/* Tables of each level; returns the sum. */
uint64_t ptgeom_count(const struct abi *, uint64_t first, uint64_t last,
	    uint64_t counts[ABI_LEVELS_MAX]);

/*
 * Which frame of the page-table segment (0 ..) holds the table of that level
 * that translates va, for va inside the range (or, for l2_to_top profiles and
 * level 2, in the stretched one).
 */
uint64_t ptgeom_frame(const struct abi *, uint64_t first, uint64_t last,
	    unsigned level, uint64_t va);

/*
 * The same for a second range (a p2m list of its own) that shares the tables
 * of the first one where it can: tables of each level that the first does not
 * have; the sum.
 */
uint64_t ptgeom_count_more(const struct abi *, uint64_t first, uint64_t last,
	    uint64_t first2, uint64_t last2, uint64_t counts[ABI_LEVELS_MAX]);

/*
 * Its frame numbers: in the first segment where *shared is set, else in the
 * second range's own tables (0 .., from the level below the top downwards,
 * each ascending).
 */
uint64_t ptgeom_frame_more(const struct abi *, uint64_t first, uint64_t last,
	    uint64_t first2, uint64_t last2, unsigned level, uint64_t va,
	    bool *shared);

#endif
