/*
 * payloads: the files that a plan's load list reads from.  All of them are open
 * at once, and a file that changes after its digest was checked is an error.
 */
#ifndef XB_PAYLOADS_H
#define XB_PAYLOADS_H

#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"
#include "plan/plan.h"

struct open_payload {
	const char *role;		/* in the plan's arena */
	const char *path;		/* for messages; in the plan's arena */
	int fd;
	struct file_id id;		/* when the digest was right */
};

struct payloads {
	struct open_payload *v;
	size_t n, cap;
};

#define PAYLOADS_INIT { NULL, 0, 0 }

/*
 * Opens every payload that the load list names.  Failures are those of
 * store_open_payload().  The caller releases the set, after a failure too.
 */
int	payloads_open(struct payloads *, struct plan *, struct fail *)
	    must_check;
void	payloads_release(struct payloads *);

/* Reads exactly n bytes of a role's payload; they must lie inside of it. */
int	payloads_read(const struct payloads *, const char *role, void *to,
	    size_t n, uint64_t offset, struct fail *) must_check;

/*
 * The next hole of a role's payload at or after *at and before end: a range
 * without blocks in its file, which reads as zeroes and has data behind it.
 * *at is where it begins; returns how long it is up to end, 0: there is none,
 * or the file system does not tell.
 */
uint64_t payloads_hole(const struct payloads *, const char *role,
	    uint64_t *at, uint64_t end);

/* FAIL_INPUT where a file changed since it was opened. */
int	payloads_unchanged(const struct payloads *, struct fail *) must_check;

#endif
