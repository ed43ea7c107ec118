#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/escape.h"
#include "schema/impl.h"

/* JSON is indented by two spaces for each level, with lists of numbers in one
 * line; or it is compact. */

static struct schema_json *
of(struct schema_pen *pen)
{
	return (struct schema_json *)(void *)pen;
}

static void
new_line(struct schema_json *j)
{
	if (!j->compact)
		fprintf(j->to, "\n%*s", (int)(2 * j->depth), "");
}

/* Called before each key of a map and each entry of a list. */
static void
next(struct schema_json *j)
{
	bool *any = &j->level[j->depth - 1].any;

	if (*any)
		putc(',', j->to);
	*any = true;
	new_line(j);
}

/* Called before any value. */
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

/* Writes \uXXXX; two of them (surrogates) for more than 16 bits. */
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

/* Characters that would steer a terminal are written as JSON escapes. */
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

/*
 * Escapes only what JSON demands, as jansson does.  The bytes must not change:
 * the config of a record is named by their digest.
 */
static void
put_plain(FILE *to, const char *s, size_t n, uint32_t c)
{
	static const char named[] = "\"\\\b\f\n\r\t";
	const char *found = strchr(named, *s);

	if (found != NULL)
		fprintf(to, "\\%c", "\"\\bfnrt"[found - named]);
	else if (c < 0x20)
		fprintf(to, "\\u%04X", (unsigned)c);
	else
		fwrite(s, 1, n, to);
}

/* Writes a string of UTF-8 without NUL. */
static void
put_string(struct schema_json *j, const char *s, size_t n)
{
	putc('"', j->to);
	for (size_t i = 0; i < n; ) {
		uint32_t c;
		size_t step = utf8_char(s + i, n - i, &c);

		(j->compact ? put_plain : put_character)(j->to, s + i, step, c);
		i += step;
	}
	putc('"', j->to);
}

static void
put_hex(FILE *to, const void *bytes, size_t n, bool hyphens)
{
	const unsigned char *p = bytes;

	putc('"', to);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s%02x", hyphens && schema_uuid_hyphen(i) ? "-" :
		    "", p[i]);
	putc('"', to);
}

static void
put_wrapped(struct schema_json *j, const char *key, const char *data, size_t n)
{
	fprintf(j->to, j->compact ? "{\"%s\":" : "{ \"%s\": ", key);
	put_hex(j->to, data, n, false);
	fputs(j->compact ? "}" : " }", j->to);
}

static void
put_bytes(struct schema_json *j, const char *data, size_t n)
{
	size_t bad;

	if (utf8_valid(data, n, &bad))
		put_string(j, data, n);
	else
		put_wrapped(j, "bytes", data, n);
}

static void
pen_key(struct schema_pen *pen, const char *key, size_t n)
{
	struct schema_json *j = of(pen);

	next(j);
	put_string(j, key, n);
	fputs(j->compact ? ":" : ": ", j->to);
}

/* A text is UTF-8, a string any bytes. */
static void
put_named(struct schema_json *j, const struct schema_field *d, const void *at)
{
	const char *text = schema_text(d, at);

	if (text == NULL)
		j->missing = d->key;
	else
		put_bytes(j, text, strlen(text));
}

/* With a fraction or an exponent, so that it is read back as a real. */
static void
put_real(FILE *to, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", value);
	fprintf(to, "%s%s", text, strpbrk(text, ".e") == NULL ? ".0" : "");
}

static void
pen_value(struct schema_pen *pen, const struct schema_field *d, const void *at)
{
	struct schema_json *j = value(pen);
	const struct bytes *bytes = at;
	char hex[2 * SHA256_BYTES + 1];
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
	case TYPE_STRING:
		put_named(j, d, at);
		break;
	case TYPE_BYTES:
		put_bytes(j, bytes->data, bytes->size);
		break;
	case TYPE_REAL:
		put_real(to, *(const double *)at);
		break;
	case TYPE_OCI_DIGEST:
		sha256_hex(at, hex);
		fprintf(to, "\"sha256:%s\"", hex);
		break;
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		put_hex(to, at, schema_kinds[d->type].bytes,
		    d->type == TYPE_UUID);
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
	put_wrapped(value(pen), "msgpack", raw->data, raw->size);
}

int
schema_json_begin(struct schema_json *j, bool compact, struct fail *f)
{
	*j = (struct schema_json){ .pen = { pen_map, pen_list, pen_end, pen_key,
	    pen_value, pen_numbers, pen_raw }, .compact = compact };
	j->to = open_memstream(&j->text, &j->n);
	return j->to == NULL ? fail_memory(f, 1) : 0;
}

int
schema_json_end(struct schema_json *j, char **out, size_t *n, struct fail *f)
{
	bool bad;
	int rc = 0;

	if (!j->compact)
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
