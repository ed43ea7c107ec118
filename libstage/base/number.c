#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
number_parse(const char *option, const char *text, uint64_t max, uint64_t *to,
    struct fail *f)
{
	uintmax_t v;
	char *end;

	errno = 0;
	v = strtoumax(text, &end, 0);
	if (!is_digit(text[0]) || *end != '\0')
		return fail(f, FAIL_USAGE, "%s '%s' is not a number", option,
		    text);
	if (errno != 0 || v > max)
		return fail(f, FAIL_USAGE, "%s %s is too large: at most %"
		    PRIu64, option, text, max);
	*to = v;
	return 0;
}

/*
 * The shift of a unit, in either case, with "iB" behind it or not; 0: none
 * stands at *text.  Moves *text behind it.
 */
static unsigned
unit_shift(const char **text)
{
	static const char units[] = "KMGT";
	const char *unit = **text == '\0' ? NULL :
	    strchr(units, toupper((unsigned char)**text));

	if (unit == NULL)
		return 0;
	*text += strncmp(*text + 1, "iB", 2) == 0 ? 3 : 1;
	return 10 * (unsigned)(unit - units + 1);
}

struct size_text
size_text(uint64_t bytes)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	size_t unit = 0;
	struct size_text t;

	while (bytes != 0 && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(t.s, sizeof(t.s), "%" PRIu64 "%s", bytes, units[unit]);
	return t;
}

struct size_text
size_above(uint64_t bytes)
{
	const uint64_t mib = 1 << 20;

	return size_text(bytes > INT64_MAX - mib ? INT64_MAX :
	    (bytes + mib - 1) / mib * mib);
}

int
size_parse(const char *option, const char *text, uint64_t *to, struct fail *f)
{
	const char *unit, *rest;
	unsigned shift;
	uint64_t v, max;
	char *end;

	errno = 0;
	v = strtoumax(text, &end, 10);
	unit = rest = end;
	shift = unit_shift(&rest);
	if (!is_digit(text[0]) || *rest != '\0')
		return fail(f, FAIL_USAGE, "%s '%s' is not a size: a number "
		    "with K, M, G or T, or bytes", option, text);
	max = (uint64_t)INT64_MAX >> shift;
	if (errno != 0 || v > max)
		return fail(f, FAIL_USAGE, "%s %s is too large: at most %"
		    PRIu64 "%.*s", option, text, max, shift > 0, unit);
	if (v == 0)
		return fail(f, FAIL_USAGE, "%s is 0, and must be more",
		    option);
	*to = v << shift;
	return 0;
}

int
size_pages(const char *option, const char *text, uint64_t *pages,
    struct fail *f)
{
	const uint64_t page = 4096;
	size_t n = strlen(text);
	uint64_t bytes;

	if (size_parse(option, text, &bytes, f) < 0)
		return -1;
	*pages = bytes / page;
	if (bytes % page == 0)
		return 0;
	/* A bare 512 is MiB in other tools (xl), so the message offers 512M. */
	if (is_digit(text[n - 1]))
		return fail(f, FAIL_USAGE, "%s %s is %s bytes, not a multiple "
		    "of 4096, a page; %sM?", option, text, text, text);
	return fail(f, FAIL_USAGE, "%s %s is not a multiple of 4K, a page",
	    option, text);
}

int
time_parse(const char *option, const char *text, uint64_t *to, struct fail *f)
{
	static const struct {
		const char *name;
		uint64_t milliseconds;
	} units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }
	};
	const size_t n = sizeof(units) / sizeof(units[0]);
	uint64_t v;
	size_t i = 0;
	char *end;

	errno = 0;
	v = strtoumax(text, &end, 10);
	while (i < n && strcmp(end, units[i].name) != 0)
		i++;
	if (!is_digit(text[0]) || i == n)
		return fail(f, FAIL_USAGE, "%s '%s' is not a time: a number "
		    "with ms, s, m, h or d, or seconds", option, text);
	if (errno != 0 || v > INT32_MAX)
		return fail(f, FAIL_USAGE, "%s %s is too long: at most %d of "
		    "a unit", option, text, INT32_MAX);
	if (v == 0)
		return fail(f, FAIL_USAGE, "%s is 0, and must be more",
		    option);
	*to = v * units[i].milliseconds;
	return 0;
}
