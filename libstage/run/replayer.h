/*
 * replayer: makes a domain of a record.
 *
 * The engine builds, and goes on from a plan of the record or, from xb-parse
 * on, reads the files of the record again.
 */
#ifndef XB_REPLAYER_H
#define XB_REPLAYER_H

#include <stdbool.h>

#include "record/record.h"
#include "run/after.h"

struct replayer {
	const char *record;		/* path */
	const char *from, *until;	/* names of stages; NULL: not given */
	const char *command_line;	/* in the place of the record's; NULL */
	/* target, memory, keep and options: what is given replaces what the
	 * record has. */
	struct build_request ask;
	const char *plan;		/* file for the finished plan; NULL */
	bool paused, check;
	build_say *say;
	struct build_result result;
};

/*
 * Verifies the record wholly, builds, checks, lets the domain run.  0 also
 * where the build failed and has said so: see result.  A domain made here is
 * destroyed on failure, unless keep is set.  With check each page that differs
 * is an answer (fail_answer()), and FAIL_INPUT the end.
 */
int	replayer_run(struct replayer *, struct fail *) must_check;

/* Is that the name of a stage? */
bool	replayer_stage_known(const char *);

#endif
