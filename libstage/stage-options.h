/*
 * stage-options: the part of the frame that reads the command line.  Private
 * to stage.c and stage-options.c.
 */
#ifndef XB_STAGE_OPTIONS_H
#define XB_STAGE_OPTIONS_H

#include <time.h>

#include "stage.h"

/* What the common options of this process said. */
struct stage_common {
	bool verbose, quiet, timing;
	const char *target;
	struct timespec start;
};

extern struct stage_common stage_common;

/* Prints the failure as the program's one message on standard error. */
void	stage_print_failure(const struct stage *, const struct fail *);

/* Ends with a failure that came before any work; carries it down the pipe. */
_Noreturn void stage_abandon(const struct stage *, struct fail *);

#endif
