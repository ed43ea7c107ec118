/*
 * hex: bytes as hexadecimal digits, two each, in lower case.
 */
#ifndef XB_HEX_H
#define XB_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* Writes 2 * n digits and a NUL. */
void	hex_put(const void *bytes, size_t n, char *text);

/*
 * Reads n bytes from their 2 * n digits; what follows them is the caller's.
 * False where one is none: upper case is not what hex_put() writes.
 */
bool	hex_get(const char *text, size_t n, void *bytes);

/* n digits in either case, an even number, to n / 2 bytes.  False where they
 * are not. */
bool	hex_get_any(const char *hex, size_t n, void *bytes);

#endif
