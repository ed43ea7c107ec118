#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"
#include "base/progress.h"

/* ---- reading ---- */

static const char *
kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a folder";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	default:
		return "not a regular file";
	}
}

static int
refuse_kind(const char *what, mode_t mode, struct fail *f)
{
	fail_set(f, FAIL_INPUT, "'%s' is %s, not a regular file", what,
	    kind_of(mode));
	if (S_ISFIFO(mode) || S_ISSOCK(mode))
		fail_add(f, "; it is read more than once: save it to a file "
		    "first");
	return -1;
}

/* Takes the identity of a regular file, and closes anything else. */
static int
opened(int fd, const char *what, struct file_id *id, struct fail *f)
{
	struct stat st;

	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open '%s'", what);
	if (fstat(fd, &st) < 0) {
		fail_errno(f, FAIL_IO, errno, "cannot stat '%s'", what);
	} else if (!S_ISREG(st.st_mode)) {
		(void)refuse_kind(what, st.st_mode, f);
	} else {
		*id = file_id_of(&st);
		return fd;
	}
	close(fd);
	return -1;
}

int
file_open(const char *path, struct file_id *id, struct fail *f)
{
	struct stat st;

	/* stat(2) comes before open(2), because to open a device may have an
	 * effect on it. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return refuse_kind(path, st.st_mode, f);
	return opened(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
	    path, id, f);
}

int
file_open_in(int dirfd, const char *name, const char *what,
    struct file_id *id, struct fail *f)
{
	return opened(openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOFOLLOW), what, id, f);
}

static int
check_size(const struct file_id *id, const char *what, uint64_t max,
    struct fail *f)
{
	if (id->size <= max)
		return 0;
	return fail(f, FAIL_INPUT, "'%s' has %" PRIu64 " bytes, over the limit "
	    "of %" PRIu64 "; --max-input %s raises it", what, id->size, max,
	    size_above(id->size).s);
}

int
file_open_input(const char *path, uint64_t max, struct file_id *id,
    struct fail *f)
{
	int fd = file_open(path, id, f);

	if (fd < 0 && strcmp(path, "-") == 0)
		fail_add(f, "; standard input is not read for it: save it to a "
		    "file first");
	if (fd < 0)
		return -1;
	if (check_size(id, path, max != 0 ? max : FILE_INPUT_MAX, f) == 0 &&
	    file_settle(fd, path, id, f) == 0)
		return fd;
	close(fd);
	return -1;
}

char *
file_where(int fd, const char *path)
{
	static const char gone[] = " (deleted)";
	char link[32], real[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	real[n < 0 ? 0 : n] = '\0';
	/* Without /proc, or where the name may be another's by now. */
	if (real[0] != '/' || n == (ssize_t)sizeof(real) - 1 ||
	    strstr(real, gone) != NULL)
		return realpath(path, NULL);
	return strdup(real);
}

int
file_pread(int fd, const char *what, void *to, size_t n, uint64_t offset,
    struct fail *f)
{
	unsigned char *p = to;

	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(f, FAIL_IO, errno,
			    "cannot read '%s' at offset 0x%llx", what,
			    (unsigned long long)offset);
		if (got == 0)
			return fail(f, FAIL_INPUT, "'%s' changed while it was "
			    "read: it ends at 0x%llx now, %zu bytes short",
			    what, (unsigned long long)offset, n);
		p += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

/* Hashes what it copies; to -1: it hashes alone. */
int
file_copy(int from, const char *what, int to, const char *path, uint64_t size,
    uint8_t sha256[32], struct fail *f)
{
	const size_t piece = size < 1 << 20 ? (size_t)size + 1 : 1 << 20;
	struct sha256_ctx ctx;
	struct progress progress;
	uint64_t at = 0;
	size_t n = 0;
	uint8_t *buf = malloc(piece);

	if (buf == NULL)
		return fail_memory(f, piece);
	sha256_init(&ctx);
	progress_begin(&progress, "reading", what, size);
	for (; at < size; at += n) {
		if (progress_step(&progress, n, f) < 0)
			break;
		n = size - at < piece ? (size_t)(size - at) : piece;
		if (file_pread(from, what, buf, n, at, f) < 0 ||
		    (to >= 0 && file_write_all(to, path, buf, n, f) < 0))
			break;
		sha256_update(&ctx, n, buf);
	}
	free(buf);
	progress_erase();
	if (at < size)
		return -1;
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, sha256);
	return 0;
}

int
file_sha256(int fd, const char *what, uint64_t size, uint8_t sha256[32],
    struct fail *f)
{
	return file_copy(fd, what, -1, NULL, size, sha256, f);
}

/* ---- copies ---- */

int
file_hold(int *fd, const char *what, struct file_id *id, uint8_t sha256[32],
    struct fail *f)
{
	int to = memfd_create("copy", MFD_CLOEXEC);

	if (to < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot make a copy "
		    "of '%s'", what);
	if (file_copy(*fd, what, to, "a copy in memory", id->size, sha256,
	    f) < 0 || file_identify(to, what, id, f) < 0) {
		close(to);
		return -1;
	}
	close(*fd);
	*fd = to;
	return 0;
}

/* ---- xb's own files, whole ---- */

static int
slurp(int fd, const char *name, size_t limit, void **bytes, size_t *n,
    struct fail *f)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot stat %s", name);
	if (!S_ISREG(st.st_mode))
		return fail(f, FAIL_IO, "%s is not a regular file", name);
	if ((uint64_t)st.st_size > limit)
		return fail(f, FAIL_IO, "%s has %lld bytes, more than %zu",
		    name, (long long)st.st_size, limit);
	p = malloc((size_t)st.st_size + 1);
	if (p == NULL)
		return fail_memory(f, (size_t)st.st_size);
	if (file_pread(fd, name, p, (size_t)st.st_size, 0, f) < 0) {
		free(p);
		return -1;
	}
	*bytes = p;
	*n = (size_t)st.st_size;
	return 0;
}

int
file_slurp(int dirfd, const char *name, size_t limit, void **bytes, size_t *n,
    struct fail *f)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOFOLLOW);
	int rc;

	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open %s", name);
	rc = slurp(fd, name, limit, bytes, n, f);
	close(fd);
	return rc;
}
