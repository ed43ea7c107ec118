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
only_read(int fd, struct fail *f)
{
	(void)f;
	return take(fd, LOCK_SH) == 0 && take(fd, LOCK_UN) == 0;
}

static bool
not_stopped(int fd, struct fail *f)
{
	(void)fd;
	return stop_check(f) == 0;
}

/* Who has the lock is waited for as long as goes_on() says so, at most ms. */
static int
take_within(int fd, int how, const char *name, int ms,
    bool (*goes_on)(int fd, struct fail *), const char *doing, struct fail *f)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int e = take(fd, how), waited = 0;

	while (e == EWOULDBLOCK && waited < ms && goes_on(fd, f)) {
		(void)nanosleep(&step, NULL);
		waited += STEP_MS;
		e = take(fd, how);
	}
	if (e == 0)
		return 0;
	if (e != EWOULDBLOCK)
		return fail_errno(f, FAIL_SYSTEM, e, "cannot lock '%s'", name);
	if (waited >= ms)
		return fail(f, FAIL_FULL, "another program is %s '%s' and has "
		    "not ended within %d s; try again when it has", doing,
		    name, ms / 1000);
	return fail(f, FAIL_FULL, "another program is working on '%s'; try "
	    "again when it has ended", name);
}

int
lock_wait(int fd, const char *name, struct fail *f)
{
	return take_within(fd, LOCK_EX, name, FOLDER_MS, not_stopped,
	    "writing", f);
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

	if (take_within(fd, alone ? LOCK_EX : LOCK_SH, name, WAIT_MS,
	    only_read, "reading", f) < 0)
		return -1;
	there = lock_still_there(fd, dir, file, name, f);
	if (there == 0)
		return fail(f, FAIL_FULL, "another program is ending '%s', "
		    "or making it; try again when it has ended", name);
	return there < 0 ? -1 : 0;
}
