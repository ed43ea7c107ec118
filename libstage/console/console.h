/*
 * console: carries bytes between a guest's console ring and a terminal or a
 * pipe.
 */
#ifndef XB_CONSOLE_H
#define XB_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "console/filter.h"
#include "console/ring.h"
#include "base/fail.h"

/* The guest's side.  console_open() opens that of a domain; tests have their
 * own. */
struct console {
	const struct console_ops *ops;
	struct consolering *ring;
	int fd;				/* readable when the guest has sent an
					 * event */
};

struct console_ops {
	/* Takes the pending event, after which fd is not readable any more. */
	int (*heard)(struct console *, struct fail *) must_check;
	/* Sends an event to the guest. */
	int (*tell)(struct console *, struct fail *) must_check;
	/* How the domain ended ("poweroff" ...), NULL where it has not. */
	int (*ended)(struct console *, const char **reason, struct fail *)
	    must_check;
	void (*close)(struct console *);
};

/*
 * Opens the console of a Xen domain.  FAIL_TARGET for a domain in files, one
 * that does not exist or has no console, or whose console another program
 * reads.
 */
int	console_open(struct console **, const char *target, struct fail *)
	    must_check;

/* NULL is allowed. */
void	console_close(struct console *);

/* The user's side. */
struct console_ends {
	int in, out;			/* file descriptors */
	int stop;			/* ends the work when it is readable;
					 * -1: none */
	uint64_t until;			/* the moment that ends the work
					 * (base/clock.h); 0: none */
	bool escapes;			/* CONSOLE_ESCAPE in the input ends the
					 * work */
	struct console_filter *filter;	/* of out; NULL: bytes as they are */
};

enum { CONSOLE_ESCAPE = 0x1d };		/* ^] */

/*
 * Carries bytes until the domain ends (*reason says how, and all its output is
 * written), or the escape byte comes, stop is readable or the moment until has
 * come (*reason is NULL).  It goes on after the end of in.  FAIL_IO for errors
 * of in and out.  A ring that claims more than it can hold is not read; that is
 * said once.
 */
int	console_run(struct console *, const struct console_ends *,
	    const char **reason, struct fail *) must_check;

/*
 * The same for this process's standard input and output.  A terminal at
 * standard input is raw meanwhile, and CONSOLE_ESCAPE typed there ends the
 * work; one at standard output gets what console_filter() lets pass or, with
 * raw, the guest's bytes as they are.
 */
int	console_talk(struct console *, bool raw, int stop, uint64_t until,
	    const char **reason, struct fail *) must_check;

#endif
