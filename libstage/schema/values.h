/*
 * values: what fields of a document are in C, where C has no type for it.
 */
#ifndef XB_SCHEMA_VALUES_H
#define XB_SCHEMA_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "base/uuid.h"

enum { BUILD_ID_BYTES = 16 };

/* Any bytes: a path, a command line.  Not NULL; data[size] is 0 as well. */
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
 * A key that this version does not know, kept as it came.  It belongs to the
 * map that in names, "layout.segments[3]", or "" for the document itself.
 */
struct schema_extra {
	const char *in;
	struct bytes key;
	struct bytes msgpack;		/* one msgpack object */
};

/* Those of one document. */
struct schema_extras {
	struct schema_extra *v;
	size_t n, cap;
};

enum { SCHEMA_EXTRA_MAX = 1024 };

#endif
