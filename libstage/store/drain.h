/*
 * store-drain: bytes on their way into a blob, hashed and written by a thread
 * of their own, so that neither shows in the time of unpacking.  Private to
 * the store.
 */
#ifndef XB_STORE_DRAIN_H
#define XB_STORE_DRAIN_H

#include <stddef.h>
#include <stdint.h>

struct drain;

/* Writes to fd, which stays the caller's.  NULL: no memory. */
struct drain *drain_open(int fd);

/*
 * Takes a copy of the bytes; may wait for the disk.  Returns 0 or the errno
 * value of a write that failed, maybe one of bytes before these.
 */
int	drain_put(struct drain *, const void *, size_t n);

/* Waits until all is written; the digest is of all bytes.  0 or errno. */
int	drain_finish(struct drain *, uint8_t sha256[32]);

/* After drain_finish() or without it, then dropping what is not written. */
void	drain_close(struct drain *);

#endif
