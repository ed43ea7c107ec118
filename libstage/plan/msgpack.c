#include <msgpack.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "plan/msgpack.h"
#include "plan/schema.h"
#include "base/msgpack-check.h"

/* The binary form, written. */
struct msgpack_pen {
	struct plan_pen pen;		/* first: the functions get this */
	msgpack_sbuffer out;
	msgpack_packer to;
	uint64_t objects;
	bool full;			/* no memory, or far over the limit */
	const char *missing;		/* key of a text or ABI that is NULL */
};

int
plan_put_seal(msgpack_packer *to, const msgpack_sbuffer *out)
{
	uint32_t seal = (uint32_t)crc32(0, (const Bytef *)out->data,
	    (uInt)out->size);

	if (msgpack_pack_str(to, 4) != 0 ||
	    msgpack_pack_str_body(to, "seal", 4) != 0 ||
	    msgpack_pack_uint32(to, seal) != 0)
		return -1;
	return 0;
}

static struct msgpack_pen *
begin(struct plan_pen *pen, uint64_t objects)
{
	struct msgpack_pen *m = (struct msgpack_pen *)(void *)pen;

	m->objects += objects;
	if (m->out.size > PLAN_BYTES_MAX)
		m->full = true;
	return m;
}

/* Remembers what a call to the packer said. */
static void
note(struct msgpack_pen *m, int r)
{
	if (r != 0)
		m->full = true;
}

static void
put_text(struct msgpack_pen *m, const char *s, size_t n)
{
	note(m, msgpack_pack_str(&m->to, n));
	note(m, msgpack_pack_str_body(&m->to, s, n));
}

static void
put_bytes(struct msgpack_pen *m, const void *data, size_t n)
{
	note(m, msgpack_pack_bin(&m->to, n));
	note(m, msgpack_pack_bin_body(&m->to, data, n));
}

static void
pen_map(struct plan_pen *pen, size_t n)
{
	struct msgpack_pen *m = begin(pen, 1);

	note(m, msgpack_pack_map(&m->to, n));
}

static void
pen_list(struct plan_pen *pen, size_t n)
{
	struct msgpack_pen *m = begin(pen, 1);

	note(m, msgpack_pack_array(&m->to, n));
}

static void
pen_end(struct plan_pen *pen)
{
	(void)pen;
}

static void
pen_key(struct plan_pen *pen, const char *key, size_t n)
{
	put_text(begin(pen, 1), key, n);
}

static void
put_named(struct msgpack_pen *m, const struct plan_field *d, const void *at)
{
	const char *text = plan_field_text(d, at);

	if (text == NULL)
		m->missing = d->key;
	else
		put_text(m, text, strlen(text));
}

static void
pen_value(struct plan_pen *pen, const struct plan_field *d, const void *at)
{
	struct msgpack_pen *m = begin(pen, 1);
	const struct bytes *bytes = at;

	switch (d->type) {
	case TYPE_BOOL:
		note(m, *(const bool *)at ? msgpack_pack_true(&m->to) :
		    msgpack_pack_false(&m->to));
		break;
	case TYPE_SECONDS:
		note(m, msgpack_pack_int64(&m->to, *(const int64_t *)at));
		break;
	case TYPE_TEXT:
	case TYPE_ABI:
		put_named(m, d, at);
		break;
	case TYPE_BYTES:
		put_bytes(m, bytes->data, bytes->size);
		break;
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		put_bytes(m, at, plan_type_bytes(d->type));
		break;
	default:
		note(m, msgpack_pack_uint64(&m->to, plan_field_number(d, at)));
	}
}

static void
pen_numbers(struct plan_pen *pen, const uint64_t *v, size_t n)
{
	struct msgpack_pen *m = begin(pen, 1 + n);

	note(m, msgpack_pack_array(&m->to, n));
	for (size_t i = 0; i < n && !m->full; i++)
		note(m, msgpack_pack_uint64(&m->to, v[i]));
}

static void
pen_raw(struct plan_pen *pen, const struct bytes *raw)
{
	struct msgpack_pen *m = begin(pen, 1);

	note(m, msgpack_sbuffer_write(&m->out, raw->data, raw->size));
}

static void
pen_seal(struct plan_pen *pen)
{
	struct msgpack_pen *m = begin(pen, 2);

	if (!m->full)
		note(m, plan_put_seal(&m->to, &m->out));
}

static void
pen_begin(struct msgpack_pen *m)
{
	*m = (struct msgpack_pen){ .pen = { pen_map, pen_list, pen_end,
	    pen_key, pen_value, pen_numbers, pen_raw, pen_seal } };
	msgpack_sbuffer_init(&m->out);
	msgpack_packer_init(&m->to, &m->out, msgpack_sbuffer_write);
}

static int
pen_check(const struct msgpack_pen *m, struct fail *f)
{
	if (m->missing != NULL)
		return fail(f, FAIL_BUG, "%s:%d: the plan's '%s' was not set;"
		    " please report this", __FILE__, __LINE__, m->missing);
	if (m->out.size > PLAN_BYTES_MAX)
		return fail(f, FAIL_INPUT, "the plan has more than %ju bytes,"
		    " the limit: too many runs of frames",
		    (uintmax_t)PLAN_BYTES_MAX);
	if (m->objects > PLAN_OBJECTS_MAX)
		return fail(f, FAIL_INPUT, "the plan has %ju objects, limit %d:"
		    " too many runs of frames", (uintmax_t)m->objects,
		    PLAN_OBJECTS_MAX);
	return m->full ? fail_memory(f, 2 * m->out.size) : 0;
}

/* Hands the bytes over, or releases them. */
static int
pen_finish(struct msgpack_pen *m, void **out, size_t *n, struct fail *f)
{
	int rc = pen_check(m, f);

	*n = rc < 0 ? 0 : m->out.size;
	*out = rc < 0 ? NULL : msgpack_sbuffer_release(&m->out);
	msgpack_sbuffer_destroy(&m->out);
	return rc;
}

int
plan_encode(const struct plan *p, void **out, size_t *n, struct fail *f)
{
	struct msgpack_pen m;

	pen_begin(&m);
	plan_visit(p, &m.pen);
	return pen_finish(&m, out, n, f);
}

int
plan_encode_section(const struct plan *p, enum plan_section s, void **out,
    size_t *n, struct fail *f)
{
	struct msgpack_pen m;

	pen_begin(&m);
	plan_visit_section(p, s, &m.pen);
	return pen_finish(&m, out, n, f);
}
