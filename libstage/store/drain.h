/*
 * store/drain: hashes and writes the bytes of a new blob in a thread of its
 * own, so that unpacking does not wait for either.  Private to the room.
 */
#ifndef XB_STORE_DRAIN_H
#define XB_STORE_DRAIN_H

#include <stddef.h>
#include <stdint.h>

struct drain;

/* Writes to fd, which stays the caller's.  NULL: no memory. */
struct drain *drain_open(int fd);

/*
 * Copies the bytes; may wait for the disk.  Returns 0 or the errno value of a
 * write that failed, which may have been one of an earlier call's bytes.
 */
int	drain_put(struct drain *, const void *, size_t n);

/* Waits until all bytes are written, and gives their digest.  0 or errno. */
int	drain_finish(struct drain *, uint8_t sha256[32]);

/* Without a drain_finish() before, bytes that are not written yet are lost. */
void	drain_close(struct drain *);

#endif
