#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "schema/impl.h"

static struct json_writer *
of(struct schema_pen *pen)
{
	return &((struct schema_json *)(void *)pen)->json;
}

static void
pen_map(struct schema_pen *pen, size_t n)
{
	(void)n;
	json_put_map(of(pen), NULL);
}

static void
pen_list(struct schema_pen *pen, size_t n)
{
	(void)n;
	json_put_list(of(pen), NULL);
}

static void
pen_end(struct schema_pen *pen)
{
	json_put_end(of(pen));
}

static void
pen_key(struct schema_pen *pen, const char *key, size_t n)
{
	json_put_key(of(pen), key, n);
}

/* A text is UTF-8, a string any bytes. */
static void
put_named(struct schema_pen *pen, const struct schema_field *d, const void *at)
{
	const char *text = schema_text(d, at);

	if (text == NULL)
		((struct schema_json *)(void *)pen)->missing = d->key;
	json_put_text(of(pen), NULL, text);
}

static void
pen_value(struct schema_pen *pen, const struct schema_field *d, const void *at)
{
	struct json_writer *j = of(pen);
	const struct bytes *bytes = at;
	char hex[2 * SHA256_BYTES + 1];

	switch (d->type) {
	case TYPE_BOOL:
		json_put_bool(j, NULL, *(const bool *)at);
		break;
	case TYPE_SECONDS:
		json_put_print(j, NULL, "%" PRId64, *(const int64_t *)at);
		break;
	case TYPE_ADDRESS:
		json_put_print(j, NULL, "\"0x%" PRIx64 "\"",
		    schema_number(d, at));
		break;
	case TYPE_TEXT:
	case TYPE_ABI:
	case TYPE_STRING:
		put_named(pen, d, at);
		break;
	case TYPE_BYTES:
		json_put_bytes(j, bytes->data, bytes->size);
		break;
	case TYPE_REAL:
		json_put_real(j, NULL, *(const double *)at);
		break;
	case TYPE_OCI_DIGEST:
		sha256_hex(at, hex);
		json_put_print(j, NULL, "\"sha256:%s\"", hex);
		break;
	case TYPE_UUID:
		json_put_print(j, NULL, "\"%s\"", uuid_text(at).s);
		break;
	case TYPE_DIGEST:
	case TYPE_ID:
		hex_put(at, schema_kinds[d->type].bytes, hex);
		json_put_print(j, NULL, "\"%s\"", hex);
		break;
	default:
		json_put_number(j, NULL, schema_number(d, at));
	}
}

static void
pen_numbers(struct schema_pen *pen, const uint64_t *v, size_t n)
{
	json_put_numbers(of(pen), v, n);
}

static void
pen_raw(struct schema_pen *pen, const struct bytes *raw)
{
	json_put_wrapped(of(pen), "msgpack", raw->data, raw->size);
}

void
schema_json_on(struct schema_json *j, FILE *to, enum json_style style)
{
	*j = (struct schema_json){ .pen = { pen_map, pen_list, pen_end, pen_key,
	    pen_value, pen_numbers, pen_raw },
	    .json = JSON_WRITER_INIT(to, style) };
}

int
schema_json_begin(struct schema_json *j, enum json_style style,
    struct fail *f)
{
	schema_json_on(j, NULL, style);
	if (draft_begin(&j->draft, f) < 0)
		return -1;
	j->json.to = j->draft.to;
	return 0;
}

int
schema_json_end(struct schema_json *j, char **out, size_t *n, struct fail *f)
{
	*out = NULL;
	*n = 0;
	if (j->json.style != JSON_STYLE_COMPACT)
		putc('\n', j->json.to);
	if (draft_end(&j->draft, f) < 0)
		return -1;
	if (j->missing != NULL) {
		free(j->draft.bytes);
		return fail(f, FAIL_BUG, "%s:%d: '%s' was not set; please "
		    "report this", __FILE__, __LINE__, j->missing);
	}
	*out = j->draft.bytes;
	*n = j->draft.n;
	return 0;
}
