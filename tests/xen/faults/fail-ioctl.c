/*
 * fail-ioctl: a shared object for LD_PRELOAD.  The call of ioctl(2) on
 * Xen's devices that has the number FAIL_AT, from 1 on, fails once with the errno
 * value FAIL_ERRNO.  How many such calls the program made goes into the file
 * FAIL_COUNT.  All of it is read before main() begins, because a program may
 * open no file later on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int (*real_ioctl)(int, unsigned long, ...);
static long fail_at, fail_errno, calls;
static int count_fd = -1;
static pid_t pid;

static long
number(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : strtol(text, NULL, 10);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *file = getenv("FAIL_COUNT");

	*(void **)&real_ioctl = dlsym(RTLD_NEXT, "ioctl");
	pid = getpid();
	fail_at = number("FAIL_AT");
	fail_errno = number("FAIL_ERRNO");
	if (file != NULL)
		count_fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
}

__attribute__((destructor)) static void
end(void)
{
	/* A child of the program counts for itself. */
	if (count_fd >= 0 && getpid() == pid)
		dprintf(count_fd, "%ld\n", calls);
}

/* Requests of privcmd, evtchn and gntdev; a terminal's are of type 'T'. */
static int
is_xens(unsigned long request)
{
	return strchr("PEG", (int)_IOC_TYPE(request)) != NULL &&
	    _IOC_TYPE(request) != 0;
}

int
ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (is_xens(request) && ++calls == fail_at) {
		errno = (int)fail_errno;
		return -1;
	}
	return real_ioctl(fd, request, arg);
}
