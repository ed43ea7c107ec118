/*
 * pgtable-impl: the page tables of one domain as a plan lays them out, and what
 * belongs into each; shared by the files of pgtable.
 */
#ifndef XB_PGTABLE_IMPL_H
#define XB_PGTABLE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "target/target.h"

enum { TABLE_BYTES = 4096 };

/* Addresses [first, last]: the first page is mapped to pfn, and so on. */
struct range {
	uint64_t first, last, pfn;
};

struct tables {
	struct target *target;
	const struct abi *abi;
	const struct extents *p2m;
	struct range main, list;	/* the region; the p2m list */
	bool separate;			/* the list lies outside the region, and
					 * has entries of its own */
	const struct layout_segment *frames; /* page_tables: the region's, and
					      * all that the list shares */
	const struct layout_segment *more; /* p2m_tables: the list's alone;
					    * NULL: there are none */
	bool compare;			/* the domain's tables with these; do
					 * not write */
	/* private */
	const struct extent *near;	/* the run where the last pfn was */
};

/*
 * The range of addresses for which there are tables of a level: the region, and
 * for level 2 of an ABI with l2_to_top what is above it.
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
