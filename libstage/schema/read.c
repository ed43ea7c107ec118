#include <string.h>

#include "schema/impl.h"

/* Reads maps and lists, and keeps unknown keys. */

static int read_map(struct schema_reader *, const struct schema_form *,
    char *structure, const struct schema_path *, const msgpack_object *);
static schema_read_fn read_value;

static int
read_inner(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	return read_map(r, at->field->form, schema_place_value(at), at->path,
	    o);
}

static int
read_list(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	const struct schema_field entry = schema_entry(at->field);
	const size_t bytes = schema_entry_bytes(at->field);
	char *v;

	if (schema_check_list(r, at, o, at->field->limit) < 0)
		return -1;
	v = schema_make_room(r, at, o->via.array.size, bytes);
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < o->via.array.size; i++) {
		const struct schema_path step = { at->path, NULL, 0, i };
		const struct schema_place place = { &entry, v + i * bytes,
		    &step };

		if (read_value(r, &place, &o->via.array.ptr[i]) < 0)
			return -1;
	}
	return 0;
}

/* Reads a flat list: one array, in which the fields of each entry stand behind
 * those of the entry before.  A message about a wrong value has the path of the
 * list, because its entries have no paths of their own. */
static int
read_flat(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	const struct schema_form *form = at->field->form;
	size_t n = o->type == MSGPACK_OBJECT_ARRAY ? o->via.array.size : 0;
	char *v;

	if (o->type != MSGPACK_OBJECT_ARRAY || n % form->n != 0)
		return schema_wrong_type(r, at, at->field->type, o);
	if (schema_check_list(r, at, o, at->field->limit * form->n) < 0)
		return -1;
	v = schema_make_room(r, at, n / form->n, form->size);
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct schema_place place = { &form->fields[i % form->n],
		    v + i / form->n * form->size, at->path };

		if (read_value(r, &place, &o->via.array.ptr[i]) < 0)
			return -1;
	}
	return 0;
}

static schema_read_fn *const readers[SCHEMA_TYPES] = {
	[TYPE_BOOL]	= schema_read_bool,
	[TYPE_NUMBER]	= schema_read_number,
	[TYPE_SECONDS]	= schema_read_seconds,
	[TYPE_ADDRESS]	= schema_read_number,
	[TYPE_TEXT]	= schema_read_text,
	[TYPE_BYTES]	= schema_read_bytes,
	[TYPE_DIGEST]	= schema_read_fixed,
	[TYPE_UUID]	= schema_read_fixed,
	[TYPE_ID]	= schema_read_fixed,
	[TYPE_ABI]	= schema_read_abi,
	[TYPE_NUMBERS]	= read_list,
	[TYPE_P2M]	= schema_read_p2m,
	[TYPE_GFNS]	= schema_read_p2m,
	[TYPE_MAP]	= read_inner,
	[TYPE_LIST]	= read_list,
	[TYPE_FLAT]	= read_flat,
	[TYPE_BLOB]	= schema_read_blob,
	[TYPE_STRING]	= schema_read_string,
	[TYPE_STRINGS]	= read_list,
	[TYPE_REAL]	= schema_read_real,
	[TYPE_OCI_DIGEST] = schema_read_fixed,
};

static int
read_value(struct schema_reader *r, const struct schema_place *at,
    const msgpack_object *o)
{
	if (at->field->nil && o->type == MSGPACK_OBJECT_NIL)
		return 0;
	return readers[at->field->type](r, at, o);
}

/* A document seldom has unknown keys: the first makes room for all. */
static int
room_for_extra(struct schema_reader *r)
{
	struct schema_extras *x = r->extra;

	if (x->n == SCHEMA_EXTRA_MAX)
		return fail(r->f, FAIL_INPUT, "%s: more than %d keys that this"
		    " version does not know, the limit", r->what,
		    SCHEMA_EXTRA_MAX);
	if (x->v == NULL)
		x->v = arena_array(r->arena, SCHEMA_EXTRA_MAX, sizeof(*x->v),
		    r->f);
	return x->v == NULL ? -1 : 0;
}

static int
keep_bytes(struct schema_reader *r, const void *data, size_t n,
    struct bytes *out)
{
	*out = (struct bytes){ arena_bytes(r->arena, data, n, r->f), n };
	return out->data == NULL ? -1 : 0;
}

/* Keeps a key that the form lacks, and the bytes of its value. */
static int
keep_extra(struct schema_reader *r, const struct schema_path *path,
    const msgpack_object *key)
{
	const msgpack_object_str *s = &key->via.str;
	size_t at = (size_t)(s->ptr - r->bytes) + s->size;
	char text[SCHEMA_PATH_MAX];
	struct schema_extra *e;

	if (room_for_extra(r) < 0)
		return -1;
	e = &r->extra->v[r->extra->n];
	(void)schema_path_text(path, text);
	e->in = arena_bytes(r->arena, text, strlen(text), r->f);
	if (e->in == NULL || keep_bytes(r, s->ptr, s->size, &e->key) < 0 ||
	    keep_bytes(r, r->bytes + at, msgpack_size(r->bytes, r->n, at),
	    &e->msgpack) < 0)
		return -1;
	r->extra->n++;
	return 0;
}

/* Reads a pair of a map; *seen gets the bit of its field. */
static int
read_pair(struct schema_reader *r, const struct schema_form *form,
    char *structure, const struct schema_path *path,
    const msgpack_object_kv *kv, uint32_t *seen)
{
	const char *key = kv->key.via.str.ptr;
	size_t n = kv->key.via.str.size;
	const struct schema_field *d = schema_form_field(form, key, n);
	const struct schema_path step = { path, key, n, 0 };

	if (d == NULL)
		return r->extra != NULL ? keep_extra(r, path, &kv->key) : 0;
	*seen |= UINT32_C(1) << (d - form->fields);
	return read_value(r, &(struct schema_place){ d, structure, &step },
	    &kv->val);
}

static int
lacks(const struct schema_reader *r, const struct schema_path *path,
    const char *key)
{
	const struct schema_path step = { path, key, strlen(key), 0 };

	if (r->words->brief)
		return schema_refuse(r, &(struct schema_place){ .path = &step },
		    "is missing");
	return schema_refuse(r, &(struct schema_place){ .path = path },
	    "lacks the key '%s'", key);
}

static int
read_map(struct schema_reader *r, const struct schema_form *form,
    char *structure, const struct schema_path *path, const msgpack_object *o)
{
	const struct schema_place at = { NULL, NULL, path };
	uint32_t seen = 0;

	if (o->type != MSGPACK_OBJECT_MAP)
		return schema_wrong_type(r, &at, TYPE_MAP, o);
	for (size_t i = 0; i < o->via.map.size; i++)
		if (read_pair(r, form, structure, path, &o->via.map.ptr[i],
		    &seen) < 0)
			return -1;
	if (form->has_bits)
		memcpy(structure + form->has, &seen, sizeof(seen));
	for (size_t i = 0; i < form->n && !form->has_bits; i++)
		if (!form->fields[i].optional && !(seen >> i & 1))
			return lacks(r, path, form->fields[i].key);
	return 0;
}

int
schema_read(struct schema_reader *r, const struct schema_form *form,
    void *structure, const msgpack_object *o)
{
	return read_map(r, form, structure, NULL, o);
}

int
schema_open(struct schema_reader *r, const void *bytes, size_t n)
{
	const struct msgpack_words words = {
		r->what != NULL ? r->what : r->words->form, r->words->document,
		r->words->if_cut };
	size_t at = 0;

	r->bytes = bytes;
	r->n = n;
	msgpack_unpacked_init(&r->unpacked);
	if (msgpack_check(bytes, n, &words, &r->last_key, r->f) < 0)
		return -1;
	/* The bytes have been checked, so only memory can be missing now. */
	return msgpack_unpack_next(&r->unpacked, bytes, n, &at) ==
	    MSGPACK_UNPACK_SUCCESS ? 0 : fail_memory(r->f, n);
}

void
schema_close(struct schema_reader *r)
{
	msgpack_unpacked_destroy(&r->unpacked);
}
