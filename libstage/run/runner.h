/*
 * runner: runs a guest to its end: builds its domain, shows its console from
 * the first byte, waits, destroys the domain.
 *
 * The domain is built paused and let run when its console is open.  Its node
 * console/type keeps xenconsoled from reading the console, or the first bytes
 * could go there.
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
	/* Target, memory, output, keep and options.  With keep, a domain that
	 * did not end with poweroff is left. */
	struct build_request ask;
	uint64_t timeout;		/* milliseconds from when the guest
					 * begins; 0: none */
	bool rebuilds;			/* a guest that ends with reboot is
					 * built again */
	bool raw;			/* see console_talk() */
	/* Where it is written how a guest of a record ended; NULL: nowhere. */
	const char *result_to;
	struct build_result result;
};

/*
 * Runs the guest.  0: it ended with poweroff, or its console was left
 * (CONSOLE_ESCAPE) and it goes on; or the result has the status of a build that
 * failed, or a signal.  Any other end is the failure's kind, as target_ended()
 * has it, or FAIL_LATE.  A domain is left only if it goes on or is kept.
 */
int	runner_run(struct runner *, struct fail *) must_check;

#endif
