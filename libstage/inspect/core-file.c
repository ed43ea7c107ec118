#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect/core-impl.h"
#include "base/file.h"

static int
fault(const struct core_file *c, int e, struct fail *f)
{
	return fail_errno(f, fail_kind_of_output(e), e, "cannot write '%s'",
	    c->path);
}

/*
 * A symbolic link stays, and the file that it leads to is replaced.  Opens the
 * folder of the file, and points name to the file's name in it.
 */
static int
find(struct core_file *c, struct fail *f)
{
	const bool there = realpath(c->path, c->real) != NULL;
	struct stat st;

	if (!there && errno != ENOENT)
		return fault(c, errno, f);
	if (there && stat(c->real, &st) < 0)
		return fault(c, errno, f);
	if (there && !S_ISREG(st.st_mode))
		return fail(f, FAIL_USAGE, "'%s' is not a regular file: a core "
		    "is put in the place of one as a whole", c->path);
	if (!there)
		snprintf(c->real, sizeof(c->real), "%s", c->path);
	c->name = basename(c->real);
	if (c->name[0] == '\0')
		return fail(f, FAIL_USAGE, "'%s' names no file", c->path);
	c->dir = file_open_above(c->real);
	return c->dir < 0 ? fault(c, errno, f) : 0;
}

static int
create(struct core_file *c, struct fail *f)
{
	c->fd = file_create_temporary(c->dir, c->name, 0600, c->temporary);
	if (c->fd >= 0)
		return 0;
	c->temporary[0] = '\0';
	return fault(c, errno, f);
}

int
core_file_open(struct core_file *c, const char *path, struct fail *f)
{
	*c = (struct core_file){ .path = path, .dir = -1, .fd = -1 };
	if (find(c, f) == 0 && create(c, f) == 0)
		return 0;
	core_file_close(c);
	return -1;
}

int
core_file_put(const struct core_file *c, uint64_t offset, const void *bytes,
    size_t n, struct fail *f)
{
	return file_put_at(c->fd, bytes, n, offset) < 0 ?
	    fault(c, errno, f) : 0;
}

int
core_file_commit(struct core_file *c, uint64_t size, struct fail *f)
{
	int fd = c->fd;

	if (ftruncate(fd, (off_t)size) < 0 || fsync(fd) < 0)
		return fault(c, errno, f);
	c->fd = -1;
	if (close(fd) < 0 ||
	    renameat(c->dir, c->temporary, c->dir, c->name) < 0)
		return fault(c, errno, f);
	c->temporary[0] = '\0';
	return 0;
}

void
core_file_close(struct core_file *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->temporary[0] != '\0')
		(void)unlinkat(c->dir, c->temporary, 0);
	if (c->dir >= 0)
		close(c->dir);
	*c = (struct core_file){ .dir = -1, .fd = -1 };
}
