/*
 * escape: bytes of the input, made fit for a terminal.
 *
 * Names, paths, command lines and messages may hold anything.  What a terminal
 * would obey or show as something else is written as \xNN, byte by byte:
 * control characters (line feed and tab too), DEL, the C1 controls, marks that
 * turn the direction of text or are invisible, and all that is not UTF-8.
 * A backslash is written twice, so what is shown can be read back in one way
 * only.  All other UTF-8 stays as it is.
 */
#ifndef XB_ESCAPE_H
#define XB_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* Writes n bytes, escaped.  An error stays with the stream: see ferror(3). */
void	escape_to(FILE *, const char *bytes, size_t n);

/*
 * The same into a buffer of size bytes, NUL-terminated (size 0: nothing is
 * written).  What does not fit is left out from a whole character or escape
 * on.  Returns the length without the NUL.
 */
size_t	escape_into(char *buf, size_t size, const char *bytes, size_t n);

#endif
