#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/terminal.h"
#include "console/console.h"

/* How often the domain's state is asked for: its end sends no event. */
enum { LOOK_MS = 50 };

struct pump {
	struct console *c;
	const struct console_ends *ends;
	unsigned char typed[CONSOLE_IN];	/* not yet with the guest */
	size_t n_typed;
	bool in_ended, done;
	bool warned;			/* of a ring that is not sound */
};

enum { GUEST, IN, STOP, FDS };

static int
write_all(int fd, const unsigned char *bytes, size_t n, struct fail *f)
{
	while (n > 0) {
		ssize_t w = write(fd, bytes, n);

		if (w < 0 && errno == EPIPE)
			return fail(f, FAIL_IO, "cannot write standard output: "
			    "the program that read it has ended");
		if (w < 0 && errno != EINTR)
			return fail_errno(f, FAIL_IO, errno, "cannot write "
			    "standard output");
		if (w > 0) {
			bytes += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

static int
show(struct pump *p, const unsigned char *said, size_t n, struct fail *f)
{
	unsigned char fit[FILTER_ROOM(CONSOLE_OUT)];

	if (p->ends->filter == NULL)
		return write_all(p->ends->out, said, n, f);
	n = console_filter(p->ends->filter, said, n, fit);
	return write_all(p->ends->out, fit, n, f);
}

static void
warn_of_ring(struct pump *p, struct fail *f)
{
	if (p->warned || consolering_sound(p->c->ring))
		return;
	p->warned = true;
	fail_warn(f, "the guest's console ring claims to hold more than the %d "
	    "or %d bytes that it can: nothing passes until that is mended",
	    CONSOLE_OUT, CONSOLE_IN);
}

/* Moves bytes both ways, as many as there are and a ring holds. */
static int
carry(struct pump *p, struct fail *f)
{
	unsigned char said[CONSOLE_OUT];
	size_t n = consolering_take(p->c->ring, said);
	size_t put = consolering_put(p->c->ring, p->typed, p->n_typed);

	warn_of_ring(p, f);
	memmove(p->typed, p->typed + put, p->n_typed - put);
	p->n_typed -= put;
	if ((n > 0 || put > 0) && p->c->ops->tell(p->c, f) < 0)
		return -1;
	return show(p, said, n, f);
}

static int
read_in(struct pump *p, struct fail *f)
{
	ssize_t r = read(p->ends->in, p->typed + p->n_typed,
	    sizeof(p->typed) - p->n_typed);
	const unsigned char *escape;

	if (r < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : fail_errno(f,
		    FAIL_IO, errno, "cannot read standard input");
	p->in_ended = r == 0;
	if (r == 0 || !p->ends->escapes) {
		p->n_typed += (size_t)r;
		return 0;
	}
	escape = memchr(p->typed + p->n_typed, CONSOLE_ESCAPE, (size_t)r);
	p->done |= escape != NULL;
	p->n_typed = escape != NULL ? (size_t)(escape - p->typed) :
	    p->n_typed + (size_t)r;
	return 0;
}

/* Waits for one event, input or timeout, and acts on it. */
static int
turn(struct pump *p, const char **reason, struct fail *f)
{
	bool full = p->n_typed == sizeof(p->typed);
	struct pollfd fds[FDS] = {
		[GUEST] = { p->c->fd, POLLIN, 0 },
		[IN] = { p->in_ended || full ? -1 : p->ends->in, POLLIN, 0 },
		[STOP] = { p->ends->stop, POLLIN, 0 },
	};
	int r = poll(fds, FDS, LOOK_MS);

	if (r < 0 && errno != EINTR)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot wait for the "
		    "console");
	if (r < 0)
		return 0;
	if (r == 0 && p->c->ops->ended(p->c, reason, f) < 0)
		return -1;
	/* The domain has ended: what is in the ring now is all. */
	if (*reason != NULL)
		return carry(p, f);
	if (fds[STOP].revents != 0) {
		p->done = true;
		return 0;
	}
	p->done = clock_past(p->ends->until);
	if (fds[GUEST].revents != 0 && p->c->ops->heard(p->c, f) < 0)
		return -1;
	if (fds[IN].revents != 0 && read_in(p, f) < 0)
		return -1;
	return carry(p, f);
}

int
console_run(struct console *c, const struct console_ends *ends,
    const char **reason, struct fail *f)
{
	struct pump p = { .c = c, .ends = ends };

	*reason = NULL;
	/* Output from before the console was opened: no event comes for it. */
	if (carry(&p, f) < 0)
		return -1;
	while (*reason == NULL && !p.done)
		if (turn(&p, reason, f) < 0)
			return -1;
	return 0;
}

int
console_talk(struct console *c, bool raw, int stop, uint64_t until,
    const char **reason, struct fail *f)
{
	struct console_filter filter = {
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 };
	const struct console_ends ends = { .in = STDIN_FILENO,
		.out = STDOUT_FILENO, .stop = stop, .until = until,
		.escapes = isatty(STDIN_FILENO),
		.filter = raw || !isatty(STDOUT_FILENO) ? NULL : &filter };
	struct terminal t;
	int rc = terminal_open(&t, STDIN_FILENO, f);

	if (rc == 0)
		rc = console_run(c, &ends, reason, f);
	terminal_close(&t);
	return rc;
}

void
console_close(struct console *c)
{
	if (c != NULL)
		c->ops->close(c);
}
