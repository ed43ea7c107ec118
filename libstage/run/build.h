/*
 * build: a domain, made and built by the stages, in one call.
 *
 * What xb-build does: it chooses the stages that run, makes a domain or takes
 * one that is there, sees whether xenstored serves it, runs the engine, writes
 * the finished plan, and takes away what it made where it failed.
 */
#ifndef XB_BUILD_H
#define XB_BUILD_H

#include <stdbool.h>

#include "run/engine.h"

/* NULL and "" are one: not given. */
struct build_request {
	const char *kernel;		/* or what to go on from: */
	const char *plan;		/* file; NULL: of the kernel */
	const char *target;		/* NULL: xen, a new one */
	const char *memory;		/* SIZE */
	const char *until;		/* name of a stage */
	const char *output;		/* file for the plan */
	bool paused, keep;
	/* Those of the stages and of a new domain, in their order. */
	const struct engine_option *options; size_t n_options;
	struct engine_hooks hooks;
};

struct build {
	struct engine engine;		/* .plan and .status when it has run */
	char *domain;			/* its name; NULL: none */
	int status;			/* that ends the program; why is told */
	bool made;			/* the domain, and here */
	/* own */
	const struct build_request *ask;
	struct signals signals;
	struct engine_option *options;	/* of all the stages */
	struct plan plan;		/* that is gone on from */
	enum stage_id from, until;
	const char *size;		/* of the memory; NULL: not known */
	char kib[32];			/* of what is there */
	bool no_store;			/* the guest is to do without */
	bool output_made;		/* and is empty until it is written */
};

/*
 * Builds.  -1 is a failure of its own, as of wrong usage; one of a stage, or of
 * xb-domain, has been told and is in status.  To be ended in any case.
 */
int	build_run(struct build *, const struct build_request *, struct fail *)
	    must_check;

/*
 * Ends it: a signal that came is in engine.signal.  Where that is so, or
 * rc is -1, or there is a status, a domain that was made is destroyed or, with
 * keep, kept, which name says.  All is released but the numbers.
 */
void	build_end(struct build *, int rc, const char *name);

#endif
