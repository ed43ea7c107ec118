/*
 * recorder: builds a domain and keeps a record of it.
 *
 * The engine builds; after each stage its plan and what it said go into the
 * record, and at the end the payloads, the inputs, and the pages of the guest
 * before it runs.
 */
#ifndef XB_RECORDER_H
#define XB_RECORDER_H

#include <stdbool.h>

#include "base/fail.h"
#include "record/record.h"
#include "run/after.h"

struct recorder {
	const char *version;		/* of the program that records */
	const char *record;		/* path */
	struct build_request ask;	/* but for hooks, output, paused */
	const char **ramdisks;		size_t n_ramdisks; /* of its options */
	struct record_option *options;	size_t n_options; /* to be recorded */
	const char **arguments;		size_t n_arguments; /* as given */
	const char *plan;		/* file for the finished plan; NULL */
	bool paused;
	build_say *say;
	struct build_result result;
};

/*
 * Builds and records.  0 also where the build failed, which is recorded as
 * well: see result.  A domain made here is destroyed where the record cannot
 * be written.
 */
int	recorder_run(struct recorder *, struct fail *) must_check;

#endif
