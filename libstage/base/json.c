#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/utf8.h"

/* ---- between values ---- */

static void
new_line(struct json_writer *j)
{
	if (j->style == JSON_STYLE_INDENTED)
		fprintf(j->to, "\n%*s", (int)(2 * j->depth), "");
}

/* Called before each key of a map and each entry of a list. */
static void
next(struct json_writer *j)
{
	bool *any = &j->level[j->depth - 1].any;

	if (*any)
		fputs(j->style == JSON_STYLE_LINE ? ", " : ",", j->to);
	*any = true;
	new_line(j);
}

/* Called before any value. */
static FILE *
value(struct json_writer *j)
{
	if (j->depth > 0 && !j->level[j->depth - 1].map)
		next(j);
	return j->to;
}

/* ---- strings ---- */

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

/* Escapes only what JSON demands, as OCI tools do. */
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
put_string(struct json_writer *j, const char *s, size_t n)
{
	bool plain = j->style == JSON_STYLE_COMPACT;

	putc('"', j->to);
	for (size_t i = 0; i < n; ) {
		uint32_t c;
		size_t step = utf8_char(s + i, n - i, &c);

		(plain ? put_plain : put_character)(j->to, s + i, step, c);
		i += step;
	}
	putc('"', j->to);
}

void
json_put_key(struct json_writer *j, const char *key, size_t n)
{
	next(j);
	put_string(j, key, n);
	fputs(j->style == JSON_STYLE_COMPACT ? ":" : ": ", j->to);
}

void
json_put_wrapped(struct json_writer *j, const char *key, const void *bytes,
    size_t n)
{
	bool spaced = j->style == JSON_STYLE_INDENTED;
	const unsigned char *p = bytes;

	fprintf(value(j), "{%s\"%s\":%s\"", spaced ? " " : "", key,
	    j->style == JSON_STYLE_COMPACT ? "" : " ");
	for (size_t i = 0; i < n; i++)
		fprintf(j->to, "%02x", p[i]);
	fprintf(j->to, "\"%s}", spaced ? " " : "");
}

void
json_put_bytes(struct json_writer *j, const char *data, size_t n)
{
	size_t bad;

	if (utf8_valid(data, n, &bad)) {
		(void)value(j);
		put_string(j, data, n);
	} else {
		json_put_wrapped(j, "bytes", data, n);
	}
}

/* ---- maps and lists ---- */

static FILE *
keyed(struct json_writer *j, const char *key)
{
	if (key != NULL)
		json_put_key(j, key, strlen(key));
	return value(j);
}

static void
open_level(struct json_writer *j, const char *key, bool map)
{
	putc(map ? '{' : '[', keyed(j, key));
	j->level[j->depth].map = map;
	j->level[j->depth++].any = false;
}

void
json_put_map(struct json_writer *j, const char *key)
{
	open_level(j, key, true);
}

void
json_put_list(struct json_writer *j, const char *key)
{
	open_level(j, key, false);
}

void
json_put_end(struct json_writer *j)
{
	bool map = j->level[--j->depth].map;

	if (j->level[j->depth].any)
		new_line(j);
	putc(map ? '}' : ']', j->to);
}

/* ---- other values ---- */

void
json_put_text(struct json_writer *j, const char *key, const char *text)
{
	if (key != NULL)
		json_put_key(j, key, strlen(key));
	if (text == NULL)
		fputs("null", value(j));
	else
		json_put_bytes(j, text, strlen(text));
}

void
json_put_number(struct json_writer *j, const char *key, uint64_t n)
{
	fprintf(keyed(j, key), "%" PRIu64, n);
}

void
json_put_bool(struct json_writer *j, const char *key, bool b)
{
	fputs(b ? "true" : "false", keyed(j, key));
}

void
json_put_print(struct json_writer *j, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(keyed(j, key), fmt, ap);
	va_end(ap);
}

void
json_put_real(struct json_writer *j, const char *key, double n)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", n);
	fprintf(keyed(j, key), "%s%s", text,
	    strpbrk(text, ".e") == NULL ? ".0" : "");
}

void
json_put_numbers(struct json_writer *j, const uint64_t *v, size_t n)
{
	FILE *to = value(j);

	putc('[', to);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s%" PRIu64, i > 0 ? ", " : "", v[i]);
	putc(']', to);
}
