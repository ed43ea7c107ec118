/*
 * json: writes JSON to a stream.
 *
 * Nothing is allocated and no call can fail: an error stays with the stream,
 * see ferror(3).  Values stand in lists, or in maps, each after its key.
 */
#ifndef XB_JSON_H
#define XB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"

enum json_style {
	/* By two spaces a level; lists of numbers stand in one line. */
	JSON_STYLE_INDENTED,
	/* {"a": 1, "b": 2} */
	JSON_STYLE_LINE,
	/* {"a":1,"b":2}: the bytes that OCI tools write, which must not change,
	 * because a blob of a record is named by their digest. */
	JSON_STYLE_COMPACT
};

enum { JSON_WRITER_DEPTH = 8 };		/* a plan's modules[0].parts[0] is five
					 * deep */

struct json_writer {
	FILE *to;
	enum json_style style;
	size_t depth;
	struct {
		bool map, any;
	} level[JSON_WRITER_DEPTH];
};

#define JSON_WRITER_INIT(stream, how) { .to = (stream), .style = (how) }

void	json_put_key(struct json_writer *, const char *, size_t n);

/*
 * These take the key in a map, which is NULL in a list, or where
 * json_put_key() wrote it.
 */
void	json_put_map(struct json_writer *, const char *key);
void	json_put_list(struct json_writer *, const char *key);
void	json_put_end(struct json_writer *);	/* closes either */
void	json_put_text(struct json_writer *, const char *key, const char *text);
void	json_put_number(struct json_writer *, const char *key, uint64_t);
void	json_put_bool(struct json_writer *, const char *key, bool);
/* A value as it is printed: a number, or text that needs no escapes. */
void	json_put_print(struct json_writer *, const char *key, const char *fmt,
	    ...) printf_like(3, 4);
/* With a fraction or an exponent, so that it is read back as a real. */
void	json_put_real(struct json_writer *, const char *key, double);

/*
 * Any bytes: UTF-8 becomes a string, all else {"bytes": "HEX"}.  Unless the
 * style is compact, characters that would steer a terminal are escaped.
 * json_put_text() is the same for a string, and writes null where it is NULL.
 */
void	json_put_bytes(struct json_writer *, const char *data, size_t n);
/* {"key": "HEX"} */
void	json_put_wrapped(struct json_writer *, const char *key, const void *,
	    size_t n);
void	json_put_numbers(struct json_writer *, const uint64_t *, size_t n);

#endif
