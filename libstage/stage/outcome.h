/*
 * outcome: one run of a stage: when it began, what it said, what came of it.
 *
 * A program has one, the engine one for each stage that it runs.  What is told
 * on standard error goes out by stage_tell(), in the name of the stage, and is
 * kept with the run that is under way; with that, the run can be left in the
 * folder of XB_TRACE.
 */
#ifndef XB_OUTCOME_H
#define XB_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

#include "base/fail.h"

/* The kinds of lines. */
enum tell {
	TELL_FAILURE, TELL_TIMING,
	TELL_WARNING, TELL_ANSWER, TELL_ESCAPED, TELL_NOTE,
	TELL_KINDS
};

struct stage_line {
	const char *level;		/* error, warning, answer, note */
	char *text;			/* as it was printed, escaped */
};

struct stage_outcome {
	const char *stage;		/* xb-load */
	const char **arguments;		size_t n_arguments; /* as typed */
	char began[32];			/* 2026-11-22T04:12:44Z; "" unknown */
	double seconds;			/* 0: not over yet */
	int status;			/* exit status */
	void *plan;			size_t n; /* sealed: with the failure in
					 * it where there was one */
	struct stage_line *lines;	size_t n_lines;
	struct timespec start;
	struct rusage before;		/* what the process had used, where it
					 * is not all this stage's */
};

/*
 * Begins a run, to which all is added that is told from now on.  The list of
 * arguments is copied, the words are not.
 */
int	stage_begin(struct stage_outcome *, const char *stage,
	    const char *const *arguments, size_t n, struct fail *) must_check;
/* Its own work begins only now: what went before was waiting. */
void	stage_restart(struct stage_outcome *);
/* Takes its time. */
void	stage_end(struct stage_outcome *);
/* Frees plan, lines and the list of arguments; nothing is added any more. */
void	stage_outcome_release(struct stage_outcome *);

/* ---- telling ---- */

/* Fails that warn, answer and note in the name of a program. */
struct fail stage_new_fail(const char *name);

/* One message a line on standard error, with the name in front. */
void	stage_tell(const char *name, enum tell, const char *message);
void	stage_tell_failure(const char *name, const struct fail *);
/* -T: the time of a run. */
void	stage_tell_timing(struct stage_outcome *);

/* What is told from now on goes there instead, in no name and not escaped. */
void	stage_tell_to(void (*take)(void *arg, enum tell, const char *message),
	    void *arg);

/* ---- the failure in the plan ---- */

/*
 * The plan that came to a stage (n 0: none could be read) with its failure in
 * it, sealed; malloced.
 */
int	stage_failed_plan(const char *stage, const void *bytes, size_t n,
	    const struct fail *why, void **plan, size_t *size, struct fail *)
	    must_check;

/* ---- the folder $XB_TRACE ---- */

/*
 * NAME.plan is the plan and NAME.json arguments, times, status and messages of
 * the run of a stage; each is whole or not there.  open looks for the folder;
 * without it the others do nothing.  usable is FAIL_IO where the folder cannot
 * be written to.
 */
void	stage_trace_open(void);
int	stage_trace_usable(struct fail *) must_check;
bool	stage_traces(void);
int	stage_trace_keep(const struct stage_outcome *, struct fail *)
	    must_check;

#endif
