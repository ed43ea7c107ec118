/*
 * planned: the page tables that the domain of a plan must have: which ones,
 * where they lie, and what stands in each entry.
 *
 * All of it is computed from the layout and the ABI, by a reading of the rules
 * of its own: nothing is shared with what writes the tables (build/pv/pgtable,
 * abi/ptgeom), so that xb-verify can hold one against the other.
 *
 * Addresses are counted in slots: the slot of level l is the address divided
 * by what a table of level l covers, of level 0 by a page.  So a page is a
 * table of level 0, and the entries of the table in slot s of level l stand
 * for the slots s * entries + i of level l - 1.  Only the low va_bits of an
 * address count, which takes the sign extension away.
 */
#ifndef XB_PLANNED_H
#define XB_PLANNED_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/abi.h"
#include "base/fail.h"
#include "plan/plan.h"

/* Slots [low, high] that a range needs, and where their tables begin. */
struct planned_slots {
	uint64_t low, high;
	uint64_t start;			/* frame of its segment */
};

struct planned {
	const struct abi *abi;
	const struct layout_segment *main, *extra, *p2m; /* NULL: none */
	uint64_t main_pages, extra_pages; /* that the tables need */
	struct planned_slots in[ABI_LEVELS_MAX + 1]; /* initial mapping */
	struct planned_slots more[ABI_LEVELS_MAX + 1]; /* p2m list apart */
	bool separate;			/* the p2m list is mapped apart */
};

struct planned_table {
	unsigned level;
	uint64_t slot, pfn;
};

typedef int planned_visit(void *arg, const struct planned_table *,
	    struct fail *);

/*
 * The tables of a plan with image and layout, which is to outlive them.  A
 * layout may have other segments than they need: compare main_pages and
 * extra_pages with those of main and extra.
 */
void	planned_tables(struct planned *, const struct plan *);

/*
 * Every table, from the top level down, each level ascending.  The pfn of one
 * whose segment the layout lacks is INVALID_MFN.
 */
int	planned_each(const struct planned *, planned_visit *, void *arg,
	    struct fail *) must_check;

/* Where a slot begins, and which slot of a level holds an address. */
uint64_t planned_slot_va(const struct abi *, unsigned level, uint64_t slot);
uint64_t planned_slot(const struct abi *, unsigned level, uint64_t va);

/* Is the guest frame one of the tables? */
bool	planned_is_table(const struct planned *, uint64_t pfn);

/*
 * An entry of the table in a slot of a level: the pfn that it names and its
 * flags; INVALID_MFN: it is 0.
 */
uint64_t planned_entry(const struct planned *, unsigned level, uint64_t slot,
	    unsigned index, unsigned *flags);

#endif
