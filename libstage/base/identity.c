#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/identity.h"

enum { SETTLE_TRIES = 5 };

static const int64_t second_ns = 1000000000, settle_ns = 10000000;

uid_t
file_user(void)
{
	static uid_t user = (uid_t)-1;

	if (user == (uid_t)-1)
		user = geteuid();
	return user;
}

bool
file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime_sec == b->mtime_sec && a->mtime_nsec == b->mtime_nsec &&
	    a->ctime_sec == b->ctime_sec && a->ctime_nsec == b->ctime_nsec;
}

struct file_id
file_id_of(const struct stat *st)
{
	return (struct file_id){
		.dev = st->st_dev, .ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime_sec = (uint64_t)st->st_mtim.tv_sec,
		.mtime_nsec = (uint64_t)st->st_mtim.tv_nsec,
		.ctime_sec = (uint64_t)st->st_ctim.tv_sec,
		.ctime_nsec = (uint64_t)st->st_ctim.tv_nsec,
	};
}

/* What fstat(2) says of the file. */
static int
ask(int fd, const char *what, struct stat *st, struct fail *f)
{
	return fstat(fd, st) == 0 ? 0 : fail_errno(f, FAIL_IO, errno,
	    "cannot stat '%s'", what);
}

int
file_identify(int fd, const char *what, struct file_id *id, struct fail *f)
{
	struct stat st;

	if (ask(fd, what, &st, f) < 0)
		return -1;
	*id = file_id_of(&st);
	return 0;
}

/* Nanoseconds until the time is old enough to be settled; -1: it lies in the
 * future, and waiting does not help. */
static int64_t
until_old(const struct timespec *now, uint64_t sec, uint64_t nsec)
{
	int64_t seconds = (int64_t)((uint64_t)now->tv_sec - sec), age;

	/* So that nothing overflows. */
	if (seconds > 1 || seconds < -1)
		return seconds > 0 ? 0 : -1;
	age = seconds * second_ns + now->tv_nsec - (int64_t)nsec;
	if (age < 0)
		return -1;
	return age > settle_ns ? 0 : settle_ns - age + 1;
}

/* The same for both times of a file. */
static int64_t
until_both_old(const struct timespec *now, const struct file_id *id)
{
	int64_t m = until_old(now, id->mtime_sec, id->mtime_nsec);
	int64_t c = until_old(now, id->ctime_sec, id->ctime_nsec);

	if (m > 0 || c > 0)
		return m > c ? m : c;
	return m < c ? m : c;
}

static void
sleep_for(int64_t ns)
{
	struct timespec rest = { .tv_nsec = ns };

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		continue;
}

/*
 * File systems that change the times of a file at the first write through every
 * new mapping, and whose leases see all writers.  tmpfs does not do the first;
 * an overlay not the second, because a mapping keeps the file below it open.
 * Of a network or a FUSE file system nobody here sees the other writers.
 */
static bool
keeps_times(int fd)
{
	static const uint32_t good[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
	    BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, SQUASHFS_MAGIC,
	    EROFS_SUPER_MAGIC_V1, ISOFS_SUPER_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if ((uint32_t)fs.f_type == good[i])
			return true;
	return false;
}

/* A writable mapping keeps the file open for writing, after close(2) too. */
static bool
has_no_writer(int fd)
{
	/* Whoever opens the file for writing meanwhile makes the kernel send
	 * this process a signal: let it be one that does not end it. */
	if (fcntl(fd, F_SETSIG, SIGURG) < 0 ||
	    fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return false;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

/* By what fstat(2) said before: whoever changes mode or owner since then gives
 * the file another state. */
static bool
trusted(int fd, const struct stat *st)
{
	/* The bits of the group are also the limit of all further entries of
	 * an access control list. */
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	/* Another user can have no lease of root's file, nor write to it. */
	if (st->st_uid == 0 && file_user() != 0)
		return true;
	return st->st_uid == file_user() && keeps_times(fd) &&
	    has_no_writer(fd);
}

bool
file_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && trusted(fd, &st);
}

int
file_settle(int fd, const char *what, struct file_id *id, struct fail *f)
{
	struct timespec now;
	struct stat st;
	int64_t rest;

	for (int i = 0; i < SETTLE_TRIES; i++) {
		/* The clock is read first: after fstat(2) it would make the
		 * state look older than it is. */
		clock_gettime(CLOCK_REALTIME, &now);
		if (ask(fd, what, &st, f) < 0)
			return -1;
		*id = file_id_of(&st);
		rest = until_both_old(&now, id);
		if (rest <= 0) {
			id->settled = rest == 0 && trusted(fd, &st);
			return 0;
		}
		sleep_for(rest);
	}
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
