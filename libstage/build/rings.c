#include "build/ports.h"
#include "build/rings.h"

static uint64_t
domid_of(const struct plan *p, struct maybe given, uint64_t earlier)
{
	if (given.set)
		return given.value;
	return plan_has(p, PLAN_STARTINFO) ? earlier : 0;
}

int
rings_take(struct target *t, const struct plan *p,
    const struct startinfo_options *o, struct ring_limits limits,
    struct plan_startinfo *s, struct fail *f)
{
	bool again = plan_has(p, PLAN_STARTINFO);
	struct port_wish wish;

	s->store_domid = domid_of(p, o->store.domid, p->startinfo.store_domid);
	s->console_domid = domid_of(p, o->console.domid,
	    p->startinfo.console_domid);
	wish = (struct port_wish){ .ring = "xenstore",
	    .backend = (uint32_t)s->store_domid, .given = o->store.port,
	    .earlier = again ? p->startinfo.store_port : 0,
	    .taken = o->console.port.value, .limit = limits.store };
	if (limits.store != 0 && port_take(t, &wish, &s->store_port, f) < 0)
		return -1;
	wish = (struct port_wish){ .ring = "console", .newest = wish.newest,
	    .backend = (uint32_t)s->console_domid, .given = o->console.port,
	    .earlier = again ? p->startinfo.console_port : 0,
	    .taken = s->store_port, .limit = limits.console };
	return port_take(t, &wish, &s->console_port, f);
}

/* Grants of public/grant_table.h that the backends find without being told. */
enum { GRANT_CONSOLE = 0, GRANT_XENSTORE = 1 };	/* GNTTAB_RESERVED_... */

int
rings_grant(struct target *t, const struct plan *p, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;

	if (s->console_mfn.set && t->ops->seed_grant(t, GRANT_CONSOLE,
	    (uint32_t)s->console_domid, s->console_mfn.value, f) < 0)
		return -1;
	/* Without a port nobody serves xenstore, and nobody gets the page. */
	return !s->store_mfn.set ? 0 : t->ops->seed_grant(t, GRANT_XENSTORE,
	    (uint32_t)s->store_domid, s->store_port == 0 ? INVALID_MFN :
	    s->store_mfn.value, f);
}
