#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "target/xen/xen.h"

enum { PAUSES_MAX = 256 };

/* ---- registers ---- */

static int
check_vcpu(struct xen_target *t, uint32_t vcpu, const struct abi **abi,
    struct fail *f)
{
	uint32_t n;

	if (xen_abi(t, abi, f) < 0)
		return -1;
	if ((*abi)->context.size > sizeof(vcpu_guest_context_any_t))
		return fail_bug(f, "a context larger than Xen's");
	n = xen_vcpus(&t->known);
	if (vcpu >= n)
		return fail(f, FAIL_TARGET, "'%s' has no vcpu %" PRIu32
		    ": it has %" PRIu32, t->name, vcpu, n);
	return 0;
}

int
xen_get_context(struct target *base, uint32_t vcpu, void *bytes,
    bool *present, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);
	vcpu_guest_context_any_t context;
	const struct abi *abi;

	if (check_vcpu(t, vcpu, &abi, f) < 0)
		return -1;
	if (abi->guest != GUEST_PV)
		return xen_hvm_get_context(t, vcpu, bytes, abi->context.size,
		    present, f);
	memset(&context, 0, sizeof(context));
	if (xen_vcpu_read(t, vcpu, &context, present, f) < 0)
		return -1;
	memset(bytes, 0, abi->context.size);
	if (*present)
		memcpy(bytes, &context, abi->context.size);
	else
		abi_put(abi->context.field[CTX_FLAGS], bytes,
		    abi->context.fresh_flags);
	return 0;
}

/* Rules of Xen 4.17 for a context, by the field that they are about. */
static const char *
broken_rule(const struct abi *abi, const void *bytes, const char **name,
    uint64_t *value)
{
	const struct abi_field *field = abi->context.field;

	if (!abi_context_canonical(abi, bytes, name, value))
		return "it must be a canonical address";
	*name = "ldt_ents";
	*value = abi_get(field[CTX_LDT_ENTS], bytes);
	if (*value > 8192)
		return "an LDT has at most 8192 entries";
	*name = "gdt_ents";
	*value = abi_get(field[CTX_GDT_ENTS], bytes);
	if (*value > 8192)
		return "a GDT has at most 8192 entries";
	*name = "cr3";
	*value = abi_get(field[CTX_CR3], bytes);
	return "it must be the top table of page tables that are pinned";
}

static int
explain(struct xen_target *t, uint32_t vcpu, const struct abi *abi,
    const void *bytes, int e, struct fail *f)
{
	const char *name, *rule;
	uint64_t value;

	if (e != EINVAL)
		return xen_refused(e, NULL, f, "cannot set vcpu %" PRIu32
		    " of '%s'", vcpu, t->name);
	rule = broken_rule(abi, bytes, &name, &value);
	return fail(f, FAIL_TARGET, "cannot set vcpu %" PRIu32 " of '%s': the "
	    "hypervisor refuses these registers; %s is 0x%" PRIx64 ": %s",
	    vcpu, t->name, name, value, rule);
}

/* Has the vcpu registers already? */
static int
is_set(struct xen_target *t, uint32_t vcpu, bool *yes, struct fail *f)
{
	vcpu_guest_context_any_t context;

	return vcpu == 0 ? xen_constructed(t, yes, f) :
	    xen_vcpu_read(t, vcpu, &context, yes, f);
}

int
xen_set_context(struct target *base, uint32_t vcpu, const void *bytes,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	vcpu_guest_context_any_t context;
	const struct abi *abi;
	bool present;

	if (t == NULL || check_vcpu(t, vcpu, &abi, f) < 0 ||
	    is_set(t, vcpu, &present, f) < 0)
		return -1;
	if (present)
		return fail(f, FAIL_TARGET, "cannot set vcpu %" PRIu32
		    " of '%s': it is already constructed; destroy the domain "
		    "and build it anew", vcpu, t->name);
	if (abi->guest != GUEST_PV)
		return xen_hvm_set_context(t, vcpu, bytes, abi->context.size,
		    f);
	memset(&context, 0, sizeof(context));
	memcpy(&context, bytes, abi->context.size);
	if (xc_vcpu_setcontext(t->host.xc, t->domid, vcpu, &context) < 0)
		return explain(t, vcpu, abi, bytes, errno, f);
	if (vcpu == 0)
		t->vcpu0 = XEN_VCPU_SET;
	return 0;
}

/* ---- running ---- */

static bool
is_paused(const struct xen_target *t)
{
	return (t->known.flags & XEN_DOMINF_paused) != 0;
}

int
xen_pause(struct target *base, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL || xen_ask(t, f) < 0)
		return -1;
	if (is_paused(t))
		return fail(f, FAIL_TARGET, "'%s' is paused already", t->name);
	if (xc_domain_pause(t->host.xc, t->domid) < 0)
		return xen_refused(errno, NULL, f, "cannot pause '%s'",
		    t->name);
	t->known.flags |= XEN_DOMINF_paused;
	return 0;
}

/* Xen counts pauses.  A domain that was paused several times is unpaused as
 * often, until it runs. */
int
xen_unpause(struct target *base, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	bool constructed;

	if (t == NULL || xen_constructed(t, &constructed, f) < 0)
		return -1;
	if (!constructed)
		return fail(f, FAIL_TARGET, "cannot unpause '%s': nothing is "
		    "built in it, vcpu 0 has no registers; run the pipeline "
		    "to xb-launch", t->name);
	if (!is_paused(t))
		return fail(f, FAIL_TARGET, "'%s' is not paused", t->name);
	for (int i = 0; is_paused(t) && i < PAUSES_MAX; i++) {
		if (xc_domain_unpause(t->host.xc, t->domid) < 0)
			return xen_refused(errno, NULL, f, "cannot unpause "
			    "'%s'", t->name);
		if (xen_ask(t, f) < 0)
			return -1;
	}
	if (is_paused(t))
		return fail(f, FAIL_TARGET, "'%s' is still paused after %d "
		    "unpauses: another program keeps it so", t->name,
		    PAUSES_MAX);
	return 0;
}
