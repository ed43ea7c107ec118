#include "base/utf8.h"

/*
 * The lead bytes of UTF-8 and the range of the byte that follows each; the
 * bytes after that one are 0x80 to 0xbf.  Unicode 15, table 3-7.
 */
static const struct {
	unsigned char first, last;	/* lead byte */
	unsigned char more;
	unsigned char low, high;	/* second byte */
} sequences[] = {
	{ 0x01, 0x7f, 0, 0, 0 },
	{ 0xc2, 0xdf, 1, 0x80, 0xbf },
	{ 0xe0, 0xe0, 2, 0xa0, 0xbf },
	{ 0xe1, 0xec, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 2, 0x80, 0x9f },
	{ 0xee, 0xef, 2, 0x80, 0xbf },
	{ 0xf0, 0xf0, 3, 0x90, 0xbf },
	{ 0xf1, 0xf3, 3, 0x80, 0xbf },
	{ 0xf4, 0xf4, 3, 0x80, 0x8f },
};

enum { SEQUENCES = sizeof(sequences) / sizeof(sequences[0]) };

size_t
utf8_char(const void *text, size_t n, uint32_t *c)
{
	const unsigned char *s = text;
	size_t i = 0, length;

	while (i < SEQUENCES &&
	    (s[0] < sequences[i].first || s[0] > sequences[i].last))
		i++;
	if (i == SEQUENCES || sequences[i].more >= n)
		return 0;
	length = sequences[i].more + (size_t)1;
	*c = length == 1 ? s[0] : s[0] & (0x7fu >> length);
	for (size_t k = 1; k < length; k++) {
		unsigned char low = k == 1 ? sequences[i].low : 0x80;
		unsigned char high = k == 1 ? sequences[i].high : 0xbf;

		if (s[k] < low || s[k] > high)
			return 0;
		*c = *c << 6 | (s[k] & 0x3f);
	}
	return length;
}

bool
utf8_valid(const void *text, size_t n, size_t *at)
{
	const unsigned char *s = text;
	size_t i = 0;
	uint32_t c;

	while (i < n) {
		size_t step = utf8_char(s + i, n - i, &c);

		if (step == 0) {
			*at = i;
			return false;
		}
		i += step;
	}
	return true;
}
