/*
 * input: foreign bytes that are read by offset, from an open file or from
 * memory.
 *
 * Whoever reads a foreign format takes a struct input and no path and no
 * descriptor, so that the same code reads a user's file, a descriptor that
 * another process opened, and the bytes that a test or a fuzzer made.  An input
 * owns nothing: its descriptor, memory and name outlive it.
 */
#ifndef XB_INPUT_H
#define XB_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct input {
	const char *what;		/* for messages */
	int fd;				/* read where memory is NULL */
	const void *memory;
	uint64_t size;			/* of the memory, or of the file when it
					 * was opened */
};

/*
 * Reads exactly n bytes at an offset.  FAIL_INPUT where there are fewer: a file
 * that became shorter, or an offset beyond the memory.
 */
int	input_read(const struct input *, void *to, size_t n, uint64_t offset,
	    struct fail *) must_check;

#endif
