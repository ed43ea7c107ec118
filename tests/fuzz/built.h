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

/* A domain for it, held in memory, of as many vcpus as make a difference. */
struct target *built_target(const struct abi *, uint64_t pages,
	    struct fail *);

/* xb-load to xb-launch -p, for a plan that has a layout. */
int	built_domain(struct plan *, struct target *, struct fail *)
	    must_check;

#endif
