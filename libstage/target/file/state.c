#include <msgpack.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/msgpack-check.h"
#include "target/file/fields.h"

int
file_damaged(const char *name, struct fail *f, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail(f, FAIL_TARGET, "'%s' is damaged: %s; remove the folder "
	    "and create the domain anew", name, text);
}

void
file_state_release(struct file_state *s)
{
	extents_release(&s->frames);
	extents_release(&s->m2p);
	tables_release(&s->tables);
	for (size_t i = 0; i < FILE_VCPUS_MAX; i++)
		free(s->context[i]);
	memset(s, 0, sizeof(*s));
}

static size_t
n_fields(void)
{
	size_t n = 0;

	while (state_fields[n].name != NULL)
		n++;
	return n;
}

static int
get_field(struct state_reader *r, size_t i, const msgpack_object_kv *kv)
{
	const msgpack_object_str *key = &kv->key.via.str;

	r->field = &state_fields[i];
	if (key->size != strlen(r->field->name) ||
	    memcmp(key->ptr, r->field->name, key->size) != 0)
		return file_damaged(r->target, r->f, "field %zu of its state "
		    "is '%.*s', not '%s'", i + 1, (int)key->size, key->ptr,
		    r->field->name);
	return r->field->get(r, &kv->val);
}

static int
get_fields(struct state_reader *r, const msgpack_object_map *map)
{
	for (size_t i = 0; i < n_fields() && i < map->size; i++)
		if (get_field(r, i, &map->ptr[i]) < 0)
			return -1;
	if (map->size != n_fields())
		return file_damaged(r->target, r->f, "its state has %u "
		    "fields, not %zu", (unsigned)map->size, n_fields());
	return 0;
}

int
file_state_decode(struct file_state *s, const void *bytes, size_t n,
    const char *name, struct fail *f)
{
	static const struct msgpack_words words = { "its state", "it", "" };
	struct state_reader r = { .s = s, .target = name, .f = f };
	struct fail form = { 0 };
	msgpack_unpacked doc;
	size_t at = 0;
	int rc;

	/* msgpack-c believes every count: look at them all before. */
	if (msgpack_check(bytes, n, &words, &at, &form) < 0)
		return form.kind == FAIL_INPUT ?
		    file_damaged(name, f, "%s", form.message) :
		    fail(f, form.kind, "%s", form.message);
	at = 0;
	msgpack_unpacked_init(&doc);
	if (msgpack_unpack_next(&doc, bytes, n, &at) != MSGPACK_UNPACK_SUCCESS)
		rc = fail(f, FAIL_SYSTEM, "cannot unpack the state of '%s': "
		    "out of memory", name);
	else if (doc.data.type != MSGPACK_OBJECT_MAP)
		rc = file_damaged(name, f, "its state is not a map");
	else
		rc = get_fields(&r, &doc.data.via.map);
	msgpack_unpacked_destroy(&doc);
	return rc;
}

/* A buffer that remembers that it could not grow. */
struct sink {
	msgpack_sbuffer buf;
	bool full;
};

static int
sink_write(void *arg, const char *bytes, size_t n)
{
	struct sink *sink = arg;

	if (sink->full || msgpack_sbuffer_write(&sink->buf, bytes, n) != 0)
		sink->full = true;
	return sink->full ? -1 : 0;
}

int
file_state_encode(const struct file_state *s, void **out, size_t *n,
    const char *name, struct fail *f)
{
	struct sink sink = { .full = false };
	msgpack_packer p;

	msgpack_sbuffer_init(&sink.buf);
	msgpack_packer_init(&p, &sink, sink_write);
	msgpack_pack_map(&p, n_fields());
	for (const struct state_field *d = state_fields; d->name; d++) {
		state_put_string(&p, d->name);
		d->put(&p, d, s);
	}
	*n = sink.buf.size;
	*out = msgpack_sbuffer_release(&sink.buf);
	if (!sink.full && *n <= FILE_STATE_BYTES_MAX)
		return 0;
	free(*out);
	if (sink.full)
		return fail_memory(f, *n);
	return fail(f, FAIL_TARGET, "cannot keep the state of '%s': it would "
	    "have %zu bytes, the limit is %d", name, *n, FILE_STATE_BYTES_MAX);
}
