/*
 * plan-check: what the values of a plan must be to each other.  Private to the
 * room plan.  Each part supposes that the parts before it passed and that its
 * section and those it rests on are there.
 */
#ifndef XB_PLAN_CHECK_H
#define XB_PLAN_CHECK_H

#include "plan/plan.h"

/* The image, and that no two payloads of image and modules have one role. */
int	plan_check_image(const struct plan *, struct fail *) must_check;
int	plan_check_modules(const struct plan *, struct fail *) must_check;
int	plan_check_layout(const struct plan *, struct fail *) must_check;
int	plan_check_lists(const struct plan *, struct fail *) must_check;
int	plan_check_memory(const struct plan *, struct fail *) must_check;
int	plan_check_pagetables(const struct plan *, struct fail *) must_check;
int	plan_check_startinfo(const struct plan *, struct fail *) must_check;
int	plan_check_vcpus(const struct plan *, struct fail *) must_check;

#endif
