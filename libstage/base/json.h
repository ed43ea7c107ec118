/*
 * jsonform: JSON objects as C structures, by tables.
 *
 * One table of fields reads and writes a structure.  Reading is strict about
 * what the table names and ignores other keys; every refusal is FAIL_INPUT and
 * says where: "config: stages[2].status is not a number of at most 255".
 */
#ifndef XB_JSONFORM_H
#define XB_JSONFORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum jsonform_type {
	JSON_TEXT,		/* const char *: any bytes (jsonbytes); NULL: not
				 * there */
	JSON_SECONDS,		/* double, not negative */
	JSON_NUMBER,		/* uint64_t up to limit */
	JSON_DIGEST,		/* uint8_t[32], "sha256:HEX"; zero: not there */
	JSON_TEXTS,		/* const char **, counted */
	JSON_MAP,		/* a structure */
	JSON_LIST		/* structures, counted */
};

struct jsonform {
	const char *key;		/* the table ends with NULL */
	enum jsonform_type type;
	bool optional;			/* left out where it is not there */
	size_t offset;			/* of the value in its structure */
	size_t count;			/* of the size_t of counted ones */
	uint64_t limit;			/* largest number */
	const struct jsonform *form;	/* of a map or a list's entries */
	size_t size;			/* of a list's entry */
};

/*
 * Fills in *to, which is zeroed, from the object; what names it in messages
 * and may be "".  Texts and lists go to the arena.
 */
int	jsonform_read(const json_t *, const struct jsonform *, void *to,
	    const char *what, struct arena *, struct fail *) must_check;

/* A new reference; NULL: FAIL_SYSTEM, no memory. */
json_t	*jsonform_write(const struct jsonform *, const void *from,
	    struct fail *) must_check;

/*
 * Parses a text of n bytes: FAIL_INPUT, with line and column, where it is not
 * one JSON object.  The caller bounds n: an object takes some 100 bytes a byte
 * of text at most.
 */
json_t	*jsonform_parse(const char *text, size_t n, const char *what,
	    struct fail *) must_check;

/* The JSON of a structure, malloced, without a newline; flags as json_dumps. */
char	*jsonform_text(const struct jsonform *, const void *from,
	    size_t flags, struct fail *) must_check;

#endif
