#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "target/file/file.h"

enum { PIECE = 1 << 20 };

static int
cannot_copy(const char *name, int e, struct fail *f)
{
	return fail_errno(f, FAIL_IO, e, "cannot copy '%s' of the domain",
	    name);
}

/* ---- a file, with its holes ---- */

static int
copy_bytes(int from, int to, off_t at, off_t end, void *buf,
    struct progress *progress, struct fail *f)
{
	while (at < end) {
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t got = pread(from, buf, n, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || file_put_at(to, buf, (size_t)got,
		    (uint64_t)at) < 0)
			return fail_errno(f, FAIL_IO, got == 0 ? EIO : errno,
			    "cannot copy the domain's files");
		at += got;
		if (progress_step(progress, (uint64_t)got, f) < 0)
			return -1;
	}
	return 0;
}

static int
copy_data(int from, int to, const char *name, off_t size, struct fail *f)
{
	void *buf = malloc(PIECE);
	struct progress progress;
	off_t at = 0, end;
	int rc = 0;

	if (buf == NULL)
		return fail_memory(f, PIECE);
	progress_begin(&progress, "copying", name, 0);
	while (rc == 0 && at < size) {
		off_t data = lseek(from, at, SEEK_DATA);

		if (data < 0 && errno == ENXIO)	/* a hole up to the end */
			break;
		/* A file system that does not tell about holes has none. */
		if (data >= 0)
			at = data;
		end = data < 0 ? -1 : lseek(from, at, SEEK_HOLE);
		rc = copy_bytes(from, to, at, end < 0 ? size : end, buf,
		    &progress, f);
		at = end < 0 ? size : end;
	}
	progress_erase();
	free(buf);
	return rc;
}

static int
copy_open(int from, int to, const char *name, struct fail *f)
{
	struct stat st;

	/* Shares the blocks, where the file system can do that. */
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if (fstat(from, &st) < 0 || ftruncate(to, st.st_size) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot copy the domain's "
		    "files");
	return copy_data(from, to, name, st.st_size, f);
}

/* Puts a copy of the file in place of the one of the same name, if any.  sync:
 * it is on the disk before it has that name. */
static int
copy_file(int from_dir, int to_dir, const char *name, bool sync,
    struct fail *f)
{
	char temporary[FILE_TEMPORARY];
	int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int to = file_create_temporary(to_dir, name, 0600, temporary);
	int rc;

	if (from < 0 || to < 0)
		rc = cannot_copy(name, errno, f);
	else
		rc = copy_open(from, to, name, f);
	/* A copy that goes back is a change to the domain.  Whether that is
	 * durable is not known, as its state is not read here: so it is
	 * synced. */
	if (rc == 0 && sync && fsync(to) < 0)
		rc = cannot_copy(name, errno, f);
	if (from >= 0)
		close(from);
	if (to >= 0 && close(to) < 0 && rc == 0)
		rc = cannot_copy(name, errno, f);
	if (rc == 0 && renameat(to_dir, temporary, to_dir, name) < 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot put '%s' of the "
		    "domain in its place", name);
	if (rc < 0)
		(void)unlinkat(to_dir, temporary, 0);
	else if (sync)
		rc = file_sync_folder(to_dir, name, f);
	return rc;
}

/* ---- a domain ---- */

/* The memory first: a state must not name frames that the memory lacks. */
static int
copy_files(int from, int to, bool sync, struct fail *f)
{
	if (copy_file(from, to, "memory", sync, f) < 0)
		return -1;
	return copy_file(from, to, "state", sync, f);
}

/* Holds the domain's lock while it copies, so that no program changes it. */
int
paper_copy(const char *where, int folder, bool back, struct fail *f)
{
	char *name = paper_name(where, f);
	int dir = -1, lock = -1, rc = -1;

	if (name != NULL)
		dir = paper_open_folder(where, name, f);
	if (dir >= 0)
		lock = paper_lock(dir, name, TARGET_WRITE, false, f);
	if (lock >= 0) {
		rc = copy_files(back ? folder : dir, back ? dir : folder, back,
		    f);
		close(lock);
	}
	if (dir >= 0)
		close(dir);
	free(name);
	return rc;
}
