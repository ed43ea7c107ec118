/*
 * signals: holds back signals that would end the program, so that it can clean
 * up before it ends.
 *
 * Between signals_hold() and signals_let_go() SIGHUP, SIGINT and SIGTERM are
 * blocked; the program can poll for them and take them, and the loops of the
 * library end once one has come (base/stop.h).  A signal that was ignored stays
 * ignored.
 */
#ifndef XB_SIGNALS_H
#define XB_SIGNALS_H

#include "base/stop.h"

struct signals {
	struct stop stop;
	int fd;				/* readable once a signal has come; -1:
					 * none are held */
};

int	signals_hold(struct signals *, struct fail *) must_check;
/* Takes the first signal that has come and returns its number; 0: none. */
int	signals_caught(const struct signals *);
/* Signals that came and were not taken are delivered now. */
void	signals_let_go(struct signals *);

/* Waits until fd can be read: 1; or 0 where a signal came, and *signal is its
 * number. */
int	signals_wait(struct signals *, int fd, int *signal, struct fail *)
	    must_check;

#endif
