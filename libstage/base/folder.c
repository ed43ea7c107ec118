#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"

void
folder_begin(struct folder *d, int fd)
{
	d->fd = fd;
	d->at = d->n = 0;
}

void
folder_again(struct folder *d, int fd)
{
	folder_begin(d, fd);
	(void)lseek(fd, 0, SEEK_SET);
}

/* Reads more entries where none is left. */
static int
refill(struct folder *d)
{
	ssize_t n;

	if (d->at < d->n)
		return 1;
	errno = 0;
	n = getdents64(d->fd, d->bytes, sizeof(d->bytes));
	/* A folder that was removed since has no names. */
	if (n < 0 && errno == ENOENT)
		errno = 0;
	d->at = 0;
	d->n = n < 0 ? 0 : (size_t)n;
	return n > 0;
}

const char *
folder_next(struct folder *d)
{
	while (refill(d)) {
		const struct dirent64 *e =
		    (const struct dirent64 *)(const void *)(d->bytes + d->at);

		d->at += e->d_reclen;
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return e->d_name;
	}
	return NULL;
}
