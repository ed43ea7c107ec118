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

static const char in_progress[] = RECORD_NEW;

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
	free(w);
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
		return record_write_fault(w, f);
	w->made = true;
	/* mkdtemp() gives access to this user alone, but a record has the mode
	 * of any new folder. */
	w->dir = open(w->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0)
		return record_write_fault(w, f);
	up = open_folder(w->dir, "blobs", f);
	if (up < 0)
		return -1;
	w->blobs = open_folder(up, "sha256", f);
	close(up);
	return w->blobs < 0 ? -1 : 0;
}

/* What is to be written, and beside it the temporary folder. */
static int
take_ref(struct record_writer *w, struct fail *f)
{
	char *folder = w->ref.folder;

	if (record_ref_parse(&w->ref, w->path, f) < 0)
		return -1;
	if (w->ref.by_digest)
		return fail(f, FAIL_USAGE, "a record is written to FOLDER or "
		    "FOLDER:TAG; its digest follows from it: '%s'", w->path);
	for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
		folder[n - 1] = '\0';
	w->temporary = arena_print(&w->arena, f, "%s%s-XXXXXX", folder,
	    in_progress);
	return w->temporary == NULL ? -1 : 0;
}

int
record_begin_with(struct record_writer **out, const char *path, uint64_t max,
    int (*look)(struct record_writer *, struct fail *), struct fail *f)
{
	struct record_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fail_memory(f, sizeof(*w));
	w->dir = w->blobs = -1;
	w->max = max;
	w->look = look;
	w->path = arena_bytes(&w->arena, path, strlen(path), f);
	if (w->path == NULL || take_ref(w, f) < 0 || look(w, f) < 0 ||
	    make_folders(w, f) < 0) {
		record_abort(w, f);
		return -1;
	}
	*out = w;
	return 0;
}

int
record_begin(struct record_writer **out, const char *path, uint64_t max,
    struct fail *f)
{
	return record_begin_with(out, path, max, record_look, f);
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

	return fd < 0 ? record_write_fault(w, f) : fd;
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
		return record_write_fault(w, f);
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
record_put_file(struct record_writer *w, const char *title, int from,
    const char *what, uint64_t size, uint8_t sha256[SHA256_BYTES],
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
	return note_layer(w, title, RECORD_FILE_TYPE, sha256, size, f);
}

/* ---- the end ---- */

int
record_put_json(struct record_writer *w, const char *type, char *text,
    size_t n, struct oci_descriptor *d, struct fail *f)
{
	int rc = n <= RECORD_JSON_MAX ? write_blob(w, text, n, d->sha256, f) :
	    fail(f, FAIL_INPUT, "too much for a record: arguments and messages "
	    "have %zu bytes, at most %d", n, RECORD_JSON_MAX);

	free(text);
	d->type = type;
	d->size = n;
	return rc;
}

static int
put_index(struct record_writer *w, struct fail *f)
{
	static const char layout[] =
	    "{\"imageLayoutVersion\":\"" OCI_LAYOUT_VERSION "\"}";
	const struct oci_index index = { 2, OCI_INDEX_TYPE, &w->manifest, 1 };
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

int
record_finish(struct record_writer *w, struct oci_manifest *m,
    const struct record_annotation *v, size_t n, struct fail *f)
{
	mode_t mask = umask(0);
	char *text;
	size_t size;

	umask(mask);
	m->version = 2;
	m->type = OCI_MANIFEST_TYPE;
	m->config = w->config;
	m->layers = w->layers;
	m->n_layers = w->n;
	w->manifest = (struct oci_descriptor){ .artifact = m->artifact,
		.annotations.tag = w->ref.tag };
	if (record_write_manifest(m, v, n, &text, &size, f) < 0 ||
	    record_put_json(w, OCI_MANIFEST_TYPE, text, size, &w->manifest,
	    f) < 0 || put_index(w, f) < 0)
		return -1;
	if (fchmod(w->dir, 0777 & ~mask) < 0 || fsync(w->blobs) < 0 ||
	    fsync(w->dir) < 0)
		return record_write_fault(w, f);
	return 0;
}

/* The annotations that each record has come first. */
static int
finish(struct record_writer *w, const struct record_build *b,
    const struct record_annotation *more, size_t n_more, struct fail *f)
{
	struct oci_manifest m = { .artifact = RECORD_TYPE };
	struct record_annotation v[RECORD_ANNOTATIONS_MAX + 3] = {
		{ OCI_KEY "created", b->began },
		{ OCI_KEY "version", b->version },
	};
	char title[256], *text;
	size_t n = 2, size;

	if (b->n_options > RECORD_OPTIONS_MAX ||
	    b->n_inputs > RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "too much for a record: %zu options "
		    "and %zu files, at most %d and %d", b->n_options,
		    b->n_inputs, RECORD_OPTIONS_MAX, RECORD_LAYERS_MAX);
	if (record_write(&record_build_form, b, &text, &size, f) < 0 ||
	    record_put_json(w, RECORD_CONFIG_TYPE, text, size, &w->config,
	    f) < 0)
		return -1;
	if (b->n_inputs > 0) {
		/* A name of a file may be no UTF-8, and OCI has no other. */
		escape_into(title, sizeof(title), b->inputs[0].name,
		    strlen(b->inputs[0].name));
		v[n++] = (struct record_annotation){ OCI_KEY "title", title };
	}
	for (size_t i = 0; i < n_more; i++)
		v[n++] = more[i];
	return record_finish(w, &m, v, n, f);
}

int
record_commit(struct record_writer *w, const struct record_build *b,
    const struct record_annotation *more, size_t n, bool *same, struct fail *f)
{
	int rc = finish(w, b, more, n, f);

	if (rc == 0)
		rc = record_publish(w, same, f);
	record_abort(w, f);
	return rc;
}
