#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "run/attach.h"

struct attach {
	const struct attach_device *v; size_t n;
	uint64_t milliseconds;
	char xl[PATH_MAX];
	pid_t pid;			/* of the process */
	int fd;				/* to it: a domid goes there, and an
					 * answer comes back */
};

/* How xl ended; device is n where all devices are attached. */
struct answer {
	uint32_t device;
	int status;			/* of waitpid(2) */
	bool late;			/* it was ended */
	char words[1024];		/* what it said first */
};

enum { LOOK_MS = 10 };			/* how often it is looked after xl */

/* ---- in the process, and in xl's ---- */

/* What xl says goes to a file in memory, which it cannot fill and wait for. */
static _Noreturn void
be_xl(const struct attach *a, const struct attach_device *d, uint32_t domid,
    int said, pid_t parent)
{
	char id[16], *argv[ATTACH_ARGS_MAX + 4] = { (char *)"xl",
	    (char *)d->verb, id };
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(id, sizeof(id), "%u", (unsigned)domid);
	for (size_t i = 0; i < d->n_args; i++)
		argv[3 + i] = (char *)d->args[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (getppid() == parent && dup2(nothing, STDIN_FILENO) >= 0 &&
	    dup2(said, STDOUT_FILENO) >= 0 && dup2(said, STDERR_FILENO) >= 0)
		execv(a->xl, argv);
	_exit(127);
}

static void
wait_for_xl(const struct attach *a, pid_t pid, struct answer *to)
{
	uint64_t until = clock_in(a->milliseconds);
	pid_t got;

	while ((got = waitpid(pid, &to->status, WNOHANG)) == 0 &&
	    !clock_past(until))
		(void)poll(NULL, 0, LOOK_MS);
	to->late = got == 0;
	if (!to->late)
		return;
	kill(pid, SIGKILL);
	(void)waitpid(pid, &to->status, 0);
}

/* Keeps the first line. */
static void
read_words(int said, struct answer *to)
{
	ssize_t n = pread(said, to->words, sizeof(to->words) - 1, 0);

	to->words[n < 0 ? 0 : n] = '\0';
	to->words[strcspn(to->words, "\n")] = '\0';
}

static bool
attach_one(const struct attach *a, uint32_t domid, struct answer *to)
{
	int said = memfd_create("xl", MFD_CLOEXEC);
	pid_t parent = getpid(), pid = said < 0 ? -1 : fork();

	if (pid == 0)
		be_xl(a, &a->v[to->device], domid, said, parent);
	to->status = 1 << CHAR_BIT;
	if (pid < 0)
		snprintf(to->words, sizeof(to->words), "%s", strerror(errno));
	else
		wait_for_xl(a, pid, to);
	if (pid > 0)
		read_words(said, to);
	if (said >= 0)
		close(said);
	return to->status == 0 && !to->late;
}

/* Until the program ends, which closes the socket. */
static _Noreturn void
serve(const struct attach *a, int fd)
{
	uint32_t domid;

	while (read(fd, &domid, sizeof(domid)) == sizeof(domid)) {
		struct answer to = { .device = 0 };

		while (to.device < a->n && attach_one(a, domid, &to))
			to.device++;
		if (write(fd, &to, sizeof(to)) != sizeof(to))
			break;
	}
	_exit(0);
}

/* ---- in the program ---- */

static bool
find_xl(char xl[PATH_MAX])
{
	const char *path = getenv("PATH");
	size_t n;

	for (path = path == NULL ? "" : path; path[0] != '\0';
	    path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if (path[0] == '/' && snprintf(xl, PATH_MAX, "%.*s/xl", (int)n,
		    path) < PATH_MAX && access(xl, X_OK) == 0)
			return true;
	}
	return false;
}

static int
start(struct attach *a, struct fail *f)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot make a "
		    "socket");
	a->pid = fork();
	if (a->pid == 0) {
		close(ends[0]);
		serve(a, ends[1]);
	}
	close(ends[1]);
	a->fd = ends[0];
	return a->pid > 0 ? 0 : fail_errno(f, FAIL_SYSTEM, errno, "cannot make "
	    "a process");
}

int
attach_begin(struct attach **to, const struct attach_device *v, size_t n,
    uint64_t milliseconds, struct fail *f)
{
	struct attach *a;

	*to = NULL;
	if (n == 0)
		return 0;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return fail_memory(f, sizeof(*a));
	*a = (struct attach){ .v = v, .n = n, .milliseconds = milliseconds,
		.fd = -1 };
	*to = a;
	if (!find_xl(a->xl))
		return fail(f, FAIL_TARGET, "no xl in PATH, which attaches "
		    "devices ('%s ...'): without them in the file the domain "
		    "can be built, and they be attached later", v[0].verb);
	return start(a, f);
}

static int
refuse(const struct attach *a, const struct answer *got, uint32_t domid,
    struct fail *f)
{
	const struct attach_device *d = &a->v[got->device];

	(void)fail(f, FAIL_TARGET, "'xl %s %u '%.256s'' ", d->verb,
	    (unsigned)domid, d->spec);
	if (got->late)
		fail_add(f, "took longer than %ju seconds",
		    (uintmax_t)a->milliseconds / 1000);
	else if (WIFSIGNALED(got->status))
		fail_add(f, "was ended by signal %d", WTERMSIG(got->status));
	else
		fail_add(f, "ended with status %d", WEXITSTATUS(got->status));
	if (got->words[0] != '\0')
		fail_add(f, ": %s", got->words);
	return -1;
}

int
attach_all(struct attach *a, uint32_t domid, struct fail *f)
{
	struct answer got;

	if (write(a->fd, &domid, sizeof(domid)) != sizeof(domid))
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot ask for "
		    "devices");
	if (stop_wait(a->fd, f) < 0)
		return -1;
	if (read(a->fd, &got, sizeof(got)) != sizeof(got))
		return fail(f, FAIL_SYSTEM, "the process that runs xl ended");
	return got.device == a->n ? 0 : refuse(a, &got, domid, f);
}

void
attach_end(struct attach *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0)
		close(a->fd);
	if (a->pid > 0) {
		kill(a->pid, SIGKILL);
		(void)waitpid(a->pid, NULL, 0);
	}
	free(a);
}
