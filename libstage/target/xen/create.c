#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "target/request.h"
#include "target/xen/xen.h"

enum {
	PORTS_MAX = 1023,		/* libxl's default for a domain */
	/* DOMID_ANY of Xen's public xen.h, which older headers lack.  An older
	 * hypervisor takes every reserved number for it, a newer one no 0. */
	ANY_DOMID = 0x7ff5
};

/* ---- in this process ---- */

struct xen_target *
xen_new(bool writable, struct fail *f)
{
	struct xen_target *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return fail_memory_null(f, sizeof(*t));
	t->lock = (struct runfile_lock)RUNFILE_LOCK_INIT;
	t->writable = writable;
	return t;
}

void
xen_close(struct target *base)
{
	struct xen_target *t = xen_target(base, NULL);

	xen_unmap_all(t);
	free(t->m2p);
	xen_host_close(&t->host);
	runfile_lock_release(&t->lock);
	free(t);
}

/* ---- a new domain ---- */

static int
check_request(const struct target_request *r, struct fail *f)
{
	const uint64_t limit = UINT64_C(1) << 32;	/* pages: 16 TiB */
	const char *name = r->name != NULL ? r->name : "";

	if (r->where[0] != '\0')
		return fail(f, FAIL_USAGE, "the hypervisor numbers its domains "
		    "itself: write -t xen, not -t 'xen:%s'", r->where);
	if (r->durable)
		return fail(f, FAIL_USAGE, "--durable is for a domain in "
		    "files: one of Xen ends with the machine");
	for (size_t i = 0; name[i] != '\0'; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return fail(f, FAIL_TARGET, "cannot make a domain: its "
			    "name has a control character at offset %zu", i);
	return target_check_request(r, "a domain", limit, f);
}

/* The request's UUID, or a new one where none was asked for. */
static int
take_uuid(const struct target_request *r, uint8_t uuid[UUID_BYTES],
    struct fail *f)
{
	if (r->has_uuid) {
		memcpy(uuid, r->uuid, UUID_BYTES);
		return 0;
	}
	return uuid_random(uuid, f);
}

/* Without this limit XENMEM_memory_map fails in a PV guest, and Linux makes up
 * a memory map. */
static int
limit_map(struct xen_host *h, const struct target_request *r, uint32_t domid,
    struct fail *f)
{
	if (xc_domain_set_memmap_limit(h->xc, domid, kib_of(r->max_pages)) < 0)
		return xen_refused(errno, NULL, f, "cannot limit the memory "
		    "map of a new domain");
	return 0;
}

/* Does this hypervisor have grant tables of version 1 alone, as with its option
 * gnttab=max-ver:1?  One from before Xen 4.16 does not say. */
static bool
has_old_grants(struct xen_host *h)
{
#ifdef XEN_SYSCTL_PHYSCAP_gnttab_v2
	xc_physinfo_t p = { .capabilities = 0 };

	return xc_physinfo(h->xc, &p) == 0 &&
	    (p.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v1) != 0 &&
	    (p.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2) == 0;
#else
	(void)h;
	return false;
#endif
}

/*
 * What a guest's type means for its new domain.  An HVM container of PVH has a
 * local APIC from the hypervisor and no other device (Xen's public
 * arch-x86/xen.h).
 */
static const struct creation {
	uint32_t flags, emulation;	/* XEN_DOMCTL_CDF_*, XEN_X86_EMU_* */
	/* Is it offered here?  NULL: Xen says so itself. */
	int (*offered)(struct xen_host *, struct fail *);
	/* The limits of its kind. */
	int (*prepare)(struct xen_host *, const struct target_request *,
	    uint32_t domid, struct fail *);
} creations[GUEST_TYPES] = {
	[GUEST_PV] = { 0, 0, NULL, limit_map },
	[GUEST_PVH] = { XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
	    XEN_X86_EMU_LAPIC, xen_hvm_offered, xen_hvm_prepare },
};

/* Nearly every hypervisor has version 2, so it is asked which it has only where
 * it refuses that one.  Returns 0 or an errno. */
static int
ask_for_domain(struct xen_host *h, struct xen_domctl_createdomain *how,
    uint32_t *domid)
{
	int e;

	for (uint32_t version = 2;; version--) {
		how->grant_opts = XEN_DOMCTL_GRANT_version(version);
		*domid = ANY_DOMID;
		if (xc_domain_create(h->xc, domid, how) == 0)
			return 0;
		e = errno;
		if (e != EINVAL || version == 1 || !has_old_grants(h))
			return e;
	}
}

static int
create_domain(struct xen_host *h, const struct target_request *r,
    const uint8_t uuid[UUID_BYTES], uint32_t *domid, struct fail *f)
{
	const struct creation *c = &creations[r->type];
	struct xen_domctl_createdomain how = {
		.flags = c->flags,
		.arch.emulation_flags = c->emulation,
		.max_vcpus = r->vcpus,
		.max_evtchn_port = PORTS_MAX,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.cpupool_id = r->cpupool,
	};
	int e;

	if (c->offered != NULL && c->offered(h, f) < 0)
		return -1;
	memcpy(how.handle, uuid, UUID_BYTES);
	e = ask_for_domain(h, &how, domid);
	if (e == 0)
		return 0;
	if (e == ESRCH)
		return fail(f, FAIL_TARGET, "cannot make a domain: there is "
		    "no cpupool %" PRIu32, r->cpupool);
	return xen_refused(e, e == EINVAL ? "more than the hypervisor gives a "
	    "domain, or its CPU pool has no CPUs" : NULL, f, "cannot make a "
	    "domain of %" PRIu32 " vcpus", r->vcpus);
}

/* The limits that libxl sets between creating a domain and building it. */
static int
set_limits(struct xen_host *h, const struct target_request *r, uint32_t domid,
    struct fail *f)
{
	if (xc_domain_max_vcpus(h->xc, domid, r->vcpus) < 0)
		return xen_refused(errno, NULL, f, "cannot make the %" PRIu32
		    " vcpus of a new domain", r->vcpus);
	if (xc_domain_setmaxmem(h->xc, domid,
	    kib_of(r->pages) + XEN_SLACK_KIB) < 0)
		return xen_refused(errno, NULL, f, "cannot limit the memory of "
		    "a new domain");
	return creations[r->type].prepare(h, r, domid, f);
}

/* ---- records that are left of others ---- */

/* The domains there were when the hypervisor was asked, a bit each. */
struct living {
	struct xen_host *host;
	bool asked;
	uint8_t bits[XEN_DOMID_MAX / 8 + 1];
};

static int
mark(void *living, const xc_domaininfo_t *d, struct fail *f)
{
	struct living *l = living;

	(void)f;
	l->bits[d->domain / 8] |= (uint8_t)(1 << d->domain % 8);
	return 0;
}

/* All are asked for in one call.  One that was not among them may have been
 * made since, so it is asked for again.  If the hypervisor does not answer, the
 * domain counts as alive, so that its record stays. */
static bool
is_alive(void *living, uint32_t domid)
{
	struct fail dropped = { .kind = FAIL_NONE };
	struct living *l = living;
	xc_domaininfo_t d;
	int r;

	if (!l->asked && xen_each(l->host, mark, l, &dropped) < 0)
		return true;
	l->asked = true;
	if (l->bits[domid / 8] >> domid % 8 & 1)
		return true;
	r = xc_domain_getinfolist(l->host->xc, domid, 1, &d);
	return r < 0 || (r == 1 && d.domain == domid);
}

/* ---- a domain's record ---- */

static int
keep_record(struct xen_target *t, const struct target_request *r,
    const uint8_t uuid[UUID_BYTES], struct fail *f)
{
	t->record = (struct runfile){ .pages = r->pages,
		.max_pages = r->max_pages };
	t->has_record = true;
	memcpy(t->record.uuid, uuid, UUID_BYTES);
	if (r->name != NULL)
		snprintf(t->record.name, sizeof(t->record.name), "%s", r->name);
	if (runfile_lock_take(&t->lock, RUNFILE_FOLDER, t->domid, TARGET_WRITE,
	    f) < 0)
		return -1;
	return runfile_write(&t->lock, &t->record, f);
}

/* Gives a domain that Xen has made its limits and its record and, with open,
 * makes t an open target of it. */
static int
finish(struct xen_target *t, const struct target_request *r,
    const uint8_t uuid[UUID_BYTES], char **name, bool open, struct fail *f)
{
	snprintf(t->name, sizeof(t->name), "xen:%" PRIu32, t->domid);
	t->host.name = t->name;
	t->made = true;
	*name = strdup(t->name);
	if (*name == NULL)
		return fail_memory(f, sizeof(t->name));
	if (set_limits(&t->host, r, t->domid, f) < 0 ||
	    keep_record(t, r, uuid, f) < 0)
		return -1;
	return open ? xen_begin(t, f) : 0;
}

static int
make(struct xen_target *t, const struct target_request *r, char **name,
    bool open, struct fail *f)
{
	struct fail dropped = { .kind = FAIL_NONE };
	uint8_t uuid[UUID_BYTES];

	if (take_uuid(r, uuid, f) < 0 ||
	    create_domain(&t->host, r, uuid, &t->domid, f) < 0)
		return -1;
	if (finish(t, r, uuid, name, open, f) == 0)
		return 0;
	if (xc_domain_destroy(t->host.xc, t->domid) < 0)
		fail_warn(f, "domain '%s' is left behind: destroy it", t->name);
	if (t->lock.file >= 0 && runfile_remove(&t->lock, &dropped) < 0)
		fail_note(f, "%s", dropped.message);
	free(*name);
	*name = NULL;
	return -1;
}

int
xen_create(const struct target_request *r, char **name, struct target **open,
    struct fail *f)
{
	struct living living = { .asked = false };
	struct xen_target *t;
	int rc;

	if (check_request(r, f) < 0)
		return -1;
	t = xen_new(true, f);
	if (t == NULL)
		return -1;
	rc = xen_host_open(&t->host, "xen", f);
	if (rc == 0) {
		living.host = &t->host;
		runfile_sweep(RUNFILE_FOLDER, is_alive, &living);
		rc = make(t, r, name, open != NULL, f);
	}
	if (rc == 0 && open != NULL)
		*open = &t->base;
	else
		xen_close(&t->base);
	return rc;
}

/* ---- the end ---- */

int
xen_destroy(struct target *base, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL)
		return -1;
	/* A domain does not end while one of its pages is mapped. */
	xen_unmap_all(t);
	if (xc_domain_destroy(t->host.xc, t->domid) < 0)
		return xen_refused(errno, NULL, f, "cannot destroy '%s'",
		    t->name);
	return runfile_remove(&t->lock, f);
}

/* ---- list ---- */

struct listing {
	int (*each)(void *, const char *, struct fail *);
	void *arg;
};

static int
list_one(void *listing, const xc_domaininfo_t *d, struct fail *f)
{
	const struct listing *l = listing;
	char name[16];

	snprintf(name, sizeof(name), "xen:%u", d->domain);
	return l->each(l->arg, name, f);
}

int
xen_list(int (*each)(void *, const char *, struct fail *), void *arg,
    struct fail *f)
{
	struct listing l = { each, arg };
	struct xen_host h;
	int rc;

	if (xen_devices() == NULL)
		return 0;
	rc = xen_host_open(&h, "xen", f);
	if (rc == 0)
		rc = xen_each(&h, list_one, &l, f);
	xen_host_close(&h);
	return rc;
}

/* ---- wait ---- */

int
xen_wait(struct target *base, uint64_t until, const char **reason,
    struct fail *f)
{
	static const struct timespec nap = { .tv_nsec = 50000000 };
	struct xen_target *t = xen_target(base, f);
	xc_domaininfo_t d;

	runfile_lock_release(&t->lock);
	for (;;) {
		if (xen_dominfo(&t->host, t->domid, &d, f) < 0)
			return -1;
		*reason = xen_ended(&d);
		if (*reason != NULL || clock_past(until))
			return 0;
		nanosleep(&nap, NULL);
	}
}
