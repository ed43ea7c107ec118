/*
 * after: what follows the build of a domain that is recorded or replayed: its
 * pages are digested before it runs, then it is launched, and the build ends.
 */
#ifndef XB_AFTER_H
#define XB_AFTER_H

#include "canonical/canonical.h"
#include "plan/plan.h"
#include "run/build.h"

/* How the build ended, which decides how the program ends. */
struct build_result {
	int status;			/* of a stage or xb-domain that failed;
					 * its message is printed already */
	int signal;			/* that came; 0: none */
};

/*
 * Has a signal come that ends the program, in the build or since?  Then f is
 * set; loss ends the message, and says what is not done because of the signal.
 */
bool	build_stopped(struct build *, const char *loss, struct fail *);

/* Digests of the pages of the plan's domain, as canonical_digests(). */
int	build_guest(const struct plan *, struct canonical_digests *,
	    struct fail *) must_check;

/*
 * Launches a domain that was built and left paused, by running xb-launch again.
 * Its plan becomes the engine's; its failure is in status.
 */
int	build_launch(struct build *, struct fail *) must_check;

/*
 * Prints the domain that was built: its name, or with json the object that
 * xb-build(1) describes.
 */
int	build_print(const struct build *, struct fail *) must_check;

/*
 * Calls build_end() and sets the result.  Before that it prints the domain's
 * name, while signals are held, so that a signal cannot leave a domain whose
 * name was not printed.  A silent request prints no name, and one with a place
 * for the name has it put there.  Returns rc, or -1 where the name could not be
 * printed: then the domain is destroyed.
 */
int	build_finish(struct build *, int rc, const char *program,
	    struct build_result *, struct fail *) must_check;

#endif
