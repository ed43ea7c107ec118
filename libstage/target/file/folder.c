#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/words.h"
#include "target/file/file.h"
#include "target/request.h"

/*
 * A folder is a domain if it has a state.  The state is written last and
 * removed first, so that a program that is killed half way leaves either a
 * whole domain or a folder that create may use again.
 */

/* The memory, the lock, and a temporary file of a state or a memory that was
 * not written to its end. */
static bool
is_ours(const char *entry)
{
	return strcmp(entry, "memory") == 0 || strcmp(entry, "lock") == 0 ||
	    strncmp(entry, ".state.", 7) == 0 ||
	    strncmp(entry, ".memory.", 8) == 0;
}

static int
each_entry(int dir, const char *name, int (*each)(void *, int dir,
    const char *entry, struct fail *), void *arg, struct fail *f)
{
	struct folder d;
	const char *entry;
	int rc = 0;

	folder_again(&d, dir);
	while (rc == 0 && (entry = folder_next(&d)) != NULL)
		rc = each(arg, dir, entry, f);
	if (rc == 0 && errno != 0)
		rc = fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot read '%s'", name);
	return rc;
}

/* ---- create ---- */

static int
refuse_entry(void *name, int dir, const char *entry, struct fail *f)
{
	(void)dir;
	if (is_ours(entry))
		return 0;
	if (strcmp(entry, "state") == 0)
		return fail(f, FAIL_TARGET, "'%s' is a domain already; "
		    "destroy it, or choose another folder",
		    (const char *)name);
	return fail(f, FAIL_TARGET, "cannot make '%s': the folder is not "
	    "empty, it has '%s'; choose another one", (const char *)name,
	    entry);
}

static int
check_request(const struct target_request *r, const char *name,
    struct fail *f)
{
	char what[PATH_MAX + 8];

	snprintf(what, sizeof(what), "'%s'", name);
	if (target_check_request(r, what, PAPER_PAGES_MAX, f) < 0)
		return -1;
	if (r->type != GUEST_PV && r->has_scatter)
		return fail(f, FAIL_USAGE, "cannot make %s: --scatter is for "
		    "PV guests, for the frames of a %s guest are its own "
		    "numbers of pages", what, guest_name(r->type));
	if (r->vcpus > PAPER_VCPUS_MAX)
		return fail(f, FAIL_TARGET, "cannot make '%s' with %u vcpus: "
		    "the limit is %d", name, r->vcpus, PAPER_VCPUS_MAX);
	return 0;
}

static int
first_state(struct paper_state *s, const struct target_request *r,
    struct fail *f)
{
	/* The state's max_pages limits populate().  The request's max_pages is
	 * what a balloon could add in a running guest; this one never runs. */
	s->type = r->type;
	s->max_pages = r->pages;
	s->vcpus = r->vcpus;
	s->scatter = r->scatter;
	s->shared_info = r->type == GUEST_PV ?
	    paper_scatter_shared_info(r->scatter) : 0;
	s->paused = true;
	s->durable = r->durable;
	if (r->name != NULL)
		snprintf(s->name, sizeof(s->name), "%s", r->name);
	if (r->has_uuid) {
		memcpy(s->uuid, r->uuid, UUID_BYTES);
		return 0;
	}
	return uuid_random(s->uuid, f);
}

static int
make_files(struct paper_target *t, const struct target_request *r,
    struct fail *f)
{
	t->lock = paper_lock(t->dir, t->name, TARGET_WRITE, true, f);
	if (t->lock < 0)
		return -1;
	/* Another create may have been quicker: the lock is that domain's, and
	 * stays. */
	if (each_entry(t->dir, t->name, refuse_entry, t->name, f) < 0) {
		if (f->kind == FAIL_TARGET) {
			close(t->lock);
			t->lock = -1;
		}
		return -1;
	}
	t->memory = openat(t->dir, "memory", O_RDWR | O_CREAT | O_TRUNC |
	    O_CLOEXEC | O_NOFOLLOW, 0600);
	if (t->memory < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot create the memory of '%s'", t->name);
	if (first_state(&t->state, r, f) < 0 ||
	    paper_grow(t, (t->state.shared_info + 1) * PAGE_BYTES, f) < 0)
		return -1;
	return paper_save(t, f);
}

static int
make_folder(struct paper_target *t, const char *where, bool *made,
    struct fail *f)
{
	*made = mkdir(where, 0777) == 0;
	if (!*made && errno != EEXIST)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot create the folder of '%s'", t->name);
	t->dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir < 0 && errno == ENOTDIR)
		return fail(f, FAIL_TARGET, "cannot make '%s': there is a "
		    "file of that name, not a folder", t->name);
	if (t->dir < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open the folder of '%s'", t->name);
	/* Before any file is made: a folder that holds something else is left
	 * as it was. */
	return each_entry(t->dir, t->name, refuse_entry, t->name, f);
}

static int
make(struct paper_target *t, const struct target_request *r, struct fail *f)
{
	bool made = false;

	if (make_folder(t, r->where, &made, f) == 0 &&
	    make_files(t, r, f) == 0 &&
	    (!r->durable || file_sync_above(r->where, f) == 0))
		return 0;
	if (t->memory >= 0) {
		unlinkat(t->dir, "state", 0);
		unlinkat(t->dir, "memory", 0);
	}
	if (t->lock >= 0)
		unlinkat(t->dir, "lock", 0);
	if (made)
		rmdir(r->where);
	return -1;
}

int
paper_create(const struct target_request *r, char **name,
    struct target **open, struct fail *f)
{
	struct paper_target *t = paper_new(true, f);
	int rc = -1;

	(void)open;
	if (t == NULL)
		return -1;
	t->name = paper_name(r->where, f);
	if (t->name != NULL && check_request(r, t->name, f) == 0)
		rc = make(t, r, f);
	if (rc == 0) {
		*name = t->name;
		t->name = NULL;
	}
	paper_release(t);
	return rc;
}

/* ---- destroy ---- */

static int
remove_entry(void *name, int dir, const char *entry, struct fail *f)
{
	/* Files of others stay.  The lock is removed last, by the caller. */
	if (!is_ours(entry) || strcmp(entry, "lock") == 0)
		return 0;
	if (unlinkat(dir, entry, 0) == 0 || errno == ENOENT)
		return 0;
	return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno, "cannot "
	    "remove '%s' of '%s'", entry, (const char *)name);
}

static int
remove_files(const struct paper_target *t, const char *where, struct fail *f)
{
	if (each_entry(t->dir, t->name, remove_entry, t->name, f) < 0)
		return -1;
	if (unlinkat(t->dir, "lock", 0) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot remove the lock "
		    "of '%s'", t->name);
	/* ENOTDIR: the name is a link to the folder.  Both stay. */
	if (rmdir(where) == 0 || errno == ENOTEMPTY || errno == EEXIST ||
	    errno == EINVAL || errno == EBUSY || errno == ENOTDIR)
		return 0;
	return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
	    "cannot remove the empty folder of '%s'", t->name);
}

int
paper_destroy(struct target *base, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const char *where = t->name + strlen("file:");

	if (paper_writable(t, f) < 0)
		return -1;
	if (unlinkat(t->dir, "state", 0) < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot remove the state of '%s'", t->name);
	if (t->state.durable && file_sync_folder(t->dir, t->name, f) < 0)
		return -1;
	if (remove_files(t, where, f) == 0)
		return 0;
	fail_add(f, "; the domain is gone, remove the rest of its folder");
	return -1;
}

/* ---- list ---- */

/* Returns 1 where there is a regular file of that name. */
static int
is_file(int dir, const char *path, struct fail *f)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode);
	/* A folder that this user may not enter is no domain of his. */
	if (file_absent(errno) || errno == EACCES)
		return 0;
	return fail_errno(f, FAIL_IO, errno, "cannot look for domains: '%s'",
	    path);
}

/* A folder is a target when it has a state and a memory. */
static int
take_target(void *arg, int dir, const char *entry, struct fail *f)
{
	static const char *const files[] = { "state", "memory" };
	char path[NAME_MAX + 16], *name;
	int rc;

	for (size_t i = 0; i < 2; i++) {
		int is;

		snprintf(path, sizeof(path), "%s/%s", entry, files[i]);
		is = is_file(dir, path, f);
		if (is <= 0)
			return is;
	}
	name = paper_name(entry, f);
	rc = name == NULL ? -1 : words_add(arg, name, f);
	free(name);
	return rc;
}

int
paper_list(int (*each)(void *, const char *, struct fail *), void *arg,
    struct fail *f)
{
	struct words l = WORDS_INIT;
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = here < 0 ? fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
	    "cannot read '.'") : take_target(&l, here, ".", f);

	if (rc == 0)
		rc = each_entry(here, ".", take_target, &l, f);
	if (here >= 0)
		close(here);
	words_sort(&l);
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		rc = each(arg, l.v[i], f);
	words_release(&l);
	return rc;
}

/* ---- names ---- */

/*
 * A folder without a state is no domain yet; create can make it one.  A state
 * that cannot be looked for counts as there, because opening it says why.
 */
bool
paper_exists(const char *where)
{
	char *state;
	bool there;

	if (where[0] == '\0')
		return false;
	if (asprintf(&state, "%s/state", where) < 0)
		return true;
	there = access(state, F_OK) == 0 || !file_absent(errno);
	free(state);
	return there;
}

const char *
paper_writes(const char *where, size_t n)
{
	return n == 0 ? where : NULL;
}

const char *
paper_makes(const char *where)
{
	return where[0] == '\0' ? NULL : where;
}

char *
paper_absolute(const char *where, struct fail *f)
{
	char *path, *name;

	if (where[0] == '\0')
		return fail_null(f, FAIL_USAGE, "'file:' names no folder; "
		    "write file:DIR");
	path = realpath(where, NULL);
	if (path == NULL && (errno == ENOENT || errno == ENOTDIR))
		return fail_errno_null(f, FAIL_TARGET, errno, "there is no "
		    "domain 'file:%s'", where);
	if (path == NULL)
		return fail_errno_null(f, fail_kind_of(errno, FAIL_SYSTEM),
		    errno, "cannot find 'file:%s'", where);
	name = paper_name(path, f);
	free(path);
	return name;
}
