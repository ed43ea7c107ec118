#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "run/step-impl.h"

/* Waits for input or a signal: 1: there is input. */
static int
wait_for_input(struct session *s, struct fail *f)
{
	struct pollfd fds[2] = {
		{ .fd = s->ask->in, .events = POLLIN },
		{ .fd = s->signals.fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return fail_errno(f, FAIL_SYSTEM, errno, "cannot wait "
			    "for a command");
	if (fds[1].revents != 0)
		s->signal = signals_caught(&s->signals);
	return s->signal == 0;
}

static int
read_more(struct session *s, struct fail *f)
{
	struct step_input *in = &s->input;
	int rc = wait_for_input(s, f);
	ssize_t n;

	if (rc <= 0)
		return rc;
	if (in->n == sizeof(in->bytes))
		return fail(f, FAIL_USAGE, "line %u of the commands is over "
		    "%zu bytes", in->line + 1, sizeof(in->bytes) - 1);
	n = read(s->ask->in, in->bytes + in->n, sizeof(in->bytes) - in->n);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return fail_errno(f, FAIL_IO, errno, "cannot read commands");
	in->n += n > 0 ? (size_t)n : 0;
	in->eof = n == 0;
	return 0;
}

int
step_line(struct session *s, char line[STEP_LINE_MAX], struct fail *f)
{
	struct step_input *in = &s->input;
	char *end;
	size_t n;

	while ((end = memchr(in->bytes, '\n', in->n)) == NULL && !in->eof) {
		if (read_more(s, f) < 0)
			return -1;
		if (s->signal != 0)
			return 0;
	}
	n = end != NULL ? (size_t)(end - in->bytes) : in->n;
	if (n == 0 && end == NULL)
		return 0;
	if (n >= STEP_LINE_MAX)
		n = STEP_LINE_MAX - 1;
	memcpy(line, in->bytes, n);
	line[n] = '\0';
	in->line++;
	n += end != NULL;
	memmove(in->bytes, in->bytes + n, in->n - n);
	in->n -= n;
	return 1;
}
