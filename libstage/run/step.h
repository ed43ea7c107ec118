/*
 * step: a build, one stage at a time, for a person who looks on.
 *
 * The engine runs each stage on the plan of the stage before, as it does for
 * xb-build.  Before it runs it is said what it will do; after it, what it
 * changed: sections of the plan, and pages of the domain's memory, which is
 * read before and after and compared byte by byte.  Then commands are read,
 * until one says what comes next.
 *
 *	step		the session from its start to its end
 *	step-stages	the stages, their options, how they are run
 *	step-domain	the domain that is built in: made, taken, ended
 *	step-commands	what a person says, or a signal
 *	step-words	what a stage will do
 *	step-plan	what it did to the plan
 *	step-memory	what it did to memory
 *	step-snapshot	how a file target is turned back
 *	step-look	addresses and bytes
 *	step-record	a build that was kept
 */
#ifndef XB_STEP_H
#define XB_STEP_H

#include <stdbool.h>
#include <stdio.h>

#include "base/fail.h"
#include "run/engine.h"

struct step_request {
	const char *kernel;		/* file */
	const char *called;		/* in the text; NULL: as the file is */
	const char *target;		/* NULL: a file target of its own */
	const char *memory;		/* SIZE; NULL: that of the target */
	const struct engine_option *options; size_t n_options;
	bool all;			/* every stage; no commands are read */
	bool keep;			/* the domain that was made */
	bool verbose, quiet;		/* as the stages are told */
	bool utf8;			/* what maps are drawn with */
	int in;				/* commands: a descriptor */
	FILE *to;			/* all text but messages */
};

/*
 * Runs the session.  *status is then that of the program: that of the stage
 * that failed last and was not made good, 128 + N where signal N ended it, or
 * 0.  What was made is taken away again unless it is kept.  -1: the session
 * itself failed; FAIL_USAGE for a wrong command where they do not come from a
 * terminal.
 */
int	step_run(const struct step_request *, int *status, struct fail *)
	    must_check;

/*
 * The same for a record, whose folder takes the place of the kernel: its inputs
 * and its options, but for those that are in the request, and its memory where
 * the request has none.  FAIL_INPUT for what is no good record.
 */
int	step_run_record(const struct step_request *, int *status,
	    struct fail *) must_check;

#endif
