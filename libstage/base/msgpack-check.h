/*
 * msgpack-check: a bounded look over bytes before any library unpacks them.
 *
 * It proves that the bytes are one msgpack document whose counts are true, no
 * deeper than MSGPACK_DEPTH_MAX and of at most MSGPACK_OBJECTS_MAX objects, whose
 * maps have at most MSGPACK_MAP_MAX keys that are text of at most MSGPACK_KEY_MAX
 * bytes, no two alike.  Time is that of a sort of the keys of each map, memory
 * 16 bytes a key of the maps that are open.
 */
#ifndef XB_MSGPACK_CHECK_H
#define XB_MSGPACK_CHECK_H

#include <stddef.h>

#include "base/fail.h"

/* Eight million objects take 192 MiB when msgpack-c has unpacked them. */
enum { MSGPACK_OBJECTS_MAX = 8 << 20, MSGPACK_MAP_MAX = 65536, MSGPACK_DEPTH_MAX = 16,
	MSGPACK_KEY_MAX = 255 };

/* How messages speak of a document. */
struct msgpack_words {
	const char *what;	/* in front: where the bytes come from */
	const char *document;	/* "the plan" */
	const char *if_cut;	/* behind, where it ends early; or "" */
};

/*
 * FAIL_INPUT with the offset.  *last_key is the offset of the last key of the
 * outermost map, 0 where there is none.
 */
int	msgpack_check(const void *bytes, size_t n, const struct msgpack_words *,
	    size_t *last_key, struct fail *) must_check;

/* Bytes of the object at an offset of a document that msgpack_check() passed. */
size_t	msgpack_size(const void *bytes, size_t n, size_t offset);

#endif
