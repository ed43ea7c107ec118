/*
 * replay-result: what the check of a replay found, kept for others as an
 * artifact that refers to the record.
 */
#ifndef XB_REPLAY_RESULT_H
#define XB_REPLAY_RESULT_H

#include "plan/plan.h"
#include "record/record.h"
#include "stage/outcome.h"

struct replay_result {
	const char *to;			/* FOLDER:TAG */
	const char *host, *name, *version; /* of this machine, the program */
	struct stage_outcome *clock;	/* since it began; is stopped */
	const struct record *of;
	const struct plan *plan;	/* of the domain, which has not run */
};

/*
 * Checks the domain as replayer_check() does, tells nothing, and writes what
 * was found.  Where that cannot be written and the domain differs, it is a
 * warning, for the difference is the failure then.  What cannot be checked
 * leaves no result and is no failure here.
 */
int	replay_result_write(const struct replay_result *, struct fail *)
	    must_check;

#endif
