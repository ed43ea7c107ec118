#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/impl.h"

/*
 * The C library has no calls for Landlock, and the header of an older kernel
 * lacks the later rights: the numbers are those of linux/landlock.h, which
 * never change.
 */
struct ruleset {
	uint64_t fs, net, scoped;
};

enum {
	READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	TRUNCATE = 1 << 14,
	IOCTL_DEVICE = 1 << 15,
	/* To the folders that are written to.  No program makes a link, a
	 * device, a socket or a FIFO, or moves a file to another folder. */
	WRITING = READING | LANDLOCK_ACCESS_FS_WRITE_FILE |
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	    TRUNCATE | IOCTL_DEVICE,
	/* Rights to what is no folder. */
	OF_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
	    LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE | IOCTL_DEVICE,
};

/* The rights that came with each version: what names may be used for, TCP, and
 * (scoped) abstract sockets and signals of processes outside. */
static const struct {
	int version;
	struct ruleset rights;
} history[] = {
	{ 1, { .fs = (1 << 13) - 1 } },
	{ 2, { .fs = LANDLOCK_ACCESS_FS_REFER } },
	{ 3, { .fs = TRUNCATE } },
	{ 4, { .net = 3 } },
	{ 5, { .fs = IOCTL_DEVICE } },
	{ 6, { .scoped = 3 } },
};

int
landlock_version(void)
{
	long r = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return r < 0 ? 0 : (int)r;
}

/* What stays allowed everywhere.  A program that opens names for reading reads
 * payloads and plans from where they lie, and its way to a domain of Xen is a
 * device. */
static uint64_t
everywhere(bool reads)
{
	if (reads)
		return READING | IOCTL_DEVICE;
	return SANITIZED ? READING : 0;
}

/* All rights that this kernel knows but those that stay. */
static struct ruleset
taken(bool reads, int version)
{
	struct ruleset r = { 0 };

	for (size_t i = 0; i < sizeof(history) / sizeof(history[0]); i++)
		if (history[i].version <= version) {
			r.fs |= history[i].rights.fs;
			r.net |= history[i].rights.net;
			r.scoped |= history[i].rights.scoped;
		}
	r.fs &= ~everywhere(reads);
	return r;
}

static int
unusable(int e, struct fail *f)
{
	(void)fail_errno(f, FAIL_SYSTEM, e, "cannot confine the program with "
	    "Landlock");
	fail_add(f, "; --no-sandbox goes on without");
	return -1;
}

/* A name that leads nowhere, or where this user may not go, gives no access. */
static bool
out_of_reach(int e)
{
	return e == ENOENT || e == ENOTDIR || e == EACCES || e == ELOOP ||
	    e == ENAMETOOLONG;
}

/*
 * The access to what is there under a name, or 0.  EINVAL: it is no folder, and
 * these have rights of their own.  EBADFD: it is a pipe or the like, which has
 * no name that could be closed.
 */
static int
allow_fd(int rules, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr below = { rights, fd };
	long r = syscall(SYS_landlock_add_rule, rules,
	    LANDLOCK_RULE_PATH_BENEATH, &below, 0);

	if (r < 0 && errno == EINVAL) {
		below.allowed_access &= OF_FILES;
		r = syscall(SYS_landlock_add_rule, rules,
		    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	}
	return r < 0 && errno != EBADFD ? errno : 0;
}

static int
allow(int rules, const char *path, uint64_t rights, struct fail *f)
{
	int fd = open(path, O_PATH | O_CLOEXEC), e;

	if (fd < 0 && out_of_reach(errno))
		return 0;
	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open '%s'", path);
	e = allow_fd(rules, fd, rights);
	close(fd);
	return e == 0 ? 0 : unusable(e, f);
}

static int
apply(int rules, uint64_t rights, const char *const *writes, size_t n,
    struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (allow(rules, writes[i], rights & WRITING, f) < 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return unusable(errno, f);
	return 0;
}

/* Said once for a program and the processes that it makes. */
static void
note_none(struct fail *f)
{
	static bool noted;

	if (!noted)
		fail_note(f, "sandbox: no Landlock in this kernel (Linux has "
		    "it from 5.13 on): which files the program can open is "
		    "limited by the rights of its user alone");
	noted = true;
}

int
landlock_confine(bool reads, const char *const *writes, size_t n,
    struct fail *f)
{
	int version = landlock_version(), rc;
	struct ruleset set = taken(reads, version);
	long rules;

	if (version == 0) {
		note_none(f);
		return 0;
	}
	rules = syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	if (rules < 0)
		return unusable(errno, f);
	rc = apply((int)rules, set.fs, writes, n, f);
	close((int)rules);
	return rc;
}
