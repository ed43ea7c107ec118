/*
 * console/talk: a console on this process's standard input and output.
 */
#ifndef XB_CONSOLE_TALK_H
#define XB_CONSOLE_TALK_H

#include "console/console.h"

struct console_talk {
	bool raw;			/* a terminal gets the guest's bytes as
					 * they are */
	int stop;			/* see struct console_ends */
	uint64_t until;
};

/*
 * Carries bytes as console_run() does.  A terminal at standard input is raw
 * meanwhile, and CONSOLE_ESCAPE typed there ends the work; one at standard
 * output gets what console_filter() lets pass.
 */
int	console_talk(struct console *, const struct console_talk *,
	    const char **reason, struct fail *) must_check;

#endif
