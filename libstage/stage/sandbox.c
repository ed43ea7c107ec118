#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/array.h"
#include "stage/impl.h"

/* The names that the program was told of. */
static struct {
	struct told {
		const char *name;
		enum stage_place place;
	} *v;
	size_t n, cap;
	struct fail why;		/* why one could not be kept */
} told;

/* A program whose names are open until it has read its plan; else NULL. */
static const struct program *waits;

void
stage_writes(const char *name, enum stage_place place)
{
	if (name == NULL || name[0] == '\0' || array_grow(&told.v, &told.cap,
	    told.n, sizeof(*told.v), &told.why) < 0)
		return;
	told.v[told.n++] = (struct told){ name, place };
}

/* ---- what is there under a name ---- */

/* Changes the path to where a link leads, or to its folder. */
static bool
go_up(char path[PATH_MAX])
{
	char old[PATH_MAX], link[PATH_MAX];
	ssize_t n = readlink(path, link, sizeof(link));
	int r;

	snprintf(old, sizeof(old), "%s", path);
	if (n < 0)
		r = snprintf(path, PATH_MAX, "%s", dirname(old));
	else if (link[0] == '/')
		r = snprintf(path, PATH_MAX, "%.*s", (int)n, link);
	else
		r = snprintf(path, PATH_MAX, "%s/%.*s", dirname(old), (int)n,
		    link);
	return r < PATH_MAX;
}

/* Changes the path to what is there or, if nothing is, to the nearest folder in
 * which it would be made. */
static bool
find_nearest(char path[PATH_MAX])
{
	struct stat st;

	while (stat(path, &st) < 0)
		if (errno != ENOENT || strcmp(path, ".") == 0 || !go_up(path))
			return false;
	return true;
}

/* ---- the folders and files that are written to ---- */

struct places {
	const char **path;
	size_t n, cap;
	struct arena arena;		/* of paths that were made here */
};

static int
add(struct places *l, const char *path, struct fail *f)
{
	if (array_grow(&l->path, &l->cap, l->n, sizeof(*l->path), f) < 0)
		return -1;
	l->path[l->n++] = path;
	return 0;
}

/* A name that is too long leads nowhere, and so does one that cannot be looked
 * at: the work will say so. */
static int
add_nearest(struct places *l, const char *name, struct fail *f)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", name) >= PATH_MAX ||
	    !find_nearest(path))
		return 0;
	name = arena_bytes(&l->arena, path, strlen(path), f);
	return name == NULL ? -1 : add(l, name, f);
}

static int
add_above(struct places *l, const char *name, struct fail *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", name);
	return add_nearest(l, dirname(path), f);
}

/* A file is replaced where it really is.  A folder may be a link that is
 * replaced, or have new ones beside it. */
static int
add_entry(struct places *l, const char *name, struct fail *f)
{
	char real[PATH_MAX];
	struct stat st;

	if (stat(name, &st) < 0)
		return add_nearest(l, name, f);
	if (add(l, name, f) < 0 ||
	    (S_ISDIR(st.st_mode) && add_above(l, name, f) < 0))
		return -1;
	if ((!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) ||
	    realpath(name, real) == NULL)
		return 0;
	return add_above(l, real, f);
}

/* A domain that the program was told of is also made and removed; one that a
 * plan names is not. */
static int
add_domain(struct places *l, const struct program *self, const char *target,
    bool made, struct fail *f)
{
	const char *path;

	if (target == NULL || self->writes == NULL)
		return 0;
	for (size_t k = 0; (path = self->writes(target, k)) != NULL; k++)
		if (add(l, path, f) < 0)
			return -1;
	path = made && self->makes != NULL ? self->makes(target) : NULL;
	return path == NULL ? 0 : add_entry(l, path, f);
}

static int
add_told(struct places *l, const struct program *self, const struct told *t,
    struct fail *f)
{
	switch (t->place) {
	case STAGE_THERE:
		return add(l, t->name, f);
	case STAGE_BELOW:
		return add_nearest(l, t->name, f);
	case STAGE_ENTRY:
		return add_entry(l, t->name, f);
	case STAGE_DOMAIN:
		return add_domain(l, self, t->name, true, f);
	}
	return fail_bug(f, "a place of no kind");
}

static int
collect(struct places *l, const struct program *self, const char *target,
    struct fail *f)
{
	if (told.why.kind != FAIL_NONE)
		return fail_pass(f, &told.why);
	/* A runner's engine opens the folder of the trace only after this, when
	 * the sandbox no longer lets it. */
	if (self->profile == CONFINE_RUNNER)
		stage_trace_open();
	if (stage_traces() && add(l, getenv("XB_TRACE"), f) < 0)
		return -1;
	for (size_t i = 0; i < told.n; i++)
		if (add_told(l, self, &told.v[i], f) < 0)
			return -1;
	if (add_domain(l, self, stage_target(), true, f) < 0)
		return -1;
	return add_domain(l, self, target, false, f);
}

static void
release(struct places *l)
{
	free(l->path);
	arena_release(&l->arena);
}

/* ---- the program ---- */

int
stage_confine(const struct program *self, bool names, struct fail *f)
{
	struct confinement c = { .profile = self->profile, .names = names };
	struct places l = { .arena = ARENA_INIT };
	int rc = names ? 0 : collect(&l, self, NULL, f);

	c.writes = l.path;
	c.n_writes = l.n;
	if (rc == 0)
		rc = confine(&c, f);
	if (names)
		waits = self;
	release(&l);
	return rc;
}

int
stage_close_names_but(const char *domain, struct fail *f)
{
	struct places l = { .arena = ARENA_INIT };
	int rc;

	if (waits == NULL)
		return 0;
	rc = collect(&l, waits, domain, f);
	if (rc == 0)
		rc = confine_writes(l.path, l.n, f);
	waits = NULL;
	release(&l);
	return rc;
}

int
stage_close_names(const void *plan, size_t n, struct fail *f)
{
	char *domain = waits == NULL ? NULL : plan_named_target(plan, n);
	int rc = stage_close_names_but(domain, f);

	free(domain);
	return rc;
}
