#include "console/console.h"
#include "target/target.h"

#ifndef WITH_XEN

int
console_open(struct console **c, const char *target, struct fail *f)
{
	*c = NULL;
	return fail(f, FAIL_TARGET, "cannot open the console of '%s': this "
	    "build has no Xen", target);
}

#else

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "target/runfile.h"
#include "target/xen/xen.h"
#include "xenstore/link.h"
#include "xenstore/nodes.h"

/* After xenctrl.h, which defines __XEN_TOOLS__: without it Xen's headers give
 * the declarations for old guests. */
#include <xen/io/console.h>
#include <xenevtchn.h>

#define SAME(field) (offsetof(struct consolering, field) == \
	offsetof(struct xencons_interface, field))
_Static_assert(SAME(in) && SAME(out) && SAME(in_cons) && SAME(in_prod) &&
    SAME(out_cons) && SAME(out_prod), "the ring is Xen's");

struct line {
	struct console base;
	struct xen_host host;
	char name[16];			/* xen:DOMID */
	uint32_t domid;
	uint8_t uuid[UUID_BYTES];
	xenevtchn_handle *events;
	evtchn_port_t port;		/* this side's, bound to the guest's */
};

/* Where the ring is; port 0: not known. */
struct place {
	uint64_t mfn, port;
};

static struct line *
line_of(struct console *c)
{
	return (struct line *)c;
}

/* ---- finding the ring ---- */

enum { RECORD_TRIES = 500 };		/* 10 s */

static int
number_at(struct xenstore *x, const struct line *l, const char *node,
    uint64_t *n, struct fail *f)
{
	char path[NODE_PATH], *text;

	node_below(l->domid, node, path);
	if (x->ops->read(x, path, &text, f) < 0)
		return -1;
	*n = text == NULL ? 0 : strtoull(text, NULL, 10);
	free(text);
	return 0;
}

static int
look_in(struct xenstore *x, const struct line *l, struct place *p,
    struct fail *f)
{
	bool ours;

	if (node_ours(x, l->domid, l->uuid, &ours, f) < 0)
		return -1;
	if (!ours)
		return 0;
	if (number_at(x, l, "console/ring-ref", &p->mfn, f) < 0)
		return -1;
	return number_at(x, l, "console/port", &p->port, f);
}

static int
look_in_store(const struct line *l, struct place *p, struct fail *f)
{
	struct xenstore *x;
	int rc = xenstore_open_any(&x, f);

	if (x != NULL)
		rc = look_in(x, l, p, f);
	xenstore_close(x);
	return rc;
}

/* Waits for the record's lock: a stage that has it, as in a pipe that is not
 * finished, will soon release it. */
static int
wait_for_record(const struct line *l, struct runfile_lock *lock, struct fail *f)
{
	static const struct timespec nap = { .tv_nsec = 20000000 };

	for (unsigned i = 1;; i++) {
		struct fail why = { 0 };

		if (runfile_lock_take(lock, RUNFILE_FOLDER, l->domid,
		    TARGET_READ, &why) == 0)
			return 0;
		if (why.kind != FAIL_FULL || i == RECORD_TRIES)
			return fail_pass(f, &why);
		nanosleep(&nap, NULL);
	}
}

static int
look_in_record(const struct line *l, struct place *p, struct fail *f)
{
	struct runfile r = { 0 };
	struct runfile_lock lock;
	int rc;

	if (wait_for_record(l, &lock, f) < 0)
		return -1;
	rc = runfile_read(&lock, l->uuid, &r, f);
	runfile_lock_release(&lock);
	*p = (struct place){ r.console_mfn, r.console_port };
	return rc;
}

/*
 * Reads where the ring is from xenstore or, where that has none, from the
 * domain's record (target/runfile.h), in which xb-startinfo keeps it.
 */
static int
find(const struct line *l, struct place *p, struct fail *f)
{
	*p = (struct place){ 0 };
	if (look_in_store(l, p, f) < 0 ||
	    (p->port == 0 && look_in_record(l, p, f) < 0))
		return -1;
	if (p->port == 0 || p->port > UINT32_MAX)
		return fail(f, FAIL_TARGET, "'%s' has no console: neither "
		    "xenstore nor " RUNFILE_FOLDER " knows of one; "
		    "xb-startinfo makes it", l->name);
	return 0;
}

/* ---- opening ---- */

static int
check_port(struct line *l, const struct place *p, struct fail *f)
{
	xc_evtchn_status_t s = { .dom = (domid_t)l->domid,
	    .port = (uint32_t)p->port };

	if (xc_evtchn_status(l->host.xc, &s) < 0)
		return xen_refused(errno, NULL, f, "cannot ask for port %"
		    PRIu64 " of '%s'", p->port, l->name);
	if (s.status == EVTCHNSTAT_interdomain)
		return fail(f, FAIL_TARGET, "the console of '%s' is read by a "
		    "program of domain %u already, as by xenconsoled: 'xl "
		    "console %" PRIu32 "' shows it", l->name,
		    s.u.interdomain.dom, l->domid);
	if (s.status != EVTCHNSTAT_unbound)
		return fail(f, FAIL_TARGET, "'%s' has no event channel at port "
		    "%" PRIu64 " for its console", l->name, p->port);
	return 0;
}

static int
bind_port(struct line *l, const struct place *p, struct fail *f)
{
	xenevtchn_port_or_error_t r;

	l->events = xenevtchn_open(&l->host.logger, 0);
	if (l->events == NULL)
		return fail_errno(f, errno == EACCES ? FAIL_PERM : FAIL_SYSTEM,
		    errno, "cannot open the event channels of this host");
	r = xenevtchn_bind_interdomain(l->events, l->domid,
	    (evtchn_port_t)p->port);
	if (r < 0)
		return xen_refused(errno, errno == ENOSPC ? NULL : "it is for "
		    "another domain, or was bound just now", f, "cannot bind "
		    "port %" PRIu64 " of '%s'", p->port, l->name);
	l->port = (evtchn_port_t)r;
	l->base.fd = xenevtchn_fd(l->events);
	return 0;
}

static int
map_ring(struct line *l, const struct place *p, struct fail *f)
{
	xen_pfn_t frame = p->mfn;
	void *page = xenforeignmemory_map(xc_interface_fmem_handle(l->host.xc),
	    l->domid, PROT_READ | PROT_WRITE, 1, &frame, NULL);

	if (page == NULL)
		return xen_refused(errno, NULL, f, "cannot map the console of "
		    "'%s', mfn 0x%" PRIx64, l->name, p->mfn);
	l->base.ring = page;
	return 0;
}

static int
open_line(struct line *l, struct fail *f)
{
	xc_domaininfo_t d;
	struct place p;

	if (xen_host_open(&l->host, l->name, f) < 0 ||
	    xen_dominfo(&l->host, l->domid, &d, f) < 0)
		return -1;
	memcpy(l->uuid, d.handle, UUID_BYTES);
	if (find(l, &p, f) < 0 || check_port(l, &p, f) < 0 ||
	    map_ring(l, &p, f) < 0)
		return -1;
	return bind_port(l, &p, f);
}

/* ---- the operations ---- */

static int
line_heard(struct console *c, struct fail *f)
{
	struct line *l = line_of(c);
	xenevtchn_port_or_error_t port;

	l->host.f = f;
	port = xenevtchn_pending(l->events);
	if (port >= 0 && xenevtchn_unmask(l->events, (evtchn_port_t)port) == 0)
		return 0;
	return fail_errno(f, FAIL_SYSTEM, errno, "cannot take the event of "
	    "'%s'", l->name);
}

static int
line_tell(struct console *c, struct fail *f)
{
	struct line *l = line_of(c);

	l->host.f = f;
	if (xenevtchn_notify(l->events, l->port) == 0)
		return 0;
	return fail_errno(f, FAIL_SYSTEM, errno, "cannot notify '%s'",
	    l->name);
}

static int
line_ended(struct console *c, const char **reason, struct fail *f)
{
	struct line *l = line_of(c);
	xc_domaininfo_t d;
	int r;

	l->host.f = f;
	r = xc_domain_getinfolist(l->host.xc, l->domid, 1, &d);
	if (r < 0)
		return xen_refused(errno, NULL, f, "cannot ask for the state "
		    "of '%s'", l->name);
	if (r == 0 || d.domain != l->domid ||
	    memcmp(d.handle, l->uuid, UUID_BYTES) != 0 ||
	    ((d.flags & XEN_DOMINF_dying) && !(d.flags & XEN_DOMINF_shutdown)))
		*reason = "destroyed";
	else
		*reason = xen_ended(&d);
	return 0;
}

static void
line_close(struct console *c)
{
	struct line *l = line_of(c);

	l->host.f = NULL;
	if (l->base.ring != NULL)
		xenforeignmemory_unmap(xc_interface_fmem_handle(l->host.xc),
		    l->base.ring, 1);
	if (l->events != NULL)
		xenevtchn_close(l->events);
	xen_host_close(&l->host);
	free(l);
}

static const struct console_ops line_ops = {
	.heard = line_heard,
	.tell = line_tell,
	.ended = line_ended,
	.close = line_close,
};

int
console_open(struct console **c, const char *target, struct fail *f)
{
	const char *where;
	const struct target_ops *kind = target_kind(target, &where, f);
	struct line *l;

	*c = NULL;
	if (kind == NULL)
		return -1;
	if (!kind->runs)
		return fail(f, FAIL_TARGET, "'%s' is a domain %s: it never "
		    "runs, and its console is silent", target, kind->words);
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return fail_memory(f, sizeof(*l));
	l->base.ops = &line_ops;
	l->base.fd = -1;
	if (!kind->domid(where, &l->domid)) {
		free(l);
		return fail(f, FAIL_USAGE, "'%s' names no domain: its number "
		    "stands after the colon", target);
	}
	snprintf(l->name, sizeof(l->name), "%s", target);
	if (open_line(l, f) < 0) {
		line_close(&l->base);
		return -1;
	}
	*c = &l->base;
	return 0;
}

#endif
