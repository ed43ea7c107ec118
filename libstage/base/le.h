/*
 * le: little-endian values of up to 8 bytes in memory.
 *
 * Nothing is checked: the caller knows that the value lies inside its buffer.
 * Entries of page tables and of p2m lists have 8 or 4 bytes, and a copy of a
 * constant size is one instruction.
 */
#ifndef XB_LE_H
#define XB_LE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t
le_get(const void *from, unsigned bytes)
{
	uint64_t v = 0;

	switch (bytes) {
	case 8:
		memcpy(&v, from, 8);
		break;
	case 4:
		memcpy(&v, from, 4);
		break;
	default:
		memcpy(&v, from, bytes);
	}
	return le64toh(v);
}

static inline void
le_put(void *to, unsigned bytes, uint64_t value)
{
	uint64_t v = htole64(value);

	switch (bytes) {
	case 8:
		memcpy(to, &v, 8);
		break;
	case 4:
		memcpy(to, &v, 4);
		break;
	default:
		memcpy(to, &v, bytes);
	}
}

#endif
