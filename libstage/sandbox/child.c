#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
#include "sandbox/child.h"
#include "sandbox/confine.h"

/*
 * A frame on the pipe: a head, and n bytes.  Frames of the work are numbered
 * from FRAME_OWN on; before them are messages, by enum say_level, and the end:
 * nothing, or a failure as its kind and the message.
 */
enum { FRAME_END = SAY_LEVELS, FRAME_FAILED, FRAME_OWN };

struct head {
	uint32_t kind, n;
};

enum {
	PIPE_BYTES = 1 << 20,
	/* An image may have a warning for each of its notes. */
	MESSAGES_MAX = 1 << 17,
	STOP_MS = 100,			/* how often a signal is looked for */
	IDLE_MAX = 600			/* so often in turn the process may have
					 * done nothing: a minute, or longer
					 * where the caller is rarely run */
};

/* ---- in the process ---- */

static int pipe_in = -1;

/* Writes to the pipe.  Where that fails, the caller has closed the other end
 * and nobody waits for this process: it ends. */
static void
put(const void *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };

	if (file_write_all(pipe_in, "pipe", bytes, n, &f) < 0)
		_exit(FAIL_IO);
}

static void
send_frame(unsigned kind, const void *bytes, size_t n)
{
	struct {
		struct head head;
		unsigned char bytes[64];
	} small = { .head = { kind, (uint32_t)n } };

	/* Head and bytes in one write(2) where they are small: the caller wakes
	 * up once. */
	if (n > 0 && n <= sizeof(small.bytes)) {
		memcpy(small.bytes, bytes, n);
		put(&small, sizeof(small.head) + n);
		return;
	}
	put(&small.head, sizeof(small.head));
	put(bytes, n);
}

void
child_send(unsigned kind, const void *bytes, size_t n)
{
	send_frame(FRAME_OWN + kind, bytes, n);
}

static void
say(void *arg, enum say_level level, const char *message)
{
	(void)arg;
	send_frame(level, message, strlen(message));
}

static void
send_failure(const struct fail *f)
{
	uint32_t kind = f->kind;
	size_t n = strlen(f->message);
	char bytes[sizeof(kind) + sizeof(f->message)];

	memcpy(bytes, &kind, sizeof(kind));
	memcpy(bytes + sizeof(kind), f->message, n);
	send_frame(FRAME_FAILED, bytes, sizeof(kind) + n);
}

/* Was xb itself started with less memory than a process of the job may have? */
static bool
is_short(const struct child_job *job)
{
	struct rlimit r;

	return getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur < job->memory;
}

/* The work asks the system for nothing but memory: a FAIL_SYSTEM of it means
 * that there was not enough. */
static void
work(const struct child_job *job, bool user_limit, struct fail *f)
{
	if (job->work(job->arg, f) == 0 || f->kind != FAIL_SYSTEM)
		return;
	if (user_limit) {
		fail_add(f, "; the limit is the one that the program was "
		    "started with (ulimit -v)");
		return;
	}
	f->kind = FAIL_INPUT;
	fail_add(f, "; %s may have %ju MiB%s", job->what,
	    (uintmax_t)(job->memory >> 20), job->way_out);
}

static _Noreturn void
be_child(const struct child_job *job, pid_t parent, int to, bool talks,
    bool notes)
{
	const int keep[] = { job->fd, to };
	const struct confinement c = { .profile = CONFINE_CHILD,
		.memory = job->memory, .cpu_seconds = job->cpu_seconds,
		.keep = keep, .n_keep = sizeof(keep) / sizeof(keep[0]) };
	struct fail f = { .say = notes ? say : NULL };
	/* Asked for now: the filter of the process does not let it ask. */
	const bool user_limit = is_short(job);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FAIL_SYSTEM);
	pipe_in = to;
	if (confine(&c, &f) == 0) {
		f.say = talks ? say : NULL;
		work(job, user_limit, &f);
	}
	if (f.kind != FAIL_NONE)
		send_failure(&f);
	else
		send_frame(FRAME_END, NULL, 0);
	_exit(0);
}

/* ---- in the caller ---- */

struct child {
	const struct child_job *job;
	pid_t pid;
	int fd;				/* of the pipe */
	bool ended;			/* the process said that it has ended or
					 * failed */
	unsigned messages;
	unsigned char *bytes;		/* of a frame, room for size */
	size_t size;
	struct timespec spent;		/* processor time, when last asked */
};

int
child_nonsense(const struct child_job *job, struct fail *f)
{
	return fail(f, FAIL_BUG, "%s sends what is no answer; please report "
	    "this", job->what);
}

/* Has it had no processor time since this was last asked? */
static bool
is_idle(struct child *c)
{
	struct timespec was = c->spent;
	clockid_t clock;

	return clock_getcpuclockid(c->pid, &clock) == 0 &&
	    clock_gettime(clock, &c->spent) == 0 &&
	    c->spent.tv_sec == was.tv_sec && c->spent.tv_nsec == was.tv_nsec;
}

/* A disk or a network file system may be slow for as long as it likes. */
static bool
waits_for_disk(const struct child *c)
{
	char path[32], state = '\0';
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)c->pid);
	in = fopen(path, "re");
	if (in == NULL)
		return false;
	if (fscanf(in, "%*d (%*[^)]) %c", &state) != 1)
		state = '\0';
	fclose(in);
	return state == 'D';
}

/*
 * Waits for bytes, or the end of the pipe.  A child can wait for its file and
 * for its caller, and the caller has read all that the child sent.  So a child
 * that sleeps and does not wait for its file sleeps for ever, and its limit of
 * processor time would never end it.
 */
static int
wait_for_bytes(struct child *c, struct fail *f)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	unsigned idle = 0;
	int r;

	do {
		if (stop_check(f) < 0)
			return -1;
		r = poll(&fd, 1, STOP_MS);
		idle = r == 0 && is_idle(c) ? idle + 1 : 0;
		if (idle == IDLE_MAX && !waits_for_disk(c))
			return fail(f, FAIL_BUG, "%s was stopped: it slept "
			    "for %d seconds, and nothing would have ended "
			    "that; please report this", c->job->what,
			    IDLE_MAX * STOP_MS / 1000);
	} while (r <= 0);
	return 0;
}

/* 1: n bytes; 0: the pipe ends before. */
static int
receive(struct child *c, void *bytes, size_t n, struct fail *f)
{
	unsigned char *at = bytes;

	while (n > 0) {
		ssize_t got;

		if (wait_for_bytes(c, f) < 0)
			return -1;
		got = read(c->fd, at, n);
		if (got < 0 && errno != EINTR)
			return fail_errno(f, FAIL_SYSTEM, errno, "cannot hear "
			    "%s", c->job->what);
		if (got == 0)
			return 0;
		at += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return 1;
}

static int
make_room(struct child *c, size_t n, struct fail *f)
{
	unsigned char *more;

	if (n < c->size)
		return 0;
	more = realloc(c->bytes, n + 1);
	if (more == NULL)
		return fail_memory(f, n);
	c->bytes = more;
	c->size = n + 1;
	return 0;
}

static uint64_t
longest(const struct child *c, uint32_t kind)
{
	const size_t line = sizeof(((struct fail *)0)->message) - 1;

	if (kind == FRAME_END)
		return 0;
	if (kind == FRAME_FAILED)
		return line + sizeof(uint32_t);
	return kind < FRAME_OWN ? line : c->job->frame_max;
}

static int
take_message(struct child *c, uint32_t level, struct fail *f)
{
	/* A process that reads hostile bytes may not say that its message is
	 * escaped already: a terminal would obey what is in it. */
	if (level == SAY_ESCAPED || ++c->messages > MESSAGES_MAX)
		return child_nonsense(c->job, f);
	if (f->say != NULL)
		f->say(f->say_arg, (enum say_level)level,
		    (const char *)c->bytes);
	return 0;
}

static int
take_failure(struct child *c, size_t n, struct fail *f)
{
	const char *words = (const char *)c->bytes + sizeof(uint32_t);
	uint32_t kind;

	if (n < sizeof(kind))
		return child_nonsense(c->job, f);
	memcpy(&kind, c->bytes, sizeof(kind));
	if (kind != FAIL_INPUT && kind != FAIL_IO && kind != FAIL_BUG &&
	    kind != FAIL_SYSTEM)
		return child_nonsense(c->job, f);
	return fail(f, (enum fail_kind)kind, "%s", words);
}

static int
take_frame(struct child *c, const struct head *head, struct fail *f)
{
	c->bytes[head->n] = '\0';
	if (head->kind < SAY_LEVELS)
		return take_message(c, head->kind, f);
	if (head->kind >= FRAME_OWN)
		return c->job->take(c->job->arg, head->kind - FRAME_OWN,
		    c->bytes, head->n, f);
	c->ended = true;
	return head->kind == FRAME_END ? 0 : take_failure(c, head->n, f);
}

/* Takes frames until the process says that it has ended, or the pipe does. */
static int
listen_to(struct child *c, struct fail *f)
{
	struct head head;
	int got = 1;

	while (!c->ended) {
		got = receive(c, &head, sizeof(head), f);
		if (got <= 0)
			break;
		if (head.n > longest(c, head.kind))
			return child_nonsense(c->job, f);
		if (make_room(c, head.n, f) < 0)
			return -1;
		got = receive(c, c->bytes, head.n, f);
		if (got <= 0)
			break;
		if (take_frame(c, &head, f) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int
start(struct child *c, bool talks, struct fail *f)
{
	/* What the sandbox lacks here is said once, not by each process. */
	static bool noted;
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot make a pipe");
	/* A pipe of the usual size does as well, with more turns. */
	(void)!fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
	c->pid = fork();
	if (c->pid == 0)
		be_child(c->job, parent, ends[1], talks, talks && !noted);
	noted |= talks;
	close(ends[1]);
	c->fd = ends[0];
	if (c->pid > 0)
		return 0;
	(void)fail_errno(f, FAIL_SYSTEM, errno, "cannot make a process");
	close(c->fd);
	return -1;
}

static bool
is_crash(int signal)
{
	static const int crashes[] = {
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP,
	};

	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		if (crashes[i] == signal)
			return true;
	return false;
}

/* For a process that said neither that it has done its work nor that it
 * failed. */
static int
blame(const struct child_job *job, int status, struct fail *f)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (signal == 0)
		return fail(f, FAIL_BUG, "%s ended with status %d and no "
		    "answer; please report this", job->what,
		    WEXITSTATUS(status));
	if (signal == SIGSYS)
		return fail(f, FAIL_BUG, "%s was stopped by seccomp: it tried "
		    "what it may not; please report this", job->what);
	if (signal == SIGXCPU)
		return fail(f, FAIL_INPUT, "%s was stopped: it had the %u "
		    "seconds of processor time that it may have", job->what,
		    job->cpu_seconds);
	if (is_crash(signal))
		return fail(f, FAIL_BUG, "%s crashed (signal %d, %s); please "
		    "report this", job->what, signal, strsignal(signal));
	return fail(f, FAIL_SYSTEM, "%s was killed by signal %d, %s",
	    job->what, signal, strsignal(signal));
}

int
child_run(const struct child_job *job, struct fail *f)
{
	struct child c = { .job = job };
	int status = 0, rc;
	pid_t got;

	if (start(&c, f->say != NULL, f) < 0)
		return -1;
	rc = listen_to(&c, f);
	close(c.fd);
	free(c.bytes);
	/* A process that ends already keeps its status. */
	kill(c.pid, SIGKILL);
	do
		got = waitpid(c.pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (rc < 0 || c.ended)
		return rc;
	return got < 0 ? fail_errno(f, FAIL_SYSTEM, errno, "cannot wait for "
	    "%s", job->what) : blame(job, status, f);
}
