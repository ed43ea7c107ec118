/*
 * recorder: makes records, and plays them.
 *
 * Builds are made by xb-build, the recipe, and no other way: what is here
 * arranges its files, reads what it left in its trace, and looks at the domain
 * before it runs.
 */
#ifndef XB_RECORDER_H
#define XB_RECORDER_H

#include <stdbool.h>

#include "base/fail.h"
#include "record/record.h"
#include "run/spawn.h"

/* What came of running xb-build. */
struct recorder_result {
	char *domain;			/* built; malloced; NULL: none */
	int status;			/* of one that failed, and has said
					 * why */
	int signal;			/* that ended it; 0: none */
};

/*
 * Runs "xb-build WORDS...", words[0] included, with its trace in a folder.  -1
 * only where it could not be run.  The result is the caller's to release.
 */
int	recorder_build(const struct words *, const char *trace,
	    struct recorder_result *, struct fail *) must_check;
void	recorder_result_release(struct recorder_result *);

/*
 * Runs xb-launch on the plan of that name in the folder, where its trace goes
 * as well, and reads the finished plan into *p.  Where xb-launch fails it has
 * said so: result->status.
 */
int	recorder_launch(const char *trace, const char *name, struct plan *p,
	    struct recorder_result *, struct fail *) must_check;

/*
 * After a failure (rc -1, or a status): a domain that was made is destroyed or,
 * with keep, kept and f says so.
 */
void	recorder_clean_up(int rc, const struct recorder_result *, bool made,
	    bool keep, struct fail *f);

/* The plan of that name in a folder; p is initialised and is released first. */
int	recorder_read_plan(struct plan *p, const char *trace,
	    const char *name, struct fail *) must_check;

/* FAIL_IO where a plan could not be written there; NULL: none is. */
int	recorder_check_output(const char *path, struct fail *) must_check;

/* Writes a plan to a file of the user's. */
int	recorder_write_plan(const struct plan *, const char *path,
	    struct fail *) must_check;

/* Digests of the domain of a plan, as a record keeps them; malloced. */
int	recorder_guest(const struct plan *, void **bytes, size_t *n,
	    struct fail *) must_check;

/* Does the name (NULL: xen) stand for a domain that is there? */
bool	recorder_target_there(const char *target);

struct recorder {
	const char *version;		/* of the program that records */
	const char *record;		/* path */
	const char *target;		/* of -t; NULL: xen */
	const char *kernel;
	const char **ramdisks;		size_t n_ramdisks;
	struct record_option *options;	size_t n_options; /* to be recorded */
	struct words words;		/* of xb-build: options, no operand */
	const char **arguments;		size_t n_arguments; /* as given */
	const char *plan;		/* file for the finished plan; NULL */
	bool paused, keep;
	struct recorder_result result;
};

/*
 * Builds and records.  0 also where the build failed, which is recorded as
 * well: see result.  A domain made here is destroyed where the record cannot be
 * written.
 */
int	recorder_run(struct recorder *, struct fail *) must_check;
void	recorder_release(struct recorder *);

#endif
