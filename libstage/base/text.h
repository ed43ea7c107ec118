/*
 * text: strings that may be NULL, and bytes that may be text.
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

/* Are the bytes text: some, and no control characters but tabs and ends of
 * lines? */
static inline bool
text_is(const void *bytes, size_t n)
{
	const unsigned char *c = bytes;

	for (size_t i = 0; i < n; i++)
		if ((c[i] < ' ' && c[i] != '\n' && c[i] != '\t' &&
		    c[i] != '\r') || c[i] == 0x7f)
			return false;
	return n > 0;
}

#endif
