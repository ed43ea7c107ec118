/*
 * output: the file of the user that the finished plan goes to.
 *
 * A regular file is replaced whole, at the end, and keeps its mode: it may be
 * the one that was read.  Until then it has what it had.
 */
#ifndef XB_OUTPUT_H
#define XB_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/*
 * FAIL_IO where a plan could not be written there.  One that is not there is
 * made, empty, and *made set.
 */
int	output_check(const char *path, bool *made, struct fail *) must_check;

/* Writes a sealed plan; to a terminal, in words.  FAIL_IO. */
int	output_write(const char *path, const void *plan, size_t n,
	    struct fail *) must_check;

#endif
