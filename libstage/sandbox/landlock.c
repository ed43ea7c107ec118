#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
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

/* What stays allowed everywhere: where names are read, payloads and plans are
 * read from where they lie, and the way to a domain of Xen is a device. */
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
	return fail_errno(f, FAIL_SYSTEM, e, "cannot confine the program with "
	    "Landlock; --no-sandbox goes on without");
}

static int
allow_fd(int rules, int fd, uint64_t rights, const char *path,
    struct fail *f)
{
	struct landlock_path_beneath_attr below = { .parent_fd = fd };
	struct stat s;

	if (fstat(fd, &s) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot look at '%s'",
		    path);
	below.allowed_access = S_ISDIR(s.st_mode) ? rights : rights & OF_FILES;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &below, 0) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot confine the "
		    "program to '%s'", path);
	return 0;
}

static int
allow(int rules, const char *path, uint64_t rights, struct fail *f)
{
	int fd = open(path, O_PATH | O_CLOEXEC), rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open '%s'", path);
	rc = allow_fd(rules, fd, rights, path, f);
	close(fd);
	return rc;
}

static int
apply(int rules, uint64_t rights, const char *const *writes, size_t n,
    struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (allow(rules, writes[i], rights &
		    ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE, f) < 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return unusable(errno, f);
	return 0;
}

/* Once for a program and the processes that it makes. */
static void
note_none(struct fail *f)
{
	static bool noted;

	if (!noted)
		fail_note(f, "sandbox: this kernel has no Landlock (Linux 5.13 "
		    "has): names are not closed to the program");
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
