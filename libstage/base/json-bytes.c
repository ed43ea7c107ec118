#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json-bytes.h"
#include "base/utf8.h"

static json_t *
hex_object(const char *data, size_t n)
{
	char *hex = n < SIZE_MAX / 2 ? malloc(2 * n + 1) : NULL;
	json_t *j;

	if (hex == NULL)
		return NULL;
	hex_put(data, n, hex);
	j = json_pack("{s:s}", "bytes", hex);
	free(hex);
	return j;
}

json_t *
jsonbytes(const char *data, size_t n)
{
	size_t at;

	return utf8_valid(data, n, &at) ? json_stringn(data, n) :
	    hex_object(data, n);
}
