#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/stop.h"

static const int enders[] = { SIGHUP, SIGINT, SIGTERM };

enum { ENDERS = sizeof(enders) / sizeof(enders[0]) };

/* Signals come to the process and not to a piece of work, so what is asked for
 * is kept with the process. */
static sigset_t awaited;		/* all zero: none */
static bool any;

void
stop_set(const sigset_t *signals, sigset_t *before)
{
	*before = awaited;
	awaited = *signals;
	any = false;
	for (size_t i = 0; i < ENDERS; i++)
		any |= sigismember(&awaited, enders[i]) == 1;
}

int
stop_check(struct fail *f)
{
	sigset_t pending;

	if (!any || sigpending(&pending) < 0)
		return 0;
	for (size_t i = 0; i < ENDERS; i++)
		if (sigismember(&awaited, enders[i]) == 1 &&
		    sigismember(&pending, enders[i]) == 1)
			return fail(f, FAIL_SYSTEM, "ended by a signal, %s",
			    strsignal(enders[i]));
	return 0;
}
