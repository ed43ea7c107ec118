/*
 * What the files of pgtable share, and walk for a domain that is not built
 * yet: the tables of one domain, as a plan lays them out, and what belongs into
 * each.
 */
#ifndef XB_PGTABLE_IMPL_H
#define XB_PGTABLE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "target/target.h"

enum { TABLE_BYTES = 4096 };

/* Addresses [first, last] that map pfn and those after it. */
struct range {
	uint64_t first, last, pfn;
};

struct tables {
	struct target *target;
	const struct abi *abi;
	const struct extents *p2m;
	struct range main, list;	/* initial mapping; the p2m list */
	bool separate;			/* the list is a mapping of its own */
	const struct layout_segment *frames, *more; /* more may be NULL */
	bool compare;			/* hold against, do not write */
	/* own */
	const struct extent *near;	/* of the last look-up */
};

/*
 * The main range as tables of a level see it: Xen needs an L2 for the top slot
 * of a PAE guest, so its L2 tables go on to the top, as xb-abi(7) says.
 */
struct range tables_main(const struct tables *, unsigned level);

/* pfn of the table of that level that translates va, in either range. */
uint64_t tables_pfn(const struct tables *, unsigned level, uint64_t va);

/* The whole table of that level that translates va. */
void	tables_fill(struct tables *, unsigned level, uint64_t va,
	    unsigned char page[TABLE_BYTES]);

/*
 * Takes out of a table of a domain that is built what Xen put in: its own
 * slots, and its marks (user, bit 52) on L1 entries of a 64-bit kernel.
 */
void	tables_strip(const struct abi *, unsigned level, uint64_t va,
	    const unsigned char *want, unsigned char *have);

#endif
