#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/tempdir.h"
#include "record/impl.h"
#include "base/sha256.h"

struct record_writer {
	char *path;			/* of the record */
	char *temporary;		/* path of the folder that is written */
	bool made;			/* it is there */
	int dir, blobs;
	uint64_t max;			/* of record_open() */
	bool there;			/* a record is at path */
	bool failed;			/* that record is of a build that
					 * failed */
	struct record old;		/* the record at path */
	struct arena arena;		/* of titles and types */
	struct oci_descriptor layers[RECORD_LAYERS_MAX];
	size_t n;
	const struct record_annotation *annotations; size_t n_annotations;
};

static const char in_progress[] = ".new";

void
record_abort(struct record_writer *w, struct fail *f)
{
	if (w == NULL)
		return;
	if (w->blobs >= 0)
		close(w->blobs);
	if (w->dir >= 0)
		close(w->dir);
	if (w->made)
		tempdir_remove(w->temporary, f);
	record_release(&w->old);
	arena_release(&w->arena);
	free(w->temporary);
	free(w->path);
	free(w);
}

static int
write_fault(const struct record_writer *w, struct fail *f)
{
	return fail_errno(f, fail_kind_of(errno, FAIL_IO) == FAIL_PERM ?
	    FAIL_PERM : FAIL_IO, errno, "cannot write the record '%s'",
	    w->path);
}

/* If path exists it must be a record: nothing else is ever replaced. */
static int
look_at_old(struct record_writer *w, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	struct stat st;

	if (lstat(w->path, &st) < 0)
		return errno == ENOENT ? 0 : write_fault(w, f);
	w->there = true;
	if (record_open(&w->old, w->path, w->max, &why) == 0) {
		w->failed = w->old.build.status != 0;
		return 0;
	}
	return fail(f, FAIL_IO, "cannot write the record '%s': it is there and "
	    "is no record (%s); remove it or name another folder", w->path,
	    why.message);
}

static int
open_folder(int at, const char *name, struct fail *f)
{
	int fd;

	if (mkdirat(at, name, 0777) < 0 && errno != EEXIST)
		return fail_errno(f, FAIL_IO, errno, "cannot make '%s'", name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot open '%s'", name);
	return fd;
}

static int
make_folders(struct record_writer *w, struct fail *f)
{
	int up;

	if (mkdtemp(w->temporary) == NULL)
		return write_fault(w, f);
	w->made = true;
	/* mkdtemp() gives access to this user alone, but a record has the mode
	 * of any new folder. */
	w->dir = open(w->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0)
		return write_fault(w, f);
	up = open_folder(w->dir, "blobs", f);
	if (up < 0)
		return -1;
	w->blobs = open_folder(up, "sha256", f);
	close(up);
	return w->blobs < 0 ? -1 : 0;
}

int
record_begin(struct record_writer **out, const char *path, uint64_t max,
    struct fail *f)
{
	struct record_writer *w = calloc(1, sizeof(*w));
	size_t n = strlen(path);

	if (w == NULL)
		return fail_memory(f, sizeof(*w));
	w->dir = w->blobs = -1;
	w->max = max;
	while (n > 1 && path[n - 1] == '/')
		n--;
	w->path = strndup(path, n);
	if (w->path == NULL ||
	    asprintf(&w->temporary, "%s%s-XXXXXX", w->path, in_progress) < 0) {
		w->temporary = NULL;
		record_abort(w, f);
		return fail_memory(f, n);
	}
	if (look_at_old(w, f) < 0 || make_folders(w, f) < 0) {
		record_abort(w, f);
		return -1;
	}
	*out = w;
	return 0;
}

static int
another(const struct record_writer *w, const char *what, struct fail *f)
{
	return fail(f, FAIL_IO, "cannot write the record '%s': it is there and "
	    "holds another build (%s); remove it or name another folder",
	    w->path, what);
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

void
record_annotate(struct record_writer *w, const struct record_annotation *v,
    size_t n)
{
	w->annotations = v;
	w->n_annotations = n;
}

/* ---- layers ---- */

static bool
has(const struct record_writer *w, const uint8_t sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < w->n; i++)
		if (memcmp(w->layers[i].sha256, sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

static int
note_layer(struct record_writer *w, const char *title, const char *type,
    const uint8_t sha256[SHA256_BYTES], uint64_t size, struct fail *f)
{
	struct oci_descriptor *d = &w->layers[w->n];

	if (has(w, sha256))
		return 0;
	if (w->n == RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "too many files for a record: at "
		    "most %d", RECORD_LAYERS_MAX);
	d->annotations.title = arena_bytes(&w->arena, title, strlen(title), f);
	d->type = arena_bytes(&w->arena, type, strlen(type), f);
	if (d->annotations.title == NULL || d->type == NULL)
		return -1;
	memcpy(d->sha256, sha256, SHA256_BYTES);
	d->size = size;
	w->n++;
	return 0;
}

/* Opens a new blob.  Until its digest is known it has a name that no blob can
 * have. */
static int
open_blob(struct record_writer *w, struct fail *f)
{
	int fd = openat(w->blobs, in_progress, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, 0444);

	return fd < 0 ? write_fault(w, f) : fd;
}

static int
close_blob(struct record_writer *w, int fd,
    const uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	char hex[2 * SHA256_BYTES + 1];
	int r;

	sha256_hex(sha256, hex);
	r = fsync(fd);
	if (close(fd) < 0 || r < 0 ||
	    renameat(w->blobs, in_progress, w->blobs, hex) < 0)
		return write_fault(w, f);
	return 0;
}

static int
write_blob(struct record_writer *w, const void *bytes, size_t n,
    uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	int fd = open_blob(w, f);

	if (fd < 0)
		return -1;
	sha256_of(bytes, n, sha256);
	if (file_write_all(fd, w->path, bytes, n, f) < 0) {
		close(fd);
		return -1;
	}
	return close_blob(w, fd, sha256, f);
}

int
record_put(struct record_writer *w, const char *title, const char *type,
    const void *bytes, size_t n, uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	if (write_blob(w, bytes, n, sha256, f) < 0)
		return -1;
	return note_layer(w, title, type, sha256, n, f);
}

int
record_put_file(struct record_writer *w, const char *title, const char *type,
    int from, const char *what, uint64_t size, uint8_t sha256[SHA256_BYTES],
    struct fail *f)
{
	int to = open_blob(w, f);

	if (to < 0)
		return -1;
	if (file_copy(from, what, to, w->path, size, sha256, f) < 0) {
		close(to);
		return -1;
	}
	if (close_blob(w, to, sha256, f) < 0)
		return -1;
	return note_layer(w, title, type, sha256, size, f);
}

/* ---- the end ---- */

/* Frees the text, which rc says whether there is. */
static int
put_json(struct record_writer *w, int rc, char *text, size_t n,
    const char *type, struct oci_descriptor *d, struct fail *f)
{
	if (rc == 0 && n > RECORD_JSON_MAX)
		rc = fail(f, FAIL_INPUT, "too much for a record: arguments and "
		    "messages have %zu bytes, at most %d", n, RECORD_JSON_MAX);
	else if (rc == 0)
		rc = write_blob(w, text, n, d->sha256, f);
	free(text);
	d->type = type;
	d->size = n;
	return rc;
}

static int
put_index(struct record_writer *w, struct oci_descriptor *manifest,
    struct fail *f)
{
	static const char layout[] =
	    "{\"imageLayoutVersion\":\"" OCI_LAYOUT_VERSION "\"}";
	const struct oci_index index = { 2, OCI_INDEX_TYPE, manifest, 1 };
	char *text;
	size_t n;
	int rc = record_write(&oci_index_form, &index, &text, &n, f);

	if (rc == 0)
		rc = file_replace(w->dir, OCI_LAYOUT_FILE, 0666, layout,
		    sizeof(layout) - 1, f);
	if (rc == 0)
		rc = file_replace(w->dir, OCI_INDEX_FILE, 0666, text, n, f);
	free(text);
	return rc;
}

static int
put_config(struct record_writer *w, const struct record_build *b,
    struct oci_descriptor *d, struct fail *f)
{
	char *text;
	size_t n;
	int rc = record_write(&record_build_form, b, &text, &n, f);

	return put_json(w, rc, text, n, RECORD_CONFIG_TYPE, d, f);
}

/* The annotations that each record has come first. */
static int
put_manifest(struct record_writer *w, const struct record_build *b,
    const struct oci_manifest *m, struct oci_descriptor *d, struct fail *f)
{
	struct record_annotation v[RECORD_ANNOTATIONS_MAX + 3] = {
		{ OCI_KEY "created", b->began },
		{ OCI_KEY "version", b->version },
	};
	char title[256], *text;
	size_t n = 2, size;
	int rc;

	if (b->n_inputs > 0) {
		/* A name of a file may be no UTF-8, and OCI has no other. */
		escape_into(title, sizeof(title), b->inputs[0].name,
		    strlen(b->inputs[0].name));
		v[n++] = (struct record_annotation){ OCI_KEY "title", title };
	}
	for (size_t i = 0; i < w->n_annotations; i++)
		v[n++] = w->annotations[i];
	rc = record_write_manifest(m, v, n, &text, &size, f);
	return put_json(w, rc, text, size, OCI_MANIFEST_TYPE, d, f);
}

static int
finish(struct record_writer *w, const struct record_build *b, struct fail *f)
{
	struct oci_manifest m = { .version = 2, .type = OCI_MANIFEST_TYPE,
		.artifact = RECORD_TYPE, .layers = w->layers,
		.n_layers = w->n };
	struct oci_descriptor manifest = { .artifact = RECORD_TYPE };
	mode_t mask = umask(0);

	umask(mask);
	if (b->n_options > RECORD_OPTIONS_MAX ||
	    b->n_inputs > RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "too much for a record: %zu options "
		    "and %zu files, at most %d and %d", b->n_options,
		    b->n_inputs, RECORD_OPTIONS_MAX, RECORD_LAYERS_MAX);
	if (put_config(w, b, &m.config, f) < 0 ||
	    put_manifest(w, b, &m, &manifest, f) < 0 ||
	    put_index(w, &manifest, f) < 0)
		return -1;
	if (fchmod(w->dir, 0777 & ~mask) < 0 || fsync(w->blobs) < 0 ||
	    fsync(w->dir) < 0)
		return write_fault(w, f);
	return 0;
}

/*
 * Exchanges the folders, so that at any moment one of the two records is under
 * the name.  The old one is in the temporary folder then, which record_abort()
 * removes.
 */
static int
replace_old(struct record_writer *w, struct fail *f)
{
	if (renameat2(AT_FDCWD, w->temporary, AT_FDCWD, w->path,
	    RENAME_EXCHANGE) < 0)
		return write_fault(w, f);
	fail_answer(f, "'%s' held a build that failed, and is replaced",
	    w->path);
	return file_sync_above(w->path, f);
}

/* 1: the record at path is of another build, and *what says in what. */
static int
compare_old(struct record_writer *w, const char **what, struct fail *f)
{
	struct record fresh;
	int rc = record_open(&fresh, w->temporary, w->max, f);

	if (rc == 0)
		rc = record_compare(&w->old, &fresh, what, f);
	record_release(&fresh);
	return rc;
}

static int
publish(struct record_writer *w, bool *same, struct fail *f)
{
	const char *what = "";
	int rc = w->there ? compare_old(w, &what, f) : 0;

	*same = w->there && rc == 0;
	if (rc > 0)
		return w->failed ? replace_old(w, f) : another(w, what, f);
	if (w->there)
		return rc;
	/* rename(2) replaces nothing but an empty folder. */
	if (rename(w->temporary, w->path) < 0)
		return write_fault(w, f);
	/* The folder is the record now, and record_abort() must not remove
	 * it. */
	w->made = false;
	return file_sync_above(w->path, f);
}

int
record_commit(struct record_writer *w, const struct record_build *b,
    bool *same, struct fail *f)
{
	int rc = finish(w, b, f);

	if (rc == 0)
		rc = publish(w, same, f);
	record_abort(w, f);
	return rc;
}
