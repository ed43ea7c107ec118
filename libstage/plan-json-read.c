#include <inttypes.h>
#include <jansson.h>
#include <msgpack.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "plan-msgpack.h"
#include "plan-schema.h"
#include "plan-walk.h"

/*
 * JSON into the binary form, by the schema; plan_decode() then reads that as
 * it reads any plan.  What is wrong with a value as such (its range, a key
 * that lacks) is found there, and only what JSON can get wrong is found here.
 */
struct translator {
	msgpack_sbuffer out;
	msgpack_packer to;
	bool full;			/* no memory */
	const char *what;
	struct fail *f;
};

typedef int translate_fn(struct translator *, const struct plan_field *,
    const struct plan_path *, json_t *);

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

static void
note(struct translator *t, int r)
{
	if (r != 0)
		t->full = true;
}

static int
wrong(struct translator *t, enum plan_type type, const struct plan_path *path,
    json_t *j)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
		[JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
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

static void
put_text(struct translator *t, const char *s, size_t n)
{
	note(t, msgpack_pack_str(&t->to, n));
	note(t, msgpack_pack_str_body(&t->to, s, n));
}

static void
put_bytes(struct translator *t, const void *data, size_t n)
{
	note(t, msgpack_pack_bin(&t->to, n));
	note(t, msgpack_pack_bin_body(&t->to, data, n));
}

static int
from_bool(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_boolean(j))
		return wrong(t, d->type, path, j);
	note(t, json_is_true(j) ? msgpack_pack_true(&t->to) :
	    msgpack_pack_false(&t->to));
	return 0;
}

static int
from_number(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_integer(j))
		return wrong(t, d->type, path, j);
	note(t, msgpack_pack_int64(&t->to, json_integer_value(j)));
	return 0;
}

static int
from_address(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	const char *s = json_string_value(j);
	size_t n = json_string_length(j);
	uint8_t bytes[8];
	char digits[17];
	uint64_t value = 0;

	if (s == NULL || n < 3 || n > 18 || memcmp(s, "0x", 2) != 0)
		return wrong(t, d->type, path, j);
	memset(digits, '0', sizeof(digits));
	memcpy(digits + 18 - n, s + 2, n - 2);
	if (!plan_unhex(digits, 16, bytes))
		return wrong(t, d->type, path, j);
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	note(t, msgpack_pack_uint64(&t->to, value));
	return 0;
}

static int
from_text(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_string(j))
		return wrong(t, d->type, path, j);
	put_text(t, json_string_value(j), json_string_length(j));
	return 0;
}

/* The value of an object with that one key and a string of hex; or NULL. */
static unsigned char *
unwrap(struct translator *t, json_t *j, const char *key, size_t *n)
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
	if (!plan_unhex(json_string_value(hex), json_string_length(hex),
	    bytes)) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

static int
from_bytes(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	unsigned char *bytes;
	size_t n;

	if (json_is_string(j)) {
		put_bytes(t, json_string_value(j), json_string_length(j));
		return 0;
	}
	bytes = unwrap(t, j, "bytes", &n);
	if (bytes == NULL)
		return wrong(t, d->type, path, j);
	put_bytes(t, bytes, n);
	free(bytes);
	return 0;
}

static int
from_fixed(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	const size_t want = plan_type_bytes(d->type);
	const bool hyphens = d->type == TYPE_UUID;
	const char *s = json_string_value(j);
	uint8_t bytes[SHA256_BYTES];

	if (s == NULL || json_string_length(j) != 2 * want + (hyphens ? 4 : 0))
		return wrong(t, d->type, path, j);
	for (size_t i = 0; i < want; i++, s += 2) {
		if (hyphens && plan_uuid_hyphen(i) && *s++ != '-')
			return wrong(t, d->type, path, j);
		if (!plan_unhex(s, 2, bytes + i))
			return wrong(t, d->type, path, j);
	}
	put_bytes(t, bytes, want);
	return 0;
}

static int
from_numbers(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	static const struct plan_field number = { .type = TYPE_NUMBER,
	    .unit = "" };

	if (!json_is_array(j))
		return wrong(t, d->type, path, j);
	note(t, msgpack_pack_array(&t->to, json_array_size(j)));
	for (size_t i = 0; i < json_array_size(j); i++) {
		const struct plan_path step = { path, NULL, 0, i };

		if (from_number(t, &number, &step, json_array_get(j, i)) < 0)
			return -1;
	}
	return 0;
}

static int
from_p2m(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	static const struct plan_field run = { .type = TYPE_NUMBERS,
	    .unit = "" };

	if (!json_is_array(j))
		return wrong(t, d->type, path, j);
	note(t, msgpack_pack_array(&t->to, json_array_size(j)));
	for (size_t i = 0; i < json_array_size(j); i++) {
		const struct plan_path step = { path, NULL, 0, i };

		if (from_numbers(t, &run, &step, json_array_get(j, i)) < 0)
			return -1;
	}
	return 0;
}

static int translate_map(struct translator *, const struct plan_form *,
    const struct plan_path *, json_t *);

static int
from_map(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	return translate_map(t, d->form, path, j);
}

static int
from_list(struct translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_array(j))
		return wrong(t, d->type, path, j);
	note(t, msgpack_pack_array(&t->to, json_array_size(j)));
	for (size_t i = 0; i < json_array_size(j); i++) {
		const struct plan_path step = { path, NULL, 0, i };

		if (translate_map(t, d->form, &step, json_array_get(j, i)) < 0)
			return -1;
	}
	return 0;
}

static translate_fn *const translators[PLAN_TYPES] = {
	[TYPE_BOOL]	= from_bool,
	[TYPE_NUMBER]	= from_number,
	[TYPE_SECONDS]	= from_number,
	[TYPE_ADDRESS]	= from_address,
	[TYPE_TEXT]	= from_text,
	[TYPE_BYTES]	= from_bytes,
	[TYPE_DIGEST]	= from_fixed,
	[TYPE_UUID]	= from_fixed,
	[TYPE_ID]	= from_fixed,
	[TYPE_ABI]	= from_text,
	[TYPE_NUMBERS]	= from_numbers,
	[TYPE_P2M]	= from_p2m,
	[TYPE_MAP]	= from_map,
	[TYPE_LIST]	= from_list,
};

/* Exactly one msgpack object goes in, or what follows would shift. */
static int
put_raw(struct translator *t, const struct plan_path *path,
    const unsigned char *bytes, size_t n)
{
	struct fail inner = { .kind = FAIL_NONE };
	char text[PLAN_PATH_MAX];
	size_t last_key;

	if (plan_walk(bytes, n, "\"msgpack\"", &last_key, &inner) < 0)
		return fail(t->f, inner.kind, "%s: '%s' is not one msgpack"
		    " object: %s", t->what, plan_path_text(path, text),
		    inner.message);
	note(t, msgpack_sbuffer_write(&t->out, (const char *)bytes, n));
	return 0;
}

static int
from_unknown(struct translator *t, const struct plan_path *path,
    json_t *j)
{
	char text[PLAN_PATH_MAX];
	unsigned char *bytes;
	size_t n;
	int rc;

	bytes = unwrap(t, j, "msgpack", &n);
	if (bytes == NULL)
		return fail(t->f, FAIL_INPUT, "%s: '%s' is no key that this"
		    " version knows; a key of a later one is written"
		    " {\"msgpack\": \"HEX\"}", t->what,
		    plan_path_text(path, text));
	rc = put_raw(t, path, bytes, n);
	free(bytes);
	return rc;
}

static int
translate_pair(struct translator *t, const struct plan_form *form,
    const struct plan_path *path, const char *key, json_t *j)
{
	const struct plan_path step = { path, key, strlen(key), 0 };
	const struct plan_field *d = plan_form_field(form, key, strlen(key));

	put_text(t, key, strlen(key));
	if (d == NULL)
		return from_unknown(t, &step, j);
	return translators[d->type](t, d, &step, j);
}

static int
translate_map(struct translator *t, const struct plan_form *form,
    const struct plan_path *path, json_t *j)
{
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return wrong(t, TYPE_MAP, path, j);
	note(t, msgpack_pack_map(&t->to, json_object_size(j)));
	json_object_foreach(j, key, value)
		if (translate_pair(t, form, path, key, value) < 0)
			return -1;
	return 0;
}

/* The outermost map: xb-plan first; a seal that other tools left is stale. */
static int
translate_top(struct translator *t, json_t *j)
{
	static const struct plan_field version = { .key = "xb-plan",
	    .type = TYPE_NUMBER, .unit = "" };
	const struct plan_path step = { NULL, "xb-plan", 7, 0 };
	const char *key;
	json_t *value;

	if (json_object_get(j, "xb-plan") == NULL)
		return fail(t->f, FAIL_INPUT, "%s: not a plan: the JSON has no"
		    " key 'xb-plan'", t->what);
	json_object_del(j, "seal");
	note(t, msgpack_pack_map(&t->to, json_object_size(j) + 1));
	put_text(t, "xb-plan", 7);
	if (from_number(t, &version, &step, json_object_get(j, "xb-plan")) < 0)
		return -1;
	json_object_foreach(j, key, value)
		if (strcmp(key, "xb-plan") != 0 && translate_pair(t,
		    &plan_form_top, NULL, key, value) < 0)
			return -1;
	return plan_put_seal(&t->to, &t->out) < 0 || t->full ?
	    fail_memory(t->f, t->out.size) : 0;
}

/*
 * Refuses a text that would take more than 512 MiB as jansson's objects, by
 * what one of each takes at most: jansson asks for no limit.
 */
static int
weigh(const char *s, size_t n, const char *what, struct fail *f)
{
	static const uint16_t weights[UINT8_MAX + 1] = {
		['{'] = 256, ['['] = 160, [':'] = 96, [','] = 80,
	};
	const uint64_t limit = UINT64_C(512) << 20;
	bool string = false;
	uint64_t weight = 0;

	for (size_t i = 0; i < n; i++) {
		if (string && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			string = !string;
		else if (!string)
			weight += weights[(unsigned char)s[i]];
	}
	if (weight > limit)
		return fail(f, FAIL_INPUT, "%s: this JSON would take %" PRIu64
		    " MiB of memory, limit %" PRIu64 " MiB: too many values",
		    what, weight >> 20, limit >> 20);
	return 0;
}

static json_t *
parse(const char *s, size_t n, const char *what, struct fail *f)
{
	json_error_t e;
	json_t *j;

	if (n > 0 && (unsigned char)s[0] >= 0x80) {
		fail(f, FAIL_INPUT, "%s: not JSON but binary, a plan perhaps;"
		    " xb-show -j makes JSON of a plan", what);
		return NULL;
	}
	if (weigh(s, n, what, f) < 0)
		return NULL;
	j = json_loadb(s, n, JSON_REJECT_DUPLICATES, &e);
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

static int
translate(const char *s, size_t n, const char *what, msgpack_sbuffer *out,
    struct fail *f)
{
	struct translator t = { .what = what, .f = f };
	json_t *j = parse(s, n, what, f);
	int rc;

	if (j == NULL)
		return -1;
	msgpack_sbuffer_init(&t.out);
	msgpack_packer_init(&t.to, &t.out, msgpack_sbuffer_write);
	rc = translate_top(&t, j);
	json_decref(j);
	*out = t.out;
	return rc;
}

int
plan_from_json(struct plan *p, const char *text, size_t n, const char *what,
    struct fail *f)
{
	msgpack_sbuffer out = { 0, NULL, 0 };
	int rc;

	plan_init(p);
	if (n == 0)
		return fail(f, FAIL_INPUT, "no plan on %s: it is empty", what);
	rc = translate(text, n, what, &out, f);
	if (rc == 0)
		rc = plan_decode(p, out.data, out.size, what, f);
	msgpack_sbuffer_destroy(&out);
	return rc;
}
