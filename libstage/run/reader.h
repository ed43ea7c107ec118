/*
 * reader: a process of its own for the stages that read files of others.
 *
 * What it does is handed in.  What it tells, and the outcome of each stage,
 * come back through a pipe and are believed no more than a plan that comes
 * through one: the reader of hostile files may have become hostile.  It is made
 * when all that it needs is known, inherits no domain that is open, and ends
 * with the process that made it.
 */
#ifndef XB_READER_H
#define XB_READER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"
#include "run/signals.h"
#include "stage/outcome.h"

struct reader {
	pid_t pid;			/* 0: it has been waited for */
	int fd;				/* what comes from it */
	const struct signals *signals;	/* that end it, and us */
	int signal;			/* the one that came; 0: none */
	bool nonsense;			/* came, and it was killed for that */
};

/* In the process: an outcome, of which status, seconds and plan are sent. */
void	reader_send(int to, const struct stage_outcome *);

/*
 * Starts the process: work is called in it, with the pipe to send to, and it
 * ends when that returns.  What it tells (stage_tell()) goes through the pipe.
 */
int	reader_start(struct reader *, const struct signals *,
	    void (*work)(void *arg, int to), void *arg, struct fail *)
	    must_check;

/*
 * Waits for the outcome of the run that is begun and tells what the process
 * tells meanwhile, in the name of its stage.  The plan is malloced.  false:
 * there is none, for it has ended, sends what is no outcome, or a signal came.
 */
bool	reader_receive(struct reader *, struct stage_outcome *) must_check;

/*
 * Waits for its end.  FAIL_SYSTEM where it was killed, FAIL_BUG where it ended
 * otherwise than well.
 */
int	reader_end(struct reader *, struct fail *) must_check;
/* Ends it, where that was not waited for. */
void	reader_stop(struct reader *);

#endif
