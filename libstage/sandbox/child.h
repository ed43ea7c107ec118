/*
 * child: work on hostile bytes, in a process of its own that can do nothing
 * else.
 *
 * The process has at most one descriptor to read from and a pipe, is confined
 * (sandbox/confine.h) before it reads its first byte, and ends with the work,
 * with the caller, or when it is over its limits.  Whatever its bytes make of
 * it, all that comes of it are frames on the pipe: messages, which the caller
 * tells as its own, and what child_send() sends, which the caller must check as
 * it would any file.
 */
#ifndef XB_CHILD_H
#define XB_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct child_job {
	const char *what;		/* "the process that reads 'vmlinuz'" */
	int fd;				/* that the work reads; -1: none */
	uint64_t memory;		/* bytes that it may have in all */
	const char *way_out;		/* "; --window lifts it", or "" */
	unsigned cpu_seconds;		/* of processor time */
	uint64_t frame_max;		/* bytes of a frame that it sends */

	/* In the process.  Its failure is the caller's. */
	int (*work)(void *arg, struct fail *);
	/* In the caller, for each frame; a failure ends the process. */
	int (*take)(void *arg, unsigned kind, const void *bytes, size_t n,
	    struct fail *);
	void *arg;			/* the process has a copy */
};

/* Of processor time, for work that is done in one on any machine. */
enum { CHILD_SECONDS = 60 };

/*
 * Runs the work to its end.  FAIL_INPUT where it failed with that, or needs
 * more memory or time than it may have; FAIL_BUG where it was ended for trying
 * what it may not or for sleeping, crashed, or sent what cannot be; FAIL_SYSTEM
 * where another signal killed it, or where the caller is to end by one
 * (base/stop.h).
 */
int	child_run(const struct child_job *, struct fail *) must_check;

/* Called by the work: sends a frame of a kind of its own. */
void	child_send(unsigned kind, const void *bytes, size_t n);

/* Called by take: FAIL_BUG, for a frame that no work of ours sends. */
int	child_nonsense(const struct child_job *, struct fail *);

#endif
