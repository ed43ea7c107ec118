#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

enum { SETTLE_TRIES = 5 };

static const int64_t second_ns = 1000000000, settle_ns = 10000000;

bool
file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime_sec == b->mtime_sec && a->mtime_nsec == b->mtime_nsec &&
	    a->ctime_sec == b->ctime_sec && a->ctime_nsec == b->ctime_nsec;
}

/* Nanoseconds from then to now, two seconds at most either way. */
static int64_t
age(const struct timespec *now, uint64_t sec, uint64_t nsec)
{
	int64_t seconds = (int64_t)((uint64_t)now->tv_sec - sec);

	if (seconds > 1 || seconds < -1)
		return seconds > 0 ? 2 * second_ns : -2 * second_ns;
	return seconds * second_ns + now->tv_nsec - (int64_t)nsec;
}

/* A time in the future says nothing of the past: it settles nothing. */
static bool
settled(const struct timespec *now, const struct file_id *id)
{
	return age(now, id->mtime_sec, id->mtime_nsec) > settle_ns &&
	    age(now, id->ctime_sec, id->ctime_nsec) > settle_ns;
}

int
file_identify(int fd, const char *what, struct file_id *id, struct fail *f)
{
	struct timespec now;
	struct stat st;

	/* Read after fstat(2), the clock would make a state look older. */
	clock_gettime(CLOCK_REALTIME, &now);
	if (fstat(fd, &st) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot stat '%s'", what);
	*id = (struct file_id){
		.dev = st.st_dev, .ino = st.st_ino,
		.size = (uint64_t)st.st_size,
		.mtime_sec = (uint64_t)st.st_mtim.tv_sec,
		.mtime_nsec = (uint64_t)st.st_mtim.tv_nsec,
		.ctime_sec = (uint64_t)st.st_ctim.tv_sec,
		.ctime_nsec = (uint64_t)st.st_ctim.tv_nsec,
	};
	id->settled = settled(&now, id);
	return 0;
}

/* Nanoseconds until that time is old enough; -1: it never will be. */
static int64_t
until_old(const struct timespec *now, uint64_t sec, uint64_t nsec)
{
	int64_t a = age(now, sec, nsec);

	if (a < 0)
		return -1;
	return a > settle_ns ? 0 : settle_ns - a + 1;
}

/* Waits until times are old that can be.  False: others stand in the way. */
static bool
wait_for(const struct file_id *id)
{
	struct timespec now, rest = { .tv_sec = 0 };
	int64_t m, c, longest;

	clock_gettime(CLOCK_REALTIME, &now);
	m = until_old(&now, id->mtime_sec, id->mtime_nsec);
	c = until_old(&now, id->ctime_sec, id->ctime_nsec);
	longest = m > c ? m : c;
	if (longest <= 0)
		return m == 0 && c == 0;
	rest.tv_nsec = longest;
	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		continue;
	return true;
}

int
file_settle(int fd, const char *what, struct file_id *id, struct fail *f)
{
	for (int i = 0; i < SETTLE_TRIES; i++) {
		if (id->settled || !wait_for(id))
			return 0;
		if (file_identify(fd, what, id, f) < 0)
			return -1;
	}
	if (id->settled)
		return 0;
	return fail(f, FAIL_INPUT, "'%s' is being written to: it changed all "
	    "the time for %d ms; try again with a file that stays as it is",
	    what, (int)(SETTLE_TRIES * settle_ns / 1000000));
}

int
file_unchanged(int fd, const char *what, const struct file_id *id,
    struct fail *f)
{
	struct file_id now;

	if (file_identify(fd, what, &now, f) < 0)
		return -1;
	if (!file_id_equal(id, &now))
		return fail(f, FAIL_INPUT, "'%s' changed while it was read; "
		    "try again with a file that stays as it is", what);
	return 0;
}
