/*
 * inside: in place of sandbox/child.h, for targets whose reader starts a
 * process.  A fuzzer sees what the work does, and needs no process for it.
 */
#ifndef XB_FUZZ_INSIDE_H
#define XB_FUZZ_INSIDE_H

#include <stddef.h>

/* From now on no work is done: the next processes answer each with the parts of
 * these bytes, which lines of two dashes divide.  NULL: work is done again. */
void	inside_answers(const void *bytes, size_t n);

#endif
