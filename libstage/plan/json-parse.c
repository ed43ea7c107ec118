#include <inttypes.h>
#include <jansson.h>

#include "plan/json.h"

/*
 * Refuses a text that would take more than 704 MiB as jansson's objects, by
 * what one of each takes at most: jansson knows no limit.
 */
static int
weigh(const char *s, size_t n, const char *what, struct fail *f)
{
	static const uint16_t weights[UINT8_MAX + 1] = {
		['{'] = 256, ['['] = 144, [':'] = 192, [','] = 48, ['"'] = 40,
	};
	const uint64_t limit = UINT64_C(704) << 20;
	bool string = false;
	uint64_t weight = 0;

	for (size_t i = 0; i < n; i++) {
		if (string && s[i] == '\\') {
			i++;
			continue;
		}
		if (!string || s[i] == '"')
			weight += weights[(unsigned char)s[i]];
		if (s[i] == '"')
			string = !string;
	}
	if (weight > limit)
		return fail(f, FAIL_INPUT, "%s: this JSON would take %" PRIu64
		    " MiB of memory, limit %" PRIu64 " MiB: too many values",
		    what, weight >> 20, limit >> 20);
	return 0;
}

json_t *
plan_json_parse(const char *text, size_t n, const char *what, struct fail *f)
{
	json_error_t e;
	json_t *j;

	if (n > 0 && (unsigned char)text[0] >= 0x80) {
		fail(f, FAIL_INPUT, "%s: not JSON but binary, a plan perhaps;"
		    " xb-show -j makes JSON of a plan", what);
		return NULL;
	}
	if (weigh(text, n, what, f) < 0)
		return NULL;
	/* A NUL is refused with its key, where values are read. */
	j = json_loadb(text, n, JSON_REJECT_DUPLICATES |
	    JSON_ALLOW_NUL, &e);
	if (j == NULL) {
		fail(f, FAIL_INPUT, "%s: not JSON: line %d, column %d: %s",
		    what, e.line, e.column, e.text);
		return NULL;
	}
	if (!json_is_object(j)) {
		fail(f, FAIL_INPUT, "%s: not a plan: the JSON is no object",
		    what);
		json_decref(j);
		return NULL;
	}
	return j;
}
