#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/escape.h"
#include "schema/impl.h"

/* Two spaces a level, lists of numbers in one line. */

static struct schema_json *
of(struct schema_pen *pen)
{
	return (struct schema_json *)(void *)pen;
}

static void
new_line(struct schema_json *j)
{
	fprintf(j->to, "\n%*s", (int)(2 * j->depth), "");
}

/* Before each key of a map and each entry of a list. */
static void
next(struct schema_json *j)
{
	bool *any = &j->level[j->depth - 1].any;

	if (*any)
		putc(',', j->to);
	*any = true;
	new_line(j);
}

/* Before any value. */
static struct schema_json *
value(struct schema_pen *pen)
{
	struct schema_json *j = of(pen);

	if (j->depth > 0 && !j->level[j->depth - 1].map)
		next(j);
	return j;
}

static void
open_level(struct schema_pen *pen, bool map)
{
	struct schema_json *j = value(pen);

	putc(map ? '{' : '[', j->to);
	j->level[j->depth].map = map;
	j->level[j->depth++].any = false;
}

static void
pen_map(struct schema_pen *pen, size_t n)
{
	(void)n;
	open_level(pen, true);
}

static void
pen_list(struct schema_pen *pen, size_t n)
{
	(void)n;
	open_level(pen, false);
}

static void
pen_end(struct schema_pen *pen)
{
	struct schema_json *j = of(pen);
	bool map = j->level[--j->depth].map;

	if (j->level[j->depth].any)
		new_line(j);
	putc(map ? '}' : ']', j->to);
}

/* \uXXXX, twice (as surrogates) where it does not fit into 16 bits. */
static void
put_escape(FILE *to, uint32_t c)
{
	if (c <= 0xffff) {
		fprintf(to, "\\u%04" PRIx32, c);
		return;
	}
	c -= 0x10000;
	fprintf(to, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (c >> 10),
	    0xdc00 + (c & 0x3ff));
}

/* What a terminal would obey is written as an escape of JSON's. */
static void
put_character(FILE *to, const char *s, size_t n, uint32_t c)
{
	char shown[32];

	if (*s == '"' || *s == '\\')
		fprintf(to, "\\%c", *s);
	else if (escape_into(shown, sizeof(shown), s, n) == n)
		fwrite(s, 1, n, to);
	else
		put_escape(to, c);
}

/* UTF-8 without NUL. */
static void
put_string(FILE *to, const char *s, size_t n)
{
	putc('"', to);
	for (size_t i = 0; i < n; ) {
		uint32_t c;
		size_t step = utf8_char(s + i, n - i, &c);

		put_character(to, s + i, step, c);
		i += step;
	}
	putc('"', to);
}

static void
put_hex(FILE *to, const void *bytes, size_t n, bool hyphens)
{
	const unsigned char *p = bytes;

	putc('"', to);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s%02x", hyphens && schema_uuid_hyphen(i) ? "-" : "",
		    p[i]);
	putc('"', to);
}

static void
put_wrapped(FILE *to, const char *key, const struct bytes *b)
{
	fprintf(to, "{ \"%s\": ", key);
	put_hex(to, b->data, b->size, false);
	fputs(" }", to);
}

static void
put_bytes(FILE *to, const struct bytes *b)
{
	size_t bad;

	if (utf8_valid(b->data, b->size, &bad))
		put_string(to, b->data, b->size);
	else
		put_wrapped(to, "bytes", b);
}

static void
pen_key(struct schema_pen *pen, const char *key, size_t n)
{
	struct schema_json *j = of(pen);

	next(j);
	put_string(j->to, key, n);
	fputs(": ", j->to);
}

static void
put_named(struct schema_json *j, const struct schema_field *d, const void *at)
{
	const char *text = schema_text(d, at);

	if (text == NULL)
		j->missing = d->key;
	else
		put_string(j->to, text, strlen(text));
}

static void
pen_value(struct schema_pen *pen, const struct schema_field *d, const void *at)
{
	struct schema_json *j = value(pen);
	FILE *to = j->to;

	switch (d->type) {
	case TYPE_BOOL:
		fputs(*(const bool *)at ? "true" : "false", to);
		break;
	case TYPE_SECONDS:
		fprintf(to, "%" PRId64, *(const int64_t *)at);
		break;
	case TYPE_ADDRESS:
		fprintf(to, "\"0x%" PRIx64 "\"", schema_number(d, at));
		break;
	case TYPE_TEXT:
	case TYPE_ABI:
		put_named(j, d, at);
		break;
	case TYPE_BYTES:
		put_bytes(to, at);
		break;
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		put_hex(to, at, schema_type_bytes(d->type), d->type == TYPE_UUID);
		break;
	default:
		fprintf(to, "%" PRIu64, schema_number(d, at));
	}
}

static void
pen_numbers(struct schema_pen *pen, const uint64_t *v, size_t n)
{
	FILE *to = value(pen)->to;

	putc('[', to);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s%" PRIu64, i > 0 ? ", " : "", v[i]);
	putc(']', to);
}

static void
pen_raw(struct schema_pen *pen, const struct bytes *raw)
{
	put_wrapped(value(pen)->to, "msgpack", raw);
}

int
schema_json_begin(struct schema_json *j, struct fail *f)
{
	*j = (struct schema_json){ .pen = { pen_map, pen_list, pen_end, pen_key,
	    pen_value, pen_numbers, pen_raw } };
	j->to = open_memstream(&j->text, &j->n);
	return j->to == NULL ? fail_memory(f, 1) : 0;
}

int
schema_json_end(struct schema_json *j, char **out, size_t *n, struct fail *f)
{
	bool bad;
	int rc = 0;

	putc('\n', j->to);
	bad = ferror(j->to) != 0;
	if (fclose(j->to) != 0 || bad)
		rc = fail_memory(f, j->n);
	else if (j->missing != NULL)
		rc = fail(f, FAIL_BUG, "%s:%d: '%s' was not set; please report"
		    " this", __FILE__, __LINE__, j->missing);
	if (rc < 0)
		free(j->text);
	*out = rc < 0 ? NULL : j->text;
	*n = rc < 0 ? 0 : j->n;
	return rc;
}
