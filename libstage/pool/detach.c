#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/progress.h"
#include "pool/impl.h"

static int
open_log(const struct pool_ask *a, struct fail *f)
{
	struct pool p;
	int fd = -1;

	if (pool_open(&p, a, false, f) == 0) {
		fd = openat(p.dir, "refill.log", O_WRONLY | O_CREAT |
		    O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			(void)fail_errno(f, fail_kind_of(errno, FAIL_IO),
			    errno, "cannot write the refill.log of the pool "
			    "'%s'", a->name);
	}
	pool_close(&p);
	return fd;
}

/* Leaves /dev/null to read from and the log to write to, and waits at the gate:
 * a pipe that ends when the caller has ended. */
static void
leave(int log, int gate)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char byte;

	progress_on(-1, NULL);
	(void)setsid();
	(void)dup2(null, 0);
	(void)dup2(log, 1);
	(void)dup2(log, 2);
	gate = dup2(gate, 3);
	(void)close_range(4, ~0U, 0);
	while (read(gate, &byte, 1) < 0 && errno == EINTR)
		;
	close(gate);
}

int
pool_detach(const struct pool_ask *a, struct fail *f)
{
	int log = open_log(a, f), gate[2];
	pid_t pid;

	if (log < 0)
		return -1;
	if (pipe2(gate, O_CLOEXEC) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		leave(log, gate[0]);
		return 1;
	}
	close(log);
	close(gate[0]);
	/* gate[1] stays open until this process ends, however it does; the
	 * refill begins then. */
	return pid > 0 ? 0 : fail_errno(f, FAIL_SYSTEM, errno, "cannot begin "
	    "a refill of the pool '%s'", a->name);
}
