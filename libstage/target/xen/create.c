#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "target/request.h"
#include "target/xen/xen.h"

enum {
	PORTS_MAX = 1023,		/* libxl's default for a domain */
	GRANT_VERSION = 2
};

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

static int
create_domain(struct xen_host *h, const struct target_request *r,
    const uint8_t uuid[UUID_BYTES], uint32_t *domid, struct fail *f)
{
	struct xen_domctl_createdomain how = {
		.max_vcpus = r->vcpus,
		.max_evtchn_port = PORTS_MAX,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(GRANT_VERSION),
		.cpupool_id = r->cpupool,
	};
	int e;

	memcpy(how.handle, uuid, UUID_BYTES);
	*domid = 0;
	if (xc_domain_create(h->xc, domid, &how) == 0)
		return 0;
	e = errno;
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
	/* Without this limit XENMEM_memory_map fails in the guest, and Linux
	 * makes up a memory map. */
	if (xc_domain_set_memmap_limit(h->xc, domid, kib_of(r->max_pages)) < 0)
		return xen_refused(errno, NULL, f, "cannot limit the memory "
		    "map of a new domain");
	return 0;
}

/* If the hypervisor does not answer, the domain counts as alive, so that its
 * record stays. */
static bool
is_alive(void *arg, uint32_t domid)
{
	struct xen_host *h = arg;
	xc_domaininfo_t d;
	int r = xc_domain_getinfolist(h->xc, domid, 1, &d);

	return r < 0 || (r == 1 && d.domain == domid);
}

static int
keep_record(const struct target_request *r, const uint8_t uuid[UUID_BYTES],
    uint32_t domid, struct fail *f)
{
	struct runfile record = { .pages = r->pages,
	    .max_pages = r->max_pages };
	struct runfile_lock lock;
	int rc;

	memcpy(record.uuid, uuid, UUID_BYTES);
	if (r->name != NULL)
		snprintf(record.name, sizeof(record.name), "%s", r->name);
	if (runfile_lock_take(&lock, RUNFILE_FOLDER, domid, true, f) < 0)
		return -1;
	rc = runfile_write(&lock, &record, f);
	runfile_lock_release(&lock);
	return rc;
}

static int
make(struct xen_host *h, const struct target_request *r, char **name,
    struct fail *f)
{
	uint8_t uuid[UUID_BYTES];
	char text[16];
	uint32_t domid;

	if (take_uuid(r, uuid, f) < 0 ||
	    create_domain(h, r, uuid, &domid, f) < 0)
		return -1;
	snprintf(text, sizeof(text), "xen:%" PRIu32, domid);
	*name = strdup(text);
	if (*name == NULL)
		fail_memory(f, sizeof(text));
	else if (set_limits(h, r, domid, f) == 0 &&
	    keep_record(r, uuid, domid, f) == 0)
		return 0;
	if (xc_domain_destroy(h->xc, domid) < 0)
		fail_warn(f, "domain '%s' is left behind: destroy it", text);
	free(*name);
	*name = NULL;
	return -1;
}

int
xen_create(const struct target_request *r, char **name, struct fail *f)
{
	struct xen_host h;
	int rc;

	if (check_request(r, f) < 0)
		return -1;
	rc = xen_host_open(&h, "xen", f);
	if (rc == 0) {
		runfile_sweep(RUNFILE_FOLDER, is_alive, &h);
		rc = make(&h, r, name, f);
	}
	xen_host_close(&h);
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

enum { LIST_BATCH = 256 };

static int
list_all(struct xen_host *h, int (*each)(void *, const char *, struct fail *),
    void *arg, struct fail *f)
{
	xc_domaininfo_t d[LIST_BATCH];
	uint32_t next = 0;
	char name[16];
	int n;

	do {
		n = xc_domain_getinfolist(h->xc, next, LIST_BATCH, d);
		if (n < 0)
			return xen_refused(errno, NULL, f, "cannot list Xen's "
			    "domains");
		for (int i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "xen:%u", d[i].domain);
			if (each(arg, name, f) < 0)
				return -1;
			next = d[i].domain + 1u;
		}
	} while (n == LIST_BATCH);
	return 0;
}

int
xen_list(int (*each)(void *, const char *, struct fail *), void *arg,
    struct fail *f)
{
	struct xen_host h;
	int rc;

	if (!xen_here())
		return 0;
	rc = xen_host_open(&h, "xen", f);
	if (rc == 0)
		rc = list_all(&h, each, arg, f);
	xen_host_close(&h);
	return rc;
}

/* ---- wait ---- */

int
xen_wait(struct target *base, const char **reason, struct fail *f)
{
	static const struct timespec nap = { .tv_nsec = 50000000 };
	struct xen_target *t = xen_target(base, f);
	xc_domaininfo_t d;

	runfile_lock_release(&t->lock);
	for (;;) {
		if (xen_dominfo(&t->host, t->domid, &d, f) < 0)
			return -1;
		*reason = xen_ended(&d);
		if (*reason != NULL)
			return 0;
		nanosleep(&nap, NULL);
	}
}
