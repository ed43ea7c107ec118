#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "schema/impl.h"

/* Translates JSON values that are no objects or arrays. */

int
schema_json_wrong(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
		[JSON_REAL] =
		"a number with a fraction or an exponent", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false", [JSON_NULL] = "null",
	};
	const char *words = schema_kinds[d->type].json;
	char text[SCHEMA_PATH_MAX], limit[64];

	if (t->words->brief)
		return fail(t->f, FAIL_INPUT, "%s: %s%s%s is not %s", t->what,
		    t->words->before, schema_path_text(path, text),
		    t->words->after, schema_wanted(d, words, limit));
	if (json_is_string(j))
		return fail(t->f, FAIL_INPUT, "%s: '%s' is \"%s\" where %s"
		    " stands", t->what, schema_path_text(path, text),
		    json_string_value(j), words);
	return fail(t->f, FAIL_INPUT, "%s: '%s' is %s where %s stands",
	    t->what, schema_path_text(path, text), names[json_typeof(j)],
	    words);
}

int
schema_from_bool(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	if (!json_is_boolean(j))
		return schema_json_wrong(t, d, path, j);
	schema_note(&t->out, json_is_true(j) ? msgpack_pack_true(&t->out.to) :
	    msgpack_pack_false(&t->out.to));
	return 0;
}

int
schema_from_number(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	if (!json_is_integer(j))
		return schema_json_wrong(t, d, path, j);
	schema_note(&t->out, msgpack_pack_int64(&t->out.to,
	    json_integer_value(j)));
	return 0;
}

int
schema_from_address(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	const char *s = json_string_value(j);
	size_t n = json_string_length(j);
	uint8_t bytes[8];
	char digits[17];
	uint64_t value = 0;

	if (s == NULL || n < 3 || n > 18 || memcmp(s, "0x", 2) != 0)
		return schema_json_wrong(t, d, path, j);
	memset(digits, '0', sizeof(digits));
	memcpy(digits + (18 - n), s + 2, n - 2);
	if (!hex_get_any(digits, 16, bytes))
		return schema_json_wrong(t, d, path, j);
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	schema_note(&t->out, msgpack_pack_uint64(&t->out.to, value));
	return 0;
}

int
schema_from_text(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	if (!json_is_string(j))
		return schema_json_wrong(t, d, path, j);
	schema_put_text(&t->out, json_string_value(j), json_string_length(j));
	return 0;
}

unsigned char *
schema_json_unwrap(struct schema_translator *t, json_t *j, const char *key,
    size_t *n)
{
	json_t *hex = json_object_get(j, key);
	unsigned char *bytes;

	if (json_object_size(j) != 1 || !json_is_string(hex))
		return NULL;
	*n = json_string_length(hex) / 2;
	bytes = malloc(*n + 1);
	if (bytes == NULL) {
		t->out.full = true;
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
schema_from_bytes(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	unsigned char *bytes;
	size_t n;

	if (json_is_string(j)) {
		schema_put_bytes(&t->out, json_string_value(j),
		    json_string_length(j));
		return 0;
	}
	bytes = schema_json_unwrap(t, j, "bytes", &n);
	if (bytes == NULL)
		return schema_json_wrong(t, d, path, j);
	schema_put_bytes(&t->out, bytes, n);
	free(bytes);
	return 0;
}

int
schema_from_fixed(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	const size_t want = schema_kinds[d->type].bytes;
	const char *s = json_string_value(j);
	uint8_t bytes[SHA256_BYTES];

	if (s == NULL || json_string_length(j) != 2 * want ||
	    !hex_get_any(s, 2 * want, bytes))
		return schema_json_wrong(t, d, path, j);
	schema_put_bytes(&t->out, bytes, want);
	return 0;
}

int
schema_from_uuid(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	const char *s = json_string_value(j);
	uint8_t uuid[UUID_BYTES];

	/* A zero byte within the string would hide what follows it. */
	if (s == NULL || json_string_length(j) != UUID_TEXT - 1 ||
	    !uuid_parse(s, uuid))
		return schema_json_wrong(t, d, path, j);
	schema_put_bytes(&t->out, uuid, sizeof(uuid));
	return 0;
}

int
schema_from_real(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	if (!json_is_number(j))
		return schema_json_wrong(t, d, path, j);
	schema_note(&t->out, msgpack_pack_double(&t->out.to,
	    json_number_value(j)));
	return 0;
}

/* The digits must be in lower case, as in the names of blobs. */
int
schema_from_oci_digest(struct schema_translator *t,
    const struct schema_field *d, const struct schema_path *path, json_t *j)
{
	static const char prefix[] = "sha256:";
	const char *s = json_string_value(j);
	uint8_t bytes[SHA256_BYTES];

	if (s == NULL || json_string_length(j) != sizeof(prefix) - 1 +
	    2 * SHA256_BYTES || strncmp(s, prefix, sizeof(prefix) - 1) != 0 ||
	    !hex_get(s + sizeof(prefix) - 1, SHA256_BYTES, bytes))
		return schema_json_wrong(t, d, path, j);
	schema_put_bytes(&t->out, bytes, SHA256_BYTES);
	return 0;
}
