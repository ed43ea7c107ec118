/*
 * msgpack-check: checks msgpack from anybody before a library unpacks it.
 *
 * The bytes must be exactly one document.  Every count in it must be true, it
 * is no deeper than MSGPACK_DEPTH_MAX and has at most MSGPACK_OBJECTS_MAX
 * objects.  A map has at most MSGPACK_MAP_MAX keys, which are different texts
 * of at most MSGPACK_KEY_MAX bytes.
 *
 * The check takes the time to sort the keys of each map, and 16 bytes for each
 * key of the maps that the walk is inside of.
 */
#ifndef XB_MSGPACK_CHECK_H
#define XB_MSGPACK_CHECK_H

#include <stddef.h>

#include "base/fail.h"

/* Eight million objects take 192 MiB when msgpack-c has unpacked them. */
enum {
	MSGPACK_OBJECTS_MAX = 8 << 20, MSGPACK_MAP_MAX = 65536,
	MSGPACK_DEPTH_MAX = 16, MSGPACK_KEY_MAX = 255
};

/* How messages speak of a document. */
struct msgpack_words {
	const char *what;	/* begins each message: where the bytes come
				 * from */
	const char *document;	/* "the plan" */
	const char *if_cut;	/* follows the message that the document ends
				 * early; may be "" */
};

/*
 * FAIL_INPUT with the offset.  *last_key is the offset of the last key of the
 * outermost map, 0 where there is none.
 */
int	msgpack_check(const void *bytes, size_t n, const struct msgpack_words *,
	    size_t *last_key, struct fail *) must_check;

/* The size of the object at offset, in a document that msgpack_check()
 * accepted. */
size_t	msgpack_size(const void *bytes, size_t n, size_t offset);

/* The offset of the value of a key of the map at offset, in such a document; n:
 * there is no such key, or no map. */
size_t	msgpack_value(const void *bytes, size_t n, size_t offset,
	    const char *key);

/* The bytes of the string or byte string at offset (n: there is none) in such a
 * document, and how many; NULL: it is neither. */
const char *msgpack_text(const void *bytes, size_t n, size_t offset,
	    size_t *length);

#endif
