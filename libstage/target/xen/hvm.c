#include <errno.h>
#include <inttypes.h>

#include "target/request.h"
#include "target/xen/xen.h"

/* Included after xen.h, whose xenctrl.h defines __XEN_TOOLS__: without it this
 * header leaves out what is for toolstacks alone. */
#include <xen/hvm/params.h>

/* HVM_PARAM_TIMER_MODE: a guest that was not run misses its ticks, and the time
 * does not wait for it; libxl's default. */
enum { NO_DELAY_FOR_MISSED_TICKS = 1 };

static const struct {
	uint32_t bit;
	const char *words;
} needed[] = {
	{ XEN_SYSCTL_PHYSCAP_hvm, "it runs no HVM domains, for the "
	    "processor has no VT-x or AMD-V, or its firmware keeps it off, or "
	    "Xen was built without" },
	{ XEN_SYSCTL_PHYSCAP_hap, "it has no nested paging (HAP), for the "
	    "processor lacks EPT or NPT, or Xen was started with hap=0" },
};

int
xen_hvm_offered(struct xen_host *h, struct fail *f)
{
	xc_physinfo_t p = { .capabilities = 0 };

	if (xc_physinfo(h->xc, &p) < 0)
		return xen_refused(errno, NULL, f, "cannot ask the hypervisor "
		    "what it offers");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!(p.capabilities & needed[i].bit))
			return fail(f, FAIL_TARGET, "cannot make a PVH domain "
			    "on this hypervisor: %s; a PV domain does without: "
			    "--type pv", needed[i].words);
	return 0;
}

/* The tables of nested paging come out of the pool, so it is filled before the
 * first page is given, and Xen takes it from the host at once. */
static int
fill_pool(struct xen_host *h, const struct target_request *r, uint32_t domid,
    struct fail *f)
{
	uint64_t pages = target_pool_pages(r), spare, claimed;
	int e;

	if (xc_set_paging_mempool_size(h->xc, domid, pages * PAGE_BYTES) == 0)
		return 0;
	e = errno;
	if (e != ENOMEM)
		return xen_refused(e, NULL, f, "cannot give a new domain %"
		    PRIu64 " KiB for its paging tables", kib_of(pages));
	if (xen_free_pages(h, &spare, &claimed, f) < 0)
		return -1;
	return fail(f, FAIL_FULL, "the host is too full for the paging tables "
	    "of a new domain: %" PRIu64 " KiB needed beside its memory, %"
	    PRIu64 " KiB free now, %" PRIu64 " KiB more claimed by others",
	    kib_of(pages), kib_of(spare), kib_of(claimed));
}

int
xen_hvm_prepare(struct xen_host *h, const struct target_request *r,
    uint32_t domid, struct fail *f)
{
	if (xc_hvm_param_set(h->xc, domid, HVM_PARAM_TIMER_MODE,
	    NO_DELAY_FOR_MISSED_TICKS) < 0)
		return xen_refused(errno, NULL, f, "cannot set the timer mode "
		    "of a new domain");
	if (fill_pool(h, r, domid, f) < 0)
		return -1;
	return xen_policy_set(h, domid, f);
}

/* ---- parameters ---- */

int
xen_hvm_set_param(struct target *base, uint32_t param, uint64_t value,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL)
		return -1;
	if (xc_hvm_param_set(t->host.xc, t->domid, param, value) == 0)
		return 0;
	return xen_refused(errno, "it is set once, or is none of a builder's",
	    f, "cannot set HVM parameter %" PRIu32 " of '%s' to 0x%" PRIx64,
	    param, t->name, value);
}

int
xen_hvm_get_param(struct target *base, uint32_t param, uint64_t *value,
    struct fail *f)
{
	const struct xen_target *t = xen_target(base, f);

	if (xc_hvm_param_get(t->host.xc, t->domid, param, value) == 0)
		return 0;
	return xen_refused(errno, NULL, f, "cannot read HVM parameter %" PRIu32
	    " of '%s'", param, t->name);
}
