#include <string.h>

#include "base/zero.h"

size_t
zero_bytes(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t i = 0;

	/* Each byte equals its neighbour and the first is 0: memcmp is fast. */
	if (n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0))
		return n;
	while (p[i] == 0)
		i++;
	return i;
}
