/*
 * lock: the lock, by flock(2), between programs that use the same domain.
 */
#ifndef XB_LOCK_H
#define XB_LOCK_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * Locks the file of that name in the folder dir, opened as fd, until fd is
 * closed: shared by readers, or alone for a writer.  A writer waits up to 2 s
 * for readers to end.  Nobody waits for a writer.  name is the target's.
 * FAIL_FULL where another program keeps the lock, or removed the file before it
 * was locked here.
 */
int	lock_take(int fd, int dir, const char *file, const char *name,
	    bool alone, struct fail *) must_check;

/*
 * Locks an open folder alone until fd is closed, and waits up to 10 s for who
 * has it.  FAIL_FULL; FAIL_SYSTEM where a signal came (base/stop.h).
 */
int	lock_wait(int fd, const char *name, struct fail *) must_check;

/*
 * Is the locked file still the one of that name?  The program that had the
 * lock may have removed it meanwhile.  Returns 1 or 0.  FAIL_SYSTEM.
 */
int	lock_still_there(int fd, int dir, const char *file, const char *name,
	    struct fail *) must_check;

#endif
