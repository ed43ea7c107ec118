/*
 * spawn: runs the other programs of the project.
 *
 * A program is found beside the one that runs, else along PATH, and finds its
 * own siblings the same way: the folder of the running program is put in front
 * of its PATH.
 *
 * While it runs, the signals that would end us go to it: HUP and TERM are
 * passed on (INT where it does not come from a terminal, which sends it to both
 * alike), and are told in the result, so that the caller cleans up and ends.
 */
#ifndef XB_SPAWN_H
#define XB_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "run/words.h"

struct spawn {
	const char *const *argv;	/* [0] the program's name; ends with
					 * NULL */
	const char *const *env;		/* NAME=VALUE put into its environment;
					 * ends with NULL; NULL: none */
	const char *in;			/* file for standard input; NULL:
					 * ours */
	const char *out;		/* file for standard output, made or
					 * cut; NULL: ours */
	bool capture;			/* standard output into the result */
	bool undoes;			/* takes away what was made: no signal
					 * ends it, ours are told alone */
};

struct spawn_result {
	int status;			/* exit status; 128 + N: killed by N */
	int signal;			/* that we got meanwhile; 0: none */
	char *text;			/* captured, NUL-terminated, malloced;
					 * else NULL */
	size_t n;
};

/*
 * Runs it to its end.  -1 only where it could not be run (FAIL_MISSING: it is
 * not there) or its output not be read: what it says itself is in the result,
 * which is the caller's to release and empty after a failure.
 */
int	spawn_run(const struct spawn *, struct spawn_result *, struct fail *)
	    must_check;
void	spawn_release(struct spawn_result *);

/*
 * From hold to let go no signal that would end us does: HUP, INT and TERM wait,
 * for a program that runs, or for spawn_caught(), which takes the first of
 * them: its number, 0: none came.  One that is ignored stays ignored.
 */
int	spawn_hold(sigset_t *was, struct fail *) must_check;
int	spawn_caught(void);
void	spawn_let_go(const sigset_t *was);

#endif
