/*
 * draft: a text that is written to a stream, in memory.
 *
 *	struct draft d;
 *
 *	if (draft_begin(&d, f) < 0)
 *		return -1;
 *	fprintf(d.to, ...);
 *	if (draft_end(&d, f) < 0)
 *		return -1;
 *	... d.bytes ...
 *	free(d.bytes);
 */
#ifndef XB_DRAFT_H
#define XB_DRAFT_H

#include <stddef.h>
#include <stdio.h>

#include "base/fail.h"

struct draft {
	FILE *to;
	char *bytes; size_t n;		/* after draft_end(): malloced, and a
					 * NUL after n bytes */
};

/* The struct may not move until draft_end(). */
int	draft_begin(struct draft *, struct fail *) must_check;

/* Closes the stream.  Without memory for the whole text bytes is NULL: a text
 * is never cut. */
int	draft_end(struct draft *, struct fail *) must_check;

#endif
