#include <inttypes.h>

#include "build/ports.h"

static int
check_given(struct target *t, const struct port_wish *w, struct fail *f)
{
	enum port_status status;
	uint32_t remote;

	if (w->given.value > w->limit)
		return fail(f, FAIL_INPUT, "%s port %" PRIu64 " does not fit "
		    "start_info: the limit is %" PRIu64, w->ring,
		    w->given.value, w->limit);
	if (w->given.value == w->taken)
		return fail(f, FAIL_INPUT, "event channel port %" PRIu64
		    " cannot serve both rings; give the %s ring another",
		    w->given.value, w->ring);
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

/*
 * Does the port still wait for the backend?  One that a backend has bound in an
 * earlier run has a state that the guest would not expect.
 */
static int
waits(struct target *t, const struct port_wish *w, uint64_t port,
    enum port_status *status, bool *yes, struct fail *f)
{
	uint32_t remote;

	if (t->ops->port_status(t, (uint32_t)port, status, &remote, f) < 0)
		return -1;
	*yes = *status == PORT_UNBOUND && remote == w->backend &&
	    port != w->taken;
	return 0;
}

/*
 * The earlier port, or else the first that waits: ports are handed out from 1
 * without a gap, and nobody but builders has seen this domain.  0: none.
 */
static int
find_waiting(struct target *t, const struct port_wish *w, uint64_t *port,
    struct fail *f)
{
	enum port_status status = PORT_FREE;
	bool yes = false;

	*port = w->earlier;
	if (*port != 0 && *port <= w->limit &&
	    waits(t, w, *port, &status, &yes, f) < 0)
		return -1;
	if (yes)
		return 0;
	for (*port = 1; *port <= w->limit && (w->newest == 0 ||
	    *port < w->newest); ++*port) {
		if (*port == w->taken)
			continue;
		if (waits(t, w, *port, &status, &yes, f) < 0)
			return -1;
		if (yes)
			return 0;
		if (status == PORT_FREE)
			break;
	}
	*port = 0;
	return 0;
}

static int
take_new(struct target *t, struct port_wish *w, uint64_t *port,
    struct fail *f)
{
	uint32_t fresh;

	if (t->ops->alloc_port(t, w->backend, &fresh, f) < 0)
		return -1;
	*port = w->newest = fresh;
	if (fresh > w->limit)
		return fail(f, FAIL_TARGET, "the domain's new event channel "
		    "port %" PRIu32 " does not fit start_info: the limit is %"
		    PRIu64, fresh, w->limit);
	return 0;
}

int
port_take(struct target *t, struct port_wish *w, uint64_t *port,
    struct fail *f)
{
	*port = w->given.value;
	if (w->given.set)
		return *port == 0 ? 0 : check_given(t, w, f);
	if (find_waiting(t, w, port, f) < 0)
		return -1;
	return *port != 0 ? 0 : take_new(t, w, port, f);
}
