/*
 * terminal: makes a terminal raw, so that it hands on every byte as it is
 * typed.
 */
#ifndef XB_TERMINAL_H
#define XB_TERMINAL_H

#include <termios.h>

#include "base/fail.h"

struct terminal {
	int fd;				/* -1: no terminal was changed */
	struct termios was;
};

/* Makes fd raw if it is a terminal. */
int	terminal_open(struct terminal *, int fd, struct fail *) must_check;
/* Puts the terminal back; after a failure too. */
void	terminal_close(struct terminal *);

#endif
