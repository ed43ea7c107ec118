/*
 * plan-read: msgpack objects into the structures of a plan, by the schema.
 * Private to the room plan.
 */
#ifndef XB_PLAN_READ_H
#define XB_PLAN_READ_H

#include <msgpack.h>

#include "plan/schema.h"
#include "base/msgpack-check.h"

/*
 * Reads the sections of a plan that plan_walk() passed and whose first and last
 * key are known to be xb-plan and seal.  The strings of root must point into
 * bytes.  FAIL_INPUT with the path of the field.
 */
int	plan_read(struct plan *, const msgpack_object *root, const void *bytes,
	    size_t n, const char *what, struct fail *) must_check;

/* What follows is shared by plan-read.c and plan-read-values.c. */

struct plan_reader {
	struct plan *plan;
	const char *bytes;		/* the whole plan */
	size_t n;
	const char *what;
	size_t cap_extra;
	struct fail *f;
};

/* A field of one structure. */
struct plan_place {
	const struct plan_field *field;
	char *structure;
	const struct plan_path *path;
};

/* Reads a value of a type into its place; -1 with the path where it is none. */
typedef int plan_read_fn(struct plan_reader *, const struct plan_place *,
    const msgpack_object *);

plan_read_fn plan_read_bool, plan_read_number, plan_read_seconds,
    plan_read_text, plan_read_abi, plan_read_bytes, plan_read_fixed,
    plan_read_numbers, plan_read_p2m;

/* Refuses a value with the path of its field and what printf makes of it. */
int	plan_refuse(const struct plan_reader *, const struct plan_path *,
	    const char *fmt, ...) printf_like(3, 4);
int	plan_wrong_type(const struct plan_reader *, const struct plan_path *,
	    enum plan_type want, const msgpack_object *);

void	*plan_place_value(const struct plan_place *);

/* A list of at most limit entries? */
int	plan_check_list(struct plan_reader *, const struct plan_place *,
	    const msgpack_object *, uint64_t limit) must_check;

/* Room for a counted field; keeps pointer and count in the structure. */
void	*plan_make_room(struct plan_reader *, const struct plan_place *,
	    size_t n, size_t size) must_check;

#endif
