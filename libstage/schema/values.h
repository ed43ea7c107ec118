/*
 * schema/values: the C types of fields for which C itself has none.
 */
#ifndef XB_SCHEMA_VALUES_H
#define XB_SCHEMA_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "base/uuid.h"

enum { BUILD_ID_BYTES = 16 };

/* Any bytes: a path, a command line.  data is not NULL, and data[size] is 0. */
struct bytes {
	const char *data;
	size_t size;
};

/* A number that may be absent. */
struct maybe {
	bool set;
	uint64_t value;
};

/*
 * A key that this version of xb does not know, with its value, as it was read.
 * in is the path of the map that has it: "layout.segments[3]", or "" for the
 * document itself.
 */
struct schema_extra {
	const char *in;
	struct bytes key;
	struct bytes msgpack;		/* one msgpack object */
};

/* The unknown keys of one document. */
struct schema_extras {
	struct schema_extra *v;		/* SCHEMA_EXTRA_MAX; NULL: none yet */
	size_t n;
};

enum { SCHEMA_EXTRA_MAX = 1024 };

#endif
