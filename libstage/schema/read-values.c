#include <float.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "abi/abi.h"
#include "abi/extent.h"
#include "base/utf8.h"
#include "schema/impl.h"

/* Reads values that are no maps or lists. */

static const char *
name_of(const msgpack_object *o)
{
	static const char *const names[] = {
		[MSGPACK_OBJECT_NIL]			= "nil",
		[MSGPACK_OBJECT_BOOLEAN]		= "a truth value",
		[MSGPACK_OBJECT_POSITIVE_INTEGER]	= "a number",
		[MSGPACK_OBJECT_NEGATIVE_INTEGER]	= "a negative number",
		[MSGPACK_OBJECT_FLOAT32]		= "a fraction",
		[MSGPACK_OBJECT_FLOAT64]		= "a fraction",
		[MSGPACK_OBJECT_STR]			= "a string",
		[MSGPACK_OBJECT_ARRAY]			= "a list",
		[MSGPACK_OBJECT_MAP]			= "a map",
		[MSGPACK_OBJECT_BIN]			= "a byte string",
		[MSGPACK_OBJECT_EXT]			= "an extension",
	};

	return names[o->type];
}

int
schema_refuse(const struct schema_reader *r, const struct schema_place *at,
    const char *fmt, ...)
{
	char path[SCHEMA_PATH_MAX], why[512], limit[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (r->words->brief && at->field != NULL)
		snprintf(why, sizeof(why), "is not %s", schema_wanted(at->field,
		    schema_kinds[at->field->type].words, limit));
	return fail(r->f, FAIL_INPUT, "%s%s%s%s%s %s",
	    r->what != NULL ? r->what : "", r->what != NULL ? ": " : "",
	    r->words->before, schema_path_text(at->path, path),
	    r->words->after, why);
}

int
schema_wrong_type(const struct schema_reader *r, const struct schema_place *at,
    enum schema_type want, const msgpack_object *o)
{
	return schema_refuse(r, at, "is %s where %s stands", name_of(o),
	    schema_kinds[want].words);
}

void *
schema_place_value(const struct schema_place *at)
{
	return at->structure + at->field->offset;
}

int
schema_read_bool(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_BOOLEAN)
		return schema_wrong_type(r, at, at->field->type, o);
	*(bool *)schema_place_value(at) = o->via.boolean;
	return 0;
}

static int
number_of(struct schema_reader *r, const struct schema_place *at,
    enum schema_type type, uint64_t limit, const msgpack_object *o,
    uint64_t *value)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return schema_wrong_type(r, at, type, o);
	if (o->via.u64 > limit)
		return schema_refuse(r, at, type == TYPE_ADDRESS ?
		    "is 0x%" PRIx64 ", limit 0x%" PRIx64 :
		    "is %" PRIu64 ", limit %" PRIu64, o->via.u64, limit);
	*value = o->via.u64;
	return 0;
}

int
schema_read_number(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	uint64_t value = 0;

	if (number_of(r, at, at->field->type, at->field->limit, o,
	    &value) < 0)
		return -1;
	if (at->field->optional)
		*(struct maybe *)schema_place_value(at) = (struct maybe){ true,
		    value };
	else
		*(uint64_t *)schema_place_value(at) = value;
	return 0;
}

int
schema_read_seconds(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_NEGATIVE_INTEGER)
		return number_of(r, at, at->field->type, INT64_MAX, o,
		    schema_place_value(at));
	*(int64_t *)schema_place_value(at) = o->via.i64;
	return 0;
}

static int
check_words(struct schema_reader *r, const struct schema_place *at,
    const char *text)
{
	const char *const *words = at->field->words;
	char list[128] = "";

	if (words == NULL)
		return 0;
	for (; *words != NULL; words++) {
		size_t used = strlen(list);

		if (strcmp(*words, text) == 0)
			return 0;
		snprintf(list + used, sizeof(list) - used, "%s%s",
		    used > 0 ? ", " : "", *words);
	}
	return schema_refuse(r, at, "is '%s'; it may be: %s", text, list);
}

/* A string of UTF-8 without NUL, copied. */
static int
text_of(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o,
    const char **text)
{
	size_t bad;

	if (o->type != MSGPACK_OBJECT_STR)
		return schema_wrong_type(r, at, at->field->type, o);
	if (o->via.str.size > at->field->limit)
		return schema_refuse(r, at, "has %" PRIu32 " bytes, limit %"
		    PRIu64, o->via.str.size, at->field->limit);
	if (!utf8_valid(o->via.str.ptr, o->via.str.size, &bad))
		return schema_refuse(r, at, o->via.str.ptr[bad] == '\0' ?
		    "has a NUL at its byte %zu" :
		    "is not UTF-8 at its byte %zu", bad);
	*text = arena_bytes(r->arena, o->via.str.ptr, o->via.str.size,
	    r->f);
	return *text == NULL ? -1 : 0;
}

int
schema_read_text(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	const char *text = "";

	if (text_of(r, at, o, &text) < 0 || check_words(r, at, text) < 0)
		return -1;
	*(const char **)schema_place_value(at) = text;
	return 0;
}

int
schema_read_abi(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	const char *text = "";
	const struct abi *abi;

	if (text_of(r, at, o, &text) < 0)
		return -1;
	abi = abi_named(text);
	if (abi == NULL)
		return schema_refuse(r, at,
		    "is '%s', an ABI that this version does not know; it"
		    " knows: %s", text, abi_names());
	*(const struct abi **)schema_place_value(at) = abi;
	return 0;
}

/* A byte string without NUL, copied. */
static int
bytes_of(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o, struct bytes *bytes)
{
	const char *nul;

	if (o->type != MSGPACK_OBJECT_BIN)
		return schema_wrong_type(r, at, at->field->type, o);
	if (o->via.bin.size > at->field->limit)
		return schema_refuse(r, at, "has %" PRIu32 " bytes, limit %"
		    PRIu64, o->via.bin.size, at->field->limit);
	nul = memchr(o->via.bin.ptr, '\0', o->via.bin.size);
	if (nul != NULL)
		return schema_refuse(r, at, "has a NUL at its byte %zu",
		    (size_t)(nul - o->via.bin.ptr));
	bytes->size = o->via.bin.size;
	bytes->data = arena_bytes(r->arena, o->via.bin.ptr, bytes->size, r->f);
	return bytes->data == NULL ? -1 : 0;
}

int
schema_read_bytes(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	return bytes_of(r, at, o, schema_place_value(at));
}

int
schema_read_string(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	struct bytes value = { NULL, 0 };
	int rc = bytes_of(r, at, o, &value);

	*(const char **)schema_place_value(at) = value.data;
	return rc;
}

int
schema_read_real(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	/* Not NaN, and none that JSON has no digits for. */
	if (o->type != MSGPACK_OBJECT_FLOAT64 ||
	    !(o->via.f64 >= 0 && o->via.f64 <= DBL_MAX))
		return schema_wrong_type(r, at, at->field->type, o);
	*(double *)schema_place_value(at) = o->via.f64;
	return 0;
}

int
schema_read_blob(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_BIN)
		return schema_wrong_type(r, at, at->field->type, o);
	*(struct bytes *)schema_place_value(at) = (struct bytes){
		o->via.bin.ptr, o->via.bin.size };
	return 0;
}

int
schema_read_fixed(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	size_t want = schema_kinds[at->field->type].bytes;

	if (o->type != MSGPACK_OBJECT_BIN)
		return schema_wrong_type(r, at, at->field->type, o);
	if (o->via.bin.size != want)
		return schema_refuse(r, at,
		    "has %" PRIu32 " bytes; %s has %zu",
		    o->via.bin.size, schema_kinds[at->field->type].words, want);
	memcpy(schema_place_value(at), o->via.bin.ptr, want);
	return 0;
}

int
schema_check_list(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o,
    uint64_t limit)
{
	if (o->type != MSGPACK_OBJECT_ARRAY)
		return schema_wrong_type(r, at, at->field->type, o);
	if (o->via.array.size > limit)
		return schema_refuse(r, at, "has %" PRIu32
		    " entries, limit %"
		    PRIu64, o->via.array.size, limit);
	return 0;
}

void *
schema_make_room(struct schema_reader *r, const struct schema_place *at,
    size_t n, size_t size)
{
	void *v = arena_array(r->arena, n, size, r->f);

	if (v == NULL)
		return NULL;
	memcpy(schema_place_value(at), &v, sizeof(v));
	memcpy(at->structure + at->field->count, &n, sizeof(n));
	return v;
}

/* Entry i of a list of runs: two numbers, the second not 0. */
static int
read_run(struct schema_reader *r, const struct schema_place *at, size_t i,
    const msgpack_object *o, uint64_t run[2])
{
	const struct schema_path step = { at->path, NULL, 0, i };
	const struct schema_place entry = { NULL, NULL, &step };
	/* So that frame + count does not wrap. */
	const uint64_t limit = UINT64_C(1) << 52;

	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 2)
		return schema_refuse(r, &entry, "is no run: two numbers, frame "
		    "and pages");
	for (size_t k = 0; k < 2; k++) {
		const struct schema_path part = { &step, NULL, 0, k };
		const struct schema_place number = { NULL, NULL, &part };

		if (number_of(r, &number, TYPE_NUMBER, limit,
		    &o->via.array.ptr[k], &run[k]) < 0)
			return -1;
	}
	if (run[1] == 0)
		return schema_refuse(r, &entry, "is a run of 0 pages");
	return 0;
}

int
schema_read_p2m(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	struct extents *l = schema_place_value(at);
	uint64_t run[2] = { 0, 0 }, pfn = 0;

	if (schema_check_list(r, at, o, UINT32_MAX) < 0)
		return -1;
	l->v = arena_array(r->arena, o->via.array.size, sizeof(*l->v),
	    r->f);
	if (l->v == NULL)
		return -1;
	for (size_t i = 0; i < o->via.array.size; i++) {
		if (read_run(r, at, i, &o->via.array.ptr[i], run) < 0)
			return -1;
		l->v[i] = (struct extent){ at->field->type == TYPE_GFNS ?
		    run[0] : pfn, run[0], run[1] };
		if (__builtin_add_overflow(pfn, run[1], &pfn))
			return schema_refuse(r, at,
			    "has more than 2^64 pages");
	}
	l->n = l->cap = o->via.array.size;
	return 0;
}
