/*
 * runner: runs a guest to its end: builds its domain, shows its console from
 * the first byte, waits, destroys the domain.
 *
 * The domain is built paused and let run when its console is open.  It is
 * introduced so that xenconsoled leaves its console alone, or bytes could go
 * there.
 */
#ifndef XB_RUNNER_H
#define XB_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "run/after.h"

struct runner {
	const char *name;		/* of the program, for messages */
	const char *of;			/* file of a kernel, folder of a
					 * record */
	/* Target, memory, output, keep and options; the list has room for one
	 * option more.  With keep, a domain that did not end with poweroff is
	 * left. */
	struct build_request ask;
	struct engine_option *options;
	uint64_t timeout;		/* milliseconds from when the guest
					 * begins; 0: none */
	bool rebuilds;			/* a guest that ends with reboot is
					 * built again */
	bool raw;			/* see struct console_talk */
	struct build_result result;
};

/*
 * Runs the guest.  0: it ended with poweroff, or its console was left
 * (CONSOLE_ESCAPE) and it goes on; or the result has the status of a build that
 * failed, or a signal.  How else it ended is the failure's kind, as of
 * target_ended(), or FAIL_LATE.  But for a domain that goes on or is kept, none
 * is left.
 */
int	runner_run(struct runner *, struct fail *) must_check;

#endif
