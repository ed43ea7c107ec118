/*
 * hex: bytes as hexadecimal digits, two each, in lower case.
 */
#ifndef XB_HEX_H
#define XB_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes 2 * n digits and a NUL. */
void	hex_put(const void *bytes, size_t n, char *text);

/* The digits of an id: of a UUID, or of a build. */
enum { ID_BYTES = 16 };
struct id_text { char s[2 * ID_BYTES + 1]; };
struct id_text id_text(const uint8_t id[ID_BYTES]);

/*
 * Reads n bytes from 2 * n digits as hex_put() writes them, and does not look
 * at what follows.  False for anything else, digits in upper case too.
 */
bool	hex_get(const char *text, size_t n, void *bytes);

/* Reads n / 2 bytes from n digits in either case.  False where n is odd or a
 * character is no digit. */
bool	hex_get_any(const char *hex, size_t n, void *bytes);

#endif
