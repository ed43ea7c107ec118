/*
 * schema: documents as data.
 *
 * A form is a table of fields: key, type, limit, and where in a C structure
 * the value lies.  With a form, one piece of code writes a structure as msgpack
 * and as JSON, reads and checks both, and names the field at fault:
 * "layout.pages".
 *
 *	types.c		names of types, and paths
 *	visit.c		a walk over a structure in the order of its form
 *	pack.c, json.c	the pens that write msgpack and JSON
 *	read.c, read-values.c	msgpack into a structure
 *	json-read.c, json-values.c	JSON into msgpack, which is then read
 *
 * Bytes are given to msgpack-c only after msgpack_check() has passed them.
 */
#ifndef XB_SCHEMA_H
#define XB_SCHEMA_H

#include <jansson.h>
#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/draft.h"
#include "base/fail.h"
#include "base/json.h"
#include "base/msgpack-check.h"
#include "schema/values.h"

enum schema_type {
	TYPE_BOOL,		/* bool */
	TYPE_NUMBER,		/* uint64_t, or struct maybe */
	TYPE_SECONDS,		/* uint64_t that holds an int64_t */
	TYPE_ADDRESS,		/* as number, but hexadecimal in JSON:
				 * addresses, masks, identities */
	TYPE_TEXT,		/* const char *: UTF-8, no NUL */
	TYPE_BYTES,		/* struct bytes: any but NUL */
	TYPE_DIGEST,		/* uint8_t[SHA256_BYTES] */
	TYPE_UUID,		/* uint8_t[UUID_BYTES] */
	TYPE_ID,		/* uint8_t[BUILD_ID_BYTES] */
	TYPE_ABI,		/* const struct abi * */
	TYPE_NUMBERS,		/* uint64_t *, counted */
	TYPE_P2M,		/* struct extents; pfn follows from the order */
	TYPE_GFNS,		/* struct extents; pfn is the number itself */
	TYPE_MAP,		/* a structure */
	TYPE_LIST,		/* structures, counted */
	TYPE_FLAT,		/* structures, counted; in the document one list
				 * with all values of the first structure, then
				 * all of the second ... */
	TYPE_BLOB,		/* struct bytes: any bytes; not copied, points
				 * into the document */
	TYPE_STRING,		/* const char *: any bytes but NUL */
	TYPE_STRINGS,		/* const char **, counted */
	TYPE_REAL,		/* double, finite, not negative */
	TYPE_OCI_DIGEST,	/* as digest; "sha256:HEX" in JSON */
	SCHEMA_TYPES
};

struct schema_form;

struct schema_field {
	const char *key;
	enum schema_type type;
	bool optional;			/* may be left out */
	const char *unit;		/* for xb-plan(5); "" where none */
	size_t offset;			/* of the value in its structure */
	size_t count;			/* of the size_t for counted types */
	uint64_t limit;			/* largest number; bytes; entries */
	const char *const *words;	/* the only texts, ends with NULL */
	const struct schema_form *form;	/* of a map, or of a list's entries */
	bool nil;			/* absent is written as nil */
	const char *must;		/* for messages: what a value must be */
};

struct schema_form {
	size_t size;			/* of the structure */
	const struct schema_field *fields;
	size_t n;			/* at most 32 */
	/* If has_bits is set, every field may be absent; has is the offset of
	 * a uint32_t in the structure, whose bit i is set if it has field i. */
	bool has_bits;
	size_t has;
};

/* The offsets in a row of a field, and the form of a structure's rows. */
#define SCHEMA_AT(s, m)		.offset = offsetof(struct s, m)
#define SCHEMA_COUNTED(s, v, n)	SCHEMA_AT(s, v), .count = offsetof(struct s, n)
#define SCHEMA_FORM(s, rows)	{ .size = sizeof(struct s), .fields = (rows), \
				    .n = sizeof(rows) / sizeof((rows)[0]) }

/* ---- types.c ---- */

/* How a structure says that an optional value is not there. */
enum schema_none {
	NONE_NEVER,			/* it is always there */
	NONE_UNSET,			/* struct maybe */
	NONE_NULL,			/* its pointer is NULL */
	NONE_ZERO			/* all its bytes */
};

struct schema_kind {
	const char *words, *json;	/* what messages call it; JSON's NULL:
					 * the type has no JSON */
	enum schema_none none;
	size_t bytes;			/* of a digest, uuid or id, and of what
					 * is an entry of a list */
	enum schema_type entry;		/* of a list's entries */
};

extern const struct schema_kind schema_kinds[SCHEMA_TYPES];

/* The field of that key, or NULL. */
const struct schema_field *schema_form_field(const struct schema_form *,
	    const char *key, size_t n);

/*
 * The place of a value in a document, as a chain of steps on the stack.  A step
 * with key NULL is entry index of a list.  The path of the document itself is
 * NULL.
 */
struct schema_path {
	const struct schema_path *up;
	const char *key;
	size_t n;			/* bytes of key */
	size_t index;
};

enum { SCHEMA_PATH_MAX = 512 };

/* "layout.segments[3].pfn"; cut where it is too long for the buffer. */
const char *schema_path_text(const struct schema_path *, char[SCHEMA_PATH_MAX]);

/* ---- visit.c ---- */

/* Writes a document, in one of its forms.  The calls cannot fail: a pen
 * remembers a failure, and the end of its document reports it. */
struct schema_pen {
	void (*map)(struct schema_pen *, size_t n);	/* opens */
	void (*list)(struct schema_pen *, size_t n);
	void (*end)(struct schema_pen *);		/* closes either */
	void (*key)(struct schema_pen *, const char *, size_t n);
	void (*value)(struct schema_pen *, const struct schema_field *,
	    const void *at);				/* of one structure */
	void (*numbers)(struct schema_pen *, const uint64_t *, size_t n);
	void (*raw)(struct schema_pen *, const struct bytes *); /* unknown */
};

/* Writes the whole document. */
void	schema_visit(const struct schema_form *, const void *structure,
	    const struct schema_extras *, struct schema_pen *);

/* Writes the value of a field of the outermost structure. */
void	schema_visit_field(const struct schema_field *, const void *structure,
	    const struct schema_extras *, struct schema_pen *);

/*
 * The pairs of the outermost map without the map itself: how many there are,
 * and writing them; unknown keys come last.
 */
size_t	schema_pairs(const struct schema_form *, const void *structure,
	    const struct schema_extras *);
void	schema_visit_pairs(const struct schema_form *, const void *structure,
	    const struct schema_extras *, struct schema_pen *);

/* Is there a value?  at is its place in the structure. */
bool	schema_present(const struct schema_field *, const void *at);

/* The value of a number or address field, optional or not. */
uint64_t schema_number(const struct schema_field *, const void *at);

/* The text of a text, string or ABI field; NULL: it was not set, which is a
 * bug. */
const char *schema_text(const struct schema_field *, const void *at);

/* ---- pack.c ---- */

struct schema_packer {
	struct schema_pen pen;
	msgpack_sbuffer out;
	msgpack_packer to;
	size_t limit;			/* bytes; no more are written */
	uint64_t objects;
	bool full;			/* no memory, or past the limit */
	const char *missing;		/* key of a text that is NULL */
};

void	schema_pack_begin(struct schema_packer *, size_t limit);

/*
 * Hands the bytes over, malloced, or releases them if rc is -1.  FAIL_BUG if a
 * text was not set, FAIL_SYSTEM without memory.  A document over the limit is
 * refused by the caller, which then gives rc -1.
 */
int	schema_pack_end(struct schema_packer *, int rc, void **out, size_t *n,
	    struct fail *) must_check;

/* ---- json.c ---- */

struct schema_json {
	struct schema_pen pen;
	struct json_writer json;
	struct draft draft;		/* where it is in memory */
	const char *missing;		/* key of a text that is NULL */
};

/* Writes to a stream; nothing has to be ended or released. */
void	schema_json_on(struct schema_json *, FILE *, enum json_style);

/* Writes into memory. */
int	schema_json_begin(struct schema_json *, enum json_style, struct fail *)
	    must_check;

/* The text ends with a newline, unless it is compact; *out is malloced. */
int	schema_json_end(struct schema_json *, char **out, size_t *n,
	    struct fail *) must_check;

/* ---- read.c ---- */

/* How messages speak of a document. */
struct schema_words {
	const char *document;		/* "the plan" */
	const char *if_cut;		/* "; was the pipe cut off?", or "" */
	const char *before, *after;	/* around the path of a field */
	bool brief;			/* say what a value must be, and not
					 * what it is */
	const char *form;		/* begins the message that the bytes are
					 * no document, if what is NULL */
};

/* A document that is read; the caller sets the fields above the line. */
struct schema_reader {
	const struct schema_words *words;
	const char *what;		/* begins each message: where the bytes
					 * come from; NULL: not told */
	struct arena *arena;		/* for all that is read */
	struct schema_extras *extra;	/* keeps unknown keys; NULL: they are
					 * skipped */
	struct fail *f;
	/* ---- */
	const char *bytes;
	size_t n;
	size_t last_key;		/* offset, in the outermost map */
	msgpack_unpacked unpacked;	/* its data is the document */
};

/* Checks that the bytes are msgpack, and unpacks them.  The caller calls
 * schema_close() after a failure too. */
int	schema_open(struct schema_reader *, const void *bytes, size_t n)
	    must_check;
void	schema_close(struct schema_reader *);

/* Reads a map that has been unpacked; FAIL_INPUT with the path of the field. */
int	schema_read(struct schema_reader *, const struct schema_form *,
	    void *structure, const msgpack_object *) must_check;

/* ---- json-read.c ---- */

struct schema_translator {
	struct schema_packer out;	/* the caller begins and ends it */
	bool known_only;		/* unknown keys are left out */
	const struct schema_words *words;
	const char *what;
	struct fail *f;
};

/*
 * Parses n bytes of JSON text; the caller releases the value by json_decref().
 * NULL: FAIL_INPUT, FAIL_SYSTEM.
 */
json_t	*schema_json_parse(const struct schema_words *, const char *text,
	    size_t n, const char *what, struct fail *) must_check;

/*
 * Translates the text of a JSON object into msgpack, malloced, that is read as
 * any other: schema_open(), schema_read().  Unknown keys are left out.  The
 * translator is set but for out and known_only.
 */
int	schema_json_pack(struct schema_translator *, const struct schema_form *,
	    const char *text, size_t n, void **out, size_t *size) must_check;

/* Appends a key and its value: by its field's type or, for a key that the form
 * does not have, by its JSON type. */
int	schema_translate_pair(struct schema_translator *,
	    const struct schema_form *, const struct schema_path *,
	    const char *key, json_t *) must_check;

#endif
