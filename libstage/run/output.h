/*
 * output: writes the finished plan to a file that the user names.
 *
 * A regular file is replaced as a whole and keeps its mode; a link that leads
 * to it stays a link.  It is not changed before, so it may be the file that the
 * plan was read from.
 */
#ifndef XB_OUTPUT_H
#define XB_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/*
 * FAIL_PERM or FAIL_IO if a plan cannot be written there.  A file that does not
 * exist is made, empty, and *made is set.
 */
int	output_check(const char *path, bool *made, struct fail *) must_check;

/* Removes the file that output_check() made. */
void	output_remove(const char *path);

/* Writes a sealed plan; to a terminal, in words.  Fails as output_check(). */
int	output_write(const char *path, const void *plan, size_t n,
	    struct fail *) must_check;

#endif
