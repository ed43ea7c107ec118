/*
 * Checks the event channels and grants through which backends serve the domain,
 * and the domain's state.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "verify/impl.h"

/* ---- event channels ---- */

static int
check_port(struct verify *v, const char *name, uint64_t port, uint64_t domid,
    struct fail *f)
{
	static const char *const words[] = {
		[PORT_FREE]	= "free",
		[PORT_UNBOUND]	= "unbound",
		[PORT_BOUND]	= "bound",
		[PORT_OTHER]	= "of another kind",
	};
	enum port_status status;
	uint32_t remote = 0;

	if (port == 0)
		return 0;
	if (v->target->ops->port_status(v->target, (uint32_t)port, &status,
	    &remote, f) < 0)
		return -1;
	if (status != PORT_UNBOUND && status != PORT_BOUND)
		verify_differs(v, "%s port %" PRIu64 " is %s, should be "
		    "unbound or bound for domain %" PRIu64, name, port,
		    words[status], domid);
	else if (remote != domid)
		verify_differs(v, "%s port %" PRIu64 " is for domain %" PRIu32
		    ", should be for domain %" PRIu64, name, port, remote,
		    domid);
	return 0;
}

int
verify_ports(struct verify *v, struct fail *f)
{
	const struct plan_startinfo *s = &v->plan->startinfo;

	if (s->store_port == 0 && s->console_port == 0)
		return verify_skip(v, "the domain was given none");
	if (check_port(v, "xenstore", s->store_port, s->store_domid, f) < 0 ||
	    check_port(v, "console", s->console_port, s->console_domid, f) < 0)
		return -1;
	if (s->store_port != 0 && s->store_port == s->console_port)
		verify_differs(v, "xenstore and console have the same port, %"
		    PRIu64, s->store_port);
	return verify_detail(v, "xenstore %" PRIu64 ", console %" PRIu64
	    " (0: none)", s->store_port, s->console_port);
}

/* ---- grants ---- */

enum { GRANT_CONSOLE, GRANT_XENSTORE };

/* The number of the plan's domain; UINT64_MAX: it has none. */
static uint64_t
own_domid(const struct verify *v)
{
	uint32_t domid;

	return target_domid(v->plan->memory.target.data, &domid) ? domid :
	    UINT64_MAX;
}

/* A backend in the domain itself needs no grant of the domain's pages. */
static int
check_grant(struct verify *v, uint32_t index, const char *name,
    enum segment_kind kind, bool granted, uint64_t domid, struct fail *f)
{
	const struct layout_segment *s = plan_segment(v->plan, kind);
	bool used, should = granted && s != NULL && domid != own_domid(v);
	uint32_t is_domid = 0;
	uint64_t is = 0, want = should ? verify_mfn(v, s->pfn) : 0;

	if (v->target->ops->get_grant(v->target, index, &used, &is_domid, &is,
	    f) < 0)
		return -1;
	if (used != should)
		verify_differs(v, "grant %" PRIu32 " (%s) is %s, should be %s",
		    index, name, used ? "in use" : "free",
		    should ? "in use" : "free");
	else if (used && (is_domid != domid || is != want))
		verify_differs(v, "grant %" PRIu32 " (%s): mfn 0x%" PRIx64
		    " for domain %" PRIu32 ", should be mfn 0x%" PRIx64
		    " for domain %" PRIu64, index, name, is, is_domid, want,
		    domid);
	return 0;
}

int
verify_grants(struct verify *v, struct fail *f)
{
	const struct plan_startinfo *s = &v->plan->startinfo;

	/* In the ABIs without a console, builders made no grant entries. */
	if (plan_segment(v->plan, SEG_CONSOLE) == NULL)
		return verify_skip(v, "this ABI has none");
	if (check_grant(v, GRANT_CONSOLE, "console", SEG_CONSOLE, true,
	    s->console_domid, f) < 0 ||
	    check_grant(v, GRANT_XENSTORE, "xenstore", SEG_XENSTORE,
	    s->store_port != 0, s->store_domid, f) < 0)
		return -1;
	if (s->store_port == 0)
		verify_detail(v, "console for domain %" PRIu64 ", no xenstore",
		    s->console_domid);
	else
		verify_detail(v, "console for domain %" PRIu64 ", xenstore "
		    "for domain %" PRIu64, s->console_domid, s->store_domid);
	return 0;
}

/* ---- state ---- */

static void
compare_state(struct verify *v, const char *what, bool is, bool should)
{
	if (is != should)
		verify_differs(v, "the domain %s %s, should%s", is ? "is" :
		    "is not", what, should ? "" : " not be");
}

/* Called last, with the state asked for once more: a domain that was started
 * while its memory was read has not been verified. */
int
verify_state(struct verify *v, struct fail *f)
{
	bool launched = plan_has(v->plan, PLAN_LAUNCHED) && v->plan->launched;
	struct target_info i;

	if (v->target->ops->info(v->target, &i, f) < 0)
		return -1;
	compare_state(v, "constructed", i.constructed,
	    plan_has(v->plan, PLAN_VCPUS));
	compare_state(v, "launched", i.has_run, launched);
	if (!launched)
		compare_state(v, "paused", i.paused, true);
	return verify_detail(v, "%s, %s", i.constructed ? "constructed" :
	    "not constructed yet", i.has_run ? "has run" : "paused");
}
