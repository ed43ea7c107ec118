/*
 * stop: has a signal come that is to end the program?
 *
 * A program that has to clean up blocks HUP, INT and TERM (run/signals.h), so
 * nothing interrupts its work.  Whatever goes over the bytes of a file or the
 * pages of a domain therefore asks stop_check() between pieces, of a few MiB at
 * most, and ends as after any other failure.  What cleans up must not ask: a
 * domain or a folder would be left behind.
 *
 * In a program that blocks no signals stop_check() costs nothing and fails
 * never; there a signal ends the program by itself.
 */
#ifndef XB_STOP_H
#define XB_STOP_H

#include <signal.h>

#include "base/fail.h"

/*
 * From now on stop_check() asks for these signals, which the caller has
 * blocked.  *before gets those of before, to be set again in the end.
 */
void	stop_set(const sigset_t *signals, sigset_t *before);

/* FAIL_SYSTEM where one of the signals has come.  It stays pending. */
int	stop_check(struct fail *) must_check;

#endif
