/*
 * plan-read: msgpack objects into the structures of a plan, by the schema.
 * Private to the room plan.
 */
#ifndef XB_PLAN_READ_H
#define XB_PLAN_READ_H

#include <msgpack.h>

#include "plan-schema.h"
#include "plan-walk.h"

/*
 * Reads the sections of a plan that plan_walk() passed and whose first and last
 * key are known to be xb-plan and seal.  The strings of root must point into
 * bytes.  FAIL_INPUT with the path of the field.
 */
int	plan_read(struct plan *, const msgpack_object *root, const void *bytes,
	    size_t n, const char *what, struct fail *) must_check;

#endif
