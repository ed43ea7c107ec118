/*
 * cursor: bounds-checked reading of bytes that cannot be trusted.
 *
 * A cursor reads little-endian values from a buffer that it does not own.
 * After the first read outside the buffer it stays bad: every read
 * gives 0 and cursor_bad() is true.  So a caller reads a whole header and
 * checks once.
 */
#ifndef XB_CURSOR_H
#define XB_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const unsigned char *base;
	size_t size;
	size_t at;		/* next byte to read, never above size */
	bool bad;
};

static inline struct cursor
cursor_over(const void *base, size_t size)
{
	return (struct cursor){ .base = base, .size = size };
}

static inline bool
cursor_bad(const struct cursor *c)
{
	return c->bad;
}

void	cursor_skip(struct cursor *, uint64_t n);

/* An unsigned value of 1, 2, 4 or 8 bytes. */
uint64_t cursor_uint(struct cursor *, unsigned bytes);

static inline uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)cursor_uint(c, 1);
}

/*
 * Little-endian values of up to 8 bytes in memory.  Nothing is checked: the
 * caller knows that the value lies inside its buffer.  Entries of page tables
 * and of p2m lists have 8 or 4 bytes, and a copy of a constant size is one
 * instruction.
 */
static inline uint64_t
le_get(const void *from, unsigned bytes)
{
	uint64_t v = 0;

	switch (bytes) {
	case 8:
		memcpy(&v, from, 8);
		break;
	case 4:
		memcpy(&v, from, 4);
		break;
	default:
		memcpy(&v, from, bytes);
	}
	return le64toh(v);
}

static inline void
le_put(void *to, unsigned bytes, uint64_t value)
{
	uint64_t v = htole64(value);

	switch (bytes) {
	case 8:
		memcpy(to, &v, 8);
		break;
	case 4:
		memcpy(to, &v, 4);
		break;
	default:
		memcpy(to, &v, bytes);
	}
}

#endif
