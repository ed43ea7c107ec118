/*
 * payloads: the files that a plan's load list reads from, all open at once and
 * held to the state in which their digests were right.
 */
#ifndef XB_PAYLOADS_H
#define XB_PAYLOADS_H

#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "plan/plan.h"

struct open_payload {
	const char *role;		/* the plan's */
	const char *path;		/* for messages, in the plan's arena */
	int fd;
	struct file_id id;		/* in which the digest was right */
};

struct payloads {
	struct open_payload *v;
	size_t n, cap;
};

#define PAYLOADS_INIT { NULL, 0, 0 }

/*
 * Opens every payload that the load list names.  Failures are those of
 * store_open_payload().  The set is the caller's to release either way.
 */
int	payloads_open(struct payloads *, struct plan *, struct fail *)
	    must_check;
void	payloads_release(struct payloads *);

/* Reads exactly n bytes of a role, the range being inside its payload. */
int	payloads_read(const struct payloads *, const char *role, void *to,
	    size_t n, uint64_t offset, struct fail *) must_check;

/* FAIL_INPUT where a file changed since it was opened. */
int	payloads_unchanged(const struct payloads *, struct fail *) must_check;

#endif
