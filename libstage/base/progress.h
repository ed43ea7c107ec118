/*
 * progress: a line on a terminal that says how far long work has come.
 *
 * Whatever goes over the bytes of a file or the pages of a domain counts its
 * pieces with progress_step(), which asks stop_check() as well.  Work that
 * takes longer than two seconds is then shown in one line of standard error,
 * with its rate, until it ends.  The line is erased before any message is
 * printed, by whichever of the program's processes prints it, and at the end.
 */
#ifndef XB_PROGRESS_H
#define XB_PROGRESS_H

#include <stdint.h>

#include "base/fail.h"

struct progress {
	const char *verb, *what;	/* "reading", "vmlinuz" */
	uint64_t total, done;		/* bytes; total 0: not known */
	uint64_t began, next;		/* moments (base/clock.h): of the
					 * begin, and of the next line */
};

/*
 * Lines go to the terminal fd, under the program's name.  The frame calls it
 * before anything is forked, and only where messages go to a terminal and -q
 * was not given; without it nothing is ever shown.  fd -1: nothing is shown
 * from now on.
 */
void	progress_on(int fd, const char *program);

/* The texts must live as long as steps are counted; then progress_erase(). */
void	progress_begin(struct progress *, const char *verb, const char *what,
	    uint64_t total);
/* n more bytes are done.  Fails as stop_check() does, and only then. */
int	progress_step(struct progress *, uint64_t n, struct fail *) must_check;

/* Removes the line, if there is one: what follows begins a line of its own. */
void	progress_erase(void);

#endif
