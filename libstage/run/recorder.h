/*
 * recorder: builds a domain and keeps a record of it.
 *
 * The engine builds.  After each stage its plan and its messages go into the
 * record, and at the end the payloads, the inputs, and the digests of the
 * guest's pages before it runs.
 */
#ifndef XB_RECORDER_H
#define XB_RECORDER_H

#include <stdbool.h>

#include "base/fail.h"
#include "record/record.h"
#include "run/after.h"

/* A file that xb-parse is given with an option. */
struct recorder_file {
	enum option_id option;
	const char *path;
	const char *line;		/* of a module; NULL: none */
};

struct recorder {
	const char *record;		/* path */
	struct build_request ask;	/* without hook, output and paused */
	struct recorder_file *files;	size_t n_files; /* in its options */
	struct record_option *options;	size_t n_options; /* to be recorded */
	const char **arguments;		size_t n_arguments; /* as given */
	struct record_annotation annotations[RECORD_ANNOTATIONS_MAX];
	size_t n_annotations;
	const char *plan;		/* file for the finished plan; NULL */
	bool paused;
	bool slim;			/* leaves out what xb-parse unpacks */
	struct build_result result;
};

/*
 * Builds and records.  A build that fails is recorded as well: then it returns
 * 0 and result has the status.  If the record cannot be written, a domain that
 * was made here is destroyed.
 */
int	recorder_run(struct recorder *, struct fail *) must_check;

#endif
