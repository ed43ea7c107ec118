/*
 * layout: where everything goes in the memory of the guest.
 *
 * A pure function of the plan's image and modules and of the size of the
 * domain: no file is read, no target is asked.  The rules are those of the
 * builders of each ABI, which xb-abi(7) has with worked examples: the same
 * input gives the addresses and frames that they give.  What they build
 * in silence although it cannot run is refused: addresses that are none, a
 * region that wraps or meets the hypervisor's hole, a hypercall page on a page
 * table, a p2m list over the kernel.
 *
 *	layout-rules	the arithmetic
 *	layout-check	what is refused before and after it
 *	layout-lists	the result as sections of the plan
 */
#ifndef XB_LAYOUT_H
#define XB_LAYOUT_H

#include <stdint.h>

#include "plan/plan.h"

/*
 * Fills plan->layout for a domain of that many pages and sets its bit.  The
 * plan has passed plan_check(): nothing of that is checked again.  Needs the
 * image; modules may be there (one at most).
 * FAIL_INPUT: an image that cannot be laid out, with the addresses; memory
 * too small, with needed, given and missing KiB and the smallest that fits;
 * memory over the limit of the ABI.  Warns where the pages that the layout
 * leaves free are fewer than twice those of the ramdisk.
 */
int	layout_solve(struct plan *, uint64_t pages, struct fail *) must_check;

#endif
