/*
 * replayer: builds a domain from a record.
 *
 * The engine goes on from a plan of the record or, if xb-parse has to run,
 * reads the files of the record again.
 */
#ifndef XB_REPLAYER_H
#define XB_REPLAYER_H

#include <stdbool.h>

#include "record/record.h"
#include "run/after.h"

struct replayer {
	const char *name;		/* of the program, for messages */
	const char *record;		/* path */
	const char *from, *until;	/* names of stages; NULL: not given */
	const char *command_line;	/* replaces the record's; NULL */
	/* Target, memory, keep and options, which replace the record's.  An
	 * option that shapes the image is refused (FAIL_USAGE), but for the
	 * command line. */
	struct build_request ask;
	const char *plan;		/* file for the finished plan; NULL */
	bool paused, check;
	/* Where the result of the check is written; NULL: nowhere. */
	const char *result_to;
	struct record *of;		/* gets digest and size of the record's
					 * manifest; NULL: not wanted */
	struct build_result result;
};

/*
 * Verifies the whole record, builds, checks the domain and launches it.  If the
 * build fails it has printed why; this returns 0 and result has the status.
 * After a failure a domain that was made here is destroyed, unless keep is set.
 * With check, pages that differ are told as by replayer_check(), and the result
 * is FAIL_INPUT.
 */
int	replayer_run(struct replayer *, struct fail *) must_check;

/*
 * Builds a domain of a kernel's file or a record, whichever that is, and leaves
 * it paused.  The request has no kernel; its output gets the finished plan.
 * *record gets what of has in struct replayer; NULL: not wanted.
 */
int	replayer_build(const char *path, struct record *record,
	    const struct build_request *, const char *name,
	    struct build_result *, struct fail *) must_check;

#endif
