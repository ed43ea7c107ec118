/*
 * escape: makes bytes of the input safe to show on a terminal.
 *
 * Names, paths, command lines and messages may hold any bytes.  Those that
 * would steer the terminal or show something false are written as \xNN, byte by
 * byte: control characters (line feed and tab too), DEL, the C1 controls, marks
 * that turn the direction of text or are invisible, and all that is not UTF-8.
 * A backslash is written twice, so that the original can be told from the
 * escaped text.  All other UTF-8 stays as it is.
 */
#ifndef XB_ESCAPE_H
#define XB_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* Writes n bytes, escaped.  An error stays with the stream: see ferror(3). */
void	escape_to(FILE *, const char *bytes, size_t n);

/*
 * The same into a buffer of size bytes, NUL-terminated (size 0: nothing is
 * written).  Text that does not fit is cut between characters or escapes, not
 * inside one.  Returns the length without the NUL.
 */
size_t	escape_into(char *buf, size_t size, const char *bytes, size_t n);

#endif
