/*
 * load: gives a domain its memory and puts the plan's bytes into it.
 *
 * Everything that can be refused is refused before the domain is touched: the
 * payloads are opened and held against their digests, and the domain is asked
 * what it is and may have.  Bytes are read straight into mapped pages of the
 * domain.  Files of the user are never mapped: one that is cut while it is read
 * would end the program with SIGBUS.
 */
#ifndef XB_LOADER_H
#define XB_LOADER_H

#include "build/owner.h"
#include "store/payloads.h"
#include "plan/plan.h"
#include "target/target.h"

/*
 * The work of the stage, for a target and payloads that are open already: loads
 * the plan, which has passed plan_check(), and adds plan->memory.  A domain
 * that this plan's own build holds is loaded again in its frames.  FAIL_TARGET
 * for one that another build holds, or that has pages of anyone else.
 */
int	loader_load(struct target *, struct plan *, struct owner *,
	    const struct payloads *, struct fail *) must_check;

#endif
