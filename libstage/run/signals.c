#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/stop.h"
#include "run/signals.h"

/* Leaves out ignored signals: once blocked, they would be taken like others. */
static void
that_end(sigset_t *set)
{
	static const int enders[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction now;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(enders) / sizeof(enders[0]); i++)
		if (sigaction(enders[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			sigaddset(set, enders[i]);
}

int
signals_hold(struct signals *s, struct fail *f)
{
	sigset_t set;

	that_end(&set);
	s->fd = -1;
	if (sigprocmask(SIG_BLOCK, &set, &s->was) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot block "
		    "signals");
	stop_set(&set, &s->awaited);
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
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
	sigset_t set;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	stop_set(&s->awaited, &set);
	(void)sigprocmask(SIG_SETMASK, &s->was, NULL);
}
