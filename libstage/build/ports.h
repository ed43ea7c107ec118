/*
 * ports: the event channels that a domain finds ready in start_info.
 */
#ifndef XB_PORTS_H
#define XB_PORTS_H

#include <stdint.h>

#include "plan/plan.h"
#include "target/target.h"

/* What a ring's port should be. */
struct port_wish {
	const char *ring;		/* "xenstore", for messages */
	uint32_t backend;		/* domain at the other end */
	struct maybe given;		/* by the user; 0: the ring gets none */
	uint64_t earlier;		/* of an earlier run, or 0 */
	uint64_t taken;			/* the other ring's, or 0 */
	uint64_t limit;			/* the largest that the field of
					 * start_info holds */
	uint64_t newest;		/* port allocated just now, the highest
					 * that the domain has; 0: none */
};

/*
 * The port to use: the given one; the earlier one if it still waits for that
 * backend; else the first port of the domain that waits for it, which a run
 * whose plan is lost has allocated; else a new one.  FAIL_TARGET for a given
 * port that the domain does not have or that is another backend's, FAIL_INPUT
 * for one over the limit or that the other ring has.  A new one is newest.
 */
int	port_take(struct target *, struct port_wish *, uint64_t *port,
	    struct fail *) must_check;

#endif
