/*
 * console/ring: the page that a guest and its console share.
 *
 * It has two rings with free-running indices (Xen's public io/console.h).  The
 * guest can write to the page at any time, so every index is read once, and
 * whatever its value, never more bytes are moved than a ring holds.
 */
#ifndef XB_CONSOLERING_H
#define XB_CONSOLERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONSOLE_IN = 1024, CONSOLE_OUT = 2048 };

struct consolering {
	unsigned char in[CONSOLE_IN];	/* to the guest */
	unsigned char out[CONSOLE_OUT];	/* from the guest */
	uint32_t in_cons, in_prod;
	uint32_t out_cons, out_prod;
};

/* Do both rings claim to hold no more than they can? */
bool	consolering_sound(const struct consolering *);

/*
 * Takes all bytes that the guest has written, and makes room for more.  Takes
 * none where the indices claim more than the ring holds.
 */
size_t	consolering_take(struct consolering *,
	    unsigned char bytes[CONSOLE_OUT]);

/* Puts as many of n bytes as there is room for; returns how many. */
size_t	consolering_put(struct consolering *, const unsigned char *bytes,
	    size_t n);

#endif
