/*
 * built: plans and domains for fuzz targets, in memory.
 */
#ifndef XB_BUILT_H
#define XB_BUILT_H

#include "plan/plan.h"
#include "target/target.h"

/*
 * Replaces the payloads of a plan by files that exist; false: they do not fit
 * into it.
 */
bool	built_payloads(struct plan *);

/* A plan with the smallest image for that ABI, and its payloads. */
int	built_image(struct plan *, const struct abi *, struct fail *)
	    must_check;

/* xb-load to xb-launch -p, for a plan that has a layout. */
int	built_domain(struct plan *, struct target *, struct fail *)
	    must_check;

#endif
