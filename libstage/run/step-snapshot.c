#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "run/step-impl.h"

/* Of a file target: xb-target(7). */
static const char *const files[] = { "memory", "state" };

enum { PIECE = 1 << 20 };

/* ---- a file, with its holes ---- */

static int
copy_bytes(int from, int to, off_t at, off_t end, void *buf, struct fail *f)
{
	while (at < end) {
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t got = pread(from, buf, n, at);

		if (got <= 0 || pwrite(to, buf, (size_t)got, at) != got)
			return fail_errno(f, FAIL_IO, got == 0 ? EIO : errno,
			    "cannot copy the domain's files; TMPDIR names "
			    "another place for the copy");
		at += got;
	}
	return 0;
}

static int
copy_data(int from, int to, off_t size, struct fail *f)
{
	void *buf = malloc(PIECE);
	off_t at = 0, end;
	int rc = 0;

	if (buf == NULL)
		return fail_memory(f, PIECE);
	while (rc == 0 && at < size) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0)		/* a hole up to the end */
			break;
		end = lseek(from, at, SEEK_HOLE);
		rc = copy_bytes(from, to, at, end < 0 ? size : end, buf, f);
		at = end < 0 ? size : end;
	}
	free(buf);
	return rc;
}

static int
copy_open(int from, int to, struct fail *f)
{
	struct stat st;

	/* Blocks are shared where the file system can. */
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if (fstat(from, &st) < 0 || ftruncate(to, st.st_size) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot copy the domain's "
		    "files");
	return copy_data(from, to, st.st_size, f);
}

/* Puts a copy of the file in place of the one of the same name, if any. */
static int
copy_file(int from_dir, int to_dir, const char *name, struct fail *f)
{
	static const char temporary[] = ".copy";
	int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int to = openat(to_dir, temporary, O_RDWR | O_CREAT | O_TRUNC |
	    O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc;

	if (from < 0 || to < 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot copy '%s' of the "
		    "domain", name);
	else
		rc = copy_open(from, to, f);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	if (rc == 0 && renameat(to_dir, temporary, to_dir, name) < 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot put '%s' of the "
		    "domain in its place", name);
	if (rc < 0)
		(void)unlinkat(to_dir, temporary, 0);
	return rc;
}

/* ---- a domain ---- */

static int
open_folder(const char *path, struct fail *f)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		(void)fail_errno(f, FAIL_IO, errno, "cannot open the folder "
		    "'%s'", path);
	return dir;
}

/* Nobody may work on the domain meanwhile. */
static int
locked_folder(const struct session *s, int *lock, struct fail *f)
{
	int dir = open_folder(s->domain + strlen("file:"), f);

	if (dir < 0)
		return -1;
	*lock = openat(dir, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*lock < 0)
		(void)fail_errno(f, FAIL_IO, errno, "cannot lock '%s'",
		    s->domain);
	else if (lock_take(*lock, s->domain, true, f) == 0)
		return dir;
	if (*lock >= 0)
		close(*lock);
	close(dir);
	return -1;
}

static int
copy_domain(const struct session *s, int snapshot, bool back, struct fail *f)
{
	int lock, dir = locked_folder(s, &lock, f), rc = 0;

	if (dir < 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && rc == 0; i++)
		rc = copy_file(back ? snapshot : dir, back ? dir : snapshot,
		    files[i], f);
	close(lock);
	close(dir);
	return rc;
}

/* A copy of the domain for so many steps that are done, or back from it. */
static int
copy_state(const struct session *s, size_t done, bool back, struct fail *f)
{
	char *path = step_path(s, "snapshot", done, f);
	int dir = -1, rc = -1;

	if (path == NULL)
		return -1;
	if (!back && mkdir(path, 0700) < 0 && errno != EEXIST)
		(void)fail_errno(f, FAIL_IO, errno, "cannot make '%s'", path);
	else
		dir = open_folder(path, f);
	if (dir >= 0) {
		rc = copy_domain(s, dir, back, f);
		close(dir);
	}
	free(path);
	return rc;
}

int
step_snapshot(const struct session *s, size_t done, struct fail *f)
{
	return copy_state(s, done, false, f);
}

int
step_restore(const struct session *s, size_t done, struct fail *f)
{
	return copy_state(s, done, true, f);
}
