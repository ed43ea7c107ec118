#include <errno.h>
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
	t->fd = -1;
	return isatty(fd) ? make_raw(t, fd, f) : 0;
}

void
terminal_close(struct terminal *t)
{
	if (t->fd >= 0)
		tcsetattr(t->fd, TCSADRAIN, &t->was);
	t->fd = -1;
}
