/*
 * terminal: makes a terminal raw, so that it hands on every byte as it is
 * typed, and turns the signals that end a program into a descriptor to poll.
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
	sigset_t mask;			/* before terminal_open() */
	int signals;			/* readable once a signal has come */
};

/*
 * Blocks SIGINT, SIGTERM and SIGHUP and, if fd is a terminal, makes it raw.
 * The caller calls terminal_close() after a failure too.
 */
int	terminal_open(struct terminal *, int fd, struct fail *) must_check;

/*
 * Puts the terminal and the signals back.  A signal that came meanwhile is
 * delivered now.
 */
void	terminal_close(struct terminal *);

#endif
