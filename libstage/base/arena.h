/*
 * arena: memory that lives as long as one plan or one image and is released
 * in one call.  Allocations are zeroed and aligned for any type.
 */
#ifndef XB_ARENA_H
#define XB_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/fail.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;	/* newest first */
	size_t used;			/* bytes taken of the newest block */
};

#define ARENA_INIT { NULL, 0 }

/*
 * n objects of size bytes each, zeroed.  A product that overflows fails.  For
 * n 0 the result is not NULL, but holds nothing.  NULL: f says why.
 */
void	*arena_array(struct arena *, size_t n, size_t size, struct fail *)
	    must_check;

/* A copy of n bytes with a NUL after them. */
char	*arena_bytes(struct arena *, const void *, size_t n, struct fail *)
	    must_check;

/* A text as printf(3) makes it. */
char	*arena_print(struct arena *, struct fail *, const char *fmt, ...)
	    printf_like(3, 4) must_check;
char	*arena_vprint(struct arena *, struct fail *, const char *fmt, va_list)
	    must_check;

/* Releases every allocation; the arena is empty and usable again. */
void	arena_release(struct arena *);

#endif
