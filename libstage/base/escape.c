#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/escape.h"
#include "base/hex.h"
#include "base/utf8.h"

enum { PIECE_MAX = 4 };		/* \xNN, and the longest UTF-8 character */

struct range {
	uint32_t first, last;
};

/* Valid characters that steer the terminal or are invisible. */
static const struct range unfit[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },			/* soft hyphen */
	{ 0x061c, 0x061c },		/* Arabic letter mark */
	{ 0x200b, 0x200f },		/* zero width, direction marks */
	{ 0x2028, 0x202e },		/* separators, direction overrides */
	{ 0x2060, 0x206f },		/* invisible, direction isolates */
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f },		/* tags */
};

static bool
fit(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
		if (c >= unfit[i].first && c <= unfit[i].last)
			return false;
	return true;
}

/* Length of the character at p if it may be shown as it is, else 0. */
static size_t
plain(const unsigned char *p, size_t n)
{
	uint32_t c = 0;
	size_t length = utf8_char(p, n, &c);

	return fit(c) ? length : 0;
}

/* Writes the escaped form of the character or byte at p, whose length is
 * *taken. */
static size_t
piece(char out[PIECE_MAX], const unsigned char *p, size_t n, size_t *taken)
{
	char digits[3];
	size_t length = plain(p, n);

	*taken = length == 0 ? 1 : length;
	if (p[0] == '\\') {
		out[0] = out[1] = '\\';
		return 2;
	}
	if (length > 0) {
		memcpy(out, p, length);
		return length;
	}
	out[0] = '\\';
	out[1] = 'x';
	hex_put(p, 1, digits);
	memcpy(out + 2, digits, 2);
	return 4;
}

void
escape_to(FILE *to, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	char form[PIECE_MAX];
	size_t taken;

	for (; n > 0; p += taken, n -= taken) {
		size_t length = piece(form, p, n, &taken);

		fwrite(form, 1, length, to);
	}
}

size_t
escape_into(char *buf, size_t size, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	char form[PIECE_MAX];
	size_t used = 0, taken;

	if (size == 0)
		return 0;
	for (; n > 0; p += taken, n -= taken) {
		size_t length = piece(form, p, n, &taken);

		if (length >= size - used)
			break;
		memcpy(buf + used, form, length);
		used += length;
	}
	buf[used] = '\0';
	return used;
}
