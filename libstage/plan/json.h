/*
 * plan-json: JSON into the binary form of a plan.  Private to the room plan.
 *
 *	plan-json-read		text within bounds, objects and arrays of them
 *	plan-json-values	all other values
 */
#ifndef XB_PLAN_JSON_H
#define XB_PLAN_JSON_H

#include <jansson.h>
#include <msgpack.h>

#include "plan/schema.h"

struct plan_translator {
	msgpack_sbuffer out;
	msgpack_packer to;
	bool full;			/* no memory */
	const char *what;
	struct fail *f;
};

/* Appends the value of a field in its binary form; -1 where it is none. */
typedef int plan_translate_fn(struct plan_translator *,
    const struct plan_field *, const struct plan_path *, json_t *);

plan_translate_fn plan_from_bool, plan_from_number, plan_from_address,
    plan_from_text, plan_from_bytes, plan_from_fixed, plan_from_numbers,
    plan_from_p2m;

/* Remembers what a call to the packer said. */
void	plan_json_note(struct plan_translator *, int r);

/* Appends a msgpack string. */
void	plan_json_text(struct plan_translator *, const char *, size_t n);

/* Refuses a value of the wrong JSON type. */
int	plan_json_wrong(struct plan_translator *, enum plan_type,
	    const struct plan_path *, json_t *);

/*
 * The *n bytes of {"key": "HEX"}, malloced; NULL where the value is no such
 * object.
 */
unsigned char *plan_json_unwrap(struct plan_translator *, json_t *,
	    const char *key, size_t *n);

#endif
