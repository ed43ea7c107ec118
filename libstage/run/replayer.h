/*
 * replayer: makes a domain of a record.
 *
 * The work is xb-build's, which goes on from a plan of the record or, from
 * xb-parse on, reads the files of the record again.
 */
#ifndef XB_REPLAYER_H
#define XB_REPLAYER_H

#include <stdbool.h>

#include "record/record.h"
#include "run/recorder.h"

struct replayer {
	const char *record;		/* path */
	const char *target;		/* of -t; NULL: xen */
	const char *from, *until;	/* names of stages; NULL: not given */
	const char *command_line;	/* in the place of the record's; NULL */
	const char *memory;		/* SIZE, likewise */
	struct words words;		/* of xb-build: -q, -T, -v and options
					 * of a new domain */
	/* For the stages; what is given replaces what the record has. */
	struct record_option *options;	size_t n_options;
	const char *plan;		/* file for the finished plan; NULL */
	bool paused, keep, check;
	struct recorder_result result;
};

/*
 * Verifies the record wholly, builds, checks, lets the domain run.  0 also
 * where the build failed and has said so: see result.  A domain made here is
 * destroyed on failure, unless keep is set.  With check each page that differs
 * is an answer (fail_answer()), and FAIL_INPUT the end.
 */
int	replayer_run(struct replayer *, struct fail *) must_check;
void	replayer_release(struct replayer *);

/* Is that the name of a stage? */
bool	replayer_stage_known(const char *);

#endif
