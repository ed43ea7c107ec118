#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/lock.h"
#include "base/stop.h"

enum { WAIT_MS = 2000, FOLDER_MS = 10000, STEP_MS = 10 };

/* Returns 0 or the errno. */
static int
take(int fd, int how)
{
	int r;

	do
		r = flock(fd, how | LOCK_NB);
	while (r < 0 && errno == EINTR);
	return r < 0 ? errno : 0;
}

/* Do only readers have the lock?  Then it can be shared with them. */
static bool
only_read(int fd)
{
	return take(fd, LOCK_SH) == 0 && take(fd, LOCK_UN) == 0;
}

static int
take_or_wait(int fd, const char *name, bool alone, struct fail *f)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int e = take(fd, alone ? LOCK_EX : LOCK_SH), waited = 0;

	while (alone && e == EWOULDBLOCK && waited < WAIT_MS &&
	    only_read(fd)) {
		(void)nanosleep(&step, NULL);
		waited += STEP_MS;
		e = take(fd, LOCK_EX);
	}
	if (e == 0)
		return 0;
	if (e != EWOULDBLOCK)
		return fail_errno(f, FAIL_SYSTEM, e, "cannot lock '%s'", name);
	if (waited >= WAIT_MS)
		return fail(f, FAIL_FULL, "another program is reading '%s' "
		    "and has not ended within %d s; try again when it has",
		    name, WAIT_MS / 1000);
	return fail(f, FAIL_FULL, "another program is working on '%s'; try "
	    "again when it has ended", name);
}

int
lock_wait(int fd, const char *name, struct fail *f)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int e = take(fd, LOCK_EX);

	for (int ms = 0; e == EWOULDBLOCK && ms < FOLDER_MS; ms += STEP_MS) {
		if (stop_check(f) < 0)
			return -1;
		(void)nanosleep(&step, NULL);
		e = take(fd, LOCK_EX);
	}
	if (e == EWOULDBLOCK)
		return fail(f, FAIL_FULL, "another program is writing '%s' "
		    "and has not ended within %d s; try again when it has",
		    name, FOLDER_MS / 1000);
	return e == 0 ? 0 : fail_errno(f, FAIL_SYSTEM, e, "cannot lock '%s'",
	    name);
}

int
lock_still_there(int fd, int dir, const char *file, const char *name,
    struct fail *f)
{
	struct stat a, b;

	if (fstat(fd, &a) == 0 &&
	    fstatat(dir, file, &b, AT_SYMLINK_NOFOLLOW) == 0)
		return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	return errno == ENOENT ? 0 : fail_errno(f, FAIL_SYSTEM, errno,
	    "cannot lock '%s'", name);
}

int
lock_take(int fd, int dir, const char *file, const char *name, bool alone,
    struct fail *f)
{
	int there;

	if (take_or_wait(fd, name, alone, f) < 0)
		return -1;
	there = lock_still_there(fd, dir, file, name, f);
	if (there == 0)
		return fail(f, FAIL_FULL, "another program is ending '%s', "
		    "or making it; try again when it has ended", name);
	return there < 0 ? -1 : 0;
}
