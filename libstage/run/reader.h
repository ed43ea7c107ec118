/*
 * reader: a process of its own for the stages that read foreign files.
 *
 * The caller gives it a function to run.  Its messages and the outcome of each
 * stage come back through a pipe, and are checked as a plan from anybody is,
 * because a hostile file may have taken the process over.  It is started when
 * all that it needs is known, inherits no open domain, and ends when the
 * process that started it ends.
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
	int fd;				/* of the pipe, to read from */
	const struct signals *signals;	/* that end the process */
	int signal;			/* the one that came; 0: none */
	bool nonsense;			/* it sent what cannot be, and was
					 * killed for it */
};

/* Called in the process: sends status, seconds and plan of an outcome. */
void	reader_send(int to, const struct stage_outcome *);

/*
 * Starts the process, which calls work with the pipe to send to, and ends when
 * work returns.  Its messages (stage_tell()) go through the pipe.
 */
int	reader_start(struct reader *, const struct signals *,
	    void (*work)(void *arg, int to), void *arg, struct fail *)
	    must_check;

/*
 * Waits for the outcome of the run that was begun (stage_begin()), and prints
 * the messages that come before it under the name of its stage.  The plan is
 * malloced.  false: no outcome came, because the process ended or sent
 * something else, or a signal came.
 */
bool	reader_receive(struct reader *, struct stage_outcome *) must_check;

/*
 * Waits for the end of the process.  FAIL_SYSTEM if a signal killed it,
 * FAIL_BUG if its exit status is not 0 or it sent what is no outcome.
 */
int	reader_end(struct reader *, struct fail *) must_check;
/* Kills the process, unless reader_end() was called. */
void	reader_stop(struct reader *);

#endif
