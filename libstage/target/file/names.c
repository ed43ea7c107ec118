#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target/file/file.h"

struct names {
	char **v;
	size_t n, cap;
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder is a target when it has a state and a memory. */
static int
take_target(void *arg, int dir, const char *entry, struct fail *f)
{
	static const char *const files[] = { "state", "memory" };
	struct names *l = arg;
	char path[NAME_MAX + 16];
	struct stat st;

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", entry, files[i]);
		if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			return 0;
	}
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 16 : 2 * l->cap;
		char **v = reallocarray(l->v, cap, sizeof(*v));

		if (v == NULL)
			return fail_memory(f, cap * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n] = file_name(entry, f);
	return l->v[l->n] == NULL ? -1 : (l->n++, 0);
}

int
file_list(int (*each)(void *, const char *, struct fail *), void *arg,
    struct fail *f)
{
	struct names l = { NULL, 0, 0 };
	int rc = take_target(&l, AT_FDCWD, ".", f);

	if (rc == 0)
		rc = file_each_entry(AT_FDCWD, ".", take_target, &l, f);
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), compare_names);
	for (size_t i = 0; i < l.n; i++) {
		if (rc == 0)
			rc = each(arg, l.v[i], f);
		free(l.v[i]);
	}
	free(l.v);
	return rc;
}

/* ---- names ---- */

/* The state makes the domain: a folder without one may be made to hold it. */
bool
file_exists(const char *where)
{
	char *state;
	bool there;

	if (where[0] == '\0' || asprintf(&state, "%s/state", where) < 0)
		return false;
	there = access(state, F_OK) == 0;
	free(state);
	return there;
}

char *
file_absolute(const char *where, struct fail *f)
{
	char *path, *name;

	if (where[0] == '\0') {
		fail(f, FAIL_USAGE, "'file:' names no folder; write file:DIR");
		return NULL;
	}
	path = realpath(where, NULL);
	if (path == NULL && (errno == ENOENT || errno == ENOTDIR)) {
		fail_errno(f, FAIL_TARGET, errno, "there is no domain "
		    "'file:%s'", where);
		return NULL;
	}
	if (path == NULL) {
		fail_errno(f, fail_kind_of(errno, FAIL_SYSTEM), errno,
		    "cannot find 'file:%s'", where);
		return NULL;
	}
	name = file_name(path, f);
	free(path);
	return name;
}
