/*
 * window: access by pfn to the memory of the domain that a plan is bound to.
 *
 * The stages after xb-layout share it: opening the domain for one piece of work
 * and closing it again, and windows into its memory that are mapped, moved and
 * unmapped as the work goes on.
 */
#ifndef XB_WINDOW_H
#define XB_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/extent.h"
#include "base/fail.h"
#include "plan/plan.h"
#include "target/target.h"

typedef int target_step(struct target *, const struct target_info *,
	    struct plan *, void *options, struct fail *);

/*
 * Opens the plan's target for writing, refuses a domain that cannot be built
 * (target_buildable()), calls work, and closes the target.  name is the value
 * of -t (NULL: not given): another target than the plan's is FAIL_USAGE.
 */
int	target_run(struct plan *p, const char *name, target_step *work,
	    void *options, struct fail *f) must_check;

/* FAIL_TARGET for a domain that runs, or ran after it was constructed. */
int	target_buildable(const struct target_info *, const char *name,
	    struct fail *) must_check;

/*
 * A window has at most WINDOW_MAX pages mapped at a time, or as many as the
 * target replaces at a time, none at or above end nor behind a hole of p2m.
 * It is cheapest when it moves to ascending pfns.  The caller keeps it on its
 * stack.
 */
struct guest_window {
	struct target *target;
	const struct extents *p2m;
	uint64_t end;			/* pfn behind the last to be mapped */
	bool writable;
	bool anew;			/* all of it is written, in ascending
					 * pfns; what was there is not seen */
	/* private to window.c */
	uint64_t pfn, pages;		/* mapped now */
	unsigned char *bytes;		/* NULL: nothing is mapped */
};

/* The page pfn (below end), to which the window moves if it has to.  NULL: f
 * says why. */
unsigned char *window_page(struct guest_window *, uint64_t pfn, struct fail *)
	    must_check;

/* Unmaps what is mapped; the window can be used again. */
int	window_close(struct guest_window *, struct fail *) must_check;

#endif
