#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/stop.h"

static const int enders[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT };

enum { ENDERS = sizeof(enders) / sizeof(enders[0]), ASK_MS = 200,
	DUE_MS = 50 };

/* Signals come to the process and not to a piece of work, so what is asked for
 * is kept with the process. */
static sigset_t asked;			/* all zero: none */
static uint64_t due;			/* moment; 0: now */

int
stop_hold(struct stop *s, bool quit, struct fail *f)
{
	struct sigaction now;

	sigemptyset(&s->held);
	/* An ignored signal, once blocked, would be taken like the others. */
	for (size_t i = 0; i < ENDERS; i++)
		if ((quit || enders[i] != SIGQUIT) &&
		    sigaction(enders[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			sigaddset(&s->held, enders[i]);
	if (sigprocmask(SIG_BLOCK, &s->held, &s->was) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot block "
		    "signals");
	s->asked = asked;
	asked = s->held;
	due = 0;
	return 0;
}

void
stop_let_go(const struct stop *s)
{
	asked = s->asked;
	(void)sigprocmask(SIG_SETMASK, &s->was, NULL);
}

int
stop_wait(int fd, struct fail *f)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };

	/* An error of poll(2) is one that read(2) will have, too. */
	while (!sigisemptyset(&asked) && poll(&input, 1, ASK_MS) == 0)
		if (stop_check(f) < 0)
			return -1;
	return 0;
}

/* The clock that ticks some hundred times a second is read without a system
 * call, under Xen too. */
bool
stop_due(void)
{
	struct timespec t;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	if (now < due)
		return false;
	due = now + DUE_MS;
	return true;
}

int
stop_check(struct fail *f)
{
	sigset_t pending;

	if (sigisemptyset(&asked) || !stop_due() || sigpending(&pending) < 0)
		return 0;
	for (size_t i = 0; i < ENDERS; i++)
		if (sigismember(&asked, enders[i]) == 1 &&
		    sigismember(&pending, enders[i]) == 1) {
			due = 0;
			return fail(f, FAIL_SYSTEM, "ended by a signal, %s",
			    strsignal(enders[i]));
		}
	return 0;
}
