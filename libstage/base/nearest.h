/*
 * nearest: the names that a word which is none was meant to be.
 */
#ifndef XB_NEAREST_H
#define XB_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *to;			/* the word, the caller's */
	size_t distance;		/* 0: the names begin with the word */
	char names[256];		/* all at that distance; "": none is
					 * near */
};

/* A name is near that begins with the word, or that the word becomes when at
 * most two letters are changed, added, taken away or swapped with the next. */
struct nearest	nearest_to(const char *word);

/* Keeps the name if it is as near as those kept, and drops these if it is
 * nearer. */
void	nearest_try(struct nearest *, const char *name);

#endif
