/*
 * words: a list of words, in the form of argv, that grows.
 */
#ifndef XB_WORDS_H
#define XB_WORDS_H

#include <stddef.h>

#include "base/fail.h"

struct words {
	char **v;			/* copies; ends with NULL once there is
					 * a word */
	size_t n, cap;
};

#define WORDS_INIT { NULL, 0, 0 }

int	words_add(struct words *, const char *, struct fail *) must_check;
/* By their bytes. */
void	words_sort(struct words *);
void	words_release(struct words *);

#endif
