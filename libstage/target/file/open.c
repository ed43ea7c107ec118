#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "target/file/file.h"

char *
paper_name(const char *where, struct fail *f)
{
	size_t n = strlen("file:") + strlen(where) + 1;
	char *name;

	if (where[0] == '\0')
		return fail_null(f, FAIL_USAGE, "'file:' names no folder; "
		    "write file:DIR");
	name = malloc(n);
	if (name == NULL)
		fail_memory(f, n);
	else
		snprintf(name, n, "file:%s", where);
	return name;
}

/*
 * A file of the folder that cannot be opened.  The domain is damaged if the
 * file is missing, a link or not a regular file; any other error may be gone at
 * the next attempt.
 */
static int
cannot_open(const char *what, const char *name, int e, struct fail *f)
{
	if (e == ENOENT || e == ELOOP || e == ENXIO || e == EISDIR)
		return paper_damaged(name, f, "cannot open its %s: %s", what,
		    strerror(e));
	return fail_errno(f, fail_kind_of(e, FAIL_IO), e, "cannot open the %s "
	    "of '%s'", what, name);
}

/* ---- the lock ---- */

int
paper_lock(int dir, const char *name, enum target_access access, bool create,
    struct fail *f)
{
	int fd = openat(dir, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | (create ? O_CREAT : 0), 0600);

	if (fd < 0)
		return cannot_open("lock", name, errno, f);
	if (lock_take(fd, dir, "lock", name, access == TARGET_WRITE, f) == 0)
		return fd;
	close(fd);
	return -1;
}

/* ---- opening ---- */

/* A page that is mapped past the end of the file raises SIGBUS when it is
 * read. */
int
paper_take_memory(struct paper_target *t, struct fail *f)
{
	const uint64_t end = paper_frames_end(&t->state) * PAGE_BYTES;
	struct stat st;

	if (fstat(t->memory, &st) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot stat the memory "
		    "of '%s'", t->name);
	if (!S_ISREG(st.st_mode))
		return paper_damaged(t->name, f, "its memory is not a regular "
		    "file");
	t->memory_bytes = (uint64_t)st.st_size;
	if (t->memory_bytes >= end)
		return 0;
	return paper_damaged(t->name, f, "its memory ends at 0x%" PRIx64
	    ", the last frame of its state at 0x%" PRIx64, t->memory_bytes,
	    end);
}

static int
open_memory(struct paper_target *t, struct fail *f)
{
	int how = t->writable ? O_RDWR : O_RDONLY;

	t->memory = openat(t->dir, "memory", how | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (t->memory < 0)
		return cannot_open("memory", t->name, errno, f);
	return paper_take_memory(t, f);
}

/* Is the state a regular file of a sane size?  Asked before it is read. */
static int
look_at_state(const struct paper_target *t, struct fail *f)
{
	struct stat st;

	if (fstatat(t->dir, "state", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? fail(f, FAIL_TARGET, "'%s' is no "
		    "domain: the folder has no state; create it with "
		    "xb-domain create", t->name) :
		    cannot_open("state", t->name, errno, f);
	if (!S_ISREG(st.st_mode))
		return paper_damaged(t->name, f, "its state is not a regular "
		    "file");
	if (st.st_size > PAPER_STATE_BYTES_MAX)
		return paper_damaged(t->name, f, "its state has %lld bytes, "
		    "more than %d", (long long)st.st_size,
		    PAPER_STATE_BYTES_MAX);
	return 0;
}

static int
load_state(struct paper_target *t, struct fail *f)
{
	struct fail why = { 0 };
	void *bytes;
	size_t n;
	int rc;

	if (look_at_state(t, f) < 0)
		return -1;
	if (file_slurp(t->dir, "state", PAPER_STATE_BYTES_MAX, &bytes, &n,
	    &why) < 0)
		/* It went missing, or shorter, since look_at_state(): another
		 * program is destroying the domain. */
		return fail(f, why.kind == FAIL_MISSING || why.kind ==
		    FAIL_INPUT ? FAIL_TARGET : why.kind, "'%s': %s", t->name,
		    why.message);
	rc = paper_state_decode(&t->state, bytes, n, t->name, f);
	if (rc == 0)
		rc = paper_state_check(&t->state, t->name, f);
	free(bytes);
	return rc;
}

int
paper_open_folder(const char *where, const char *name, struct fail *f)
{
	int dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0)
		return dir;
	if (errno == ENOENT || errno == ENOTDIR)
		return fail(f, FAIL_TARGET, "there is no domain '%s': %s",
		    name, errno == ENOENT ? "no such folder" :
		    "not a folder");
	return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
	    "cannot open '%s'", name);
}

static int
open_all(struct paper_target *t, const char *where, enum target_access access,
    struct fail *f)
{
	struct stat st;

	t->name = paper_name(where, f);
	if (t->name == NULL)
		return -1;
	t->dir = paper_open_folder(where, t->name, f);
	if (t->dir < 0)
		return -1;
	if (fstatat(t->dir, "lock", &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		return fail(f, FAIL_TARGET, "'%s' is no domain: the folder "
		    "has no lock; create it with xb-domain create", t->name);
	if (access != TARGET_LOOK)
		t->lock = paper_lock(t->dir, t->name, access, false, f);
	/* The state first: a writer makes the memory longer before it writes
	 * the state, so the memory cannot be too short for it. */
	if ((access != TARGET_LOOK && t->lock < 0) || load_state(t, f) < 0)
		return -1;
	return open_memory(t, f);
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

struct paper_target *
paper_new(bool writable, struct fail *f)
{
	struct paper_target *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return fail_memory_null(f, sizeof(*t));
	t->dir = t->lock = t->memory = -1;
	t->writable = writable;
	return t;
}

int
paper_open(struct target **out, const char *where,
    enum target_access access, struct fail *f)
{
	struct paper_target *t = paper_new(access == TARGET_WRITE, f);

	if (t == NULL)
		return -1;
	if (open_all(t, where, access, f) < 0) {
		paper_release(t);
		return -1;
	}
	*out = &t->base;
	return 0;
}

void
paper_release(struct paper_target *t)
{
	paper_state_release(&t->state);
	free(t->buffer);
	close_fd(t->memory);
	close_fd(t->lock);
	close_fd(t->dir);
	free(t->name);
	free(t);
}

/* ---- changing ---- */

int
paper_writable(struct paper_target *t, struct fail *f)
{
	return t->writable ? 0 : fail_bug(f, "a change to a target that was "
	    "opened for reading");
}

int
paper_whole(const struct paper_target *t, struct fail *f)
{
	struct stat st;

	if (paper_held(t))
		return 0;
	if (fstat(t->memory, &st) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot stat the memory "
		    "of '%s'", t->name);
	if ((uint64_t)st.st_size >= t->memory_bytes)
		return 0;
	return fail(f, FAIL_IO, "the memory of '%s' was cut off at 0x%" PRIx64
	    " while it was in use: it had 0x%" PRIx64 " bytes; remove the "
	    "folder and create the domain anew", t->name, (uint64_t)st.st_size,
	    t->memory_bytes);
}

int
paper_grow(struct paper_target *t, uint64_t bytes, struct fail *f)
{
	if (bytes <= t->memory_bytes)
		return 0;
	if (ftruncate(t->memory, (off_t)bytes) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot make the memory "
		    "of '%s' %" PRIu64 " bytes long", t->name, bytes);
	t->memory_bytes = bytes;
	return 0;
}

int
paper_sync(const struct paper_target *t, struct fail *f)
{
	if (!t->state.durable || fdatasync(t->memory) == 0)
		return 0;
	return fail_errno(f, FAIL_IO, errno, "cannot write the memory of '%s' "
	    "to the disk", t->name);
}

static int
replace_state(const struct paper_target *t, const void *bytes, size_t n,
    struct fail *f)
{
	/*
	 * No fsync of a domain that is not durable: syncing only the state
	 * would be of no use after a power cut, and syncing the memory too
	 * would write all of it out.
	 */
	if (!t->state.durable)
		return file_replace_unsynced(t->dir, "state", 0600, bytes, n,
		    f);
	if (file_replace(t->dir, "state", 0600, bytes, n, f) < 0)
		return -1;
	return file_sync_folder(t->dir, t->name, f);
}

int
paper_save(struct paper_target *t, struct fail *f)
{
	struct fail why = { 0 };
	void *bytes;
	size_t n;
	int rc;

	if (t->dir < 0)
		return 0;
	/* The memory first: a state must not name frames that the memory lacks,
	 * nor pin page tables that are not there. */
	if (paper_sync(t, f) < 0 ||
	    paper_state_encode(&t->state, &bytes, &n, t->name, f) < 0)
		return -1;
	rc = replace_state(t, bytes, n, &why);
	free(bytes);
	return rc == 0 ? 0 : fail(f, why.kind, "cannot keep the state of "
	    "'%s': %s", t->name, why.message);
}
