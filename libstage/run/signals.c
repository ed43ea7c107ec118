#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "run/signals.h"

int
signals_hold(struct signals *s, struct fail *f)
{
	s->fd = -1;
	if (stop_hold(&s->stop, false, f) < 0)
		return -1;
	s->fd = signalfd(-1, &s->stop.held, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd >= 0)
		return 0;
	(void)fail_errno(f, FAIL_SYSTEM, errno, "cannot wait for signals");
	signals_let_go(s);
	return -1;
}

int
signals_caught(const struct signals *s)
{
	struct signalfd_siginfo info;

	if (read(s->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void
signals_let_go(struct signals *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	stop_let_go(&s->stop);
}

int
signals_wait(struct signals *s, int fd, int *signal, struct fail *f)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = s->fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return fail_errno(f, FAIL_SYSTEM, errno, "cannot wait "
			    "for a command");
	if (fds[1].revents != 0)
		*signal = signals_caught(s);
	return *signal == 0;
}
