/*
 * stage-private: what the files of the frame (stage*.c) share.  Together they
 * are the only place that prints or exits.
 */
#ifndef XB_STAGE_PRIVATE_H
#define XB_STAGE_PRIVATE_H

#include <time.h>

#include "stage/stage.h"

/* What the common options of this process said. */
struct stage_common {
	bool verbose, quiet, timing;
	const char *target;
	struct timespec start;		/* of the stage's own work */
	const struct stage *st;		/* whose options were read */
};

extern struct stage_common stage_common;

/* stage-messages.c: one message a line on standard error. */
void	stage_print_failure(const struct stage *, const struct fail *);
struct fail stage_new_fail(const struct stage *);	/* with say() */
void	stage_print_timing(const struct stage *);	/* -T */
double	stage_seconds(void);				/* of its own work */

/* stage-io.c */
bool	stage_is_stdin(const char *path);
/* As stage_deliver(); the status is for the trace. */
int	stage_deliver_as(const struct plan *, int status, struct fail *)
	    must_check;

/*
 * stage-trace.c: what a program that writes plans leaves in the folder
 * $XB_TRACE: NAME.plan, the plan, and NAME.json, arguments, times, status and
 * messages; each whole or not at all.  begin takes arguments before getopt
 * moves them; usable is FAIL_IO where the folder cannot be written to; keep
 * does nothing where nothing is traced.
 */
void	stage_trace_begin(const struct stage *, int argc, char **argv);
int	stage_trace_usable(struct fail *) must_check;
bool	stage_traces(void);
void	stage_trace_message(const char *level, const char *text);
int	stage_trace_keep(const struct stage *, const void *plan, size_t n,
	    int status, struct fail *) must_check;

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
