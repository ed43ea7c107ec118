/*
 * utf8: is it UTF-8?  Strict: no surrogates, nothing longer than it must be, no
 * NUL.
 */
#ifndef XB_UTF8_H
#define XB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Are all n bytes UTF-8 without NUL?  On false *at is the first that is not. */
bool	utf8_valid(const void *, size_t n, size_t *at);

/*
 * Length of the character that the n bytes begin with, the character in *c; 0
 * where they begin with none, or with NUL.  n is at least 1.
 */
size_t	utf8_char(const void *, size_t n, uint32_t *c);

#endif
