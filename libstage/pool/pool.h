/*
 * pool: domains that are built and paused beforehand, and given away at once:
 * the work of xb-pool.
 *
 * A pool is a folder.  Those of domains in files lie in the folder DIR of
 * "file:DIR", those of Xen's domains in POOL_FOLDER.  In it:
 *
 *	config		what the pool is filled with, and how many (config.c);
 *			without one it is drained, or was never filled
 *	UUID.STATE	an entry: one for each domain, holding its plan
 *	UUID/		the domain itself, if it is one in files
 *	filler		locked by the program that fills or drains the pool
 *	waiting		locked by the refill that waits for that lock
 *	refill.log	what the last refill in the background said
 *
 * The state of an entry is changed by rename(2) alone:
 *
 *	filling		the domain is being built
 *	ready		it is built and paused, and nobody's
 *	claimed		a program has it, and has not changed it yet
 *	giving		a program changes it, or ends it
 *	taken		it is given away
 *
 * Only the program that has the lock filler makes entries, and makes them
 * ready.  From then on an entry is renamed by a program that has the entry's
 * own lock (base/lock.h), and keeps it until the entry is taken or ready again.
 * So each entry has one taker; and an entry in a state between (filling,
 * claimed, giving) whose lock is free was left by a program that was killed.
 * Filling, draining and asking for the status put a claimed one back, for it is
 * as it was, and end the domains of the others, which nobody was told of.
 */
#ifndef XB_POOL_H
#define XB_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/draft.h"
#include "run/after.h"
#include "target/runfile.h"

#define POOL_FOLDER	RUNFILE_FOLDER "/pool"

enum { POOL_NAME_MAX = 63, POOL_COUNT_MAX = 10000, POOL_KEY_MAX = 63,
	POOL_VALUE_MAX = 2048 };

/* Which pool. */
struct pool_ask {
	const char *target;		/* "file:DIR" or "xen"; NULL: xen */
	const char *name;		/* a file name without a folder */
};

/* FAIL_USAGE for what cannot be the name of a pool. */
int	pool_check_name(const char *, struct fail *) must_check;

/* ---- filling ---- */

struct pool_filling {
	struct pool_ask pool;
	const char *of;			/* the kernel's file, or a record; NULL:
					 * the pool's own */
	bool has_count;			/* else the pool's own */
	uint64_t count;
	/* Options of the stages and of new domains, and their memory; only
	 * with of. */
	const char *memory;
	const struct engine_option *options; size_t n_options;
	bool background;		/* a refill: where another one waits for
					 * its turn already, it is done */
	struct build_result result;
};

/*
 * Builds domains until count are ready, or ends some where more are, having
 * swept the pool; waits for a program that fills or drains it now.  The frame
 * has confined the program but for its names, which are closed here.  The
 * failure of a stage has been told and is in result, as with xb-build; what was
 * built before stays.  FAIL_MISSING for a pool that nobody has filled yet, if
 * of is NULL; FAIL_TARGET for one that is filled with something else.
 */
int	pool_fill(struct pool_filling *, struct fail *) must_check;

/*
 * Begins a refill in a process of its own, which has no terminal and none of
 * this process' descriptors, says what it has to say in refill.log, and begins
 * when this process has ended.  Returns 1 in that process and 0 in this one.
 * Comes before the program is confined.
 */
int	pool_detach(const struct pool_ask *, struct fail *) must_check;

/* ---- taking ---- */

/* What a prepared guest is told before it runs: KEY=VALUE. */
struct pool_setting {
	char key[POOL_KEY_MAX + 1];
	const char *value;
	bool node;			/* a node below the domain's own in
					 * xenstore; else a word at the end of
					 * the command line */
};

/* FAIL_USAGE for a KEY that is none, or a VALUE that its place cannot hold. */
int	pool_setting_parse(const char *text, struct pool_setting *,
	    struct fail *) must_check;

struct pool_taking {
	struct pool_ask pool;
	const struct pool_setting *settings; size_t n_settings;
	const char *output;		/* file for the domain's plan; NULL */
	bool paused;			/* it is left paused */
};

/*
 * Takes one domain that is ready, checks that it is its plan's, tells it the
 * settings, lets it run and prints its name.  A domain that another program has
 * changed, ended or works on is left, with a warning, for the next one.
 * FAIL_FULL where no domain is ready; FAIL_MISSING where there is no such
 * pool; FAIL_USAGE for a setting that the pool's guests cannot be told.
 */
int	pool_take(const struct pool_taking *, struct fail *) must_check;

/* ---- the rest ---- */

/* Writes the state of a pool, or of all pools where its name is NULL, having
 * swept them.  A failure of one hides no other: the draft has these then, or no
 * bytes.  The caller frees them, after a failure too. */
int	pool_status(const struct pool_ask *, bool json, struct draft *,
	    struct fail *) must_check;

/*
 * Ends all domains that are ready, having stopped whatever fills the pool, and
 * removes the folder unless domains that were taken are still there.
 * FAIL_FULL where a domain cannot be ended now.
 */
int	pool_drain(const struct pool_ask *, struct fail *) must_check;

#endif
