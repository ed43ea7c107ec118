#include <string.h>

#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

void
hex_put(const void *bytes, size_t n, char *text)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		*text++ = digits[p[i] >> 4];
		*text++ = digits[p[i] & 15];
	}
	*text = '\0';
}

bool
hex_get(const char *text, size_t n, void *bytes)
{
	unsigned char *p = bytes;

	for (size_t i = 0; i < 2 * n; i++) {
		const char *d = text[i] == '\0' ? NULL :
		    strchr(digits, text[i]);

		if (d == NULL)
			return false;
		p[i / 2] = (unsigned char)(p[i / 2] << 4 | (d - digits));
	}
	return true;
}

/* The value of a digit in either case, or 16. */
static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

bool
hex_get_any(const char *hex, size_t n, void *bytes)
{
	unsigned char *p = bytes;

	if (n % 2 != 0)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		unsigned high = digit(hex[i]), low = digit(hex[i + 1]);

		if (high > 15 || low > 15)
			return false;
		*p++ = (unsigned char)(high << 4 | low);
	}
	return true;
}

void
sha256_hex(const uint8_t sha256[SHA256_BYTES], char hex[65])
{
	hex_put(sha256, SHA256_BYTES, hex);
}
