/*
 * window: the domain that a plan is bound to, by guest frames.
 *
 * What the stages after xb-layout share: opening the domain for one piece of
 * work and closing it again, and windows into its memory that are mapped,
 * moved and unmapped as the work goes on.
 */
#ifndef XB_WINDOW_H
#define XB_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/extent.h"
#include "base/fail.h"
#include "plan/plan.h"
#include "target/target.h"

/* Pages that a window maps at most: 16 MiB. */
enum { WINDOW_MAX = 4096 };

typedef int target_step(struct target *, const struct target_info *,
	    struct plan *, void *options, struct fail *);

/*
 * Opens the plan's target for writing, refuses a domain that is not as a
 * builder needs it (target_buildable()), works, and closes it.  name, the value
 * of -t, may only repeat what the plan says, FAIL_USAGE; NULL: not given.
 */
int	target_run(struct plan *p, const char *name, target_step *work,
	    void *options, struct fail *f) must_check;

/* FAIL_TARGET for a domain that runs, or ran after it was constructed. */
int	target_buildable(const struct target_info *, const char *name,
	    struct fail *) must_check;

/* Writes one whole page. */
int	target_put_page(struct target *, uint64_t mfn,
	    const void *page, struct fail *) must_check;

/*
 * A window: at most WINDOW_MAX pages of [.., end) are mapped at a time.  It
 * goes forward best, and lives on the stack of whoever uses it.
 */
struct guest_window {
	struct target *target;
	const struct extents *p2m;
	uint64_t end;			/* pfn behind the last to be mapped */
	bool writable;
	/* own */
	uint64_t pfn, pages;		/* mapped now */
	unsigned char *bytes;		/* NULL: nothing is mapped */
};

/* The page pfn, below end; the window moves where it must.  NULL: f. */
unsigned char *window_page(struct guest_window *, uint64_t pfn, struct fail *)
	    must_check;

/* Unmaps what is mapped; the window can be used again. */
int	window_close(struct guest_window *, struct fail *) must_check;

#endif
