#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "stage/impl.h"

/* Folders that the program may write to. */
struct folders {
	const char **path;
	size_t n, cap;
};

static const char *own_file;		/* of stage_writes_file() */

void
stage_writes_file(const char *file)
{
	own_file = file;
}

static int
add(struct folders *l, const char *path, struct fail *f)
{
	if (array_grow(&l->path, &l->cap, l->n, sizeof(*l->path), f) < 0)
		return -1;
	l->path[l->n++] = path;
	return 0;
}

/* A file that is not there yet has a folder all the same. */
static const char *
folder_of(const char *file)
{
	static char folder[PATH_MAX];
	char *slash;

	if (realpath(file, folder) == NULL)
		snprintf(folder, sizeof(folder), "%s", file);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return ".";
	slash[slash == folder] = '\0';
	return folder;
}

/* Those of the program, whatever its target. */
static int
add_own(struct folders *l, struct fail *f)
{
	if (stage_traces() && add(l, getenv("XB_TRACE"), f) < 0)
		return -1;
	return own_file == NULL ? 0 : add(l, folder_of(own_file), f);
}

static int
add_target(struct folders *l, const struct program *self, const char *target,
    struct fail *f)
{
	const char *path;

	for (size_t k = 0; (path = self->writes(target, k)) != NULL; k++)
		if (add(l, path, f) < 0)
			return -1;
	return 0;
}

int
stage_confine(const struct program *self, struct fail *f)
{
	struct confinement c = { .profile = self->profile };
	struct folders l = { NULL, 0, 0 };
	int rc = add_own(&l, f);

	c.writes = l.path;
	c.n_writes = l.n;
	if (rc == 0)
		rc = confine(&c, f);
	free(l.path);
	return rc;
}

int
stage_confine_writes(const struct program *self, const char *const *targets,
    size_t n, struct fail *f)
{
	struct folders l = { NULL, 0, 0 };
	int rc;

	if (self->writes == NULL)
		return 0;
	rc = add_own(&l, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (targets[i] != NULL)
			rc = add_target(&l, self, targets[i], f);
	if (rc == 0)
		rc = confine_writes(l.path, l.n, f);
	free(l.path);
	return rc;
}
