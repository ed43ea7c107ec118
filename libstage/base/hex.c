#include <string.h>

#include "base/hex.h"

static const char digits[] = "0123456789abcdef" "ABCDEF";

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

struct id_text
id_text(const uint8_t id[ID_BYTES])
{
	struct id_text t;

	hex_put(id, ID_BYTES, t.s);
	return t;
}

/* known is how many of the 22 digits are allowed: the first 16 are those
 * without upper case. */
static bool
get(const char *text, size_t n, size_t known, void *bytes)
{
	unsigned char *p = bytes;

	for (size_t i = 0; i < 2 * n; i++) {
		const char *d = memchr(digits, text[i], known);
		long value;

		if (d == NULL)
			return false;
		value = d - digits;
		p[i / 2] = (unsigned char)(p[i / 2] << 4 |
		    (value < 16 ? value : value - 6));
	}
	return true;
}

bool
hex_get(const char *text, size_t n, void *bytes)
{
	return get(text, n, 16, bytes);
}

bool
hex_get_any(const char *hex, size_t n, void *bytes)
{
	return n % 2 == 0 && get(hex, n / 2, 22, bytes);
}
