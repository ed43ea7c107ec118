/*
 * ports: the event channels that a domain finds ready in start_info.
 */
#ifndef XB_PORTS_H
#define XB_PORTS_H

#include <stdint.h>

#include "plan/plan.h"
#include "target/target.h"

struct port_wish {
	const char *ring;		/* "xenstore", for messages */
	uint32_t backend;		/* domain at the other end */
	struct maybe given;		/* by the user; 0: none at all */
	uint64_t earlier;		/* of an earlier run, or 0 */
	uint64_t taken;			/* the other ring's, or 0 */
	uint64_t limit;			/* largest that its field holds */
};

/*
 * The port to use: the given one; the earlier one where it still waits for
 * that backend; the first other one of the domain that waits for it (of a run
 * whose plan is gone); else a new one.  FAIL_TARGET for a given port that the
 * domain does not have or that is another backend's, FAIL_INPUT for one over
 * the limit or that the other ring has.
 */
int	port_take(struct target *, const struct port_wish *, uint64_t *port,
	    struct fail *) must_check;

#endif
