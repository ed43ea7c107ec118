#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json-bytes.h"
#include "base/json.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "base/utf8.h"

static const char sha256_prefix[] = "sha256:";

/* Where a value stands, for messages. */
enum { PLACE = 256 };

struct reader {
	struct arena *arena;
	struct fail *f;
	char place[PLACE];
};

static int
read_text(struct reader *r, const json_t *j, const struct jsonform *d,
    void *at)
{
	const char **text = at;

	(void)d;
	*text = jsonbytes_text(j, r->place, r->arena, r->f);
	return *text == NULL ? -1 : 0;
}

static int
read_seconds(struct reader *r, const json_t *j, const struct jsonform *d,
    void *at)
{
	double *seconds = at;

	(void)d;
	*seconds = json_number_value(j);
	if (json_is_number(j) && *seconds >= 0)
		return 0;
	return fail(r->f, FAIL_INPUT, "%s is not a number of seconds",
	    r->place);
}

static int
read_number(struct reader *r, const json_t *j, const struct jsonform *d,
    void *at)
{
	json_int_t v = json_integer_value(j);
	uint64_t *number = at;

	*number = (uint64_t)v;
	if (json_is_integer(j) && v >= 0 && *number <= d->limit)
		return 0;
	return fail(r->f, FAIL_INPUT, "%s is not a number of at most %" PRIu64,
	    r->place, d->limit);
}

static int
read_digest(struct reader *r, const json_t *j, const struct jsonform *d,
    void *at)
{
	const size_t prefix = sizeof(sha256_prefix) - 1;
	const char *text = json_string_value(j);
	char back[2 * SHA256_BYTES + 1];

	(void)d;
	if (text != NULL && json_string_length(j) == prefix +
	    2 * SHA256_BYTES && strncmp(text, sha256_prefix, prefix) == 0 &&
	    hex_get_any(text + prefix, 2 * SHA256_BYTES, at)) {
		sha256_hex(at, back);
		/* Names of blobs are in lower case. */
		if (strcmp(back, text + prefix) == 0)
			return 0;
	}
	return fail(r->f, FAIL_INPUT, "%s is not a digest 'sha256:' and 64 "
	    "digits of 0-9a-f", r->place);
}

static int read_map(struct reader *, const json_t *, const struct jsonform *,
    void *base);

/* Goes one step on in the place: to a key or, where that is NULL, an entry. */
static void
step(struct reader *r, size_t length, const char *key, size_t index)
{
	bool first = length == 0 || r->place[length - 1] == ' ';

	if (key == NULL)
		snprintf(r->place + length, PLACE - length, "[%zu]", index);
	else
		snprintf(r->place + length, PLACE - length, "%s%s",
		    first ? "" : ".", key);
}

static int
read_entry(struct reader *r, const json_t *j, const struct jsonform *d,
    void *at)
{
	if (d->type == JSON_TEXTS)
		return read_text(r, j, d, at);
	return read_map(r, j, d->form, at);
}

static int
read_list(struct reader *r, const json_t *j, const struct jsonform *d,
    void *base)
{
	size_t size = d->type == JSON_TEXTS ? sizeof(char *) : d->size;
	size_t n = json_array_size(j), length = strlen(r->place);
	char *v;

	if (!json_is_array(j))
		return fail(r->f, FAIL_INPUT, "%s is not an array", r->place);
	v = arena_array(r->arena, n, size, r->f);
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		step(r, length, NULL, i);
		if (read_entry(r, json_array_get(j, i), d, v + i * size) < 0)
			return -1;
		r->place[length] = '\0';
	}
	memcpy((char *)base + d->offset, &v, sizeof(v));
	memcpy((char *)base + d->count, &n, sizeof(n));
	return 0;
}

static int
read_field(struct reader *r, const json_t *j, const struct jsonform *d,
    void *base)
{
	void *at = (char *)base + d->offset;

	switch (d->type) {
	case JSON_TEXT:
		return read_text(r, j, d, at);
	case JSON_SECONDS:
		return read_seconds(r, j, d, at);
	case JSON_NUMBER:
		return read_number(r, j, d, at);
	case JSON_DIGEST:
		return read_digest(r, j, d, at);
	case JSON_MAP:
		return read_map(r, j, d->form, at);
	case JSON_TEXTS:
	case JSON_LIST:
		return read_list(r, j, d, base);
	}
	return fail_bug(r->f, "an unknown type of JSON");
}

static int
read_map(struct reader *r, const json_t *j, const struct jsonform *form,
    void *base)
{
	size_t length = strlen(r->place);

	if (!json_is_object(j))
		return fail(r->f, FAIL_INPUT, "%s is not an object", r->place);
	for (const struct jsonform *d = form; d->key != NULL; d++) {
		const json_t *value = json_object_get(j, d->key);

		if (value == NULL && d->optional)
			continue;
		step(r, length, d->key, 0);
		if (value == NULL)
			return fail(r->f, FAIL_INPUT, "%s is missing",
			    r->place);
		if (read_field(r, value, d, base) < 0)
			return -1;
		r->place[length] = '\0';
	}
	return 0;
}

int
jsonform_read(const json_t *j, const struct jsonform *form, void *to,
    const char *what, struct arena *arena, struct fail *f)
{
	struct reader r = { .arena = arena, .f = f };

	if (what[0] != '\0')
		snprintf(r.place, sizeof(r.place), "%.128s: ", what);
	return read_map(&r, j, form, to);
}

/* ---- writing ---- */

static json_t *write_map(const struct jsonform *, const void *base);

static json_t *
write_digest(const uint8_t *sha256)
{
	char hex[2 * SHA256_BYTES + 1];

	sha256_hex(sha256, hex);
	return json_sprintf("%s%s", sha256_prefix, hex);
}

static json_t *
write_list(const struct jsonform *d, const void *base)
{
	json_t *list = json_array();
	const char *v;
	size_t n;

	memcpy(&v, (const char *)base + d->offset, sizeof(v));
	memcpy(&n, (const char *)base + d->count, sizeof(n));
	for (size_t i = 0; i < n; i++) {
		json_t *entry;

		if (d->type == JSON_TEXTS) {
			const char *text = ((const char *const *)
			    (const void *)v)[i];

			entry = jsonbytes(text, strlen(text));
		} else {
			entry = write_map(d->form, v + i * d->size);
		}
		if (json_array_append_new(list, entry) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
write_field(const struct jsonform *d, const void *base)
{
	const void *at = (const char *)base + d->offset;
	const char *text;

	switch (d->type) {
	case JSON_TEXT:
		text = *(const char *const *)at;
		return jsonbytes(text, strlen(text));
	case JSON_SECONDS:
		return json_real(*(const double *)at);
	case JSON_NUMBER:
		return json_integer((json_int_t)*(const uint64_t *)at);
	case JSON_DIGEST:
		return write_digest(at);
	case JSON_MAP:
		return write_map(d->form, at);
	case JSON_TEXTS:
	case JSON_LIST:
		return write_list(d, base);
	}
	return NULL;
}

static bool
is_there(const struct jsonform *d, const void *base)
{
	static const uint8_t none[SHA256_BYTES];
	const void *at = (const char *)base + d->offset;

	if (d->type == JSON_TEXT)
		return *(const char *const *)at != NULL;
	if (d->type == JSON_DIGEST)
		return memcmp(at, none, sizeof(none)) != 0;
	return true;
}

static json_t *
write_map(const struct jsonform *form, const void *base)
{
	json_t *map = json_object();

	for (const struct jsonform *d = form; d->key != NULL; d++) {
		if (d->optional && !is_there(d, base))
			continue;
		if (json_object_set_new(map, d->key,
		    write_field(d, base)) < 0) {
			json_decref(map);
			return NULL;
		}
	}
	return map;
}

json_t *
jsonform_write(const struct jsonform *form, const void *from, struct fail *f)
{
	json_t *j = write_map(form, from);

	if (j == NULL)
		(void)fail_memory(f, sizeof(json_t));
	return j;
}

char *
jsonform_text(const struct jsonform *form, const void *from, size_t flags,
    struct fail *f)
{
	json_t *j = jsonform_write(form, from, f);
	char *text = json_dumps(j, flags | JSON_REAL_PRECISION(6));

	if (j != NULL && text == NULL)
		(void)fail_memory(f, sizeof(json_t));
	json_decref(j);
	return text;
}

json_t *
jsonform_parse(const char *text, size_t n, const char *what, struct fail *f)
{
	json_error_t e;
	json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);

	if (j == NULL) {
		(void)fail(f, FAIL_INPUT, "%s is not JSON: line %d, column %d: "
		    "%s", what, e.line, e.column, e.text);
		return NULL;
	}
	if (!json_is_object(j)) {
		(void)fail(f, FAIL_INPUT, "%s is not a JSON object", what);
		json_decref(j);
		return NULL;
	}
	return j;
}
