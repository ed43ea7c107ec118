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
#include "plan/plan.h"

/* FAIL_PERM or FAIL_IO if a plan cannot be written there.  0 for NULL, which is
 * no file. */
int	output_check(const char *path, struct fail *) must_check;

/* Writes a sealed plan, whole or not at all; to a terminal, in words.  Fails as
 * output_check(). */
int	output_write(const char *path, const void *plan, size_t n,
	    struct fail *) must_check;

/* The same of a plan that is not sealed yet; where path is NULL, nothing. */
int	output_write_plan(const char *path, const struct plan *, struct fail *)
	    must_check;

#endif
