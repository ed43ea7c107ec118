/*
 * pgtable: the page tables and the p2m list of a domain, written into its
 * memory by the plan's layout, and pinned.
 *
 * One writer serves all ABIs: what differs is in struct abi and in ptgeom.
 * Its time grows with the size of the p2m list and of the region, and with
 * nothing else; it maps at most 16 MiB of the domain at a time.
 */
#ifndef XB_PGTABLE_H
#define XB_PGTABLE_H

#include "plan/plan.h"
#include "target/target.h"

/*
 * The plan has passed plan_check(): its segments, ranges, counts and frames fit
 * each other and the ABI, and nothing of that is checked again.
 * Writes the p2m list and the tables, updates m2p where the builder must, pins
 * the top table and adds plan->pagetables.  Tables that are pinned already are
 * unpinned first.  In a constructed domain the tables are in use: they are
 * then compared, and a difference is FAIL_TARGET.  FAIL_TARGET too for a top
 * table where the guest cannot find it; nothing has been written then.
 */
int	pgtable_build(struct target *, const struct target_info *,
	    struct plan *, void *unused, struct fail *) must_check;

#endif
