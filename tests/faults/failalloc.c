/*
 * failalloc: a library for LD_PRELOAD that fails one allocation.
 *
 *	FAIL_AT=N	the Nth call of malloc(), calloc() or realloc() of a
 *			process, counted from 1, returns NULL; unset or 0: none
 *	FAIL_COUNT=FILE	at its end each process appends the number of its
 *			calls, as a line
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own names of them, so that no search for them is needed. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static unsigned long calls, at;

static __attribute__((constructor)) void
begin(void)
{
	const char *text = getenv("FAIL_AT");

	at = text == NULL ? 0 : strtoul(text, NULL, 10);
	calls = 0;
}

static __attribute__((destructor)) void
end(void)
{
	const char *name = getenv("FAIL_COUNT");
	int fd = name == NULL ? -1 : open(name, O_WRONLY | O_CREAT | O_APPEND,
	    0600);

	if (fd >= 0) {
		dprintf(fd, "%lu\n", calls);
		close(fd);
	}
}

static int
fails(void)
{
	unsigned long n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);

	if (at == 0 || n != at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
