/*
 * array: arrays that grow as elements are added.
 */
#ifndef XB_ARRAY_H
#define XB_ARRAY_H

#include <stddef.h>

#include "base/fail.h"

/*
 * Makes room for one more element of size bytes in an array that has n.  list
 * is the address of the caller's pointer to the array, which may move; *cap is
 * the number of elements that there is room for (an array that is NULL has
 * *cap 0).  After a failure the array is as it was.
 */
int	array_grow(void *list, size_t *cap, size_t n, size_t size,
	    struct fail *) must_check;

#endif
