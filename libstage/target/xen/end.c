#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "target/xen/xen.h"

enum { LIST_BATCH = 256 };

int
xen_destroy(struct target *base, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL)
		return -1;
	/* A page that is mapped somewhere keeps a domain from ending. */
	xen_unmap_all(t);
	if (xc_domain_destroy(t->host.xc, t->domid) < 0)
		return xen_refused(errno, NULL, f, "cannot destroy '%s'",
		    t->name);
	return xen_record_remove(&t->lock, f);
}

/* ---- list ---- */

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

	xen_lock_release(&t->lock);
	for (;;) {
		if (xen_dominfo(&t->host, t->domid, &d, f) < 0)
			return -1;
		*reason = xen_ended(&d);
		if (*reason != NULL)
			return 0;
		nanosleep(&nap, NULL);
	}
}
