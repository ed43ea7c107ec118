/*
 * terminal: a terminal that hands on every byte as it is typed, and the signals
 * that end a program, as something to wait for.
 */
#ifndef XB_TERMINAL_H
#define XB_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "base/fail.h"

struct terminal {
	int fd;				/* -1: no terminal was changed */
	struct termios was;
	sigset_t mask;			/* of before */
	int signals;			/* readable once a signal has come */
};

/*
 * Blocks SIGINT, SIGTERM and SIGHUP and, where fd is a terminal, makes it raw.
 * To be closed even after a failure.
 */
int	terminal_open(struct terminal *, int fd, struct fail *) must_check;

/*
 * Puts all back.  A signal that came meanwhile then does what it does.
 */
void	terminal_close(struct terminal *);

#endif
