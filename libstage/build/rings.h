/*
 * rings: the backends, event channels and grants of the xenstore and console
 * rings, which guests of all types have.
 */
#ifndef XB_RINGS_H
#define XB_RINGS_H

#include "build/startinfo.h"

/* The largest ports that the guest can be told; store 0: it has no xenstore. */
struct ring_limits {
	uint64_t store, console;
};

/*
 * Sets domids and ports in *s by options, the plan's earlier startinfo, and
 * what is allocated.  Comes after all that the plan can be refused for: a port,
 * once allocated, cannot be given back.  What fails later is run again and
 * finds it (ports.h).
 */
int	rings_take(struct target *, const struct plan *,
	    const struct startinfo_options *, struct ring_limits,
	    struct plan_startinfo *s, struct fail *) must_check;

/* Grants the plan's rings to their backends. */
int	rings_grant(struct target *, const struct plan *, struct fail *)
	    must_check;

#endif
