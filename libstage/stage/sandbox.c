#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage/impl.h"

enum { FOLDERS_MAX = 16 };

/* The folders that this program may write to. */
static struct {
	const char *path[FOLDERS_MAX];
	size_t n;
} folders;

static void
add(const char *path)
{
	if (path != NULL && folders.n < FOLDERS_MAX)
		folders.path[folders.n++] = path;
}

void
stage_writes_file(const char *file)
{
	static char folder[PATH_MAX];
	char *slash;

	/* A file that is not there yet has a folder all the same. */
	if (realpath(file, folder) == NULL)
		snprintf(folder, sizeof(folder), "%s", file);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		slash[slash == folder] = '\0';
	add(folder);
}

int
stage_confine(const struct program *self, struct fail *f)
{
	struct confinement c = { .profile = self->profile };

	if (stage_traces())
		add(getenv("XB_TRACE"));
	c.writes = folders.path;
	c.n_writes = folders.n;
	return confine(&c, f);
}

int
stage_confine_writes(const struct program *self, const char *const *targets,
    size_t n, struct fail *f)
{
	const char *path;

	if (self->writes == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; targets[i] != NULL && (path =
		    self->writes(targets[i], k)) != NULL; k++)
			add(path);
	return confine_writes(folders.path, folders.n, f);
}
