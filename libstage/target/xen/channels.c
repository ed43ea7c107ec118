#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "target/xen/xen.h"

/* ---- event channels ---- */

int
xen_alloc_port(struct target *base, uint32_t remote, uint32_t *port,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	int r;

	if (t == NULL)
		return -1;
	if (remote > XEN_DOMID_MAX)
		return fail(f, FAIL_TARGET, "'%s' cannot share with domain %"
		    PRIu32 ": the highest domain is %d", t->name, remote,
		    XEN_DOMID_MAX);
	r = xc_evtchn_alloc_unbound(t->host.xc, t->domid, remote);
	if (r >= 0) {
		*port = (uint32_t)r;
		if (t->ports < *port)
			t->ports = *port;
		return 0;
	}
	return xen_refused(errno, errno == ENOSPC ? "all its ports are in use" :
	    NULL, f, "cannot make an event channel of '%s' for domain %" PRIu32,
	    t->name, remote);
}

int
xen_port_status(struct target *base, uint32_t port, enum port_status *status,
    uint32_t *remote, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);
	xc_evtchn_status_t s = { .dom = (domid_t)t->domid, .port = port };

	*status = PORT_FREE;
	*remote = 0;
	if (port == 0)
		return fail(f, FAIL_TARGET, "'%s' has no port 0: ports begin "
		    "with 1", t->name);
	if (t->made && port > t->ports)
		return 0;
	if (xc_evtchn_status(t->host.xc, &s) < 0) {
		/* EINVAL: a port that was never allocated. */
		if (errno == EINVAL)
			return 0;
		return xen_refused(errno, NULL, f, "cannot ask for port %"
		    PRIu32 " of '%s'", port, t->name);
	}
	switch (s.status) {
	case EVTCHNSTAT_closed:
		break;
	case EVTCHNSTAT_unbound:
		*status = PORT_UNBOUND;
		*remote = s.u.unbound.dom;
		break;
	case EVTCHNSTAT_interdomain:
		*status = PORT_BOUND;
		*remote = s.u.interdomain.dom;
		break;
	default:
		*status = PORT_OTHER;
	}
	return 0;
}

/* ---- grants ---- */

/* The first page of the grant table.  It is no frame of the domain, so it is
 * mapped as a resource, and stays mapped as long as frames may. */
enum { GRANTS = 4096 / sizeof(struct grant_entry_v1) };

static struct grant_entry_v1 *
grant_entry(struct xen_target *t, uint32_t index, struct fail *f)
{
	void *p = NULL;

	if (index >= GRANTS)
		return fail_null(f, FAIL_TARGET, "'%s' has no grant entry %"
		    PRIu32 ": its first page has entries 0 to %d", t->name,
		    index, (int)GRANTS - 1);
	if (t->grants == NULL) {
		t->grants = xenforeignmemory_map_resource(
		    xc_interface_fmem_handle(t->host.xc), (domid_t)t->domid,
		    XENMEM_resource_grant_table,
		    XENMEM_resource_grant_table_id_shared, 0, 1, &p, PROT_READ |
		    (t->writable ? PROT_WRITE : 0), 0);
		t->grant = p;
	}
	if (t->grants != NULL)
		return &t->grant[index];
	(void)xen_refused(errno, NULL, f, "cannot map the grant table of '%s'",
	    t->name);
	return NULL;
}

void
xen_grants_unmap(struct xen_target *t)
{
	if (t->grants != NULL)
		(void)xenforeignmemory_unmap_resource(
		    xc_interface_fmem_handle(t->host.xc), t->grants);
	t->grants = NULL;
	t->grant = NULL;
}

int
xen_seed_grant(struct target *base, uint32_t index, uint32_t domid,
    uint64_t mfn, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct grant_entry_v1 *e;

	if (t == NULL)
		return -1;
	if (domid > XEN_DOMID_MAX || (mfn > UINT32_MAX && mfn != INVALID_MFN))
		return fail(f, FAIL_TARGET, "cannot grant mfn 0x%" PRIx64
		    " of '%s' to domain %" PRIu32 ": an entry holds 32 bits "
		    "of frame, and the highest domain is %d", mfn, t->name,
		    domid, XEN_DOMID_MAX);
	/* A domain needs no grant to use its own pages. */
	if (domid == t->domid)
		return 0;
	e = grant_entry(t, index, f);
	if (e == NULL)
		return -1;
	__atomic_store_n(&e->flags, 0, __ATOMIC_RELEASE);
	e->domid = (domid_t)domid;
	e->frame = (uint32_t)mfn;
	/* The flags last: with them the entry becomes valid (Xen's public
	 * grant_table.h). */
	if (mfn != INVALID_MFN)
		__atomic_store_n(&e->flags, (uint16_t)GTF_permit_access,
		    __ATOMIC_RELEASE);
	return 0;
}

int
xen_get_grant(struct target *base, uint32_t index, bool *used,
    uint32_t *domid, uint64_t *mfn, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);
	const struct grant_entry_v1 *e = grant_entry(t, index, f);

	if (e == NULL)
		return -1;
	*used = (e->flags & GTF_type_mask) == GTF_permit_access;
	*domid = e->domid;
	*mfn = e->frame;
	return 0;
}

/* ---- the console ---- */

int
xen_keep_console(struct target *base, uint64_t mfn, uint32_t port,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL || xen_record(t, f) < 0)
		return -1;
	t->record.console_mfn = mfn;
	t->record.console_port = port;
	return runfile_write(&t->lock, &t->record, f);
}
