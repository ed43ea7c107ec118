/*
 * engine: runs stages one after the other, as a pipe of their programs does.
 *
 * Each stage is given the sealed plan of the stage before it, and reads it with
 * all checks.  It prints the same messages as its program, under that program's
 * name, and leaves the same trace.  A stage that fails ends the run, with its
 * failure in the plan.
 */
#ifndef XB_ENGINE_H
#define XB_ENGINE_H

#include "base/fail.h"
#include "plan/plan.h"
#include "plan/stages.h"
#include "run/signals.h"
#include "stage/outcome.h"

/* The work of every stage. */
extern const struct stage_code *const stage_codes[STAGES];

/* An option of a stage, or of xb-domain create. */
struct engine_option {
	enum option_id id;
	const char *value;		/* NULL: it takes none */
	const char *called;		/* shown to people in place of value;
					 * NULL: value itself */
};

/*
 * Is the option among them, or one that stands in its place, as --no-xenstore
 * does for --xenstore-port?
 */
bool	engine_options_replace(const struct engine_option *, size_t n,
	    enum option_id);

/* Do they say that the guest gets no xenstore: --no-xenstore, or port 0? */
bool	engine_options_no_xenstore(const struct engine_option *, size_t n);

/*
 * Tells the frame (stage_writes()) what stages with these options write to
 * beside a domain: the store, and the index of the default one.
 */
void	engine_writes(const struct engine_option *, size_t n);

/* Called after each stage; -1 ends the run.  NULL: nothing is. */
struct engine_hook {
	int (*after)(void *arg, enum stage_id, const struct stage_outcome *,
	    struct fail *);
	void *arg;
};

struct engine {
	/* Set by the caller.  options are those of all stages together. */
	const struct engine_option *options; size_t n_options;
	const char *kernel;		/* operand of xb-parse */
	const char *target;		/* -t of the first stage that touches a
					 * domain; NULL: as the plan has it */
	const char *from;		/* file that plan was read from; NULL:
					 * a stage gave it */
	bool introduces;		/* xb-introduce runs */
	struct engine_hook hook;
	const struct signals *signals;	/* from signals_hold() */

	/* The state of the run; zero at first. */
	void *plan; size_t n;		/* malloced; NULL: none yet */
	enum stage_id last;		/* stage that ran last */
	int status;			/* exit status of a stage that failed;
					 * its message is printed already */
	enum guest_type guest;		/* of plan, once there is one */
	int signal;			/* that ended the run; 0: none */
};

/* Is one of the options that stage's? */
bool	engine_options_of(const struct engine *, enum stage_id);
/* Refuses options of a stage that does not run: FAIL_USAGE. */
int	engine_refuse_options(const struct engine *, enum stage_id,
	    struct fail *) must_check;

/*
 * Runs the stages from one until another, both included.  -1 only if a hook
 * fails or the engine itself does; the failure of a stage is in status.  After
 * a signal the stage that is under way ends (base/stop.h), and none begins.
 */
int	engine_run(struct engine *, enum stage_id from, enum stage_id until,
	    struct fail *) must_check;
/* The signal that ends the program, from the run or since; 0: none. */
int	engine_signal(struct engine *);

void	engine_release(struct engine *);

#endif
