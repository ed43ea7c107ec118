#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/lock.h"
#include "pool/impl.h"

static const char *const words[ENTRY_STATES] = {
	[ENTRY_FILLING] = "filling", [ENTRY_READY] = "ready",
	[ENTRY_CLAIMED] = "claimed", [ENTRY_GIVING] = "giving",
	[ENTRY_TAKEN] = "taken",
};

static int
cannot(const struct pool *p, const char *what, const char *file,
    struct fail *f)
{
	int e = errno;

	return fail_errno(f, fail_kind_of(e, FAIL_IO), e, "cannot %s '%s' of "
	    "the pool '%s'", what, file, p->name);
}

/* ---- the folder ---- */

int
pool_check_name(const char *name, struct fail *f)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t n = strlen(name);

	if (n > 0 && n <= POOL_NAME_MAX && name[0] != '.' &&
	    strspn(name, good) == n)
		return 0;
	return fail(f, FAIL_USAGE, "'%s' is no name of a pool: it has 1 to %d "
	    "letters, digits, '_', '-' and '.', and no '.' at the beginning",
	    name, POOL_NAME_MAX);
}

const char *
pool_above(const char *target, const struct target_ops **kind, struct fail *f)
{
	const char *where = NULL;

	*kind = target_kind(target != NULL ? target : "xen", &where, f);
	if (*kind == NULL)
		return NULL;
	if ((*kind)->runs != (where[0] == '\0'))
		return fail_null(f, FAIL_USAGE, "-t '%s' is no place of pools: "
		    "it is xen, where they lie in " POOL_FOLDER ", or file:DIR",
		    target);
	return where[0] == '\0' ? POOL_FOLDER : where;
}

static int
make_one(const struct pool *p, const char *folder, mode_t mode, bool *made,
    struct fail *f)
{
	*made = mkdir(folder, mode) == 0;
	return *made || errno == EEXIST ? 0 : fail_errno(f,
	    fail_kind_of(errno, FAIL_IO), errno, "cannot make the folder '%s' "
	    "of the pool '%s'; -t file:DIR names another place", folder,
	    p->name);
}

/* The folders of Xen's pools are those of the user who may touch its domains,
 * and stay. */
static int
make_folder(struct pool *p, const char *above, struct fail *f)
{
	mode_t mode = p->kind->runs ? 0700 : 0777;
	bool made;

	if (p->kind->runs && make_one(p, RUNFILE_FOLDER, mode, &made, f) < 0)
		return -1;
	if (make_one(p, above, mode, &made, f) < 0)
		return -1;
	if (made && !p->kind->runs)
		p->made = above;
	return make_one(p, p->path, 0700, &made, f);
}

static int
open_folder(struct pool *p, const char *above, struct fail *f)
{
	char *real;

	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0 && file_absent(errno))
		return fail(f, FAIL_MISSING, "there is no pool '%s' in '%s': "
		    "make it with 'xb-pool fill -n N -m SIZE %s KERNEL', or "
		    "name its place with -t", p->name, above, p->named);
	if (p->dir < 0)
		return cannot(p, "open", p->path, f);
	real = file_where(p->dir, p->path);
	if (real == NULL)
		return cannot(p, "find", p->path, f);
	p->path = arena_bytes(&p->arena, real, strlen(real), f);
	free(real);
	return p->path == NULL ? -1 : 0;
}

static int
set_names(struct pool *p, const struct pool_ask *ask, const char *above,
    struct fail *f)
{
	const char *target = ask->target;

	p->path = arena_print(&p->arena, f, "%s/%s", above, ask->name);
	p->named = arena_print(&p->arena, f, "%s%s%s%s",
	    target != NULL ? "-t " : "", target != NULL ? target : "",
	    target != NULL ? " " : "", ask->name);
	return p->path == NULL || p->named == NULL ? -1 : 0;
}

int
pool_open(struct pool *p, const struct pool_ask *ask, bool make,
    struct fail *f)
{
	const char *above;

	*p = (struct pool){ .name = ask->name, .arena = ARENA_INIT, .dir = -1 };
	above = pool_above(ask->target, &p->kind, f);
	if (above == NULL || set_names(p, ask, above, f) < 0 ||
	    (make && make_folder(p, above, f) < 0))
		return -1;
	return open_folder(p, above, f);
}

void
pool_close(struct pool *p)
{
	if (p->dir >= 0)
		close(p->dir);
	arena_release(&p->arena);
}

bool
pool_filled(const struct pool *p)
{
	return faccessat(p->dir, "config", F_OK, 0) == 0 ||
	    !file_absent(errno);
}

/* ---- locks ---- */

static int
open_lock(const struct pool *p, const char *file, struct fail *f)
{
	int fd = openat(p->dir, file, O_RDONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0600);

	return fd >= 0 ? fd : cannot(p, "open", file, f);
}

static int
lock_opened(const struct pool *p, int fd, const char *file, struct fail *f)
{
	if (fd < 0 || lock_take(fd, p->dir, file, p->name, true, f) == 0)
		return fd;
	close(fd);
	return -1;
}

int
pool_lock(const struct pool *p, const char *file, struct fail *f)
{
	return lock_opened(p, open_lock(p, file, f), file, f);
}

int
pool_lock_wait(const struct pool *p, const char *file, struct fail *f)
{
	int fd = open_lock(p, file, f);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			close(fd);
			return cannot(p, "lock", file, f);
		}
	return lock_opened(p, fd, file, f);
}

/* ---- entries ---- */

void
entry_name(const struct entry *e, char name[ENTRY_NAME])
{
	snprintf(name, ENTRY_NAME, "%s.%s", uuid_text(e->uuid).s,
	    words[e->state]);
}

static bool
parse(const char *name, struct entry *e)
{
	char uuid[UUID_TEXT];

	if (strlen(name) <= UUID_TEXT || name[UUID_TEXT - 1] != '.')
		return false;
	snprintf(uuid, sizeof(uuid), "%.*s", UUID_TEXT - 1, name);
	for (unsigned i = 0; i < ENTRY_STATES; i++)
		if (strcmp(name + UUID_TEXT, words[i]) == 0) {
			e->state = (enum entry_state)i;
			return uuid_parse(uuid, e->uuid);
		}
	return false;
}

static int
add(struct entries *l, const struct entry *e, struct fail *f)
{
	if (array_grow(&l->v, &l->cap, l->n, sizeof(*l->v), f) < 0)
		return -1;
	l->v[l->n++] = *e;
	l->in[e->state]++;
	return 0;
}

int
entries_read(const struct pool *p, struct entries *l, struct fail *f)
{
	struct folder d;
	const char *name;
	struct entry e;
	int rc = 0;

	*l = (struct entries){ .v = NULL };
	folder_again(&d, p->dir);
	while (rc == 0 && (name = folder_next(&d)) != NULL)
		if (parse(name, &e))
			rc = add(l, &e, f);
	if (rc == 0 && errno != 0)
		rc = cannot(p, "read", ".", f);
	return rc;
}

int
entry_lock(const struct pool *p, const struct entry *e, struct fail *f)
{
	char name[ENTRY_NAME];
	int fd;

	entry_name(e, name);
	fd = openat(p->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (fd < 0)
		return cannot(p, "open", name, f);
	return lock_opened(p, fd, name, f);
}

int
entry_move(const struct pool *p, struct entry *e, enum entry_state to,
    struct fail *f)
{
	char from[ENTRY_NAME], name[ENTRY_NAME];

	entry_name(e, from);
	e->state = to;
	entry_name(e, name);
	return renameat(p->dir, from, p->dir, name) == 0 ? 0 :
	    cannot(p, "rename", from, f);
}

int
entry_remove(const struct pool *p, const struct entry *e, struct fail *f)
{
	char name[ENTRY_NAME];

	entry_name(e, name);
	return unlinkat(p->dir, name, 0) == 0 || errno == ENOENT ? 0 :
	    cannot(p, "remove", name, f);
}

void
pool_remove(const struct pool *p)
{
	static const char *const files[] = { "refill.log", "waiting",
		"filler" };
	struct fail dropped = { .kind = FAIL_NONE };
	struct entries l;
	int rc = entries_read(p, &l, &dropped);

	free(l.v);
	if (rc < 0 || l.n > 0 || pool_filled(p))
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlinkat(p->dir, files[i], 0);
	(void)rmdir(p->path);
}

void
pool_unmake(const struct pool *p)
{
	if (p->path != NULL)
		(void)rmdir(p->path);
	if (p->made != NULL)
		(void)rmdir(p->made);
}
