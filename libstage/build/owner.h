/*
 * owner: who may load a domain, and the memory it is given.
 *
 * A build marks a domain with a random id before it gives it the first page;
 * whoever comes later with a plan that carries this id is the same build.
 */
#ifndef XB_OWNER_H
#define XB_OWNER_H

#include <stdbool.h>

#include "plan/plan.h"
#include "target/target.h"

struct owner {
	const char *name;		/* of the target, absolute */
	bool chosen;			/* by the user, not by the plan */
	/* set by owner_check() and owner_take() */
	bool again;			/* this build loaded it before, into the
					 * frames of plan->memory */
	bool taken;			/* it is this build's by now */
};

/*
 * Checks everything about the domain that can be checked without changing it:
 * it is paused, free or this build's own, knows the ABI, may have the pages
 * and the host has them.  FAIL_TARGET with the numbers and what to do, and
 * FAIL_FULL where the host lacks the pages.
 */
int	owner_check(struct target *, const struct target_info *,
	    const struct plan *, struct owner *, struct fail *) must_check;

/*
 * Takes a free domain: gives it the build's id, the ABI and its pages.  *memory
 * gets what plan->memory is to be, in the plan's arena.  Where this fails,
 * owner.taken says whether the domain is changed.
 */
int	owner_take(struct target *, const struct target_info *, struct plan *,
	    struct owner *c, struct plan_memory *, struct fail *) must_check;

#endif
