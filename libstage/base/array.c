#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { FIRST = 16 };		/* elements */

int
array_grow(void *list, size_t *cap, size_t n, size_t size, struct fail *f)
{
	size_t more = *cap == 0 ? FIRST : 2 * *cap;
	void *old, *v;

	if (n < *cap)
		return 0;
	/* The caller's pointer may be of any type, so it is copied as bytes. */
	memcpy(&old, list, sizeof(old));
	v = reallocarray(old, more, size);
	if (v == NULL)
		return fail_memory(f, more * size);
	memcpy(list, &v, sizeof(v));
	*cap = more;
	/* cppcheck-suppress memleak ; the caller has it, by memcpy() */
	return 0;
}
