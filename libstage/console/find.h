/*
 * console/find: where a domain of Xen has its console.
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
 * As xenstore has it, else as xb-startinfo left it in the domain's record; for
 * that it waits while a stage works on the domain.  FAIL_TARGET where neither
 * knows.
 */
int	console_find(const struct console_owner *, struct console_place *,
	    struct fail *) must_check;

#endif
