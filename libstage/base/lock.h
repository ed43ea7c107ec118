/*
 * lock: the flock(2) of programs that work on one domain.
 */
#ifndef XB_LOCK_H
#define XB_LOCK_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * Locks the file fd of the target name, until it is closed: shared, or alone.
 * Who wants it alone waits up to 2 s for those that read; a program that has it
 * alone is waited for by nobody.  FAIL_TARGET where it cannot be had.
 */
int	lock_take(int fd, const char *name, bool alone, struct fail *)
	    must_check;

#endif
