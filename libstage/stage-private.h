/*
 * stage-private: what the files of the frame (stage*.c) share.  Together they
 * are the only place that prints or exits.
 */
#ifndef XB_STAGE_PRIVATE_H
#define XB_STAGE_PRIVATE_H

#include <time.h>

#include "stage.h"

/* What the common options of this process said. */
struct stage_common {
	bool verbose, quiet, timing;
	const char *target;
	struct timespec start;		/* of the stage's own work */
};

extern struct stage_common stage_common;

/* stage-messages.c: one message a line on standard error. */
void	stage_print_failure(const struct stage *, const struct fail *);
struct fail stage_new_fail(const struct stage *);	/* with say() */
void	stage_print_timing(const struct stage *);	/* -T */

/* stage-io.c */
bool	stage_is_stdin(const char *path);

/*
 * stage-failed.c: failure in the plan.  end_failed prints the message, writes
 * the plan that came (n 0: none could be read) with the failure in it, and
 * returns the status; pass_on does so for a plan that failed earlier.
 */
int	stage_end_failed(const struct stage *, const void *bytes, size_t n,
	    const struct fail *why);
int	stage_pass_on(const struct stage *, const struct plan *,
	    const void *bytes, size_t n);
bool	stage_failed_earlier(const struct stage *, const struct plan *);

/* Ends with a failure that came before any work; carries it down the pipe. */
_Noreturn void stage_abandon(const struct stage *, struct fail *);

#endif
