#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "record/impl.h"

static int
open_blobs(struct record_folder *r, struct fail *f)
{
	int up = openat(r->dir, "blobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	    O_NOFOLLOW);

	if (up >= 0) {
		r->blobs = openat(up, "sha256", O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC | O_NOFOLLOW);
		close(up);
	}
	if (r->blobs >= 0)
		return 0;
	if (file_absent(errno) || errno == ELOOP || errno == EACCES)
		return fail_errno(f, errno == EACCES ? FAIL_PERM : FAIL_INPUT,
		    errno, "'%s' is not a record: its folder '" OCI_BLOBS
		    "' cannot be opened", r->path);
	return fail_errno(f, FAIL_IO, errno, "cannot open '" OCI_BLOBS "' of "
	    "the record '%s'", r->path);
}

int
record_folder_open(struct record_folder *r, const char *folder,
    const char *called, struct fail *f)
{
	*r = (struct record_folder)RECORD_FOLDER_INIT;
	r->path = called;
	r->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0 && errno == ENOTDIR)
		return fail(f, FAIL_INPUT, "'%s' is not a record: it is no "
		    "folder", folder);
	if (r->dir < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open the record '%s'", called);
	return open_blobs(r, f);
}

void
record_folder_close(struct record_folder *r)
{
	if (r->blobs >= 0)
		close(r->blobs);
	if (r->dir >= 0)
		close(r->dir);
	*r = (struct record_folder)RECORD_FOLDER_INIT;
}

/* Opens a regular file of the record and tells its size. */
static int
open_regular(const struct record_folder *r, int dir, const char *file,
    const char *name, uint64_t *size, struct fail *f)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOFOLLOW);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return fail(f, FAIL_INPUT, "the record '%s' has a symbolic "
		    "link '%s', which is not followed", r->path, name);
	if (fd < 0 && errno == ENOENT)
		return fail(f, FAIL_INPUT, "the record '%s' is not whole: it "
		    "has no '%s'", r->path, name);
	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open '%s' of the record '%s'", name, r->path);
	if (fstat(fd, &st) < 0) {
		(void)fail_errno(f, FAIL_IO, errno, "cannot stat '%s' of the "
		    "record '%s'", name, r->path);
	} else if (!S_ISREG(st.st_mode)) {
		(void)fail(f, FAIL_INPUT, "'%s' of the record '%s' is not a "
		    "regular file", name, r->path);
	} else {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

const char *
record_blob_name(const uint8_t sha256[SHA256_BYTES],
    char name[RECORD_BLOB_NAME])
{
	memcpy(name, OCI_BLOBS "/", sizeof(OCI_BLOBS));
	sha256_hex(sha256, name + sizeof(OCI_BLOBS));
	return name + sizeof(OCI_BLOBS);
}

/* Opens a blob for reading, which must be a regular file of that size. */
static int
open_blob(const struct record_folder *r, const uint8_t sha256[SHA256_BYTES],
    uint64_t size, char name[RECORD_BLOB_NAME], struct fail *f)
{
	const char *file = record_blob_name(sha256, name);
	uint64_t has;
	int fd = open_regular(r, r->blobs, file, name, &has, f);

	if (fd < 0 || has == size)
		return fd;
	close(fd);
	return fail(f, FAIL_INPUT, "the record '%s' is damaged: '%s' has %"
	    PRIu64 " bytes, it should have %" PRIu64, r->path, name, has, size);
}

static int
compare_digest(const struct record_folder *r, const char *name,
    const uint8_t want[SHA256_BYTES], const uint8_t got[SHA256_BYTES],
    struct fail *f)
{
	if (memcmp(want, got, SHA256_BYTES) == 0)
		return 0;
	return fail(f, FAIL_INPUT, "the record '%s' is damaged: the bytes of "
	    "'%s' have another SHA-256; copy the record again", r->path, name);
}

int
record_blob_check(const struct record_folder *r,
    const uint8_t sha256[SHA256_BYTES], uint64_t size, struct fail *f)
{
	char name[RECORD_BLOB_NAME];
	int fd = open_blob(r, sha256, size, name, f), rc;
	uint8_t got[SHA256_BYTES];

	if (fd < 0)
		return -1;
	rc = file_sha256(fd, name, size, got, f);
	close(fd);
	return rc < 0 ? -1 : compare_digest(r, name, sha256, got, f);
}

static int
read_whole(int fd, const char *name, uint64_t size, void **bytes,
    struct fail *f)
{
	*bytes = malloc((size_t)size + 1);
	if (*bytes == NULL)
		return fail_memory(f, (size_t)size);
	return file_pread(fd, name, *bytes, (size_t)size, 0, f);
}

int
record_blob_read(const struct record_folder *r,
    const uint8_t sha256[SHA256_BYTES], uint64_t size, size_t limit,
    void **bytes, struct fail *f)
{
	uint8_t got[SHA256_BYTES];
	char name[RECORD_BLOB_NAME];
	int fd, rc;

	*bytes = NULL;
	(void)record_blob_name(sha256, name);
	if (size > limit)
		return fail(f, FAIL_INPUT, "'%s' of the record '%s' has %"
		    PRIu64 " bytes, more than %zu", name, r->path, size, limit);
	fd = open_blob(r, sha256, size, name, f);
	if (fd < 0)
		return -1;
	rc = read_whole(fd, name, size, bytes, f);
	close(fd);
	if (rc == 0) {
		sha256_of(*bytes, (size_t)size, got);
		rc = compare_digest(r, name, sha256, got, f);
	}
	if (rc < 0) {
		free(*bytes);
		*bytes = NULL;
	}
	return rc;
}

const struct record_blob *
record_find(const struct record *r, const uint8_t sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < r->n_blobs; i++)
		if (memcmp(r->blobs[i].sha256, sha256, SHA256_BYTES) == 0)
			return &r->blobs[i];
	return NULL;
}

int
record_input_copy(const struct record *r, const struct record_input *in,
    const char *to, struct fail *f)
{
	char name[RECORD_BLOB_NAME];
	int from = open_blob(r->folder, in->sha256, in->size, name, f), fd, rc;
	uint8_t got[SHA256_BYTES];

	if (from < 0)
		return -1;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		close(from);
		return fail_errno(f, FAIL_IO, errno, "cannot make '%s'", to);
	}
	rc = file_copy(from, to, fd, to, in->size, got, f);
	if (rc == 0)
		rc = compare_digest(r->folder, name, in->sha256, got, f);
	close(from);
	close(fd);
	return rc;
}

int
record_file_read(const struct record_folder *r, const char *name,
    void **bytes, size_t *n, struct fail *f)
{
	uint64_t size;
	int fd = open_regular(r, r->dir, name, name, &size, f), rc;

	*bytes = NULL;
	if (fd < 0)
		return -1;
	if (size > RECORD_JSON_MAX)
		rc = fail(f, FAIL_INPUT, "'%s' of the record '%s' has %" PRIu64
		    " bytes, more than %d", name, r->path, size,
		    RECORD_JSON_MAX);
	else
		rc = read_whole(fd, name, size, bytes, f);
	close(fd);
	*n = (size_t)size;
	return rc;
}
