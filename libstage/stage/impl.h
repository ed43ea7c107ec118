/*
 * stage/impl: what the files of the frame share.  Only these files print
 * messages and exit.
 */
#ifndef XB_STAGE_PRIVATE_H
#define XB_STAGE_PRIVATE_H

#include "stage/outcome.h"
#include "stage/stage.h"

/* The common options of this process. */
struct stage_common {
	bool verbose, quiet, timing, no_sandbox;
	const char *target;
	struct stage_outcome run;	/* of the program itself; its stage is
					 * NULL until options are read */
};

extern struct stage_common stage_common;

/* messages.c: the outcome that lines are kept with from now on, and a line of
 * -T. */
void	stage_keep_lines(struct stage_outcome *);
void	stage_tell_time(const char *name, const char *words);

/* help.c: every option that a program takes, in the order of -h. */
enum {
	STAGE_OPTIONS_MAX = 64,
	NO_SANDBOX = OPTION_OPERAND - 1	/* a common option; options of programs
					 * count from 1 or 256 */
};

struct stage_rows_of {
	const struct stage_option *row[STAGE_OPTIONS_MAX];
	size_t n;
};

void	stage_options_of(const struct program *, struct stage_rows_of *);
_Noreturn void stage_print_help(const struct program *);
_Noreturn void stage_print_version(const struct program *);

/* io.c */
bool	stage_is_stdin(const char *path);
/*
 * Keeps the sealed plan in the trace, with the status, and writes it to
 * standard output.  A terminal gets p in words instead, or nothing if p is
 * NULL.
 */
int	stage_hand_on(void *bytes, size_t n, const struct plan *p, int status,
	    struct fail *) must_check;

/*
 * failed.c: failures in the plan.  stage_end_failed() prints the message,
 * writes the plan that was read (n 0: none could be) with the failure in it,
 * and returns the status.  stage_pass_on() writes a plan on which an earlier
 * stage failed as it is, and returns that stage's status.
 */
int	stage_end_failed(const struct program *, const void *bytes, size_t n,
	    const struct fail *why);
int	stage_pass_on(const struct program *, const struct plan *,
	    const void *bytes, size_t n);
bool	stage_failed_earlier(const struct program *, const struct plan *);

/* Ends the program with a failure from before its work, as stage_end_failed()
 * does. */
_Noreturn void stage_abandon(const struct program *, struct fail *);

#endif
