#include <string.h>

#include "base/zero.h"

size_t
zero_bytes(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t i = 0;

	/* All bytes are 0 if the first is and each equals the next.  memcmp()
	 * is faster than a loop. */
	if (n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0))
		return n;
	while (p[i] == 0)
		i++;
	return i;
}
