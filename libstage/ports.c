#include <inttypes.h>

#include "ports.h"

static int
check_given(struct target *t, const struct port_wish *w, struct fail *f)
{
	enum port_status status;
	uint32_t remote;

	if (w->given.value > w->limit)
		return fail(f, FAIL_INPUT, "%s port %" PRIu64 " does not fit "
		    "start_info: the limit is %" PRIu64, w->ring,
		    w->given.value, w->limit);
	if (t->ops->port_status(t, (uint32_t)w->given.value, &status, &remote,
	    f) < 0)
		return -1;
	if (status != PORT_UNBOUND && status != PORT_BOUND)
		return fail(f, FAIL_TARGET, "the domain has no event channel "
		    "port %" PRIu64 " for the %s ring; leave the option out "
		    "and one is allocated", w->given.value, w->ring);
	if (status == PORT_UNBOUND && remote != w->backend)
		return fail(f, FAIL_TARGET, "event channel port %" PRIu64
		    " waits for domain %" PRIu32 ", not for the %s backend, "
		    "domain %" PRIu32, w->given.value, remote, w->ring,
		    w->backend);
	return 0;
}

/* A port that somebody has bound cannot be told to begin anew. */
static int
still_waits(struct target *t, const struct port_wish *w, bool *waits,
    struct fail *f)
{
	enum port_status status;
	uint32_t remote;

	*waits = false;
	if (w->earlier == 0 || w->earlier > UINT32_MAX)
		return 0;
	if (t->ops->port_status(t, (uint32_t)w->earlier, &status, &remote,
	    f) < 0)
		return -1;
	*waits = status == PORT_UNBOUND && remote == w->backend;
	return 0;
}

int
port_take(struct target *t, const struct port_wish *w, uint64_t *port,
    struct fail *f)
{
	uint32_t fresh;
	bool waits;

	*port = w->given.value;
	if (w->given.set)
		return *port == 0 ? 0 : check_given(t, w, f);
	*port = w->earlier;
	if (still_waits(t, w, &waits, f) < 0)
		return -1;
	if (waits)
		return 0;
	if (t->ops->alloc_port(t, w->backend, &fresh, f) < 0)
		return -1;
	*port = fresh;
	if (fresh > w->limit)
		return fail(f, FAIL_TARGET, "the domain's new event channel "
		    "port %" PRIu32 " does not fit start_info: the limit is %"
		    PRIu64, fresh, w->limit);
	return 0;
}
