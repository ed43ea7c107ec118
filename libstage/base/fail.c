#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

static const char cut_mark[] = "...";

static size_t
put(char *buf, size_t size, size_t used, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf + used, size - used, fmt, ap);

	if (n < 0)
		return used;
	if ((size_t)n < size - used)
		return used + (size_t)n;
	memcpy(buf + size - sizeof(cut_mark), cut_mark, sizeof(cut_mark));
	return size - 1;
}

void
fail_set(struct fail *f, enum fail_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (f->kind != FAIL_NONE)
		return;
	f->kind = kind;
	va_start(ap, fmt);
	put(f->message, sizeof(f->message), 0, fmt, ap);
	va_end(ap);
}

void
fail_set_errno(struct fail *f, enum fail_kind kind, int e, const char *fmt,
    ...)
{
	va_list ap;
	size_t used;

	if (f->kind != FAIL_NONE)
		return;
	f->kind = kind;
	va_start(ap, fmt);
	used = put(f->message, sizeof(f->message), 0, fmt, ap);
	va_end(ap);
	snprintf(f->message + used, sizeof(f->message) - used, ": %s",
	    strerror(e));
}

void
fail_add(struct fail *f, const char *fmt, ...)
{
	const size_t size = sizeof(f->message);
	size_t used = strlen(f->message), n;
	char tail[sizeof(f->message) / 2];
	va_list ap;

	va_start(ap, fmt);
	n = put(tail, sizeof(tail), 0, fmt, ap);
	va_end(ap);
	if (used + n >= size) {
		used = size - n - 1;
		memset(f->message + used - strlen(cut_mark), cut_mark[0],
		    strlen(cut_mark));
	}
	memcpy(f->message + used, tail, n + 1);
}

void
fail_set_memory(struct fail *f, size_t n)
{
	if (f->kind == FAIL_NONE)
		f->bare = true;
	fail_set(f, FAIL_SYSTEM, "out of memory: %zu bytes asked for", n);
}

void
fail_set_as(struct fail *f, const struct fail *why)
{
	if (f->kind == FAIL_NONE)
		f->bare = why->bare;
	fail_set(f, why->kind, "%s", why->message);
}

void
fail_memory_on(struct fail *f, const char *name)
{
	if (f->bare)
		fail_add(f, "; no more was done with '%s'", name);
}

enum fail_kind
fail_kind_of(int e, enum fail_kind otherwise)
{
	switch (e) {
	case ENOENT:
	case ENOTDIR:
	case ENXIO:
		return FAIL_MISSING;
	case EACCES:
	case EPERM:
		return FAIL_PERM;
	default:
		return otherwise;
	}
}

enum fail_kind
fail_kind_of_output(int e)
{
	return fail_kind_of(e, FAIL_IO) == FAIL_PERM ? FAIL_PERM : FAIL_IO;
}

void
fail_say(struct fail *f, enum say_level level, const char *fmt, ...)
{
	char line[sizeof(f->message)];
	va_list ap;

	if (f->say == NULL)
		return;
	va_start(ap, fmt);
	put(line, sizeof(line), 0, fmt, ap);
	va_end(ap);
	f->say(f->say_arg, level, line);
}
