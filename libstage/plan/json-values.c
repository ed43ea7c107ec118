#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan/json.h"

/* JSON values that are not objects or arrays of objects. */

/* What JSON has for a type, in messages. */
static const char *const wanted[PLAN_TYPES] = {
	[TYPE_BOOL]	= "true or false",
	[TYPE_NUMBER]	= "a number",
	[TYPE_SECONDS]	= "a number",
	[TYPE_ADDRESS]	= "a string \"0x...\"",
	[TYPE_TEXT]	= "a string",
	[TYPE_BYTES]	= "a string or {\"bytes\": \"HEX\"}",
	[TYPE_DIGEST]	= "a string of 64 hexadecimal digits",
	[TYPE_UUID]	= "a UUID as a string",
	[TYPE_ID]	= "a string of 32 hexadecimal digits",
	[TYPE_ABI]	= "a string",
	[TYPE_NUMBERS]	= "an array of numbers",
	[TYPE_P2M]	= "an array of pairs of numbers",
	[TYPE_MAP]	= "an object",
	[TYPE_LIST]	= "an array",
};

void
plan_json_note(struct plan_translator *t, int r)
{
	if (r != 0)
		t->full = true;
}

int
plan_json_wrong(struct plan_translator *t, enum plan_type type,
    const struct plan_path *path,
    json_t *j)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
		[JSON_REAL] =
		"a number with a fraction or an exponent", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false", [JSON_NULL] = "null",
	};
	char text[PLAN_PATH_MAX];

	if (json_is_string(j))
		return fail(t->f, FAIL_INPUT, "%s: '%s' is \"%s\" where %s"
		    " stands", t->what, plan_path_text(path, text),
		    json_string_value(j), wanted[type]);
	return fail(t->f, FAIL_INPUT, "%s: '%s' is %s where %s stands",
	    t->what, plan_path_text(path, text), names[json_typeof(j)],
	    wanted[type]);
}

void
plan_json_text(struct plan_translator *t, const char *s, size_t n)
{
	plan_json_note(t, msgpack_pack_str(&t->to, n));
	plan_json_note(t, msgpack_pack_str_body(&t->to, s, n));
}

static void
put_bytes(struct plan_translator *t, const void *data, size_t n)
{
	plan_json_note(t, msgpack_pack_bin(&t->to, n));
	plan_json_note(t, msgpack_pack_bin_body(&t->to, data, n));
}

int
plan_from_bool(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_boolean(j))
		return plan_json_wrong(t, d->type, path, j);
	plan_json_note(t, json_is_true(j) ? msgpack_pack_true(&t->to) :
	    msgpack_pack_false(&t->to));
	return 0;
}

int
plan_from_number(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_integer(j))
		return plan_json_wrong(t, d->type, path, j);
	plan_json_note(t, msgpack_pack_int64(&t->to, json_integer_value(j)));
	return 0;
}

int
plan_from_address(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	const char *s = json_string_value(j);
	size_t n = json_string_length(j);
	uint8_t bytes[8];
	char digits[17];
	uint64_t value = 0;

	if (s == NULL || n < 3 || n > 18 || memcmp(s, "0x", 2) != 0)
		return plan_json_wrong(t, d->type, path, j);
	memset(digits, '0', sizeof(digits));
	memcpy(digits + (18 - n), s + 2, n - 2);
	if (!hex_get_any(digits, 16, bytes))
		return plan_json_wrong(t, d->type, path, j);
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	plan_json_note(t, msgpack_pack_uint64(&t->to, value));
	return 0;
}

int
plan_from_text(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_string(j))
		return plan_json_wrong(t, d->type, path, j);
	plan_json_text(t, json_string_value(j), json_string_length(j));
	return 0;
}

unsigned char *
plan_json_unwrap(struct plan_translator *t, json_t *j, const char *key,
    size_t *n)
{
	json_t *hex = json_object_get(j, key);
	unsigned char *bytes;

	if (json_object_size(j) != 1 || !json_is_string(hex))
		return NULL;
	*n = json_string_length(hex) / 2;
	bytes = malloc(*n + 1);
	if (bytes == NULL) {
		t->full = true;
		return NULL;
	}
	if (!hex_get_any(json_string_value(hex), json_string_length(hex),
	    bytes)) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

int
plan_from_bytes(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	unsigned char *bytes;
	size_t n;

	if (json_is_string(j)) {
		put_bytes(t, json_string_value(j), json_string_length(j));
		return 0;
	}
	bytes = plan_json_unwrap(t, j, "bytes", &n);
	if (bytes == NULL)
		return plan_json_wrong(t, d->type, path, j);
	put_bytes(t, bytes, n);
	free(bytes);
	return 0;
}

int
plan_from_fixed(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	const size_t want = plan_type_bytes(d->type);
	const bool hyphens = d->type == TYPE_UUID;
	const char *s = json_string_value(j);
	uint8_t bytes[SHA256_BYTES];

	if (s == NULL || json_string_length(j) != 2 * want + (hyphens ? 4 : 0))
		return plan_json_wrong(t, d->type, path, j);
	for (size_t i = 0; i < want; i++, s += 2) {
		if (hyphens && plan_uuid_hyphen(i) && *s++ != '-')
			return plan_json_wrong(t, d->type, path, j);
		if (!hex_get_any(s, 2, bytes + i))
			return plan_json_wrong(t, d->type, path, j);
	}
	put_bytes(t, bytes, want);
	return 0;
}

typedef int from_element(struct plan_translator *, const struct plan_field *,
	    const struct plan_path *, json_t *);

static int
from_array(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j, const struct plan_field *element,
    from_element *from)
{
	if (!json_is_array(j))
		return plan_json_wrong(t, d->type, path, j);
	plan_json_note(t, msgpack_pack_array(&t->to, json_array_size(j)));
	for (size_t i = 0; i < json_array_size(j); i++) {
		const struct plan_path step = { path, NULL, 0, i };

		if (from(t, element, &step, json_array_get(j, i)) < 0)
			return -1;
	}
	return 0;
}

int
plan_from_numbers(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	static const struct plan_field number = { .type = TYPE_NUMBER,
	    .unit = "" };

	return from_array(t, d, path, j, &number, plan_from_number);
}

int
plan_from_p2m(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	static const struct plan_field run = { .type = TYPE_NUMBERS,
	    .unit = "" };

	return from_array(t, d, path, j, &run, plan_from_numbers);
}

