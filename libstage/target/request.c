#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "target/request.h"

static int
check_name(const char *name, const char *what, struct fail *f)
{
	size_t n = strlen(name), bad;

	if (n > TARGET_NAME_MAX)
		return fail(f, FAIL_TARGET, "cannot make %s: its name has %zu "
		    "bytes, the limit is %d", what, n, TARGET_NAME_MAX);
	if (!utf8_valid(name, n, &bad))
		return fail(f, FAIL_USAGE, "cannot make %s: its name '%s' is "
		    "not UTF-8, at byte %zu", what, name, bad);
	return 0;
}

/*
 * By type of guest: the most vcpus of a domain, and the pages of its paging
 * pool, in which the hypervisor keeps its tables of the guest's memory: so many
 * for each vcpu, and for each MiB that the domain may grow to.
 */
static const struct {
	uint32_t most_vcpus;		/* 0: the target says */
	uint32_t pool_per_vcpu, pool_per_mib;
} types[GUEST_TYPES] = {
	[GUEST_PV] = { 0, 0, 0 },
	/* HVM_MAX_VCPUS of Xen's hvm_info_table.h; a pool as libxl makes it
	 * where the processor does the paging. */
	[GUEST_PVH] = { 128, 256, 1 },
};

uint64_t
target_pool_pages(const struct target_request *r)
{
	const uint64_t mib = (UINT64_C(1) << 20) / PAGE_BYTES;

	return (uint64_t)types[r->type].pool_per_vcpu * r->vcpus +
	    types[r->type].pool_per_mib * ((r->max_pages + mib - 1) / mib);
}

int
target_check_request(const struct target_request *r, const char *what,
    uint64_t most_pages, struct fail *f)
{
	if (r->pages == 0 || r->vcpus == 0)
		return fail_bug(f, "a domain without memory or vcpus");
	if (r->max_pages < r->pages)
		return fail(f, FAIL_USAGE, "cannot make %s: its maximum of %"
		    PRIu64 " KiB is below its memory of %" PRIu64 " KiB", what,
		    kib_of(r->max_pages), kib_of(r->pages));
	if (r->max_pages > most_pages)
		return fail(f, FAIL_TARGET, "cannot make %s of %" PRIu64
		    " KiB: the limit is %" PRIu64 " KiB", what,
		    kib_of(r->max_pages), kib_of(most_pages));
	if (types[r->type].most_vcpus != 0 &&
	    r->vcpus > types[r->type].most_vcpus)
		return fail(f, FAIL_TARGET, "cannot make %s with %" PRIu32
		    " vcpus: a domain of type %s has at most %" PRIu32, what,
		    r->vcpus, guest_name(r->type),
		    types[r->type].most_vcpus);
	return r->name == NULL ? 0 : check_name(r->name, what, f);
}

int
target_check_unbuilt(const char *name, bool has_build, struct fail *f)
{
	return !has_build ? 0 : fail(f, FAIL_TARGET, "'%s' belongs to a build "
	    "already; destroy the domain, or give the plan that its build "
	    "wrote", name);
}

int
target_check_pages(const char *name, uint64_t has, uint64_t count,
    uint64_t limit, struct fail *f)
{
	if (has != 0)
		return fail(f, FAIL_TARGET, "'%s' has %" PRIu64 " pages "
		    "already; destroy the domain, or give the plan that its "
		    "build wrote", name, has);
	if (count > limit)
		return fail(f, FAIL_TARGET, "'%s' is too small: %" PRIu64
		    " KiB needed, %" PRIu64 " KiB given, %" PRIu64
		    " KiB missing; create it with -m %" PRIu64 "K", name,
		    kib_of(count), kib_of(limit), kib_of(count - limit),
		    kib_of(count));
	return 0;
}
