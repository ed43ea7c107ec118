#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "target/xen/xen.h"

/* Replaces the numbers of at most XEN_TYPES_MAX frames by their types. */
static int
types_of(struct xen_target *t, uint64_t *frames, size_t n, struct fail *f)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getpageframeinfo3 };
	xen_pfn_t *types = xen_buffer(&t->host, n * sizeof(*types), f);
	int rc = 0;

	if (types == NULL)
		return -1;
	memcpy(types, frames, n * sizeof(*types));
	op.u.getpageframeinfo3.num = n;
	op.u.getpageframeinfo3.array.p = types;
	if (xen_domctl(t, &op) < 0)
		rc = xen_refused(errno, NULL, f, "cannot ask for the types of "
		    "%zu frames from mfn 0x%" PRIx64 " on of '%s'", n,
		    frames[0], t->name);
	else
		memcpy(frames, types, n * sizeof(*types));
	xen_buffer_free(&t->host, types);
	return rc;
}

static unsigned
level_of(uint64_t type)
{
	return (unsigned)((type & XEN_DOMCTL_PFINFO_LTABTYPE_MASK) >>
	    XEN_DOMCTL_PFINFO_LTAB_SHIFT);
}

static bool
is_pinned(uint64_t type)
{
	return (type & XEN_DOMCTL_PFINFO_LTAB_MASK) !=
	    XEN_DOMCTL_PFINFO_XTAB && (type & XEN_DOMCTL_PFINFO_LPINTAB);
}

/* Types that are no page table's and not NOTAB stand for frames that the domain
 * does not have. */
static bool
is_foreign(uint64_t type)
{
	uint64_t kind = type & XEN_DOMCTL_PFINFO_LTAB_MASK;

	return kind == XEN_DOMCTL_PFINFO_XTAB ||
	    kind == XEN_DOMCTL_PFINFO_XALLOC ||
	    kind == XEN_DOMCTL_PFINFO_BROKEN;
}

static int
foreign(struct xen_target *t, uint64_t mfn, const char *doing, struct fail *f)
{
	return fail(f, FAIL_TARGET, "cannot %s mfn 0x%" PRIx64 " of '%s': a "
	    "domain may only use frames that it owns, and it does not own "
	    "this one", doing, mfn, t->name);
}

static int
check_some(struct xen_target *t, const uint64_t *mfns, size_t n,
    const char *doing, struct fail *f)
{
	uint64_t types[XEN_TYPES_MAX];

	memcpy(types, mfns, n * sizeof(*types));
	if (types_of(t, types, n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (mfns[i] == t->shared_info)
			continue;
		if (is_foreign(types[i]))
			return foreign(t, mfns[i], doing, f);
		if (level_of(types[i]) != 0)
			return fail(f, FAIL_TARGET, "cannot %s mfn 0x%" PRIx64
			    " of '%s': a frame in use as a page table is not "
			    "written to, and this one is an L%u table; unpin "
			    "its top table first", doing, mfns[i], t->name,
			    level_of(types[i]));
	}
	return 0;
}

int
xen_check_ordinary(struct xen_target *t, const uint64_t *mfns, size_t n,
    const char *doing, struct fail *f)
{
	for (size_t at = 0; at < n; at += XEN_TYPES_MAX)
		if (check_some(t, mfns + at, n - at < XEN_TYPES_MAX ? n - at :
		    XEN_TYPES_MAX, doing, f) < 0)
			return -1;
	return 0;
}

int
xen_frame_type(struct target *base, uint64_t mfn, unsigned *level,
    bool *pinned, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);
	uint64_t type = mfn;

	*level = 0;
	*pinned = false;
	if (mfn == t->shared_info || t->fresh)
		return 0;
	if (types_of(t, &type, 1, f) < 0)
		return -1;
	if (is_foreign(type))
		return foreign(t, mfn, "tell the type of", f);
	*level = level_of(type);
	*pinned = is_pinned(type);
	return 0;
}

/* ---- pinning ---- */

static int
one_op(struct xen_target *t, unsigned cmd, uint64_t mfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfn };

	return xc_mmuext_op(t->host.xc, &op, 1, t->domid);
}

/* Says why the frame could not be pinned, as far as its type tells. */
static int
explain_pin(struct xen_target *t, unsigned levels, uint64_t mfn, int e,
    struct fail *f)
{
	uint64_t type = mfn;

	if (types_of(t, &type, 1, f) < 0)
		return -1;
	if (is_foreign(type))
		return foreign(t, mfn, "pin", f);
	if (is_pinned(type))
		return fail(f, FAIL_TARGET, "cannot pin mfn 0x%" PRIx64
		    " of '%s': a table is pinned once, and this one is pinned "
		    "already; unpin it first", mfn, t->name);
	return xen_refused(e, "the hypervisor wants every entry of every level "
	    "to name a frame of the domain, tables mapped nowhere writable, "
	    "its own slots empty; the same plan on a file target names the "
	    "entry",
	    f, "cannot pin the L%u table in mfn 0x%" PRIx64 " of '%s'", levels,
	    mfn, t->name);
}

int
xen_pin(struct target *base, uint64_t mfn, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	const struct abi *abi;
	unsigned level;
	bool pinned;

	if (t == NULL || xen_abi(t, &abi, f) < 0)
		return -1;
	if (one_op(t, MMUEXT_PIN_L1_TABLE + abi->levels - 1u, mfn) < 0)
		return explain_pin(t, abi->levels, mfn, errno, f);
	t->fresh = false;
	/* The call succeeds for tables of another width, too, without pinning
	 * what was asked for. */
	if (xen_frame_type(base, mfn, &level, &pinned, f) < 0)
		return -1;
	if (level == abi->levels && pinned)
		return 0;
	return fail(f, FAIL_TARGET, "cannot pin mfn 0x%" PRIx64 " of '%s': the "
	    "hypervisor took it and did nothing, it is %sL%u of %u", mfn,
	    t->name, pinned ? "a pinned " : "", level, abi->levels);
}

int
xen_unpin(struct target *base, uint64_t mfn, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL)
		return -1;
	if (one_op(t, MMUEXT_UNPIN_TABLE, mfn) == 0)
		return 0;
	return xen_refused(errno, "it is not pinned", f, "cannot unpin the "
	    "table in mfn 0x%" PRIx64 " of '%s'", mfn, t->name);
}

int
xen_hypercall_page(struct target *base, uint64_t mfn, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct xen_domctl op = { .cmd = XEN_DOMCTL_hypercall_init,
	    .u.hypercall_init.gmfn = mfn };
	int e;

	if (t == NULL)
		return -1;
	if (xen_domctl(t, &op) == 0)
		return 0;
	e = errno;
	if (xen_check_ordinary(t, &mfn, 1, "make a hypercall page of", f) < 0)
		return -1;
	return xen_refused(e, NULL, f, "cannot make a hypercall page of mfn "
	    "0x%" PRIx64 " of '%s'", mfn, t->name);
}
