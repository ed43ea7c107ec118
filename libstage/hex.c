#include <string.h>

#include "hex.h"

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
