/*
 * text: strings that may be NULL.
 */
#ifndef XB_TEXT_H
#define XB_TEXT_H

#include <stdbool.h>
#include <string.h>

/* NULL equals NULL alone. */
static inline bool
text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

#endif
