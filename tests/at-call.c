/*
 * at-call: a shared object for LD_PRELOAD.  At the first call of the function
 * that AT names it runs the command RUN, and then the call: what happens
 * between two steps of a program, at the same place each time.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
meet(const char *function)
{
	const char *at = getenv("AT"), *run = getenv("RUN");

	if (at == NULL || run == NULL || strcmp(at, function) != 0)
		return;
	unsetenv("AT");
	unsetenv("LD_PRELOAD");
	if (system(run) != 0)
		abort();
}

char *
mkdtemp(char *path)
{
	char *(*real)(char *) = dlsym(RTLD_NEXT, "mkdtemp");

	meet("mkdtemp");
	return real(path);
}

FILE *
open_memstream(char **text, size_t *n)
{
	FILE *(*real)(char **, size_t *) = dlsym(RTLD_NEXT, "open_memstream");

	meet("open_memstream");
	return real(text, n);
}

/* What another program does meanwhile: a byte of the file that WRITES names is
 * written again, at the start and at the end of each sleep. */
static __attribute__((constructor)) void
write_again(void)
{
	const char *path = getenv("WRITES");
	int fd = path == NULL ? -1 : open(path, O_RDWR);
	char byte;

	if (path != NULL && (pread(fd, &byte, 1, 0) != 1 ||
	    pwrite(fd, &byte, 1, 0) != 1 || close(fd) != 0))
		abort();
}

int
nanosleep(const struct timespec *time, struct timespec *left)
{
	int (*real)(const struct timespec *, struct timespec *) =
	    dlsym(RTLD_NEXT, "nanosleep");
	int r = real(time, left);

	write_again();
	return r;
}

int
mkdir(const char *path, mode_t mode)
{
	int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");

	meet("mkdir");
	return real(path, mode);
}

int
rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");

	meet("rename");
	return real(from, to);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	int (*real)(int, const char *, int, const char *) = dlsym(RTLD_NEXT,
	    "renameat");

	meet("renameat");
	return real(from, old, to, new);
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	int (*real)(int, const char *, int, const char *, unsigned) = dlsym(
	    RTLD_NEXT, "renameat2");

	meet("renameat2");
	return real(from, old, to, new, flags);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	pid_t (*real)(pid_t, int *, int) = dlsym(RTLD_NEXT, "waitpid");

	meet("waitpid");
	return real(pid, status, options);
}

int
ftruncate(int fd, off_t size)
{
	int (*real)(int, off_t) = dlsym(RTLD_NEXT, "ftruncate");

	meet("ftruncate");
	return real(fd, size);
}
