/*
 * clock: moments until which a program waits.
 */
#ifndef XB_CLOCK_H
#define XB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A moment, in milliseconds of CLOCK_MONOTONIC; 0: it never comes. */
uint64_t clock_in(uint64_t milliseconds);
bool	clock_past(uint64_t moment);

#endif
