/*
 * number: numbers and sizes as people write them in options.
 *
 * Both fail with FAIL_USAGE and a message that begins with the option's name:
 * "-m 'x' is not a size".
 */
#ifndef XB_NUMBER_H
#define XB_NUMBER_H

#include <stdint.h>

#include "base/fail.h"

/* A decimal or 0x number of at most max. */
int	number_parse(const char *option, const char *text, uint64_t max,
	    uint64_t *, struct fail *) must_check;

/* Bytes: a number with K, M or G (powers of two), or bare.  0 is refused. */
int	size_parse(const char *option, const char *text, uint64_t *,
	    struct fail *) must_check;

#endif
