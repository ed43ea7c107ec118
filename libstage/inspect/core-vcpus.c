#include <string.h>

#include "inspect/core-impl.h"
#include "build/vcpu.h"

/* What xb-launch will set: over zeroes, or over what the hypervisor has. */
static int
planned_context(const struct core *c, unsigned char *context, struct fail *f)
{
	const struct abi *a = walk_abi(c->walk);

	if (c->plan == NULL || !plan_has(c->plan, PLAN_STARTINFO))
		return fail(f, FAIL_TARGET, "vcpu 0 of '%s' has no registers "
		    "yet; give the plan that xb-startinfo wrote, which tells "
		    "them", c->name);
	if (!vcpu_inherits(a))
		memset(context, 0, a->context.size);
	return vcpu_context(c->plan, context, f);
}

int
core_context(const struct core *c, uint32_t vcpu,
    unsigned char context[CORE_CONTEXT_MAX], bool *present, struct fail *f)
{
	if (walk_abi(c->walk)->context.size > CORE_CONTEXT_MAX)
		return fail_bug(f, "a vcpu context larger than any known");
	if (c->target->ops->get_context(c->target, vcpu, context, present,
	    f) < 0)
		return -1;
	if (*present || vcpu > 0)
		return 0;
	*present = true;
	return planned_context(c, context, f);
}
