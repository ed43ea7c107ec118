#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct arena_block {
	struct arena_block *next;
	size_t size;			/* usable bytes in data */
	alignas(max_align_t) unsigned char data[];
};

static const size_t block_size = 16384;

static struct arena_block *
add_block(struct arena *a, size_t size, struct fail *f)
{
	struct arena_block *b = malloc(sizeof(*b) + size);

	if (b == NULL)
		return fail_memory_null(f, size);
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	a->used = 0;
	return b;
}

void *
arena_array(struct arena *a, size_t n, size_t size, struct fail *f)
{
	const size_t step = alignof(max_align_t);
	struct arena_block *b = a->blocks;
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    bytes > SIZE_MAX / 2)
		return fail_memory_null(f, SIZE_MAX);
	bytes = (bytes + step - 1) / step * step;
	if (b == NULL || bytes > b->size - a->used) {
		b = add_block(a, bytes > block_size ? bytes : block_size, f);
		if (b == NULL)
			return NULL;
	}
	/* Not the whole block, of which most arenas use little: its pages would
	 * be touched for nothing. */
	p = memset(b->data + a->used, 0, bytes);
	a->used += bytes;
	return p;
}

char *
arena_bytes(struct arena *a, const void *bytes, size_t n, struct fail *f)
{
	char *p = arena_array(a, n + 1, 1, f);

	if (p != NULL && n > 0)
		memcpy(p, bytes, n);
	return p;
}

char *
arena_vprint(struct arena *a, struct fail *f, const char *fmt, va_list ap)
{
	char *text, *kept;
	int n = vasprintf(&text, fmt, ap);

	if (n < 0)
		return fail_memory_null(f, strlen(fmt));
	kept = arena_bytes(a, text, (size_t)n, f);
	free(text);
	return kept;
}

char *
arena_print(struct arena *a, struct fail *f, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprint(a, f, fmt, ap);
	va_end(ap);
	return text;
}

void
arena_release(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->blocks = NULL;
	a->used = 0;
}
