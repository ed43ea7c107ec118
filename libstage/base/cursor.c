#include "base/cursor.h"

size_t
cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : c->size - c->at;
}

void
cursor_seek(struct cursor *c, uint64_t offset)
{
	if (offset > c->size)
		c->bad = true;
	else
		c->at = (size_t)offset;
}

/* The next n bytes, inside the buffer, or NULL. */
static const void *
take(struct cursor *c, uint64_t n)
{
	const void *p;

	if (c->bad || n > c->size - c->at) {
		c->bad = true;
		return NULL;
	}
	p = c->base + c->at;
	c->at += (size_t)n;
	return p;
}

void
cursor_skip(struct cursor *c, uint64_t n)
{
	(void)take(c, n);
}

struct cursor
cursor_part(const struct cursor *c, uint64_t offset, uint64_t n)
{
	struct cursor part = { .bad = true };

	if (c->bad || offset > c->size || n > c->size - offset)
		return part;
	return cursor_over(c->base + offset, (size_t)n);
}

uint64_t
cursor_uint(struct cursor *c, unsigned bytes)
{
	const void *p = take(c, bytes);

	return p == NULL ? 0 : le_get(p, bytes);
}
