/*
 * plan-check: what the values of a plan must be to each other.  Private to the
 * room plan.  Each part supposes that the parts before it passed and that its
 * section and those it rests on are there.
 */
#ifndef XB_PLAN_CHECK_H
#define XB_PLAN_CHECK_H

#include "plan/plan.h"

/* The payloads of image and modules, sorted by role; v is malloced. */
struct plan_roles {
	const struct payload **v;
	size_t n;
};

/* FAIL_INPUT where a role stands twice. */
int	plan_roles(const struct plan *, struct plan_roles *, struct fail *)
	    must_check;
const struct payload *plan_role(const struct plan_roles *, const char *role);

/* A segment that a stage after xb-load fills whole. */
bool	plan_filled_later(const struct layout_segment *);

int	plan_check_image(const struct plan *, const struct plan_roles *,
	    struct fail *) must_check;
int	plan_check_modules(const struct plan *, struct fail *) must_check;
int	plan_check_layout(const struct plan *, struct fail *) must_check;
int	plan_check_lists(const struct plan *, struct fail *) must_check;
int	plan_check_clear(const struct plan *, struct fail *) must_check;
int	plan_check_memory(const struct plan *, struct fail *) must_check;
int	plan_check_pagetables(const struct plan *, struct fail *) must_check;
int	plan_check_startinfo(const struct plan *, struct fail *) must_check;
int	plan_check_vcpus(const struct plan *, struct fail *) must_check;

#endif
