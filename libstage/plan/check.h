/*
 * plan/check: checks that the values of a plan agree with each other.  Private
 * to the room.  Each function expects that those above it passed, and that the
 * plan has the function's section and all sections that this section needs.
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
int	plan_check_identity(const struct plan *, struct fail *) must_check;
int	plan_check_startinfo(const struct plan *, struct fail *) must_check;
int	plan_check_vcpus(const struct plan *, struct fail *) must_check;

#endif
