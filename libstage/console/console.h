/*
 * console: what a guest says and hears, carried between its ring and a
 * terminal or a pipe.
 */
#ifndef XB_CONSOLE_H
#define XB_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "console/ring.h"
#include "base/fail.h"

/* The guest's side.  Opened by console_open(); made up in tests. */
struct console {
	const struct console_ops *ops;
	struct consolering *ring;
	int fd;				/* readable when the guest rang */
};

struct console_ops {
	/* The fd is readable: takes what made it so. */
	int (*heard)(struct console *, struct fail *) must_check;
	/* Rings at the guest. */
	int (*tell)(struct console *, struct fail *) must_check;
	/* How the domain ended ("poweroff" ...), NULL where it has not. */
	int (*ended)(struct console *, const char **reason, struct fail *)
	    must_check;
	void (*close)(struct console *);
};

/*
 * The console of a domain of Xen.  FAIL_TARGET for a domain in files, one that
 * is not there, that has no console, or whose console another program reads.
 */
int	console_open(struct console **, const char *target, struct fail *)
	    must_check;

/* NULL is allowed. */
void	console_close(struct console *);

/* The user's side. */
struct console_ends {
	int in, out;			/* file descriptors */
	int stop;			/* readable: end; -1: none */
	bool escapes;			/* the escape byte of in ends it */
};

enum { CONSOLE_ESCAPE = 0x1d };		/* ^] */

/*
 * Carries bytes until the domain ends (*reason says how, and its last words are
 * out), the escape byte comes, or stop is readable (*reason is NULL).  The end
 * of in is not the end.  FAIL_IO for in and out.
 */
int	console_run(struct console *, const struct console_ends *,
	    const char **reason, struct fail *) must_check;

#endif
