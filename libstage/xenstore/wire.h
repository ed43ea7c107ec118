/*
 * xenstore/wire: requests to xenstored and their answers, by the protocol of
 * Xen's public io/xs_wire.h.
 *
 * Requests are collected and sent together, for each answer that is waited for
 * costs two switches to the daemon and back.  Answers come in the order of the
 * requests.
 */
#ifndef XB_XENSTORE_WIRE_H
#define XB_XENSTORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "base/fail.h"

struct wire {
	int fd;
	bool device;			/* the kernel's, which takes one
					 * message with a write(2) */
	uint32_t transaction;		/* that requests belong to; 0: none */
	/* private to wire.c */
	uint32_t sent;
	unsigned char *out;		/* requests that wait */
	size_t n, cap;
	unsigned char in[2 * XENSTORE_PAYLOAD_MAX];
	size_t at, end;			/* of in: not looked at yet */
	size_t behind;			/* bytes that are sure to come after
					 * this answer */
	/* of the first request that was refused */
	enum xsd_sockmsg_type refused;
	char path[XENSTORE_ABS_PATH_MAX];
	/* of the last request that was settled */
	char answer[XENSTORE_PAYLOAD_MAX + 1];	/* a NUL behind it */
	size_t size;
};

/* Adds a request.  FAIL_INPUT where it is longer than the protocol allows. */
int	wire_add(struct wire *, enum xsd_sockmsg_type, const void *, size_t,
	    struct fail *) must_check;

/*
 * Sends what was added and waits for all answers.  0, or the errno with which
 * one was refused, the first of them: refused is its type, and path a copy of
 * its text up to a NUL.  That there was nothing to remove is no refusal.
 *
 * With each all are requests to read: it is called with every answer, in their
 * order.  text is NULL where there is no such node, which is no refusal.
 */
int	wire_settle(struct wire *, void (*each)(void *arg, const char *text),
	    void *arg) must_check;

/* What was added is not sent. */
void	wire_drop(struct wire *);

/* Closes the descriptor. */
void	wire_close(struct wire *);

/* link.c: a struct xenstore that speaks over the descriptor, which is its own,
 * after a failure too. */
struct xenstore *link_over(int fd, bool device, struct fail *) must_check;

#endif
