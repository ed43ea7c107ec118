/*
 * utf8: checks UTF-8 strictly: surrogates, overlong forms and NUL are refused.
 */
#ifndef XB_UTF8_H
#define XB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Are all n bytes UTF-8 without NUL?  On false *at is the offset of the first
 * byte that is not. */
bool	utf8_valid(const void *, size_t n, size_t *at);

/*
 * Length of the character that the n bytes begin with, which is put in *c; 0
 * where no valid character begins there.  n is at least 1.
 */
size_t	utf8_char(const void *, size_t n, uint32_t *c);

#endif
