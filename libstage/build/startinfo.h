/*
 * startinfo: what the guest finds when it starts: start_info, the xenstore and
 * console rings with their event channels and grants, its hypercall page and
 * shared_info.
 */
#ifndef XB_STARTINFO_H
#define XB_STARTINFO_H

#include "plan/plan.h"
#include "target/target.h"

/* Largest id of a domain: DOMID_FIRST_RESERVED - 1, public/xen.h. */
enum { DOMID_MAX = 0x7fef };

/* One ring's other end.  What is not set is kept from an earlier run, or 0. */
struct startinfo_ring {
	struct maybe domid;		/* of the backend */
	struct maybe port;		/* 0: none; not set: allocated */
};

struct startinfo_options {
	bool no_xenstore;		/* store.port is 0 */
	struct startinfo_ring store, console;
};

/*
 * Writes what the guest finds when it starts (see above) and adds
 * plan->startinfo.  The plan has passed plan_check(), and nothing of that is
 * checked again.  options is a struct startinfo_options.  Run again, it keeps
 * the ports of plan->startinfo that nobody has bound, and leaves shared_info
 * alone once the domain is constructed.  FAIL_TARGET for ports that the domain
 * does not have.
 */
int	startinfo_build(struct target *, const struct target_info *,
	    struct plan *, void *options, struct fail *) must_check;

/* The most bytes that the plan's command line can have, now that its guest is
 * laid out. */
size_t	startinfo_line_room(const struct plan *);

/* Writes the plan's command line into the start_info of a domain that was built
 * and has not run.  What the plan says of start_info follows. */
int	startinfo_tell(struct target *, struct plan *, struct fail *)
	    must_check;

/* The same of a PV guest. */
int	startinfo_tell_pv(struct target *, struct plan *, struct fail *)
	    must_check;

#endif
