#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tempdir.h"

/* One at a time: a program that fails for want of descriptors has to remove
 * what it made as well. */
enum { OPEN_FOLDERS = 1 };

const char *
tempdir_parent(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp == NULL || tmp[0] != '/' ? "/tmp" : tmp;
}

char *
tempdir_make(struct fail *f)
{
	const char *tmp = tempdir_parent();
	char *path;

	if (asprintf(&path, "%s/xb-XXXXXX", tmp) < 0)
		return fail_memory_null(f, sizeof("xb-XXXXXX"));
	if (mkdtemp(path) != NULL)
		return path;
	(void)fail_errno(f, FAIL_IO, errno, "cannot make a folder in '%s'; "
	    "TMPDIR names another", tmp);
	free(path);
	return NULL;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

void
tempdir_remove(const char *path, struct fail *f)
{
	(void)nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
	if (rmdir(path) < 0 && errno != ENOENT)
		fail_warn(f, "cannot remove all of '%s': %s", path,
		    strerror(errno));
}
