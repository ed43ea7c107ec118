/*
 * signals: those that would end us wait until there is something to clean up.
 *
 * From hold to let go SIGHUP, SIGINT and SIGTERM end nothing: they can be
 * waited for and asked for.  One that is ignored stays ignored.
 */
#ifndef XB_SIGNALS_H
#define XB_SIGNALS_H

#include <signal.h>

#include "base/fail.h"

struct signals {
	sigset_t was;			/* what was blocked before */
	int fd;				/* readable once one has come; -1 */
};

int	signals_hold(struct signals *, struct fail *) must_check;
/* Takes the first that has come: its number; 0: none. */
int	signals_caught(const struct signals *);
/* Those that nobody took do what they do. */
void	signals_let_go(struct signals *);

#endif
