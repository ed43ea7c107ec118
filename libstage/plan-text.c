#include <stdio.h>
#include <string.h>

#include "plan-schema.h"

static size_t
put_step(const struct plan_path *p, char *text, size_t used)
{
	size_t size = PLAN_PATH_MAX - used;
	int n;

	if (p->key == NULL)
		n = snprintf(text + used, size, "[%zu]", p->index);
	else
		n = snprintf(text + used, size, "%s%.*s", used > 0 ? "." : "",
		    (int)p->n, p->key);
	if (n < 0)
		return used;
	return (size_t)n < size ? used + (size_t)n : PLAN_PATH_MAX - 1;
}

static size_t
put_path(const struct plan_path *p, char *text)
{
	/* No deeper than the form of a plan: five steps. */
	return p == NULL ? 0 : put_step(p, text, put_path(p->up, text));
}

const char *
plan_path_text(const struct plan_path *p, char text[PLAN_PATH_MAX])
{
	text[0] = '\0';
	put_path(p, text);
	return text;
}

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

size_t
plan_utf8_length(const void *text, size_t n)
{
	const unsigned char *s = text;
	size_t i = 0;

	while (i < sizeof(sequences) / sizeof(*sequences) &&
	    (s[0] < sequences[i].first || s[0] > sequences[i].last))
		i++;
	if (i == sizeof(sequences) / sizeof(*sequences) ||
	    sequences[i].more >= n)
		return 0;
	if (sequences[i].more > 0 &&
	    (s[1] < sequences[i].low || s[1] > sequences[i].high))
		return 0;
	for (size_t k = 2; k <= sequences[i].more; k++)
		if ((s[k] & 0xc0) != 0x80)
			return 0;
	return sequences[i].more + (size_t)1;
}

bool
plan_utf8(const void *text, size_t n, size_t *at)
{
	const unsigned char *s = text;
	size_t i = 0;

	while (i < n) {
		size_t step = plan_utf8_length(s + i, n - i);

		if (step == 0) {
			*at = i;
			return false;
		}
		i += step;
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
plan_unhex(const char *hex, size_t n, void *bytes)
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

bool
plan_uuid_hyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}
