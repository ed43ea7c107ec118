/*
 * plan-walk: a bounded look over a plan's bytes before any library unpacks
 * them.  Private to the room plan.
 *
 * It proves that the bytes are one msgpack document whose counts are true, no
 * deeper than PLAN_DEPTH_MAX and of at most PLAN_OBJECTS_MAX objects, whose
 * maps have at most PLAN_MAP_MAX keys that are text of at most PLAN_KEY_MAX
 * bytes, no two alike.  Time is that of a sort of the keys of each map, memory
 * 16 bytes a key of the maps that are open.
 */
#ifndef XB_PLAN_WALK_H
#define XB_PLAN_WALK_H

#include <stddef.h>

#include "base/fail.h"

/* Eight million objects take 192 MiB when msgpack-c has unpacked them. */
enum { PLAN_OBJECTS_MAX = 8 << 20, PLAN_MAP_MAX = 65536, PLAN_DEPTH_MAX = 16,
	PLAN_KEY_MAX = 255 };

/* How messages speak of a document. */
struct walk_words {
	const char *what;	/* in front: where the bytes come from */
	const char *document;	/* "the plan" */
	const char *if_cut;	/* behind, where it ends early; or "" */
};

/*
 * FAIL_INPUT with the offset.  *last_key is the offset of the last key of the
 * outermost map, 0 where there is none.
 */
int	plan_walk(const void *bytes, size_t n, const struct walk_words *,
	    size_t *last_key, struct fail *) must_check;

/* Bytes of the object at an offset of a document that plan_walk() passed. */
size_t	plan_walk_object(const void *bytes, size_t n, size_t offset);

#endif
