/*
 * startinfo: what a PVH guest finds when it starts: hvm_start_info with what it
 * points to, the ACPI tables, the xenstore and console rings with their event
 * channels and grants, and the HVM parameters that name them.
 */
#ifndef XB_BUILD_PVH_STARTINFO_H
#define XB_BUILD_PVH_STARTINFO_H

#include "plan/plan.h"
#include "target/target.h"

/* The bytes of the plan's segment start_info; they are zero before. */
void	pvh_start_fill(const struct plan *, unsigned char bytes[]);

/* Writes all of that and adds plan->startinfo, as startinfo_build() does for a
 * PV guest; options is a struct startinfo_options. */
int	pvh_startinfo_build(struct target *, const struct target_info *,
	    struct plan *, void *options, struct fail *) must_check;

/* startinfo_tell() of a PVH guest. */
int	pvh_startinfo_tell(struct target *, struct plan *, struct fail *)
	    must_check;

#endif
