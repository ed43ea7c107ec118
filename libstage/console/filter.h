/*
 * console/filter: what a guest writes, made fit for a terminal of its reader.
 *
 * A terminal obeys the bytes that it shows.  Text, colours and the movements of
 * the cursor pass, so that a login, a pager and an editor work.  What makes a
 * terminal answer as if somebody typed (reports of its state, of its title),
 * what sets its title or its clipboard, prints, draws from files, locks the
 * keyboard, or leaves UTF-8 is dropped: control strings (OSC, DCS, APC, PM,
 * SOS) whole, and every sequence that is not known to be harmless.  ECMA-48 has
 * the grammar, the 8-bit forms (C1) among it; they come out in 7 bits.
 *
 * Sequences may be split between calls anywhere.  One that goes on for more
 * than FILTER_MAX bytes is given up, and what follows is text again.
 */
#ifndef XB_CONSOLE_FILTER_H
#define XB_CONSOLE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

enum { FILTER_KEPT = 64, FILTER_MAX = 4096 };

struct console_filter {
	bool utf8;			/* the terminal's: set by the caller,
					 * the rest is zero at the beginning */
	/* private to filter.c */
	unsigned state;
	size_t length;			/* of the sequence so far */
	unsigned char kept[FILTER_KEPT];	/* its bytes behind ESC */
	unsigned char character[4];	/* of UTF-8, not yet whole */
	size_t n_character;
};

/* Room that console_filter() needs for n bytes. */
#define FILTER_ROOM(n)	(2 * (n) + FILTER_KEPT + 8)

/* Writes what passes of n bytes to out; returns how many bytes that is. */
size_t	console_filter(struct console_filter *, const unsigned char *in,
	    size_t n, unsigned char *out);

#endif
