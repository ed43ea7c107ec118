/*
 * memfile: bytes as an open file, for what reads files alone.
 */
#ifndef XB_MEMFILE_H
#define XB_MEMFILE_H

#include <stddef.h>

/* A file in memory that has these bytes; the caller closes it.  Without room
 * for it the program ends. */
int	memory_file(const void *bytes, size_t n);

#endif
