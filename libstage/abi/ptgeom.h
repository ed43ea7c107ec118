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

/* How many tables of each level translate the range; returns the sum. */
uint64_t ptgeom_count(const struct abi *, uint64_t first, uint64_t last,
	    uint64_t counts[ABI_LEVELS_MAX]);

/*
 * The table of that level that translates va: its number, from 0, among the
 * frames of the page_tables segment.  va lies in the range, or for level 2 of
 * an ABI with l2_to_top above it.
 */
uint64_t ptgeom_frame(const struct abi *, uint64_t first, uint64_t last,
	    unsigned level, uint64_t va);

/*
 * How many tables of each level a second range needs that the first does not
 * have; returns the sum.  The second range is that of a p2m list at an address
 * of its own, which shares the tables of the region where it can.
 */
uint64_t ptgeom_count_more(const struct abi *, uint64_t first, uint64_t last,
	    uint64_t first2, uint64_t last2, uint64_t counts[ABI_LEVELS_MAX]);

/*
 * The table of that level that translates va, in either range.  *shared: it
 * is a table of the first range, and its number is that of ptgeom_frame(); else
 * its number, from 0, among the frames of the p2m_tables segment, where the
 * level below the top comes first and each level ascends.
 */
uint64_t ptgeom_frame_more(const struct abi *, uint64_t first, uint64_t last,
	    uint64_t first2, uint64_t last2, unsigned level, uint64_t va,
	    bool *shared);

#endif
