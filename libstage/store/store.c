#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "store/impl.h"

static const mode_t private_folder = 0700;

static int
store_fault(struct fail *f, int e, const char *dir)
{
	return fail(f, e == EACCES || e == EPERM ? FAIL_PERM : FAIL_IO,
	    "cannot use '%s' as the store: %s; -S or XB_STORE name another "
	    "folder", dir, strerror(e));
}

static const char *
set_variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* The home of this user as /etc/passwd has it.  getpwuid(3) would ask more, but
 * loads shared libraries for it, which no static program should. */
static const char *
passwd_home(void)
{
	FILE *passwd = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	if (passwd == NULL)
		return NULL;
	do
		pw = fgetpwent(passwd);
	while (pw != NULL && pw->pw_uid != file_user());
	fclose(passwd);
	return pw != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir : NULL;
}

static const char *
home_dir(void)
{
	const char *home = set_variable("HOME");

	return home != NULL && home[0] == '/' ? home : passwd_home();
}

static char *
default_dir(struct fail *f)
{
	const char *store = set_variable("XB_STORE");
	const char *cache = set_variable("XDG_CACHE_HOME");
	const char *home = home_dir();
	char *dir = NULL;
	int r;

	/*
	 * A cache folder that is not absolute counts as unset, as the XDG Base
	 * Directory Specification demands.  Relative to the current folder, it
	 * would be another store in each of them.
	 */
	if (cache != NULL && cache[0] != '/')
		cache = NULL;
	if (store != NULL) {
		r = asprintf(&dir, "%s", store);
	} else if (cache != NULL) {
		r = asprintf(&dir, "%s/xb", cache);
	} else if (home != NULL) {
		r = asprintf(&dir, "%s/.cache/xb", home);
	} else {
		return fail_null(f, FAIL_IO, "no folder for the store: HOME "
		    "names no absolute path, and neither does /etc/passwd for "
		    "this user; -S or XB_STORE name one");
	}
	if (r < 0)
		return fail_memory_null(f, strlen("/.cache/xb"));
	return dir;
}

char *
store_dir(const char *dir, struct fail *f)
{
	char *name = dir == NULL ? default_dir(f) : strdup(dir);

	if (name == NULL && dir != NULL)
		(void)fail_memory(f, strlen(dir));
	return name;
}

char *
store_default_index(void)
{
	struct fail dropped = { .kind = FAIL_NONE };
	char *dir = default_dir(&dropped), *index = NULL;

	if (dir != NULL && asprintf(&index, "%s/" STORE_INDEX, dir) < 0)
		index = NULL;
	free(dir);
	return index;
}

/* Opens a folder, which is made only where it is missing. */
static int
open_or_make(int up, const char *name, int flags, bool make)
{
	int fd;

	flags |= O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	fd = openat(up, name, flags);

	/* Why it could not be made says more than that it is not there. */
	if (fd >= 0 || errno != ENOENT || !make ||
	    (mkdirat(up, name, private_folder) < 0 && errno != EEXIST))
		return fd;
	return openat(up, name, flags);
}

/* May somebody else than this user and root put links into this folder? */
static bool
is_foreign(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ||
	    (st.st_uid != file_user() && st.st_uid != 0) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/*
 * Opens, and makes if need be, a folder on the way to the store.  A link is
 * followed only in folders that this user and root alone can write to: anywhere
 * else somebody could lead the store, and what is made for it, elsewhere.
 */
static int
step_into(int up, const char *name, bool make)
{
	return open_or_make(up, name, is_foreign(up) ? O_NOFOLLOW : 0, make);
}

/* Opens the folder of that path, one name after the other.  -1: errno, and what
 * of the path could not be opened is left in it. */
static int
walk_to(char *path, bool make)
{
	char *at = path + strspn(path, "/");
	int fd;

	/* With an empty path the walk would end where it begins, in the current
	 * folder. */
	if (*path == '\0') {
		errno = ENOENT;
		return -1;
	}
	fd = open(at > path ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && *at != '\0') {
		size_t n = strcspn(at, "/");
		char *next = at + n + strspn(at + n, "/"), kept = at[n];
		int up = fd;

		at[n] = '\0';
		fd = step_into(up, at, make);
		close(up);
		if (fd >= 0) {
			at[n] = kept;
			at = next;
		}
	}
	return fd;
}

static bool
is_there(const char *name)
{
	return access(name, F_OK) == 0 || !file_absent(errno);
}

char *
store_make(const char *dir)
{
	struct fail dropped = { .kind = FAIL_NONE };
	char *name = store_dir(dir, &dropped);
	char *path = name == NULL || is_there(name) ? NULL : strdup(name);
	int fd = path == NULL ? -1 : walk_to(path, true);

	if (fd >= 0)
		close(fd);
	free(path);
	return name;
}

/* open(2) with O_NOFOLLOW says ENOTDIR of a link to a folder, too. */
static int
path_fault(struct fail *f, const char *path, const char *dir)
{
	struct stat st;
	int e = errno;

	if (e == ENOTDIR && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return fail(f, FAIL_PERM, "cannot use '%s' as the store: '%s' "
		    "is a link in a folder where others may write; -S or "
		    "XB_STORE name another folder", dir, path);
	return store_fault(f, e, dir);
}

/*
 * Only this user and root may be able to write to a folder of the store:
 * anybody who can decides which bytes are loaded as a kernel.
 */
static int
check_folder(int fd, const char *dir, const char *name, struct fail *f)
{
	const char *slash = name[0] == '\0' ? "" : "/";
	struct stat st;

	if (fstat(fd, &st) < 0)
		return store_fault(f, errno, dir);
	if (st.st_uid != file_user() && st.st_uid != 0)
		return fail(f, FAIL_PERM, "cannot use '%s' as the store: "
		    "'%s%s%s' belongs to user %lu, not to user %lu; -S or "
		    "XB_STORE name another folder", dir, dir, slash, name,
		    (unsigned long)st.st_uid, (unsigned long)file_user());
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(f, FAIL_PERM, "cannot use '%s' as the store: "
		    "others than the owner of '%s%s%s' may write there (mode "
		    "%04o); chmod go-w closes it, -S or XB_STORE name another "
		    "folder", dir, dir, slash, name,
		    (unsigned)(st.st_mode & 07777));
	return 0;
}

/* The descriptor of a folder that check_folder() allows, or -1. */
static int
open_folder(const struct store *s, int dir, const char *name, bool make,
    struct fail *f)
{
	int fd = open_or_make(dir, name, 0, make);

	if (fd < 0)
		return store_fault(f, errno, s->name);
	if (check_folder(fd, s->name, name, f) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
open_folders(struct store *s, int dir, bool make, struct fail *f)
{
	int parent;

	if (check_folder(dir, s->name, "", f) < 0)
		return -1;
	parent = open_folder(s, dir, "blobs", make, f);
	if (parent < 0)
		return -1;
	close(parent);
	s->blobs = open_folder(s, dir, STORE_BLOBS, make, f);
	if (s->blobs < 0)
		return -1;
	s->index = open_folder(s, dir, STORE_INDEX, make, f);
	if (s->index < 0)
		return -1;
	s->dir = file_where(dir, s->name);
	return s->dir == NULL ? store_fault(f, errno, s->name) : 0;
}

static int
open_in(struct store *s, bool make, struct fail *f)
{
	char *path = strdup(s->name);
	int dir, rc;

	if (path == NULL)
		return fail_memory(f, strlen(s->name));
	dir = walk_to(path, make);
	rc = dir < 0 ? path_fault(f, path, s->name) :
	    open_folders(s, dir, make, f);
	if (dir >= 0)
		close(dir);
	free(path);
	return rc;
}

static void
release(struct store *s)
{
	if (s == NULL)
		return;
	release(s->also);
	if (s->blobs >= 0)
		close(s->blobs);
	if (s->index >= 0)
		close(s->index);
	free(s->dir);
	free(s->name);
	free(s);
}

static int
open_named(struct store **out, const char *name, bool make, struct fail *f)
{
	struct store *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f, sizeof(*s));
	s->blobs = s->index = -1;
	s->name = strdup(name);
	rc = s->name == NULL ? fail_memory(f, strlen(name)) :
	    open_in(s, make, f);
	if (rc < 0) {
		release(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* Removes a temporary file that nobody has the lock of any more: a run that was
 * killed left it. */
static void
sweep_one(int folder, const char *name)
{
	int fd;

	/* Temporary files of blobs and of file_replace() begin with a dot. */
	if (name[0] != '.')
		return;
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(folder, name, 0);
	close(fd);
}

size_t
store_sweep(int folder)
{
	struct folder d;
	const char *name;
	size_t n = 0;

	folder_begin(&d, folder);
	for (; (name = folder_next(&d)) != NULL; n++)
		sweep_one(folder, name);
	return n;
}

static struct {
	bool on;
	struct store *store;
} kept;

void
store_reuse(bool on)
{
	kept.on = on;
	if (!on) {
		release(kept.store);
		kept.store = NULL;
	}
}

static struct store *
take_kept(const char *name)
{
	struct store *s = kept.store;

	if (s == NULL || strcmp(s->name, name) != 0)
		return NULL;
	kept.store = NULL;
	return s;
}

struct store *
store_find(struct fail *notes)
{
	struct fail why = { .kind = FAIL_NONE };
	char *name = default_dir(&why);
	struct store *s = name == NULL ? NULL : take_kept(name);

	if (s == NULL && name != NULL && is_there(name) &&
	    open_named(&s, name, false, &why) < 0) {
		fail_note(notes, "%s", why.message);
		s = NULL;
	}
	free(name);
	return s;
}

/* The default store, where it is there and is another one. */
static struct store *
also_told(const char *name)
{
	struct fail dropped = { .kind = FAIL_NONE };
	struct store *found = store_find(&dropped);

	if (found == NULL || strcmp(found->name, name) != 0)
		return found;
	store_close(found);
	return NULL;
}

int
store_open(struct store **out, const char *dir, struct fail *f)
{
	char *name = store_dir(dir, f);
	int rc;

	if (name == NULL)
		return -1;
	rc = open_named(out, name, true, f);
	if (rc == 0) {
		(void)store_sweep((*out)->blobs);
		(*out)->also = dir != NULL ? also_told(name) : NULL;
	}
	free(name);
	return rc;
}

void
store_close(struct store *s)
{
	if (!kept.on || s == NULL) {
		release(s);
		return;
	}
	release(kept.store);
	kept.store = s;
}
