/*
 * verify-tables: the page tables that a domain must have, as verify sees
 * them.  Private to the room.
 *
 * Addresses are counted in slots: the slot of level l is the address divided
 * by what a table of level l covers, of level 0 by a page.  So a page is a
 * table of level 0, and the entries of the table in slot s of level l stand
 * for the slots s * entries + i of level l - 1.  Only the low va_bits of an
 * address count, which takes the sign extension away.
 */
#ifndef XB_VERIFY_TABLES_H
#define XB_VERIFY_TABLES_H

#include "verify/impl.h"

/* Slots [low, high] that a range needs, and where their tables begin. */
struct slots {
	uint64_t low, high;
	uint64_t start;			/* frame of its segment */
};

struct tables {
	struct verify *v;
	const struct abi *abi;
	const struct layout_segment *main, *extra, *p2m;
	unsigned char *main_bytes, *extra_bytes; /* mapped, or NULL */
	struct slots in[ABI_LEVELS_MAX + 1];	/* of the initial mapping */
	struct slots more[ABI_LEVELS_MAX + 1];	/* of a p2m list of its own */
	bool separate;			/* there is such a list */
	uint64_t mappings;
};

/* One table on the way through all of them. */
struct table {
	unsigned level;
	uint64_t slot, mfn;
	const unsigned char *bytes;	/* NULL where none are mapped */
};

typedef int visit_table(struct tables *, const struct table *, struct fail *);

/*
 * What the tables must be.  False, with the difference reported: the plan's
 * segments have not the room for it.
 */
bool	verify_find_tables(struct verify *, struct tables *);

/* Every table, from the top level down, each level ascending. */
int	verify_visit_tables(struct tables *, visit_table *, struct fail *) must_check;

/* Bits of an address below the slot number of a level. */
unsigned verify_slot_bits(const struct abi *, unsigned level);

/* Where a slot begins. */
uint64_t verify_slot_va(const struct abi *, unsigned level, uint64_t slot);

/* The pfn of a table (of a page, at level 0); INVALID_MFN: there is none. */
uint64_t verify_slot_pfn(const struct tables *, unsigned level, uint64_t slot);

/* Is the guest frame one of the tables? */
bool	verify_is_table(const struct tables *, uint64_t pfn);

#endif
