/*
 * engine: runs stages one after the other, as a pipe of their programs does.
 *
 * Each stage gets the sealed plan that the one before it gave, and reads it
 * with the checks of its program; it tells what that tells, under its name, and
 * leaves the same trace.  Stages that touch no domain read files that may be
 * hostile: those that follow on one another run in a process of their own
 * (reader.h), all others in this one.  A stage that fails ends the run, and its
 * failure is in the plan.
 */
#ifndef XB_ENGINE_H
#define XB_ENGINE_H

#include "base/fail.h"
#include "plan/stages.h"
#include "run/signals.h"
#include "stage/outcome.h"

/* An option of a stage, or of who makes a domain. */
struct engine_option {
	enum option_id id;
	const char *value;		/* NULL: it takes none */
	const char *called;		/* the value in a text; NULL: as it is */
};

/* Called before and after each stage; -1 ends the run.  Either may be NULL. */
struct engine_hooks {
	int (*before)(void *arg, enum stage_id, struct fail *);
	int (*after)(void *arg, enum stage_id, const struct stage_outcome *,
	    struct fail *);
	void *arg;
};

struct engine {
	/* What is asked for; a stage takes its own options out of all. */
	const struct engine_option *options; size_t n_options;
	const char *kernel;		/* operand of xb-parse */
	const char *target;		/* -t of the first stage that touches a
					 * domain; NULL: it is the plan's */
	const char *from;		/* file that the plan came from; NULL:
					 * from a stage */
	bool introduces;		/* else xb-introduce does not run */
	struct engine_hooks hooks;
	const struct signals *signals;	/* held */

	/* What there is; zero at first. */
	void *plan; size_t n;		/* malloced; NULL: none yet */
	enum stage_id last;		/* that ran */
	int status;			/* of the stage that failed, and has
					 * said why; 0: none did */
	int signal;			/* that came and ends us; 0: none */
};

/*
 * Runs the stages from one until another.  -1 only where that could not be
 * done, or by a hook: a stage that fails is in status.  A signal that has come
 * lets no stage begin, and ends one that reads files.
 */
int	engine_run(struct engine *, enum stage_id from, enum stage_id until,
	    struct fail *) must_check;
void	engine_release(struct engine *);

#endif
