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

#include "console/find.h"
#include "target/xen/xen.h"

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
	struct console_owner owner;
	xenevtchn_handle *events;
	evtchn_port_t port;		/* this side's, bound to the guest's */
};

static struct line *
line_of(struct console *c)
{
	return (struct line *)c;
}

/* ---- opening ---- */

static int
check_port(struct line *l, const struct console_place *p, struct fail *f)
{
	xc_evtchn_status_t s = { .dom = (domid_t)l->owner.domid,
	    .port = (uint32_t)p->port };

	if (xc_evtchn_status(l->host.xc, &s) < 0)
		return xen_refused(errno, NULL, f, "cannot ask for port %"
		    PRIu64 " of '%s'", p->port, l->owner.name);
	if (s.status == EVTCHNSTAT_interdomain)
		return fail(f, FAIL_TARGET, "the console of '%s' is read by a "
		    "program of domain %u already, as by xenconsoled: 'xl "
		    "console %" PRIu32 "' shows it", l->owner.name,
		    s.u.interdomain.dom, l->owner.domid);
	if (s.status != EVTCHNSTAT_unbound)
		return fail(f, FAIL_TARGET, "'%s' has no event channel at port "
		    "%" PRIu64 " for its console", l->owner.name, p->port);
	return 0;
}

static int
bind_port(struct line *l, const struct console_place *p, struct fail *f)
{
	xenevtchn_port_or_error_t r;

	l->events = xenevtchn_open(&l->host.logger, 0);
	if (l->events == NULL)
		return fail_errno(f, errno == EACCES ? FAIL_PERM : FAIL_SYSTEM,
		    errno, "cannot open the event channels of this host");
	r = xenevtchn_bind_interdomain(l->events, l->owner.domid,
	    (evtchn_port_t)p->port);
	if (r < 0)
		return xen_refused(errno, errno == ENOSPC ? NULL : "it is for "
		    "another domain, or was bound just now", f, "cannot bind "
		    "port %" PRIu64 " of '%s'", p->port, l->owner.name);
	l->port = (evtchn_port_t)r;
	l->base.fd = xenevtchn_fd(l->events);
	return 0;
}

static int
map_ring(struct line *l, const struct console_place *p, struct fail *f)
{
	xen_pfn_t frame = p->mfn;
	void *page = xenforeignmemory_map(xc_interface_fmem_handle(l->host.xc),
	    l->owner.domid, PROT_READ | PROT_WRITE, 1, &frame, NULL);

	if (page == NULL)
		return xen_refused(errno, NULL, f, "cannot map the console of "
		    "'%s', mfn 0x%" PRIx64, l->owner.name, p->mfn);
	l->base.ring = page;
	return 0;
}

static int
open_line(struct line *l, struct fail *f)
{
	xc_domaininfo_t d;
	struct console_place p;

	if (xen_host_open(&l->host, l->owner.name, f) < 0 ||
	    xen_dominfo(&l->host, l->owner.domid, &d, f) < 0)
		return -1;
	memcpy(l->owner.uuid, d.handle, UUID_BYTES);
	if (console_find(&l->owner, &p, f) < 0 || check_port(l, &p, f) < 0 ||
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
	    "'%s'", l->owner.name);
}

static int
line_tell(struct console *c, struct fail *f)
{
	struct line *l = line_of(c);

	l->host.f = f;
	if (xenevtchn_notify(l->events, l->port) == 0)
		return 0;
	return fail_errno(f, FAIL_SYSTEM, errno, "cannot notify '%s'",
	    l->owner.name);
}

static int
line_ended(struct console *c, const char **reason, struct fail *f)
{
	struct line *l = line_of(c);
	xc_domaininfo_t d;
	int r;

	l->host.f = f;
	r = xc_domain_getinfolist(l->host.xc, l->owner.domid, 1, &d);
	if (r < 0)
		return xen_refused(errno, NULL, f, "cannot ask for the state "
		    "of '%s'", l->owner.name);
	if (r == 0 || d.domain != l->owner.domid ||
	    memcmp(d.handle, l->owner.uuid, UUID_BYTES) != 0 ||
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
	if (!kind->domid(where, &l->owner.domid)) {
		free(l);
		return fail(f, FAIL_USAGE, "'%s' names no domain: its number "
		    "stands after the colon", target);
	}
	snprintf(l->owner.name, sizeof(l->owner.name), "%s", target);
	if (open_line(l, f) < 0) {
		line_close(&l->base);
		return -1;
	}
	*c = &l->base;
	return 0;
}

#endif
