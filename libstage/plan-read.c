#include <inttypes.h>
#include <msgpack.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan-read.h"

/* Unpacked msgpack into the structures of a plan, by the schema. */
struct reader {
	struct plan *plan;
	const char *bytes;		/* the whole plan */
	size_t n;
	const char *what;
	size_t cap_extra;
	struct fail *f;
};

struct place {
	const struct plan_field *field;
	char *structure;
	const struct plan_path *path;
};

typedef int read_fn(struct reader *, const struct place *,
    const msgpack_object *);

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

/* Refuses a value with the path of its field and what printf makes of it. */
static int printf_like(3, 4)
refuse(const struct reader *r, const struct plan_path *path, const char *fmt,
    ...)
{
	char text[PLAN_PATH_MAX], why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return fail(r->f, FAIL_INPUT, "%s: '%s' %s", r->what,
	    plan_path_text(path, text), why);
}

static int
wrong_type(const struct reader *r, const struct plan_path *path,
    enum plan_type want, const msgpack_object *o)
{
	return refuse(r, path, "is %s where %s stands", name_of(o),
	    plan_type_words[want]);
}

static void *
value_of(const struct place *at)
{
	return at->structure + at->field->offset;
}

static int
read_bool(struct reader *r, const struct place *at, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_BOOLEAN)
		return wrong_type(r, at->path, at->field->type, o);
	*(bool *)value_of(at) = o->via.boolean;
	return 0;
}

static int
number_of(struct reader *r, const struct plan_path *path, enum plan_type type,
    uint64_t limit, const msgpack_object *o, uint64_t *value)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return wrong_type(r, path, type, o);
	if (o->via.u64 > limit)
		return refuse(r, path, type == TYPE_ADDRESS ?
		    "is 0x%" PRIx64 ", limit 0x%" PRIx64 :
		    "is %" PRIu64 ", limit %" PRIu64, o->via.u64, limit);
	*value = o->via.u64;
	return 0;
}

static int
read_number(struct reader *r, const struct place *at, const msgpack_object *o)
{
	uint64_t value = 0;

	if (number_of(r, at->path, at->field->type, at->field->limit, o,
	    &value) < 0)
		return -1;
	if (at->field->optional)
		*(struct maybe *)value_of(at) = (struct maybe){ true, value };
	else
		*(uint64_t *)value_of(at) = value;
	return 0;
}

static int
read_seconds(struct reader *r, const struct place *at, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_NEGATIVE_INTEGER)
		return number_of(r, at->path, at->field->type, INT64_MAX, o,
		    value_of(at));
	*(int64_t *)value_of(at) = o->via.i64;
	return 0;
}

static int
check_words(struct reader *r, const struct place *at, const char *text)
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
	return refuse(r, at->path, "is '%s'; it may be: %s", text, list);
}

/* A string of UTF-8 without NUL, copied. */
static int
text_of(struct reader *r, const struct place *at, const msgpack_object *o,
    const char **text)
{
	size_t bad;

	if (o->type != MSGPACK_OBJECT_STR)
		return wrong_type(r, at->path, at->field->type, o);
	if (o->via.str.size > at->field->limit)
		return refuse(r, at->path, "has %" PRIu32 " bytes, limit %"
		    PRIu64, o->via.str.size, at->field->limit);
	if (!plan_utf8(o->via.str.ptr, o->via.str.size, &bad))
		return refuse(r, at->path, o->via.str.ptr[bad] == '\0' ?
		    "has a NUL at its byte %zu" :
		    "is not UTF-8 at its byte %zu", bad);
	*text = arena_bytes(&r->plan->arena, o->via.str.ptr, o->via.str.size,
	    r->f);
	return *text == NULL ? -1 : 0;
}

static int
read_text(struct reader *r, const struct place *at, const msgpack_object *o)
{
	const char *text;

	if (text_of(r, at, o, &text) < 0 || check_words(r, at, text) < 0)
		return -1;
	*(const char **)value_of(at) = text;
	return 0;
}

static int
read_abi(struct reader *r, const struct place *at, const msgpack_object *o)
{
	const char *text;
	const struct abi *abi;

	if (text_of(r, at, o, &text) < 0)
		return -1;
	abi = abi_named(text);
	if (abi == NULL)
		return refuse(r, at->path, "is '%s', an ABI that this version"
		    " does not know; it knows: %s", text, abi_names());
	*(const struct abi **)value_of(at) = abi;
	return 0;
}

static int
read_bytes(struct reader *r, const struct place *at, const msgpack_object *o)
{
	const char *nul;

	if (o->type != MSGPACK_OBJECT_BIN)
		return wrong_type(r, at->path, at->field->type, o);
	if (o->via.bin.size > at->field->limit)
		return refuse(r, at->path, "has %" PRIu32 " bytes, limit %"
		    PRIu64, o->via.bin.size, at->field->limit);
	nul = memchr(o->via.bin.ptr, '\0', o->via.bin.size);
	if (nul != NULL)
		return refuse(r, at->path, "has a NUL at its byte %zu",
		    (size_t)(nul - o->via.bin.ptr));
	return plan_bytes(r->plan, o->via.bin.ptr, o->via.bin.size,
	    value_of(at), r->f);
}

static int
read_fixed(struct reader *r, const struct place *at, const msgpack_object *o)
{
	size_t want = plan_type_bytes(at->field->type);

	if (o->type != MSGPACK_OBJECT_BIN)
		return wrong_type(r, at->path, at->field->type, o);
	if (o->via.bin.size != want)
		return refuse(r, at->path, "has %" PRIu32 " bytes; %s has %zu",
		    o->via.bin.size, plan_type_words[at->field->type], want);
	memcpy(value_of(at), o->via.bin.ptr, want);
	return 0;
}

/* A list of at most limit entries; -1 where it is none. */
static int
check_list(struct reader *r, const struct place *at, const msgpack_object *o,
    uint64_t limit)
{
	if (o->type != MSGPACK_OBJECT_ARRAY)
		return wrong_type(r, at->path, at->field->type, o);
	if (o->via.array.size > limit)
		return refuse(r, at->path, "has %" PRIu32 " entries, limit %"
		    PRIu64, o->via.array.size, limit);
	return 0;
}

/* Room for a counted field; keeps pointer and count in the structure. */
static void *
make_room(struct reader *r, const struct place *at, size_t n, size_t size)
{
	void *v = arena_array(&r->plan->arena, n, size, r->f);

	if (v == NULL)
		return NULL;
	memcpy(value_of(at), &v, sizeof(v));
	memcpy(at->structure + at->field->count, &n, sizeof(n));
	return v;
}

static int
read_numbers(struct reader *r, const struct place *at, const msgpack_object *o)
{
	uint64_t *v;

	if (check_list(r, at, o, at->field->limit) < 0)
		return -1;
	v = make_room(r, at, o->via.array.size, sizeof(*v));
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < o->via.array.size; i++) {
		const struct plan_path step = { at->path, NULL, 0, i };

		if (number_of(r, &step, TYPE_NUMBER, INT64_MAX,
		    &o->via.array.ptr[i], &v[i]) < 0)
			return -1;
	}
	return 0;
}

/* Entry i of a list of runs: two numbers, the second not 0. */
static int
read_run(struct reader *r, const struct place *at, size_t i,
    const msgpack_object *o, uint64_t run[2])
{
	const struct plan_path step = { at->path, NULL, 0, i };
	/* so that no sum of the two wraps */
	const uint64_t limit = UINT64_C(1) << 52;

	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 2)
		return refuse(r, &step, "is no run: two numbers, frame and"
		    " pages");
	for (size_t k = 0; k < 2; k++) {
		const struct plan_path part = { &step, NULL, 0, k };

		if (number_of(r, &part, TYPE_NUMBER, limit,
		    &o->via.array.ptr[k], &run[k]) < 0)
			return -1;
	}
	if (run[1] == 0)
		return refuse(r, &step, "is a run of 0 pages");
	return 0;
}

static int
read_p2m(struct reader *r, const struct place *at, const msgpack_object *o)
{
	struct extents *l = value_of(at);
	uint64_t run[2], pfn = 0;

	if (check_list(r, at, o, UINT32_MAX) < 0)
		return -1;
	l->v = arena_array(&r->plan->arena, o->via.array.size, sizeof(*l->v),
	    r->f);
	if (l->v == NULL)
		return -1;
	for (size_t i = 0; i < o->via.array.size; i++) {
		if (read_run(r, at, i, &o->via.array.ptr[i], run) < 0)
			return -1;
		l->v[i] = (struct extent){ pfn, run[0], run[1] };
		if (__builtin_add_overflow(pfn, run[1], &pfn))
			return refuse(r, at->path, "has more than 2^64 pages");
	}
	l->n = l->cap = o->via.array.size;
	return 0;
}

static int read_map(struct reader *, const struct plan_form *, char *structure,
    const struct plan_path *, const msgpack_object *);

static int
read_inner(struct reader *r, const struct place *at, const msgpack_object *o)
{
	return read_map(r, at->field->form, value_of(at), at->path, o);
}

static int
read_list(struct reader *r, const struct place *at, const msgpack_object *o)
{
	const struct plan_form *form = at->field->form;
	char *v;

	if (check_list(r, at, o, at->field->limit) < 0)
		return -1;
	v = make_room(r, at, o->via.array.size, form->size);
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < o->via.array.size; i++) {
		const struct plan_path step = { at->path, NULL, 0, i };

		if (read_map(r, form, v + i * form->size, &step,
		    &o->via.array.ptr[i]) < 0)
			return -1;
	}
	return 0;
}

static read_fn *const readers[PLAN_TYPES] = {
	[TYPE_BOOL]	= read_bool,
	[TYPE_NUMBER]	= read_number,
	[TYPE_SECONDS]	= read_seconds,
	[TYPE_ADDRESS]	= read_number,
	[TYPE_TEXT]	= read_text,
	[TYPE_BYTES]	= read_bytes,
	[TYPE_DIGEST]	= read_fixed,
	[TYPE_UUID]	= read_fixed,
	[TYPE_ID]	= read_fixed,
	[TYPE_ABI]	= read_abi,
	[TYPE_NUMBERS]	= read_numbers,
	[TYPE_P2M]	= read_p2m,
	[TYPE_MAP]	= read_inner,
	[TYPE_LIST]	= read_list,
};

static int
grow_extra(struct reader *r)
{
	struct plan *p = r->plan;
	size_t cap = r->cap_extra == 0 ? 8 : 2 * r->cap_extra;
	struct plan_extra *v;

	if (p->n_extra < r->cap_extra)
		return 0;
	if (p->n_extra == PLAN_EXTRA_MAX)
		return fail(r->f, FAIL_INPUT, "%s: more than %d keys that this"
		    " version does not know, the limit", r->what,
		    PLAN_EXTRA_MAX);
	v = arena_array(&p->arena, cap, sizeof(*v), r->f);
	if (v == NULL)
		return -1;
	if (p->n_extra > 0)
		memcpy(v, p->extra, p->n_extra * sizeof(*v));
	p->extra = v;
	r->cap_extra = cap;
	return 0;
}

/* Keeps a key that the schema lacks, and the bytes of its value. */
static int
keep_extra(struct reader *r, const struct plan_path *path,
    const msgpack_object *key)
{
	char text[PLAN_PATH_MAX];
	struct plan_extra *e;
	size_t at = (size_t)(key->via.str.ptr - r->bytes) + key->via.str.size;

	if (grow_extra(r) < 0)
		return -1;
	e = &r->plan->extra[r->plan->n_extra];
	e->in = plan_string(r->plan, plan_path_text(path, text), r->f);
	if (e->in == NULL || plan_bytes(r->plan, key->via.str.ptr,
	    key->via.str.size, &e->key, r->f) < 0 ||
	    plan_bytes(r->plan, r->bytes + at,
	    plan_walk_object(r->bytes, r->n, at), &e->msgpack, r->f) < 0)
		return -1;
	r->plan->n_extra++;
	return 0;
}

/* Reads a pair of a map; *seen gets the bit of its field. */
static int
read_pair(struct reader *r, const struct plan_form *form, char *structure,
    const struct plan_path *path, const msgpack_object_kv *kv, uint32_t *seen)
{
	const char *key = kv->key.via.str.ptr;
	size_t n = kv->key.via.str.size;
	const struct plan_field *d = plan_form_field(form, key, n);
	const struct plan_path step = { path, key, n, 0 };

	if (d == NULL)
		return keep_extra(r, path, &kv->key);
	*seen |= UINT32_C(1) << (d - form->fields);
	return readers[d->type](r, &(struct place){ d, structure, &step },
	    &kv->val);
}

static int
read_map(struct reader *r, const struct plan_form *form, char *structure,
    const struct plan_path *path, const msgpack_object *o)
{
	uint32_t seen = 0;

	if (o->type != MSGPACK_OBJECT_MAP)
		return wrong_type(r, path, TYPE_MAP, o);
	for (size_t i = 0; i < o->via.map.size; i++)
		if (read_pair(r, form, structure, path, &o->via.map.ptr[i],
		    &seen) < 0)
			return -1;
	for (size_t i = 0; i < form->n; i++)
		if (!form->fields[i].optional && !(seen >> i & 1))
			return refuse(r, path, "lacks the key '%s'",
			    form->fields[i].key);
	return 0;
}

int
plan_read(struct plan *p, const msgpack_object *root, const void *bytes,
    size_t n, const char *what, struct fail *f)
{
	struct reader r = { p, bytes, n, what, 0, f };

	/* The first key is xb-plan and the last is seal. */
	for (size_t i = 1; i + 1 < root->via.map.size; i++)
		if (read_pair(&r, &plan_form_top, (char *)p, NULL,
		    &root->via.map.ptr[i], &p->has) < 0)
			return -1;
	return 0;
}
