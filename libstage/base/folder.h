/*
 * folder: the names in an open folder.
 *
 * readdir(3) wants a descriptor of its own and asks three things of it first;
 * here the folder is read over the descriptor that there is.
 */
#ifndef XB_FOLDER_H
#define XB_FOLDER_H

#include <stddef.h>

enum { FOLDER_BYTES = 8192 };

/* On the stack of whoever reads the folder. */
struct folder {
	int fd;
	size_t at, n;			/* of bytes: not looked at yet */
	_Alignas(8) char bytes[FOLDER_BYTES];
};

/* Reads over a descriptor that was just opened.  Where it is -1, the first
 * folder_next() says so (EBADF). */
void	folder_begin(struct folder *, int fd);
/* The same for one that was read over before: begins with the first name.  Only
 * one at a time reads over a descriptor. */
void	folder_again(struct folder *, int fd);

/* The next name but . and .., which holds until the next call.  NULL: the end,
 * with errno 0, or errno says why. */
const char *folder_next(struct folder *);

#endif
