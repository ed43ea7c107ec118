/*
 * consolering: the page that a guest and its console share.
 *
 * Two rings with free-running indices (public/io/console.h).  The guest writes
 * to the page whenever it likes, so every index is read once, and what is moved
 * is never more than a ring holds, whatever they say.
 */
#ifndef XB_CONSOLERING_H
#define XB_CONSOLERING_H

#include <stddef.h>
#include <stdint.h>

enum { CONSOLE_IN = 1024, CONSOLE_OUT = 2048 };

struct consolering {
	unsigned char in[CONSOLE_IN];	/* to the guest */
	unsigned char out[CONSOLE_OUT];	/* from the guest */
	uint32_t in_cons, in_prod;
	uint32_t out_cons, out_prod;
};

/*
 * Takes what the guest has written, and makes room for more.  Indices that
 * claim more than the ring holds give nothing.
 */
size_t	consolering_take(struct consolering *,
	    unsigned char bytes[CONSOLE_OUT]);

/* Puts as much of n bytes as there is room for; how many. */
size_t	consolering_put(struct consolering *, const unsigned char *bytes,
	    size_t n);

#endif
