/*
 * result: what became of a domain that was made of a record, kept for others as
 * an artifact that refers to the record.
 */
#ifndef XB_RESULT_H
#define XB_RESULT_H

#include "plan/plan.h"
#include "record/record.h"
#include "stage/outcome.h"

struct result {
	const char *to;			/* FOLDER:TAG */
	const char *name;		/* of the program */
	const struct stage_outcome *clock; /* that has ended */
	const struct record *of;	/* its manifest is enough */
	const char *target;		/* its name, or its kind alone */
};

/*
 * Tells the frame (stage_writes()) where a result is written, and asks for the
 * name of this machine.  FAIL_USAGE: the place is not FOLDER:TAG.
 */
int	result_place(const char *to, struct fail *) must_check;

/*
 * Writes the result of a run that ended with rc: the verdict, and what a check
 * found as JSON, if not NULL.  Where the run failed f has that failure, and one
 * of the writing is a warning.
 */
int	result_write(const struct result *, int rc, const char *verdict,
	    const char *check, struct fail *) must_check;

#endif
