/*
 * plan-msgpack: the end of the binary form.  Private to the room plan.
 */
#ifndef XB_PLAN_MSGPACK_H
#define XB_PLAN_MSGPACK_H

#include <msgpack.h>

#include "base/fail.h"

/*
 * Appends the key seal and its value, the CRC-32 of all that out holds, which
 * is where the packer writes.  -1: no memory.
 */
int	plan_put_seal(msgpack_packer *, const msgpack_sbuffer *out) must_check;

#endif
