#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "plan/plan.h"
#include "run/reader.h"

/*
 * Through the pipe goes a head and n bytes after it: a message (kind is an enum
 * tell), or struct end and the plan (kind is TELL_KINDS).
 */
struct head {
	uint32_t kind, n;
};

struct end {
	double seconds;
	int64_t status;
};

enum { LINE_MAX_BYTES = sizeof(((struct fail *)0)->message) };

/* ---- in the process ---- */

/* If the other end of the pipe is closed, nobody waits for this process. */
static void
send(int to, const void *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };

	if (file_write_all(to, "pipe", bytes, n, &f) < 0)
		_exit(FAIL_IO);
}

static void
send_line(void *to, enum tell tell, const char *message)
{
	size_t n = strnlen(message, LINE_MAX_BYTES - 1);
	struct head head = { tell, (uint32_t)n };

	send(*(int *)to, &head, sizeof(head));
	send(*(int *)to, message, n);
}

void
reader_send(int to, const struct stage_outcome *o)
{
	struct end end = { o->seconds, o->status };
	struct head head = { TELL_KINDS, (uint32_t)(sizeof(end) + o->n) };

	send(to, &head, sizeof(head));
	send(to, &end, sizeof(end));
	send(to, o->plan, o->n);
}

static _Noreturn void
be_reader(const struct signals *signals, pid_t parent, int to,
    void (*work)(void *, int), void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FAIL_SYSTEM);
	close(signals->fd);
	sigprocmask(SIG_SETMASK, &signals->was, NULL);
	stage_tell_to(send_line, &to);
	work(arg, to);
	exit(0);
}

/* ---- outside of it ---- */

int
reader_start(struct reader *r, const struct signals *signals,
    void (*work)(void *, int), void *arg, struct fail *f)
{
	pid_t parent = getpid();
	int ends[2];

	*r = (struct reader){ .signals = signals };
	/* Or both processes would write the text that is still buffered. */
	if (fflush(NULL) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot write the text");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot make a pipe");
	r->pid = fork();
	if (r->pid == 0) {
		close(ends[0]);
		be_reader(signals, parent, ends[1], work, arg);
	}
	close(ends[1]);
	r->fd = ends[0];
	if (r->pid > 0)
		return 0;
	(void)fail_errno(f, FAIL_SYSTEM, errno, "cannot make a process");
	close(r->fd);
	r->pid = 0;
	return -1;
}

/* Waits until there is something to read; a signal kills the process. */
static void
wait_for_bytes(struct reader *r)
{
	struct pollfd fds[2] = {
		{ .fd = r->fd, .events = POLLIN },
		{ .fd = r->signals->fd, .events = POLLIN },
	};

	if (poll(fds, 2, -1) < 0 || fds[1].revents == 0)
		return;
	r->signal = signals_caught(r->signals);
	if (r->signal != 0)
		kill(r->pid, SIGTERM);
}

/* false: the process has ended by itself, or by a signal that came. */
static bool
receive(struct reader *r, void *bytes, size_t n)
{
	unsigned char *at = bytes;

	while (n > 0) {
		ssize_t got;

		wait_for_bytes(r);
		if (r->signal != 0)
			return false;
		got = read(r->fd, at, n);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		at += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Kills a process that sends what cannot be; returns false. */
static bool
nonsense(struct reader *r)
{
	r->nonsense = true;
	kill(r->pid, SIGKILL);
	return false;
}

static bool
receive_line(struct reader *r, const char *stage, const struct head *head)
{
	char text[LINE_MAX_BYTES];

	if (head->kind > TELL_KINDS || head->n >= sizeof(text))
		return nonsense(r);
	if (!receive(r, text, head->n))
		return false;
	text[head->n] = '\0';
	/* The process is not believed that a message is escaped already. */
	stage_tell(stage, head->kind == TELL_ESCAPED ? TELL_ANSWER :
	    (enum tell)head->kind, text);
	return true;
}

static bool
receive_end(struct reader *r, struct stage_outcome *o,
    const struct head *head)
{
	struct end end;

	if (head->n <= sizeof(end) || head->n > sizeof(end) + PLAN_BYTES_MAX)
		return nonsense(r);
	if (!receive(r, &end, sizeof(end)))
		return false;
	o->n = head->n - sizeof(end);
	o->plan = malloc(o->n);
	if (o->plan == NULL || !receive(r, o->plan, o->n)) {
		free(o->plan);
		o->plan = NULL;
		o->n = 0;
		return false;
	}
	o->seconds = end.seconds >= 0 && end.seconds < 1e9 ? end.seconds : 0;
	o->status = (int)end.status;
	return true;
}

bool
reader_receive(struct reader *r, struct stage_outcome *o)
{
	struct head head;

	while (receive(r, &head, sizeof(head))) {
		if (head.kind == TELL_KINDS)
			return receive_end(r, o, &head);
		if (!receive_line(r, o->stage, &head))
			break;
	}
	return false;
}

int
reader_end(struct reader *r, struct fail *f)
{
	int status;
	pid_t got;

	/* All that it may send has been read; a further write fails. */
	close(r->fd);
	do
		got = waitpid(r->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	r->pid = 0;
	if (got < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot wait for the "
		    "process that reads the files");
	if (r->signal == 0)
		r->signal = signals_caught(r->signals);
	if (r->signal != 0)
		return 0;
	if (r->nonsense)
		return fail_bug(f, "the process that reads the files sends "
		    "what is no outcome of a stage");
	if (WIFSIGNALED(status))
		return fail(f, FAIL_SYSTEM, "the process that reads the files "
		    "was killed by signal %d, %s", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return fail(f, FAIL_BUG, "the process that reads the files "
		    "ended with status %d; please report this",
		    WEXITSTATUS(status));
	return 0;
}

void
reader_stop(struct reader *r)
{
	struct fail f = { .kind = FAIL_NONE };

	if (r->pid == 0)
		return;
	kill(r->pid, SIGKILL);
	if (reader_end(r, &f) < 0)
		return;			/* it was killed, as intended */
}
