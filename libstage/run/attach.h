/*
 * attach: devices that xl attaches to a domain that xb builds.
 *
 * No program of xb may run another one when it is confined (sandbox/confine.h).
 * So a process of its own is made before, which can do one thing: run xl for
 * each device of a list that is made by then, and for a domain of which it is
 * told the number.  No shell is involved.
 */
#ifndef XB_ATTACH_H
#define XB_ATTACH_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

enum { ATTACH_ARGS_MAX = 32 };

/* "xl VERB DOMID ARGS..." attaches it. */
struct attach_device {
	const char *verb;		/* block-attach */
	const char *spec;		/* all arguments, for messages */
	const char *args[ATTACH_ARGS_MAX]; size_t n_args;
};

/* Milliseconds that xl may take for a device: its own limits are shorter. */
enum { ATTACH_MS = 120000 };

struct attach;

/*
 * Makes that process; the list must live as long.  NULL and 0 for a list of
 * none.  FAIL_TARGET where there is no xl in PATH.
 */
int	attach_begin(struct attach **, const struct attach_device *, size_t n,
	    uint64_t milliseconds, struct fail *) must_check;

/*
 * Attaches all devices to a domain that xenstore knows, in their order.
 * FAIL_TARGET with the words of xl where it fails or takes too long: then some
 * may be attached.  Fails as stop_check() does.
 */
int	attach_all(struct attach *, uint32_t domid, struct fail *) must_check;

/* Ends that process, and an xl that it runs.  NULL is allowed. */
void	attach_end(struct attach *);

#endif
