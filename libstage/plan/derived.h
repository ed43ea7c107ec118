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

#endif
