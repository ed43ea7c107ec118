/*
 * plan-schema: every key of a plan, as data.  Private to the room plan.
 *
 * One table drives the binary form in both directions, the JSON form in both
 * directions, and the test that xb-plan(5) describes each key.  A type belongs
 * to a field and never to a value.
 */
#ifndef XB_PLAN_SCHEMA_H
#define XB_PLAN_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

enum plan_type {
	TYPE_BOOL,		/* bool */
	TYPE_NUMBER,		/* uint64_t, or struct maybe */
	TYPE_SECONDS,		/* uint64_t that holds an int64_t */
	TYPE_ADDRESS,		/* as number; addresses, masks, identities */
	TYPE_TEXT,		/* const char *: UTF-8, no NUL */
	TYPE_BYTES,		/* struct bytes: any but NUL */
	TYPE_DIGEST,		/* uint8_t[SHA256_BYTES] */
	TYPE_UUID,		/* uint8_t[UUID_BYTES] */
	TYPE_ID,		/* uint8_t[BUILD_ID_BYTES] */
	TYPE_ABI,		/* const struct abi * */
	TYPE_NUMBERS,		/* uint64_t *, counted */
	TYPE_P2M,		/* struct extents; pfn follows from the order */
	TYPE_MAP,		/* a structure */
	TYPE_LIST,		/* structures, counted */
	PLAN_TYPES
};

struct plan_form;

struct plan_field {
	const char *key;
	enum plan_type type;
	bool optional;			/* left out where there is none */
	const char *unit;		/* for xb-plan(5); "" where none */
	size_t offset;			/* of the value in its structure */
	size_t count;			/* of the size_t for counted types */
	uint64_t limit;			/* largest number; bytes; entries */
	const char *const *words;	/* the only texts, ends with NULL */
	const struct plan_form *form;	/* of a map, or of a list's entries */
};

struct plan_form {
	size_t size;			/* of the structure */
	const struct plan_field *fields;
	size_t n;
};

/* The sections, as fields of struct plan, by enum plan_section. */
extern const struct plan_field plan_sections[PLAN_SECTIONS];

/* "a number", "an address": what a message calls a type. */
extern const char *const plan_type_words[PLAN_TYPES];

/* The name of a type in xb-plan(5). */
extern const char *const plan_type_names[PLAN_TYPES];

/* Bytes of a digest, uuid or id; 0 for other types. */
size_t	plan_type_bytes(enum plan_type);

/* The field of that key, or NULL. */
const struct plan_field *plan_form_field(const struct plan_form *,
	    const char *key, size_t n);

/* All sections as one form: the plan's own map but for xb-plan and seal. */
extern const struct plan_form plan_form_top;

/* Keys that nobody knows, in one plan. */
enum { PLAN_EXTRA_MAX = 1024 };

/*
 * Where a value stands, as a chain of steps on the stack.  key NULL: entry
 * index of a list.  The plan itself is NULL.
 */
struct plan_path {
	const struct plan_path *up;
	const char *key;
	size_t n;			/* bytes of key */
	size_t index;
};

enum { PLAN_PATH_MAX = 512 };

/* "layout.segments[3].pfn"; cut where it is too long for the buffer. */
const char *plan_path_text(const struct plan_path *, char[PLAN_PATH_MAX]);

/* Bytes at which a UUID's text, 8-4-4-4-12, has a hyphen before the byte. */
bool	plan_uuid_hyphen(size_t byte);

/*
 * Writers of a plan: plan_visit() calls a pen's functions in the order of the
 * document.  Pens remember their own failures.
 */
struct plan_pen {
	void (*map)(struct plan_pen *, size_t n);	/* opens */
	void (*list)(struct plan_pen *, size_t n);
	void (*end)(struct plan_pen *);			/* closes either */
	void (*key)(struct plan_pen *, const char *, size_t n);
	void (*value)(struct plan_pen *, const struct plan_field *,
	    const void *at);				/* of one structure */
	void (*numbers)(struct plan_pen *, const uint64_t *, size_t n);
	void (*raw)(struct plan_pen *, const struct bytes *); /* unknown */
	void (*seal)(struct plan_pen *);	/* after all other keys */
};

void	plan_visit(const struct plan *, struct plan_pen *);
void	plan_visit_section(const struct plan *, enum plan_section,
	    struct plan_pen *);

/* The value of a number or address field, optional or not. */
uint64_t plan_field_number(const struct plan_field *, const void *at);

/* The text of a text or ABI field, NULL where a stage forgot it. */
const char *plan_field_text(const struct plan_field *, const void *at);

#endif
