/*
 * zero: bytes that are all zero, as most of guest memory is.
 */
#ifndef XB_ZERO_H
#define XB_ZERO_H

#include <stdbool.h>
#include <stddef.h>

/* How many of n bytes come before the first that is not zero. */
size_t	zero_bytes(const void *, size_t n);

static inline bool
zero_all(const void *bytes, size_t n)
{
	return zero_bytes(bytes, n) == n;
}

#endif
