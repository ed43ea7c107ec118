/*
 * failalloc: a library for LD_PRELOAD that fails one allocation.
 *
 *	FAIL_AT=N	the Nth call of malloc(), calloc() or realloc() of a
 *			process, counted from 1, returns NULL; unset or 0: none
 *	FAIL_COUNT=FILE	at its end each process appends the number of its
 *			calls, as a line
 *
 * Calls from libseccomp neither fail nor count: it loops, crashes or leaves a
 * rule out where one fails, before its process has read a foreign byte.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
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
static uintptr_t spared_from, spared_to;

static int
spare(struct dl_phdr_info *object, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (strstr(object->dlpi_name, "/libseccomp.") == NULL)
		return 0;
	spared_from = object->dlpi_addr;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		uintptr_t end = spared_from + p->p_vaddr + p->p_memsz;

		if (p->p_type == PT_LOAD && end > spared_to)
			spared_to = end;
	}
	return 1;
}

static __attribute__((constructor)) void
begin(void)
{
	const char *text = getenv("FAIL_AT");

	at = text == NULL ? 0 : strtoul(text, NULL, 10);
	calls = 0;
	dl_iterate_phdr(spare, NULL);
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
fails(const void *caller)
{
	unsigned long n;

	if ((uintptr_t)caller >= spared_from && (uintptr_t)caller < spared_to)
		return 0;
	n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	if (at == 0 || n != at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_realloc(p, n);
}
