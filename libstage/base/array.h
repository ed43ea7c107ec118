/*
 * array: lists that grow.
 */
#ifndef XB_ARRAY_H
#define XB_ARRAY_H

#include <stddef.h>

#include "base/fail.h"

/*
 * Makes room for one more element behind the n that a list holds, of size bytes
 * each.  list is the address of the pointer to the first, which may move; *cap
 * is how many elements there is room for, 0 with a NULL pointer.  -1: the list
 * is as it was.
 */
int	array_grow(void *list, size_t *cap, size_t n, size_t size,
	    struct fail *) must_check;

#endif
