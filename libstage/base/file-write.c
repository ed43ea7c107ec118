#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

int
file_random(void *to, size_t n, struct fail *f)
{
	unsigned char *p = to;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(f, FAIL_SYSTEM, errno,
			    "cannot get random bytes");
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int
file_write_all(int fd, const char *what, const void *bytes, size_t n,
    struct fail *f)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(f, FAIL_IO, errno,
			    "cannot write %s", what);
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

int
file_put_at(int fd, const void *bytes, size_t n, uint64_t offset)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t put = pwrite(fd, p, n, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
		offset += (uint64_t)put;
	}
	return 0;
}

int
file_close_locked(int fd)
{
	int locked = fcntl(fd, F_DUPFD_CLOEXEC, 0), e = errno;

	if (close(fd) < 0 && locked >= 0) {
		e = errno;
		close(locked);
		locked = -1;
	}
	errno = e;
	return locked;
}

/* Writes all bytes and closes fd.  Returns another descriptor of the file,
 * which keeps its lock. */
static int
write_and_close(int fd, const char *name, const void *bytes, size_t n,
    bool sync, struct fail *f)
{
	char quoted[PATH_MAX];
	int rc, locked;

	snprintf(quoted, sizeof(quoted), "'%s'", name);
	rc = file_write_all(fd, quoted, bytes, n, f);
	if (rc == 0 && sync && fsync(fd) < 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot write '%s'", name);
	locked = file_close_locked(fd);
	if (locked < 0 && rc == 0)
		return fail_errno(f, FAIL_IO, errno, "cannot write '%s'", name);
	if (rc < 0 && locked >= 0)
		close(locked);
	return rc < 0 ? -1 : locked;
}

static int
create_one(int dirfd, const char *name, unsigned mode,
    char temporary[FILE_TEMPORARY])
{
	struct fail dropped = { .kind = FAIL_NONE };
	uint64_t number = 0;
	int r = file_random(&number, sizeof(number), &dropped);

	snprintf(temporary, FILE_TEMPORARY, ".%.200s.%016" PRIx64, name,
	    number);
	if (r < 0)
		return -1;
	return openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, mode);
}

/* Takes the lock; false: somebody who sweeps was faster and removed the file.
 * Without locks, as on some network file systems, nobody sweeps. */
static bool
take_lock(int fd)
{
	struct stat st;
	int r;

	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return r < 0 || fstat(fd, &st) < 0 || st.st_nlink > 0;
}

int
file_create_temporary(int dirfd, const char *name, unsigned mode,
    char temporary[FILE_TEMPORARY])
{
	int fd = create_one(dirfd, name, mode, temporary);

	while (fd >= 0 && !take_lock(fd)) {
		close(fd);
		fd = create_one(dirfd, name, mode, temporary);
	}
	return fd;
}

static int
replace(int dirfd, const char *name, unsigned mode, const void *bytes,
    size_t n, bool sync, struct fail *f)
{
	char temporary[FILE_TEMPORARY];
	int fd = file_create_temporary(dirfd, name, mode, temporary), rc = -1;

	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot create '%s'", temporary);
	/* Closed before it has its name: close(2) may report that the bytes
	 * did not get to the disk. */
	fd = write_and_close(fd, name, bytes, n, sync, f);
	if (fd >= 0)
		rc = renameat(dirfd, temporary, dirfd, name) == 0 ? 0 :
		    fail_errno(f, FAIL_IO, errno, "cannot rename to '%s'",
		    name);
	if (rc < 0)
		unlinkat(dirfd, temporary, 0);
	if (fd >= 0)
		close(fd);
	return rc;
}

int
file_replace(int dirfd, const char *name, unsigned mode, const void *bytes,
    size_t n, struct fail *f)
{
	return replace(dirfd, name, mode, bytes, n, true, f);
}

int
file_replace_unsynced(int dirfd, const char *name, unsigned mode,
    const void *bytes, size_t n, struct fail *f)
{
	return replace(dirfd, name, mode, bytes, n, false, f);
}

int
file_sync_folder(int dirfd, const char *what, struct fail *f)
{
	return fsync(dirfd) == 0 ? 0 : fail_errno(f, FAIL_IO, errno, "cannot "
	    "write the folder of '%s' to the disk", what);
}

int
file_open_above(const char *path)
{
	char above[PATH_MAX];

	snprintf(above, sizeof(above), "%s", path);
	return open(dirname(above), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
file_sync_above(const char *path, struct fail *f)
{
	int fd = file_open_above(path), rc;

	if (fd < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot open the folder "
		    "of '%s'", path);
	rc = file_sync_folder(fd, path, f);
	close(fd);
	return rc;
}

int
file_flush(FILE *to, const char *name, struct fail *f)
{
	if (fflush(to) == 0 && !ferror(to))
		return 0;
	if (errno == EPIPE)
		return fail(f, FAIL_IO, "cannot write %s: the program that "
		    "read it has ended", name);
	return fail_errno(f, FAIL_IO, errno, "cannot write %s", name);
}
