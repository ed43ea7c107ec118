/*
 * after: what follows the build of a domain that is recorded or replayed: its
 * pages are digested before it runs, then it is launched, and the build ends.
 */
#ifndef XB_AFTER_H
#define XB_AFTER_H

#include "plan/plan.h"
#include "run/build.h"

/* How the build ended, which decides how the program ends. */
struct build_result {
	int status;			/* of a stage or xb-domain that failed;
					 * its message is printed already */
	int signal;			/* that came; 0: none */
};

/* The signal that ends the program, from the build or since; 0: none. */
int	build_signal(struct build *);

/* Digests of the pages of the plan's domain, malloced. */
int	build_guest(const struct plan *, void **bytes, size_t *n,
	    struct fail *) must_check;

/*
 * Launches a domain that was built and left paused, by running xb-launch again.
 * Its plan becomes the engine's; its failure is in status.
 */
int	build_launch(struct build *, struct fail *) must_check;

/* Prints the name of a domain that was built; -1: it is destroyed again. */
typedef int build_say(const char *name, struct fail *);

/*
 * Calls build_end() and sets the result.  Before that it prints the domain's
 * name, while signals are held, so that a signal cannot leave a domain whose
 * name was not printed.  Returns rc, or -1 after a failure of its own.
 */
int	build_finish(struct build *, int rc, const char *program, build_say *,
	    struct build_result *, struct fail *) must_check;

#endif
