/*
 * vcpu: the registers that a domain starts with, and its start.
 */
#ifndef XB_VCPU_H
#define XB_VCPU_H

#include "plan/plan.h"
#include "target/target.h"

struct vcpu_options {
	bool leave_paused;
};

/*
 * Gives vcpu 0 its context, unpauses the domain unless it is to be left
 * paused, and adds plan->vcpus and plan->launched.  options is a struct
 * vcpu_options.  A domain that is constructed already must have the very same
 * registers; else FAIL_TARGET.
 */
int	vcpu_launch(struct target *, const struct target_info *,
	    struct plan *, void *options, struct fail *) must_check;

/*
 * Puts the registers that the plan gives into a context of abi->context.size
 * bytes.  What it holds before: zeroes, or what the hypervisor has for the vcpu
 * where vcpu_inherits() says so.
 */
void	vcpu_context(const struct plan *, void *context);

/*
 * Does the older builder of that ABI start from the hypervisor's copy of the
 * context?  Else from zeroes.
 */
bool	vcpu_inherits(const struct abi *);

#endif
