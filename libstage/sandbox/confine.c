#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sandbox/impl.h"

static bool off;			/* set by confine_off() */

void
confine_off(void)
{
	off = true;
}

/* ---- descriptors ---- */

static bool
is_kept(const struct confinement *c, int fd)
{
	for (size_t i = 0; i < c->n_keep; i++)
		if (c->keep[i] == fd)
			return true;
	return false;
}

static void
close_others(const struct confinement *c)
{
	int end = 0;

	for (size_t i = 0; i < c->n_keep; i++)
		if (c->keep[i] >= end)
			end = c->keep[i] + 1;
	for (int fd = 0; fd < end; fd++)
		if (!is_kept(c, fd))
			close(fd);
	closefrom(end);
}

/* ---- limits ---- */

/* A limit that is lower already stays. */
static int
lower(__rlimit_resource_t resource, rlim_t soft, rlim_t hard, struct fail *f)
{
	struct rlimit r;

	if (getrlimit(resource, &r) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot read limit %d",
		    (int)resource);
	if (hard < r.rlim_max)
		r.rlim_max = hard;
	if (soft < r.rlim_cur)
		r.rlim_cur = soft;
	if (setrlimit(resource, &r) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot set limit %d",
		    (int)resource);
	return 0;
}

static int
limit(const struct confinement *c, struct fail *f)
{
	bool child = c->profile == CONFINE_CHILD;
	/* At the soft limit of RLIMIT_CPU the kernel sends SIGXCPU, at the hard
	 * one, a second later, SIGKILL. */
	const struct {
		bool set;
		__rlimit_resource_t resource;
		rlim_t soft, hard;
	} limits[] = {
		{ child, RLIMIT_CORE, 0, 0 },
		{ child, RLIMIT_NPROC, 0, 0 },
		{ child, RLIMIT_FSIZE, 0, 0 },
		{ c->memory != 0 && !SANITIZED, RLIMIT_AS, c->memory,
		    c->memory },
		{ c->cpu_seconds != 0, RLIMIT_CPU, c->cpu_seconds,
		    c->cpu_seconds + 1 },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].set && lower(limits[i].resource, limits[i].soft,
		    limits[i].hard, f) < 0)
			return -1;
	return 0;
}

/* ---- the account ---- */

/*
 * Root of a user namespace may have no other account to change to (EINVAL), or
 * not the right to (EPERM): it is no root of the machine then.
 */
static int
leave_root(struct fail *f)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) == 0 && setresgid(CONFINE_ACCOUNT,
	    CONFINE_ACCOUNT, CONFINE_ACCOUNT) == 0 && setresuid(CONFINE_ACCOUNT,
	    CONFINE_ACCOUNT, CONFINE_ACCOUNT) == 0) {
		/* The caller had set the death signal, and the change of the
		 * account cleared it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return 0;
	}
	if (errno != EPERM && errno != EINVAL)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot change to "
		    "account %d", CONFINE_ACCOUNT);
	fail_note(f, "sandbox: account %d is not to be had here: the program "
	    "keeps its own", CONFINE_ACCOUNT);
	return 0;
}

static int
no_more_rights(const struct confinement *c, struct fail *f)
{
	if (c->profile == CONFINE_CHILD && !SANITIZED &&
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot keep others "
		    "from tracing the program");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot give up new "
		    "privileges");
	return 0;
}

/* ---- all of it ---- */

static int
close_names(const struct confinement *c, struct fail *f)
{
	return c->names ? 0 : landlock_confine(c->profile > CONFINE_READER,
	    c->writes, c->n_writes, f);
}

int
confine(const struct confinement *c, struct fail *f)
{
	bool child = c->profile == CONFINE_CHILD;

	if (off)
		return 0;
	if (child)
		close_others(c);
	if (limit(c, f) < 0 || (child && leave_root(f) < 0) ||
	    no_more_rights(c, f) < 0 || close_names(c, f) < 0)
		return -1;
	return filter_confine(c->profile, f);
}

int
confine_writes(const char *const *writes, size_t n, struct fail *f)
{
	return off ? 0 : landlock_confine(true, writes, n, f);
}

void
confine_print(enum confine_profile profile, FILE *to)
{
	int version = landlock_version();

	if (off) {
		fprintf(to, "sandbox: off\n");
		return;
	}
	fprintf(to, "sandbox: seccomp, ");
	if (version > 0)
		fprintf(to, "landlock %d", version);
	else
		fprintf(to, "no landlock");
	if (geteuid() == 0 && (profile == CONFINE_CHILD ||
	    profile >= CONFINE_PARENT))
		fprintf(to, ", account nobody (%d)", CONFINE_ACCOUNT);
	fputc('\n', to);
}
