/*
 * after: what follows a build that is recorded or replayed: a look at the
 * guest before it runs, the launch, the end.
 */
#ifndef XB_AFTER_H
#define XB_AFTER_H

#include "plan/plan.h"
#include "run/build.h"

/* What came of it, for the program's own end. */
struct build_result {
	int status;			/* of what failed, and has said why */
	int signal;			/* that came; 0: none */
};

/* The signal that ends us: in the build, or since; 0: none. */
int	build_signal(struct build *);

/* Digests of the pages of the plan's domain, malloced. */
int	build_guest(const struct plan *, void **bytes, size_t *n,
	    struct fail *) must_check;

/*
 * Lets a domain go that was built and left paused: xb-launch once more.  Its
 * plan is then the engine's; a failure of it is in status.
 */
int	build_launch(struct build *, struct fail *) must_check;

/* Says the name of a domain that was built; -1: it is taken away again. */
typedef int build_say(const char *name, struct fail *);

/*
 * build_end(), with what came of it; gives rc back.  The domain's name is said
 * before, while signals are held: one that comes finds it said or not built.
 */
int	build_finish(struct build *, int rc, const char *program, build_say *,
	    struct build_result *, struct fail *) must_check;

#endif
