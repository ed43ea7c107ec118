#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "target/file/fields.h"

static int
wrong(struct state_reader *r, const char *want)
{
	return file_damaged(r->target, r->f, "field '%s' of its state is not "
	    "%s", r->field->name, want);
}

static void *
place(struct state_reader *r)
{
	return (char *)r->s + r->field->at;
}

static const void *
place_of(const struct state_field *d, const struct file_state *s)
{
	return (const char *)s + d->at;
}

/* ---- numbers ---- */

static int
take_uint(struct state_reader *r, const msgpack_object *o, uint64_t max,
    uint64_t *value)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return wrong(r, "a number");
	if (o->via.u64 > max)
		return file_damaged(r->target, r->f, "field '%s' of its state "
		    "has the number %" PRIu64 ", above the limit %" PRIu64,
		    r->field->name, o->via.u64, max);
	*value = o->via.u64;
	return 0;
}

static void
put_uint(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	msgpack_pack_uint64(p, *(const uint64_t *)place_of(d, s));
}

static int
get_uint(struct state_reader *r, const msgpack_object *o)
{
	return take_uint(r, o, r->field->max, place(r));
}

static void
put_version(msgpack_packer *p, const struct state_field *d,
    const struct file_state *s)
{
	(void)s;
	msgpack_pack_uint64(p, d->max);
}

static int
get_version(struct state_reader *r, const msgpack_object *o)
{
	uint64_t version = 0;

	if (take_uint(r, o, UINT64_MAX, &version) < 0)
		return -1;
	if (version == r->field->max)
		return 0;
	return fail(r->f, FAIL_TARGET, "'%s' was made by another version of "
	    "xb: its state has version %" PRIu64 ", this one reads version %"
	    PRIu64, r->target, version, r->field->max);
}

static void
put_bool(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	if (*(const bool *)place_of(d, s))
		msgpack_pack_true(p);
	else
		msgpack_pack_false(p);
}

static int
get_bool(struct state_reader *r, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_BOOLEAN)
		return wrong(r, "true or false");
	*(bool *)place(r) = o->via.boolean;
	return 0;
}

/* ---- names ---- */

void
state_put_string(msgpack_packer *p, const char *text)
{
	msgpack_pack_str(p, strlen(text));
	msgpack_pack_str_body(p, text, strlen(text));
}

static void
put_bytes(msgpack_packer *p, const void *bytes, size_t n)
{
	msgpack_pack_bin(p, n);
	msgpack_pack_bin_body(p, bytes, n);
}

static void
put_name(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	state_put_string(p, place_of(d, s));
}

static int
get_name(struct state_reader *r, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_STR || o->via.str.size > FILE_NAME_MAX ||
	    memchr(o->via.str.ptr, '\0', o->via.str.size) != NULL)
		return wrong(r, "text of at most 63 bytes");
	memcpy(place(r), o->via.str.ptr, o->via.str.size);
	return 0;
}

static void
put_id(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	put_bytes(p, place_of(d, s), UUID_BYTES);
}

static int
get_id(struct state_reader *r, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_BIN || o->via.bin.size != UUID_BYTES)
		return wrong(r, "16 bytes");
	memcpy(place(r), o->via.bin.ptr, UUID_BYTES);
	return 0;
}

static void
put_build(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	if (s->has_build)
		put_id(p, d, s);
	else
		msgpack_pack_nil(p);
}

static int
get_build(struct state_reader *r, const msgpack_object *o)
{
	r->s->has_build = o->type != MSGPACK_OBJECT_NIL;
	return r->s->has_build ? get_id(r, o) : 0;
}

static void
put_abi(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	(void)d;
	if (s->abi == NULL)
		msgpack_pack_nil(p);
	else
		state_put_string(p, s->abi->name);
}

static int
get_abi(struct state_reader *r, const msgpack_object *o)
{
	char name[32] = "";

	if (o->type == MSGPACK_OBJECT_NIL)
		return 0;
	if (o->type == MSGPACK_OBJECT_STR && o->via.str.size < sizeof(name))
		memcpy(name, o->via.str.ptr, o->via.str.size);
	r->s->abi = abi_named(name);
	return r->s->abi == NULL ? wrong(r, "nil or the name of an ABI") : 0;
}

/* ---- lists ---- */

static void
put_list(msgpack_packer *p, const struct state_field *d, const struct file_state *s)
{
	const struct state_list *l = d->list;
	uint64_t v[LIST_WIDTH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < l->slots(s); i++)
		n += l->get(s, i, v);
	msgpack_pack_array(p, n * l->width);
	for (size_t i = 0; i < l->slots(s); i++)
		for (size_t k = 0; l->get(s, i, v) && k < l->width; k++)
			msgpack_pack_uint64(p, v[k]);
}

/* How many entries of width elements a flat list has. */
static int
take_length(struct state_reader *r, const msgpack_object *o, size_t width,
    size_t max, size_t *entries)
{
	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size % width != 0)
		return wrong(r, "a list of whole entries");
	*entries = o->via.array.size / width;
	if (*entries > max)
		return file_damaged(r->target, r->f, "field '%s' of its state "
		    "has %zu entries, the limit is %zu", r->field->name,
		    *entries, max);
	return 0;
}

static int
get_list(struct state_reader *r, const msgpack_object *o)
{
	const struct state_list *l = r->field->list;
	const msgpack_object *e;
	uint64_t v[LIST_WIDTH_MAX] = { 0 };
	const char *bad = NULL;
	size_t n = 0;

	if (take_length(r, o, l->width, l->entries, &n) < 0)
		return -1;
	e = o->via.array.ptr;
	for (size_t i = 0; i < n; i++, e += l->width) {
		for (size_t k = 0; k < l->width; k++)
			if (take_uint(r, &e[k], l->max[k], &v[k]) < 0)
				return -1;
		if (l->add(r->s, v, &bad, r->f) < 0)
			return bad == NULL ? -1 : wrong(r, bad);
	}
	return 0;
}

static void
put_contexts(msgpack_packer *p, const struct state_field *d,
    const struct file_state *s)
{
	size_t used = 0;

	(void)d;
	for (size_t i = 0; i < FILE_VCPUS_MAX; i++)
		used += s->context[i] != NULL;
	msgpack_pack_array(p, 2 * used);
	for (size_t i = 0; i < FILE_VCPUS_MAX; i++) {
		if (s->context[i] == NULL)
			continue;
		msgpack_pack_uint64(p, i);
		put_bytes(p, s->context[i], s->abi->context.size);
	}
}

static int
take_context(struct state_reader *r, const msgpack_object *o)
{
	size_t size = r->s->abi->context.size;
	uint64_t id = 0;

	if (take_uint(r, &o[0], FILE_VCPUS_MAX - 1, &id) < 0)
		return -1;
	if (id >= r->s->vcpus || r->s->context[id] != NULL)
		return wrong(r, "of different vcpus of the domain");
	if (o[1].type != MSGPACK_OBJECT_BIN || o[1].via.bin.size != size)
		return wrong(r, "of the ABI's size of context");
	r->s->context[id] = malloc(size);
	if (r->s->context[id] == NULL)
		return fail_memory(r->f, size);
	memcpy(r->s->context[id], o[1].via.bin.ptr, size);
	return 0;
}

static int
get_contexts(struct state_reader *r, const msgpack_object *o)
{
	size_t n = 0;

	if (take_length(r, o, 2, FILE_VCPUS_MAX, &n) < 0)
		return -1;
	if (n > 0 && r->s->abi == NULL)
		return wrong(r, "empty, though the domain has no ABI");
	for (size_t i = 0; i < n; i++)
		if (take_context(r, &o->via.array.ptr[2 * i]) < 0)
			return -1;
	return 0;
}

#define AT(member)	offsetof(struct file_state, member)

/* Contexts come last: their form needs abi and vcpus. */
const struct state_field state_fields[] = {
	{ "xb-target",	put_version, get_version, 0, FILE_STATE_VERSION, NULL },
	{ "uuid",	put_id, get_id, AT(uuid), 0, NULL },
	{ "name",	put_name, get_name, AT(name), 0, NULL },
	{ "max_pages",	put_uint, get_uint, AT(max_pages), FILE_PAGES_MAX,
	    NULL },
	{ "vcpus",	put_uint, get_uint, AT(vcpus), FILE_VCPUS_MAX, NULL },
	{ "scatter",	put_uint, get_uint, AT(scatter), UINT64_MAX, NULL },
	{ "shared_info", put_uint, get_uint, AT(shared_info),
	    FILE_FIRST_FRAME - 1, NULL },
	{ "abi",	put_abi, get_abi, 0, 0, NULL },
	{ "build",	put_build, get_build, AT(build), 0, NULL },
	{ "paused",	put_bool, get_bool, AT(paused), 0, NULL },
	{ "has_run",	put_bool, get_bool, AT(has_run), 0, NULL },
	{ "frames",	put_list, get_list, 0, 0, &state_frames },
	{ "m2p",	put_list, get_list, 0, 0, &state_m2p },
	{ "tables",	put_list, get_list, 0, 0, &state_tables },
	{ "ports",	put_list, get_list, 0, 0, &state_ports },
	{ "grants",	put_list, get_list, 0, 0, &state_grants },
	{ "contexts",	put_contexts, get_contexts, 0, 0, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL }
};
