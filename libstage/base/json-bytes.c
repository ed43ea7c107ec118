#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json-bytes.h"
#include "base/utf8.h"

static json_t *
hex_object(const char *data, size_t n)
{
	char *hex = n < SIZE_MAX / 2 ? malloc(2 * n + 1) : NULL;
	json_t *j;

	if (hex == NULL)
		return NULL;
	hex_put(data, n, hex);
	j = json_pack("{s:s}", "bytes", hex);
	free(hex);
	return j;
}

json_t *
jsonbytes(const char *data, size_t n)
{
	size_t at;

	return utf8_valid(data, n, &at) ? json_stringn(data, n) :
	    hex_object(data, n);
}

static const char *
unhex(const char *hex, size_t n, const char *what, struct arena *arena,
    struct fail *f)
{
	char *bytes = arena_array(arena, n / 2 + 1, 1, f);

	if (bytes != NULL && (!hex_get_any(hex, n, bytes) ||
	    memchr(bytes, '\0', n / 2) != NULL)) {
		(void)fail(f, FAIL_INPUT, "%s: \"bytes\" is not pairs of "
		    "hexadecimal digits without 00", what);
		return NULL;
	}
	return bytes;
}

const char *
jsonbytes_text(const json_t *j, const char *what, struct arena *arena,
    struct fail *f)
{
	const json_t *hex = json_object_get(j, "bytes");
	const char *text = json_string_value(j);
	size_t n = json_string_length(j);

	if (json_is_string(hex) && json_object_size(j) == 1)
		return unhex(json_string_value(hex), json_string_length(hex),
		    what, arena, f);
	if (text == NULL || strlen(text) != n) {
		(void)fail(f, FAIL_INPUT, "%s is not a string without NUL, "
		    "nor {\"bytes\": \"HEX\"}", what);
		return NULL;
	}
	return arena_bytes(arena, text, n, f);
}
