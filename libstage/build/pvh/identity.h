/*
 * identity: the page table that maps each address of 4 GiB to itself.
 *
 * A PVH guest starts with paging off.  Old processors with nested paging can
 * run it so only by a table like this one, which the guest never sees in use.
 */
#ifndef XB_BUILD_PVH_IDENTITY_H
#define XB_BUILD_PVH_IDENTITY_H

#include "plan/plan.h"
#include "target/target.h"

/* The 1024 entries of the table, 4 bytes each. */
void	pvh_identity_fill(unsigned char page[]);

/* Writes the table where the layout has it, tells the hypervisor, and adds
 * plan->identity; a target_step. */
int	pvh_identity_build(struct target *, const struct target_info *,
	    struct plan *, void *unused, struct fail *) must_check;

#endif
