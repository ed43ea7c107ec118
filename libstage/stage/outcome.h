/*
 * outcome: one run of a stage: its start, its messages, its result.
 *
 * A program has one outcome, the engine one for each stage that it runs.
 * Messages for standard error are printed under the name of the stage, and are
 * kept with the run that is under way, so that the whole run can be written to
 * the folder of XB_TRACE.
 */
#ifndef XB_OUTCOME_H
#define XB_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

#include "base/fail.h"

struct stage_line {
	const char *level;		/* error, warning, answer, note */
	char *text;			/* as it was printed, escaped */
};

struct stage_outcome {
	const char *stage;		/* xb-load */
	const char **arguments;		size_t n_arguments; /* as typed */
	time_t began;
	double seconds;			/* 0: not over yet */
	int status;			/* exit status */
	void *plan;			size_t n; /* sealed; with the failure in
					 * it if the run failed */
	struct stage_line *lines;	size_t n_lines;
	struct timespec start;
	struct rusage before;		/* of the process at the start, if this
					 * is not its only run */
};

/*
 * Begins a run; all messages from now on are kept with it.  The list of
 * arguments is copied, the arguments themselves are not.  Who wants to know how
 * long it takes calls stage_restart() next.
 */
int	stage_begin(struct stage_outcome *, const char *stage,
	    const char *const *arguments, size_t n, struct fail *) must_check;
/* Sets only when the run began, for a program that needs nothing else of it. */
void	stage_clock(struct stage_outcome *);
/* 2026-11-22T04:12:44Z; "" where it is not known. */
enum { STAGE_DATE = 32 };
const char *stage_began(const struct stage_outcome *, char text[STAGE_DATE]);
/* Takes the time from now on: what was before was waiting for input. */
void	stage_restart(struct stage_outcome *);
/* Ends the run and sets its seconds. */
void	stage_end(struct stage_outcome *);
/* Frees plan, lines and list of arguments; no messages are kept any more. */
void	stage_outcome_release(struct stage_outcome *);

/* ---- telling ---- */

/* A struct fail whose warnings, answers and notes are told under that name. */
struct fail stage_new_fail(const char *name);

/* Prints the failure as one line on standard error, with the name in front. */
void	stage_tell_failure(const char *name, const struct fail *);
/* Adds "; try 'NAME -h'" to a message of wrong usage; any other stays. */
void	stage_add_hint(struct fail *, const char *name);
/* -T: the time of a run. */
void	stage_tell_timing(struct stage_outcome *);

/* ---- the failure in the plan ---- */

/*
 * Makes a sealed plan, malloced, of the one that a stage was given (n 0: none
 * could be read) and the stage's failure.
 */
int	stage_failed_plan(const char *stage, const void *bytes, size_t n,
	    const struct fail *why, void **plan, size_t *size, struct fail *)
	    must_check;

/* ---- the folder $XB_TRACE ---- */

/*
 * For each run of a stage the folder gets NAME.plan, the plan, and NAME.json:
 * arguments, times, status and messages.  Each file is written whole or not at
 * all.  stage_trace_open() looks for the folder; without one the other calls do
 * nothing.  stage_trace_usable() is FAIL_IO where it cannot be written to.
 */
void	stage_trace_open(void);
int	stage_trace_usable(struct fail *) must_check;
bool	stage_traces(void);
int	stage_trace_keep(const struct stage_outcome *, struct fail *)
	    must_check;

#endif
