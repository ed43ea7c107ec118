/*
 * json-bytes: any bytes as a JSON value.
 *
 * Paths, options and messages may hold any bytes.  UTF-8 becomes a string, all
 * else {"bytes": "HEX"}, as in the JSON form of a plan.
 */
#ifndef XB_JSONBYTES_H
#define XB_JSONBYTES_H

#include <jansson.h>
#include <stddef.h>

/* A new reference, NULL where there is no memory. */
json_t	*jsonbytes(const char *data, size_t n);

#endif
