/*
 * impl: what the files of the frame share.  Together they are the only place
 * that prints or exits.
 */
#ifndef XB_STAGE_PRIVATE_H
#define XB_STAGE_PRIVATE_H

#include "stage/outcome.h"
#include "stage/stage.h"

/* What the common options of this process said. */
struct stage_common {
	bool verbose, quiet, timing;
	const char *target;
	struct stage_outcome run;	/* of the program; stage NULL: its
					 * options were not looked at yet */
};

extern struct stage_common stage_common;

/* messages.c: where lines are kept, too. */
void	stage_keep_lines(struct stage_outcome *);

/* help.c: every option that a program takes, in the order of -h. */
enum { STAGE_OPTIONS_MAX = 64 };

struct stage_rows_of {
	const struct stage_option *row[STAGE_OPTIONS_MAX];
	size_t n;
};

void	stage_options_of(const struct stage *, struct stage_rows_of *);
_Noreturn void stage_print_help(const struct stage *);
_Noreturn void stage_print_version(const struct stage *);

/* io.c */
bool	stage_is_stdin(const char *path);
/*
 * Keeps a trace of the encoded plan, with the status, and writes it to standard
 * output; where that is a terminal, p in words, NULL: nothing.
 */
int	stage_hand_on(void *bytes, size_t n, const struct plan *p, int status,
	    struct fail *) must_check;

/*
 * failed.c: failure in the plan.  end_failed prints the message, writes
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
