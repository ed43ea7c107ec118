#include <errno.h>
#include <inttypes.h>
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

int
size_parse(const char *option, const char *text, uint64_t *to, struct fail *f)
{
	static const char units[] = "KMG";
	const char *unit = "";
	unsigned shift = 0;
	uint64_t v, max;
	char *end;

	errno = 0;
	v = strtoumax(text, &end, 10);
	if (*end != '\0' && (unit = strchr(units, *end)) != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	if (!is_digit(text[0]) || *end != '\0')
		return fail(f, FAIL_USAGE, "%s '%s' is not a size: a number "
		    "with K, M or G, or bytes", option, text);
	max = (uint64_t)INT64_MAX >> shift;
	if (errno != 0 || v > max)
		return fail(f, FAIL_USAGE, "%s %s is too large: at most %"
		    PRIu64 "%.*s", option, text, max, shift > 0, unit);
	if (v == 0)
		return fail(f, FAIL_USAGE, "%s is 0", option);
	*to = v << shift;
	return 0;
}
