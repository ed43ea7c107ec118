#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/terminal.h"

static int
make_raw(struct terminal *t, int fd, struct fail *f)
{
	struct termios raw;

	if (tcgetattr(fd, &t->was) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot ask for the "
		    "state of the terminal");
	raw = t->was;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot make the "
		    "terminal raw");
	t->fd = fd;
	return 0;
}

int
terminal_open(struct terminal *t, int fd, struct fail *f)
{
	sigset_t ends;

	t->fd = -1;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, &t->mask);
	t->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signals < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot wait for "
		    "signals");
	return isatty(fd) ? make_raw(t, fd, f) : 0;
}

void
terminal_close(struct terminal *t)
{
	if (t->fd >= 0)
		tcsetattr(t->fd, TCSADRAIN, &t->was);
	if (t->signals >= 0)
		close(t->signals);
	t->fd = t->signals = -1;
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
}
