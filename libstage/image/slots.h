/*
 * slots: memory that two processes share, through which bytes go from the one
 * that unpacks them to the broker.
 *
 * The process fills one slot after the other and sends how many bytes it put
 * there; the broker empties them in the same order.  A process that was taken
 * over can write to all of this memory at any time: the broker believes none of
 * it, waits for nothing in it, and copies what it reads before it uses it.
 */
#ifndef XB_IMAGE_SLOTS_H
#define XB_IMAGE_SLOTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct slots {
	size_t size;			/* of each, in bytes */
	uint32_t n;			/* slots */
	unsigned char *bytes;		/* of all of them */
	_Atomic uint32_t *emptied;	/* slots so far; shared as well */
	uint32_t next;			/* each process counts its own */
};

/* To be called before the process is made, which has them too then. */
int	slots_open(struct slots *, size_t size, struct fail *) must_check;
void	slots_close(struct slots *);	/* again is allowed */

/* In the process: waits until the next slot is free, and takes it. */
unsigned char *slots_take(struct slots *);

/* In the broker: the next slot, and that it was emptied. */
const unsigned char *slots_filled(const struct slots *);
void	slots_emptied(struct slots *);

#endif
