/*
 * derived: what later sections of a plan have that follows from the sections
 * before them.
 */
#ifndef XB_PLAN_DERIVED_H
#define XB_PLAN_DERIVED_H

#include "plan/plan.h"

/* Both need image, layout and frames (plan_frames()). */
struct plan_pagetables plan_derive_pagetables(const struct plan *);

/* All but the frame of shared_info, ports and domids. */
struct plan_startinfo plan_derive_startinfo(const struct plan *);

/*
 * The lists of a layout whose segments are there, in the arena; *n entries.
 * NULL: f.
 *
 * Every byte of image and modules that comes from a file is loaded.  The list
 * ascends, for the image's segments do, and the ramdisk lies above the kernel.
 */
struct load_piece *plan_derive_load(const struct plan *, struct arena *,
	    size_t *n, struct fail *) must_check;

/*
 * Needs the load list.  Cleared is what neither that fills nor a later stage,
 * of the region, of a ramdisk that is not mapped, and of the pages that a guest
 * has beside its memory.
 */
struct pfn_run *plan_derive_clear(const struct plan *, struct arena *,
	    size_t *n, struct fail *) must_check;

#endif
