/*
 * layout: where everything goes in the memory of the guest.
 *
 * A pure function of the plan's image and modules and of the size of the
 * domain: no file is read, no target is asked.  The rules are those of the
 * builders of each ABI, which xb-abi(7) has with worked examples: the same
 * image gets the addresses and pfns that those builders gave it.  They built
 * some domains that could not run and did not say so; these are refused here: a
 * p2m list at what is no address, a region that wraps or meets the hypervisor's
 * hole, a hypercall page on a page table, a p2m list over the kernel.
 *
 *	pv/layout	where each segment goes
 *	pv/layout-check	what is refused before and after that
 *	layout-lists	segments put one by one, and all as sections of the plan
 */
#ifndef XB_LAYOUT_H
#define XB_LAYOUT_H

#include <stdint.h>

#include "plan/plan.h"

/*
 * Fills plan->layout for a domain of that many pages and sets its bit.  The
 * plan has passed plan_check(): nothing of that is checked again.  Needs the
 * image; may have one module.
 * FAIL_INPUT for an image that cannot be laid out, for memory that is too
 * small (the message has the smallest that fits), and for more memory than the
 * ABI can have.  Warns where fewer pages are left free than twice those of the
 * ramdisk, which a guest unpacks into them.
 */
int	layout_solve(struct plan *, uint64_t pages, struct fail *) must_check;

#endif
