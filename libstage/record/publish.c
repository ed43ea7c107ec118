#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/sha256.h"
#include "record/impl.h"

int
record_write_fault(const struct record_writer *w, struct fail *f)
{
	return fail_errno(f, fail_kind_of_output(errno), errno, "cannot write "
	    "the record '%s'", w->path);
}

int
record_look(struct record_writer *w, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	struct stat st;

	record_release(&w->old);
	w->there = w->failed = false;
	if (lstat(w->ref.folder, &st) < 0)
		return errno == ENOENT ? 0 : record_write_fault(w, f);
	if (record_open(&w->old, w->path, w->max, &why) == 0) {
		w->there = true;
		w->failed = w->old.build.status != 0;
		return 0;
	}
	if (w->ref.tag != NULL && why.kind == FAIL_MISSING)
		return 0;
	/* Where no layout is, no tag helps. */
	return fail(f, FAIL_IO, "cannot write the record '%s': it is there and "
	    "is no record (%s); remove it or name another %s", w->path,
	    why.message, w->ref.tag == NULL || !record_is(w->path) ?
	    "folder" : "tag");
}

static int
another(const struct record_writer *w, const char *what, struct fail *f)
{
	return fail(f, FAIL_IO, "cannot write the record '%s': it is there and "
	    "holds another build (%s); remove it or name another %s", w->path,
	    what, w->ref.tag == NULL ? "folder" : "tag");
}

int
record_expect(const struct record_writer *w, const struct record_build *b,
    struct fail *f)
{
	const char *what;

	if (!w->there || w->failed ||
	    record_compare_asked(&w->old.build, b, &what) == 0)
		return 0;
	return another(w, what, f);
}

/*
 * Exchanges the folders, so that at any moment one of the two records is under
 * the name.  The old one is in the temporary folder then, which record_abort()
 * removes.
 */
static int
replace_old(struct record_writer *w, struct fail *f)
{
	if (!w->old.alone)
		return fail(f, FAIL_IO, "cannot write the record '%s': the "
		    "build there failed, but it has a tag, or others beside "
		    "it; FOLDER:TAG names one", w->path);
	if (renameat2(AT_FDCWD, w->temporary, AT_FDCWD, w->ref.folder,
	    RENAME_EXCHANGE) < 0)
		return record_write_fault(w, f);
	return file_sync_above(w->ref.folder, f);
}

/* 1: the record at path is of another build, and *what says in what. */
static int
compare_old(struct record_writer *w, const char **what, struct fail *f)
{
	struct record fresh = { .arena = ARENA_INIT };
	/* With the slash the name has no tag. */
	const char *path = arena_print(&w->arena, f, "%s/", w->temporary);
	int rc = path == NULL ? -1 : record_open(&fresh, path, w->max, f);

	if (rc == 0)
		rc = record_compare(&w->old, &fresh, what, f);
	record_release(&fresh);
	return rc;
}

/* ---- into a layout that is there ---- */

/* Moves a blob.  Landlock, and another file system, let it only be copied. */
static int
move_blob(const struct record_writer *w, const struct record_folder *to,
    const struct oci_descriptor *d, const char *hex, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];
	int from, fd, rc;

	if (renameat(w->blobs, hex, to->blobs, hex) == 0)
		return 0;
	if (errno != EXDEV)
		return record_write_fault(w, f);
	from = openat(w->blobs, hex, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return record_write_fault(w, f);
	/* Nobody else has the lock: what is there was left behind. */
	(void)unlinkat(to->blobs, RECORD_NEW, 0);
	fd = openat(to->blobs, RECORD_NEW, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0444);
	rc = fd < 0 ? record_write_fault(w, f) :
	    file_copy(from, hex, fd, w->path, d->size, sha256, f);
	if (rc == 0 && (fsync(fd) < 0 ||
	    renameat(to->blobs, RECORD_NEW, to->blobs, hex) < 0))
		rc = record_write_fault(w, f);
	if (rc < 0)
		(void)unlinkat(to->blobs, RECORD_NEW, 0);
	if (fd >= 0)
		close(fd);
	close(from);
	return rc;
}

/* A blob that is there and whole is shared. */
static int
give_blob(struct record_writer *w, const struct record_folder *to,
    const struct oci_descriptor *d, bool *given, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	char hex[2 * SHA256_BYTES + 1];

	*given = false;
	if (record_blob_check(to, d->sha256, d->size, &why) == 0)
		return 0;
	sha256_hex(d->sha256, hex);
	*given = faccessat(to->blobs, hex, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	return move_blob(w, to, d, hex, f);
}

static int
put_index(struct record_writer *w, const struct record_folder *to,
    struct fail *f)
{
	char *text;
	size_t n;
	int rc = record_index_add(to, &w->manifest, &text, &n, f);

	if (rc == 0)
		rc = file_replace(to->dir, OCI_INDEX_FILE, 0666, text, n, f);
	free(text);
	return rc;
}

/* The blobs of a record that is written: layers, config, manifest. */
static const struct oci_descriptor *
blob_at(const struct record_writer *w, size_t n)
{
	return n < w->n ? &w->layers[n] :
	    n == w->n ? &w->config : &w->manifest;
}

/* The index comes last: until then nothing names the new blobs, and after a
 * failure they are removed again. */
static int
merge(struct record_writer *w, const struct record_folder *to, struct fail *f)
{
	bool given[RECORD_LAYERS_MAX + 2] = { false };
	char hex[2 * SHA256_BYTES + 1];
	size_t n = 0;
	int rc = 0;

	for (; rc == 0 && n < w->n + 2; n++)
		rc = give_blob(w, to, blob_at(w, n), &given[n], f);
	if (rc == 0 && fsync(to->blobs) < 0)
		rc = record_write_fault(w, f);
	if (rc == 0)
		rc = put_index(w, to, f);
	while (rc < 0 && n-- > 0) {
		sha256_hex(blob_at(w, n)->sha256, hex);
		if (given[n])
			(void)unlinkat(to->blobs, hex, 0);
	}
	return rc;
}

/* With the lock of the layout, into which nothing comes meanwhile. */
static int
settle(struct record_writer *w, const struct record_folder *to, bool *same,
    struct fail *f)
{
	const char *what = "";
	int rc;

	if (w->look(w, f) < 0)
		return -1;
	rc = w->there ? compare_old(w, &what, f) : 1;
	*same = rc == 0;
	if (rc <= 0)
		return rc;
	if (w->there && !w->failed)
		return another(w, what, f);
	rc = w->there && w->ref.tag == NULL ? replace_old(w, f) :
	    merge(w, to, f);
	if (rc == 0)
		rc = file_sync_folder(to->dir, w->path, f);
	if (rc == 0 && w->there)
		fail_answer(f, "'%s' held a build that failed, and is replaced",
		    w->path);
	return rc;
}

/* Is the folder that is open still the one of that name?  A record of a build
 * that failed may have been exchanged. */
static bool
still_there(const struct record_folder *r, const char *folder)
{
	struct stat a, b;

	return fstat(r->dir, &a) == 0 && stat(folder, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
join(struct record_writer *w, bool *same, struct fail *f)
{
	struct record_folder to;
	bool again = false;
	int rc;

	do {
		rc = record_folder_open(&to, w->ref.folder, w->path, f);
		if (rc == 0)
			rc = lock_wait(to.dir, w->path, f);
		again = rc == 0 && !still_there(&to, w->ref.folder);
		if (rc == 0 && !again)
			rc = settle(w, &to, same, f);
		record_folder_close(&to);
	} while (again);
	return rc;
}

int
record_publish(struct record_writer *w, bool *same, struct fail *f)
{
	*same = false;
	/* rename(2) replaces nothing but an empty folder, which was refused
	 * unless somebody has just made it. */
	if (rename(w->temporary, w->ref.folder) == 0) {
		/* The folder is the record now, and record_abort() must not
		 * remove it. */
		w->made = false;
		return file_sync_above(w->ref.folder, f);
	}
	if (errno != EEXIST && errno != ENOTEMPTY)
		return record_write_fault(w, f);
	return join(w, same, f);
}
