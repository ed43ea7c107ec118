#include <string.h>

#include "plan/read.h"

/* Maps, lists of maps, and the keys in them that nobody knows. */

static int read_map(struct plan_reader *, const struct plan_form *,
    char *structure,
    const struct plan_path *, const msgpack_object *);

static int
read_inner(struct plan_reader *r, const struct plan_place *at,
    const msgpack_object *o)
{
	return read_map(r, at->field->form, plan_place_value(at), at->path, o);
}

static int
read_list(struct plan_reader *r, const struct plan_place *at,
    const msgpack_object *o)
{
	const struct plan_form *form = at->field->form;
	char *v;

	if (plan_check_list(r, at, o, at->field->limit) < 0)
		return -1;
	v = plan_make_room(r, at, o->via.array.size, form->size);
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

static plan_read_fn *const readers[PLAN_TYPES] = {
	[TYPE_BOOL]	= plan_read_bool,
	[TYPE_NUMBER]	= plan_read_number,
	[TYPE_SECONDS]	= plan_read_seconds,
	[TYPE_ADDRESS]	= plan_read_number,
	[TYPE_TEXT]	= plan_read_text,
	[TYPE_BYTES]	= plan_read_bytes,
	[TYPE_DIGEST]	= plan_read_fixed,
	[TYPE_UUID]	= plan_read_fixed,
	[TYPE_ID]	= plan_read_fixed,
	[TYPE_ABI]	= plan_read_abi,
	[TYPE_NUMBERS]	= plan_read_numbers,
	[TYPE_P2M]	= plan_read_p2m,
	[TYPE_MAP]	= read_inner,
	[TYPE_LIST]	= read_list,
};

static int
grow_extra(struct plan_reader *r)
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
keep_extra(struct plan_reader *r, const struct plan_path *path,
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
read_pair(struct plan_reader *r, const struct plan_form *form, char *structure,
    const struct plan_path *path, const msgpack_object_kv *kv, uint32_t *seen)
{
	const char *key = kv->key.via.str.ptr;
	size_t n = kv->key.via.str.size;
	const struct plan_field *d = plan_form_field(form, key, n);
	const struct plan_path step = { path, key, n, 0 };

	if (d == NULL)
		return keep_extra(r, path, &kv->key);
	*seen |= UINT32_C(1) << (d - form->fields);
	return readers[d->type](r, &(struct plan_place){ d, structure, &step },
	    &kv->val);
}

static int
read_map(struct plan_reader *r, const struct plan_form *form, char *structure,
    const struct plan_path *path, const msgpack_object *o)
{
	uint32_t seen = 0;

	if (o->type != MSGPACK_OBJECT_MAP)
		return plan_wrong_type(r, path, TYPE_MAP, o);
	for (size_t i = 0; i < o->via.map.size; i++)
		if (read_pair(r, form, structure, path, &o->via.map.ptr[i],
		    &seen) < 0)
			return -1;
	for (size_t i = 0; i < form->n; i++)
		if (!form->fields[i].optional && !(seen >> i & 1))
			return plan_refuse(r, path, "lacks the key '%s'",
			    form->fields[i].key);
	return 0;
}

int
plan_read(struct plan *p, const msgpack_object *root, const void *bytes,
    size_t n, const char *what, struct fail *f)
{
	struct plan_reader r = { p, bytes, n, what, 0, f };

	/* The first key is xb-plan and the last is seal. */
	for (size_t i = 1; i + 1 < root->via.map.size; i++)
		if (read_pair(&r, &plan_form_top, (char *)p, NULL,
		    &root->via.map.ptr[i], &p->has) < 0)
			return -1;
	return 0;
}
