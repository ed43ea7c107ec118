/*
 * held: a file target that is held in memory, new and without pages.  It keeps
 * every rule of the file target, and is made and gone in microseconds.
 */
#ifndef XB_HELD_H
#define XB_HELD_H

#include "target/file/file.h"

/* A paused domain for a guest of that type that may have so many pages.  seed
 * is for the frames of a PV guest.  NULL: f says why. */
struct target *held_new(enum guest_type type, uint64_t pages, unsigned vcpus,
	    uint64_t seed, struct fail *f);

/* A target in that state, with its frames in a descriptor, which the target
 * owns. */
struct target *held_as(int memory, const void *state, size_t n,
	    struct fail *f);

#endif
