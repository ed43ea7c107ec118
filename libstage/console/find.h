/*
 * console/find: finds the console ring of a Xen domain.
 */
#ifndef XB_CONSOLE_FIND_H
#define XB_CONSOLE_FIND_H

#include <stdint.h>

#include "base/fail.h"
#include "plan/plan.h"

struct console_owner {
	char name[16];			/* xen:DOMID */
	uint32_t domid;
	uint8_t uuid[UUID_BYTES];
};

struct console_place {
	uint64_t mfn, port;
};

/*
 * Reads the ring's mfn and port from xenstore or, where it has none, from the
 * domain's record (target/runfile.h), where xb-startinfo keeps them.  A record
 * that a stage has locked is waited for.  FAIL_TARGET where neither has them.
 */
int	console_find(const struct console_owner *, struct console_place *,
	    struct fail *) must_check;

#endif
