/*
 * build: makes a domain and builds it with the stages: the work of xb-build.
 *
 * It chooses the stages that run, makes a domain or takes one that exists,
 * finds out whether a xenstored runs, runs the engine and writes the finished
 * plan.  After a failure it removes what it has made.
 */
#ifndef XB_BUILD_H
#define XB_BUILD_H

#include <stdbool.h>

#include "run/attach.h"
#include "run/engine.h"
#include "target/target.h"

/* A text that is NULL or "" is not given. */
struct build_request {
	const char *kernel;		/* file; or NULL, and plan is given */
	const char *plan;		/* file of a plan to go on from; with
					 * bytes, what messages call it */
	const void *bytes; size_t n;	/* of that plan; NULL: in the file */
	const char *target;		/* NULL: a new domain of Xen */
	const char *memory;		/* SIZE */
	const char *until;		/* name of a stage */
	const char *output;		/* file for the plan */
	bool paused, keep;
	bool has_console;		/* the caller serves the console, and
					 * xenconsoled does not */
	bool json;			/* the domain is printed as JSON, */
	const char *check;		/* with this as "check", which
					 * xb-replay --check makes; NULL */
	bool silent;			/* build_finish() does not print the
					 * domain's name */
	char **domain;			/* gets what build_finish() would
					 * print, malloced; NULL: not wanted */
	struct attach *attach;		/* devices for the domain, once it is
					 * introduced; NULL: none */
	bool takes_plan;		/* the caller takes the plan from the
					 * engine, and output is not needed */
	/* Options of the stages and of a new domain, in the order given. */
	const struct engine_option *options; size_t n_options;
	struct engine_hook hook;
};

struct build {
	struct engine engine;		/* has plan and status after the run */
	char *domain;			/* its name; NULL: none */
	int status;			/* exit status of a stage or of
					 * xb-domain that failed; its message
					 * is printed already */
	bool made;			/* the domain was made here */
	/* private to build and build-choose */
	const struct build_request *ask;
	struct signals signals;
	struct engine_option *options;	/* of all the stages */
	struct plan plan;		/* that the build goes on from */
	enum stage_id from, until;
	const char *kind;		/* target that a domain is made of;
					 * NULL: none is made */
	struct target_request request;	/* for it; of a domain that was there
					 * vcpus alone */
	const char *size;		/* of the memory; NULL: not known */
	char kib[32];			/* the text of size, if it comes from
					 * a domain or plan that exists */
	bool no_xenstore;		/* the guest gets no xenstore */
};

/*
 * Tells the frame (stage_writes()) what the build writes to.  Returns true
 * where that is not all: the plan that it goes on from may name the domain.
 */
bool	build_writes(const struct build_request *);

/*
 * Builds.  -1 is a failure of the build itself, as for wrong usage.  A failure
 * of a stage or of xb-domain has been reported, and is in status.  The caller
 * calls build_end() in any case.
 */
int	build_run(struct build *, const struct build_request *, struct fail *)
	    must_check;

/*
 * Ends the build; rc is what build_run() returned.  engine.signal is set if a
 * signal came.  After a signal, a failure or a status, a domain that was made
 * here is destroyed or, with keep, kept with a message under the program's
 * name.  Releases all but the numbers in *b.
 */
void	build_end(struct build *, int rc, const char *name);

#endif
