/*
 * stop: has a signal come that is to end the program?
 *
 * A program that has to clean up blocks the signals that would end it, so
 * nothing interrupts its work.  Whatever goes over the bytes of a file or the
 * pages of a domain therefore asks stop_check() between pieces, of a few MiB at
 * most, and ends as after any other failure.  What cleans up must not ask: a
 * domain or a folder would be left behind.
 *
 * It looks for a signal every 50 ms at most: nobody notices the delay, and to
 * look after each piece of a small domain would be a system call for each.
 *
 * In a program that blocks no signals stop_check() costs nothing and fails
 * never; there a signal ends the program by itself.
 */
#ifndef XB_STOP_H
#define XB_STOP_H

#include <signal.h>
#include <stdbool.h>

#include "base/fail.h"

struct stop {
	sigset_t held;			/* blocked by stop_hold(), and what
					 * stop_check() looks for now */
	sigset_t was, asked;		/* what was blocked, and what was looked
					 * for, before stop_hold() */
};

/*
 * Blocks SIGHUP, SIGINT and SIGTERM, and with quit SIGQUIT too; stop_check()
 * asks for them from now on.  A signal that was ignored stays ignored.
 */
int	stop_hold(struct stop *, bool quit, struct fail *) must_check;
/* Signals that came and were not taken are delivered now. */
void	stop_let_go(const struct stop *);

/* FAIL_SYSTEM where one of the signals has come.  It stays pending. */
int	stop_check(struct fail *) must_check;

/* True where no signal was looked for in the last 50 ms; for code that then
 * looks itself, and does not call stop_check(). */
bool	stop_due(void);

/* Waits until the descriptor can be read, or fails as stop_check() does. */
int	stop_wait(int fd, struct fail *) must_check;

#endif
