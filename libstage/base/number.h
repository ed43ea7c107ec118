/*
 * number: numbers, sizes and times as people write them in options.
 *
 * All parsers fail with FAIL_USAGE and a message that begins with the option's
 * name:
 * "-m 'x' is not a size".
 */
#ifndef XB_NUMBER_H
#define XB_NUMBER_H

#include <stdint.h>

#include "base/fail.h"

/* A decimal or 0x number of at most max. */
int	number_parse(const char *option, const char *text, uint64_t max,
	    uint64_t *, struct fail *) must_check;

/*
 * Bytes: a number with K, M, G or T (powers of two, in either case, with "iB"
 * behind them or not), or bare.  0 is refused.
 */
int	size_parse(const char *option, const char *text, uint64_t *,
	    struct fail *) must_check;

/* The same as pages of 4096 bytes; a rest is refused. */
int	size_pages(const char *option, const char *text, uint64_t *pages,
	    struct fail *) must_check;

/* Milliseconds: a number of seconds, or one with ms, s, m, h or d.  0 is
 * refused. */
int	time_parse(const char *option, const char *text, uint64_t *,
	    struct fail *) must_check;

/* Bytes as an option takes them, in the largest unit that leaves no rest. */
struct size_text { char s[24]; };
struct size_text size_text(uint64_t bytes);
/* The same of the next whole MiB, for messages: a limit that allows so many
 * bytes. */
struct size_text size_above(uint64_t bytes);

#endif
