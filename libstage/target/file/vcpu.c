#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "target/file/file.h"

static int
check_vcpu(struct file_target *t, uint32_t vcpu, struct fail *f)
{
	if (t->state.abi == NULL)
		return fail(f, FAIL_TARGET, "vcpu %u of '%s' has no registers "
		    "yet: the domain has no ABI", vcpu, t->name);
	if (vcpu >= t->state.vcpus)
		return fail(f, FAIL_TARGET, "'%s' has no vcpu %u: it has %"
		    PRIu64, t->name, vcpu, t->state.vcpus);
	return 0;
}

/* A vcpu that is set up may be set up again to the same. */
static int
set_again(struct file_target *t, uint32_t vcpu, const void *context,
    struct fail *f)
{
	if (!t->state.has_run && memcmp(t->state.context[vcpu], context,
	    t->state.abi->context.size) == 0)
		return 0;
	return fail(f, FAIL_TARGET, "cannot set vcpu %u of '%s': it is "
	    "already constructed, %s; destroy the domain and build it anew",
	    vcpu, t->name, t->state.has_run ? "and the domain has run" :
	    "with other registers");
}

int
file_set_context(struct target *base, uint32_t vcpu, const void *context,
    struct fail *f)
{
	struct file_target *t = file_target(base);
	size_t size;

	if (file_writable(t, f) < 0 || check_vcpu(t, vcpu, f) < 0)
		return -1;
	if (t->state.context[vcpu] != NULL)
		return set_again(t, vcpu, context, f);
	if (file_check_context(t, vcpu, context, f) < 0)
		return -1;
	size = t->state.abi->context.size;
	t->state.context[vcpu] = malloc(size);
	if (t->state.context[vcpu] == NULL)
		return fail_memory(f, size);
	memcpy(t->state.context[vcpu], context, size);
	return file_save(t, f);
}

int
file_get_context(struct target *base, uint32_t vcpu, void *context,
    bool *present, struct fail *f)
{
	struct file_target *t = file_target(base);
	const struct abi_context *form;

	if (check_vcpu(t, vcpu, f) < 0)
		return -1;
	form = &t->state.abi->context;
	*present = t->state.context[vcpu] != NULL;
	if (*present) {
		memcpy(context, t->state.context[vcpu], form->size);
		return 0;
	}
	memset(context, 0, form->size);
	abi_put(form->field[CTX_FLAGS], context, form->fresh_flags);
	return 0;
}
