#include <string.h>

#include "schema/impl.h"

static struct schema_packer *
begin(struct schema_pen *pen, uint64_t objects)
{
	struct schema_packer *m = (struct schema_packer *)(void *)pen;

	m->objects += objects;
	if (m->out.size > m->limit)
		m->full = true;
	return m;
}

void
schema_note(struct schema_packer *m, int r)
{
	if (r != 0)
		m->full = true;
}

void
schema_put_text(struct schema_packer *m, const char *s, size_t n)
{
	schema_note(m, msgpack_pack_str(&m->to, n));
	schema_note(m, msgpack_pack_str_body(&m->to, s, n));
}

void
schema_put_bytes(struct schema_packer *m, const void *data, size_t n)
{
	schema_note(m, msgpack_pack_bin(&m->to, n));
	schema_note(m, msgpack_pack_bin_body(&m->to, data, n));
}

static void
pen_map(struct schema_pen *pen, size_t n)
{
	struct schema_packer *m = begin(pen, 1);

	schema_note(m, msgpack_pack_map(&m->to, n));
}

static void
pen_list(struct schema_pen *pen, size_t n)
{
	struct schema_packer *m = begin(pen, 1);

	schema_note(m, msgpack_pack_array(&m->to, n));
}

static void
pen_end(struct schema_pen *pen)
{
	(void)pen;
}

static void
pen_key(struct schema_pen *pen, const char *key, size_t n)
{
	schema_put_text(begin(pen, 1), key, n);
}

/* A text is UTF-8, a string any bytes. */
static void
put_named(struct schema_packer *m, const struct schema_field *d, const void *at)
{
	const char *text = schema_text(d, at);

	if (text == NULL)
		m->missing = d->key;
	else if (d->type == TYPE_STRING)
		schema_put_bytes(m, text, strlen(text));
	else
		schema_put_text(m, text, strlen(text));
}

static void
pen_value(struct schema_pen *pen, const struct schema_field *d, const void *at)
{
	struct schema_packer *m = begin(pen, 1);
	const struct bytes *bytes = at;

	if (d->nil && !schema_present(d, at)) {
		schema_note(m, msgpack_pack_nil(&m->to));
		return;
	}
	switch (d->type) {
	case TYPE_BOOL:
		schema_note(m, *(const bool *)at ? msgpack_pack_true(&m->to) :
		    msgpack_pack_false(&m->to));
		break;
	case TYPE_SECONDS:
		schema_note(m, msgpack_pack_int64(&m->to,
		    *(const int64_t *)at));
		break;
	case TYPE_TEXT:
	case TYPE_ABI:
	case TYPE_STRING:
		put_named(m, d, at);
		break;
	case TYPE_BYTES:
	case TYPE_BLOB:
		schema_put_bytes(m, bytes->data, bytes->size);
		break;
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		schema_put_bytes(m, at, schema_kinds[d->type].bytes);
		break;
	default:
		schema_note(m, msgpack_pack_uint64(&m->to,
		    schema_number(d, at)));
	}
}

static void
pen_numbers(struct schema_pen *pen, const uint64_t *v, size_t n)
{
	struct schema_packer *m = begin(pen, 1 + n);

	schema_note(m, msgpack_pack_array(&m->to, n));
	for (size_t i = 0; i < n && !m->full; i++)
		schema_note(m, msgpack_pack_uint64(&m->to, v[i]));
}

static void
pen_raw(struct schema_pen *pen, const struct bytes *raw)
{
	struct schema_packer *m = begin(pen, 1);

	schema_note(m, msgpack_sbuffer_write(&m->out, raw->data, raw->size));
}

void
schema_pack_begin(struct schema_packer *m, size_t limit)
{
	*m = (struct schema_packer){ .pen = { pen_map, pen_list, pen_end,
	    pen_key, pen_value, pen_numbers, pen_raw }, .limit = limit };
	msgpack_sbuffer_init(&m->out);
	msgpack_packer_init(&m->to, &m->out, msgpack_sbuffer_write);
}

int
schema_pack_end(struct schema_packer *m, int rc, void **out, size_t *n,
    struct fail *f)
{
	if (rc == 0 && m->missing != NULL)
		rc = fail(f, FAIL_BUG, "%s:%d: '%s' was not set; please report"
		    " this", __FILE__, __LINE__, m->missing);
	else if (rc == 0 && m->full)
		rc = fail_memory(f, 2 * m->out.size);
	*n = rc < 0 ? 0 : m->out.size;
	*out = rc < 0 ? NULL : msgpack_sbuffer_release(&m->out);
	msgpack_sbuffer_destroy(&m->out);
	return rc;
}
