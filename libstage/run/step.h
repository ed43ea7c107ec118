/*
 * step: a build that stops after each stage and shows what the stage did.
 *
 * The engine runs each stage on the plan of the stage before, as it does for
 * xb-build.  Before a stage runs, the text says what it will do.  After it, the
 * text says what it has changed: sections of the plan, and pages of the
 * domain's memory, which is read before and after and compared byte by byte.
 * Then commands are read, until one runs a stage or ends the session.
 *
 *	step		the session from its start to its end
 *	step-stages	the stages, their options, how they are run
 *	step-domain	the domain: made, taken, destroyed
 *	step-commands	commands of the user, and signals
 *	step-words	what a stage will do
 *	step-plan	what a stage did to the plan
 *	step-memory	what a stage did to memory
 *	step-snapshot	takes a domain in files back to an earlier step
 *	step-look	addresses and bytes of memory
 *	step-record	a session on a record
 */
#ifndef XB_STEP_H
#define XB_STEP_H

#include <stdbool.h>
#include <stdio.h>

#include "base/fail.h"
#include "run/engine.h"

struct record;

struct step_request {
	const char *kernel;		/* file */
	const char *called;		/* name of the kernel in the text; NULL:
					 * that of the file */
	const struct record *record;	/* NULL: none */
	const char *copies;		/* folder of its inputs, removed in the
					 * end; NULL: none */
	const char *target;		/* NULL: a temporary file target */
	const char *memory;		/* SIZE; NULL: that of the target */
	const struct engine_option *options; size_t n_options;
	bool all;			/* runs all stages, reads no commands */
	bool keep;			/* keeps a domain that was made */
	bool verbose, quiet;		/* -v and -q of the stages */
	bool utf8;			/* maps are drawn in UTF-8 */
	int in;				/* descriptor to read commands from */
	FILE *to;			/* for all text but messages */
};

/*
 * Runs the session.  *status is the exit status of the program: that of the
 * stage that ran last if it failed, 128 + N if signal N ended the session, or
 * 0.  A domain that was made is destroyed unless it is kept.  -1: the session
 * itself failed; a wrong command is FAIL_USAGE, unless commands come from a
 * terminal.
 */
int	step_run(const struct step_request *, int *status, struct fail *)
	    must_check;

/*
 * The same for a record: kernel is its folder.  Inputs, options and memory are
 * those of the record, but an option or memory in the request replaces the
 * record's.  FAIL_INPUT if it is not a valid record.
 */
int	step_run_record(const struct step_request *, int *status,
	    struct fail *) must_check;

#endif
