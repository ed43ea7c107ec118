#include "base/cursor.h"

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

uint64_t
cursor_uint(struct cursor *c, unsigned bytes)
{
	const void *p = take(c, bytes);

	return p == NULL ? 0 : le_get(p, bytes);
}
