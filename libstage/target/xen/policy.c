#include <errno.h>
#include <string.h>

#include "target/xen/xen.h"

/*
 * The vcpus of a domain with a local APIC of Xen's have the ids 0, 2, 4 ...
 * (xen_hvm_apic_id), as if each were one of two threads of a core whose other
 * thread is off.  The policy that Xen gives a new domain has the host's
 * topology.  So the fields of CPUID that count processors are changed to agree
 * with the ids, which is what libxl gives a guest, too.  Leaves and fields are
 * those of the processors' manuals (CPUID of Intel and of AMD).
 */
enum {
	LEAF_FEATURES = 1, LEAF_CACHES = 4,
	LEAF_AMD_FEATURES = (int)0x80000001, LEAF_AMD_POWER = (int)0x80000007,
	LEAF_AMD_SIZES = (int)0x80000008
};

static uint32_t
field_get(uint32_t reg, unsigned low, unsigned bits)
{
	return reg >> low & ((1u << bits) - 1);
}

static void
field_set(uint32_t *reg, unsigned low, unsigned bits, uint32_t value)
{
	uint32_t mask = ((1u << bits) - 1) << low;

	*reg = (*reg & ~mask) | (value << low & mask);
}

/* Logical processors of a package, doubled as far as the field goes. */
static void
edit_features(xen_cpuid_leaf_t *l)
{
	uint32_t logical = field_get(l->b, 16, 8);

	field_set(&l->b, 16, 8, logical == 0 ? 2 : logical < 0x80 ?
	    2 * logical : logical);
	l->c &= ~(1u << 5);		/* VMX: no guest runs guests */
	l->d |= 1u << 28;		/* HTT: the field above is valid */
}

/* Of every cache there is: ids of cores in a package, less 1, and threads that
 * share it, less 1. */
static void
edit_cache(xen_cpuid_leaf_t *l)
{
	uint32_t cores = field_get(l->a, 26, 6);

	if (field_get(l->a, 0, 5) == 0)
		return;
	field_set(&l->a, 26, 6, cores << 1 | 1);
	field_set(&l->a, 14, 12, 0);
}

/* CmpLegacy says that the logical processors of leaf 1 are all cores: here
 * every other one is a thread.  SVM goes as VMX does: no guest runs guests. */
static void
edit_amd_features(xen_cpuid_leaf_t *l)
{
	l->c &= ~(1u << 1 | 1u << 2);	/* CmpLegacy, SVM */
}

static void
edit_amd_power(xen_cpuid_leaf_t *l)
{
	l->d &= ~(1u << 8);		/* TscInvariant: it may migrate */
}

/* Threads of a package, less 1, and the bits of their ids.  0 bits: the
 * processor does not say how many, and the guest is not told either.  Guests
 * are known that fail with more than 7. */
static void
edit_amd_sizes(xen_cpuid_leaf_t *l)
{
	uint32_t threads = field_get(l->c, 0, 8), bits = field_get(l->c, 12, 4);

	if (threads >= 0x7f)
		return;
	if (bits != 0 && bits < 7)
		field_set(&l->c, 12, 4, bits + 1);
	field_set(&l->c, 0, 8, threads << 1 | 1);
}

enum vendor { ANY, INTEL, AMD };

static const struct {
	uint32_t leaf;
	enum vendor vendor;
	void (*edit)(xen_cpuid_leaf_t *);
} edits[] = {
	{ LEAF_FEATURES, ANY, edit_features },
	{ LEAF_CACHES, INTEL, edit_cache },
	{ (uint32_t)LEAF_AMD_FEATURES, ANY, edit_amd_features },
	{ (uint32_t)LEAF_AMD_POWER, ANY, edit_amd_power },
	{ (uint32_t)LEAF_AMD_SIZES, AMD, edit_amd_sizes },
};

/* The vendor's name is in ebx of leaf 0, with 8 more bytes in edx and ecx. */
static enum vendor
vendor_of(const xen_cpuid_leaf_t *leaves, size_t n)
{
	static const struct { char name[5]; enum vendor vendor; } names[] = {
		{ "Genu", INTEL }, { "Auth", AMD }, { "Hygo", AMD }
	};

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; leaves[i].leaf == 0 && k < 3; k++)
			if (memcmp(&leaves[i].b, names[k].name, 4) == 0)
				return names[k].vendor;
	return ANY;
}

static void
edit_leaves(xen_cpuid_leaf_t *leaves, size_t n)
{
	enum vendor vendor = vendor_of(leaves, n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(edits) / sizeof(edits[0]); k++)
			if (edits[k].leaf == leaves[i].leaf &&
			    (edits[k].vendor == ANY ||
			    edits[k].vendor == vendor))
				edits[k].edit(&leaves[i]);
}

/* The leaves and the MSRs of a policy, in buffers for the hypervisor. */
struct policy {
	uint32_t n_leaves, n_msrs;
	xen_cpuid_leaf_t *leaves;
	xen_msr_entry_t *msrs;
};

static int
call(struct xen_host *h, uint32_t domid, struct policy *p, uint32_t cmd)
{
	struct xen_domctl op = { .cmd = cmd, .domain = (domid_t)domid };
	struct xen_domctl_cpu_policy *c = &op.u.cpu_policy;
	int r;

	c->nr_leaves = p->n_leaves;
	c->nr_msrs = p->n_msrs;
	c->leaves.p = p->leaves;
	c->msrs.p = p->msrs;
	r = xc_domctl(h->xc, &op);
	p->n_leaves = c->nr_leaves;
	p->n_msrs = c->nr_msrs;
	return r;
}

static int
change(struct xen_host *h, uint32_t domid, struct policy *p, struct fail *f)
{
	p->leaves = xen_buffer(h, p->n_leaves * sizeof(*p->leaves), f);
	p->msrs = p->leaves == NULL ? NULL :
	    xen_buffer(h, p->n_msrs * sizeof(*p->msrs), f);
	if (p->msrs == NULL)
		return -1;
	if (call(h, domid, p, XEN_DOMCTL_get_cpu_policy) < 0)
		return xen_refused(errno, NULL, f, "cannot read the CPU policy "
		    "of a new domain");
	edit_leaves(p->leaves, p->n_leaves);
	if (call(h, domid, p, XEN_DOMCTL_set_cpu_policy) < 0)
		return xen_refused(errno, NULL, f, "cannot set the CPU policy "
		    "of a new domain");
	return 0;
}

int
xen_policy_set(struct xen_host *h, uint32_t domid, struct fail *f)
{
	struct policy p = { .n_leaves = 0 };
	int rc;

	/* Without buffers the hypervisor tells how large they must be. */
	if (call(h, domid, &p, XEN_DOMCTL_get_cpu_policy) < 0)
		return xen_refused(errno, NULL, f, "cannot ask for the CPU "
		    "policy of a new domain");
	rc = change(h, domid, &p, f);
	xen_buffer_free(h, p.msrs);
	xen_buffer_free(h, p.leaves);
	return rc;
}
