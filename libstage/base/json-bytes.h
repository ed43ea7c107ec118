/*
 * jsonbytes: any bytes as a JSON value, and back.
 *
 * Paths, options and messages may hold anything.  UTF-8 is a string, all else
 * is {"bytes": "HEX"}, as in the JSON form of a plan.
 */
#ifndef XB_JSONBYTES_H
#define XB_JSONBYTES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A new reference, NULL where there is no memory. */
json_t	*jsonbytes(const char *data, size_t n);

/*
 * The bytes of such a value, NUL-terminated, in the arena.  FAIL_INPUT, saying
 * that it stands at what, where the value is none or has a NUL in it.
 */
const char *jsonbytes_text(const json_t *, const char *what, struct arena *,
	    struct fail *) must_check;

#endif
