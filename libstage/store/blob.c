#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/zero.h"
#include "store/impl.h"

/* A piece is written at once.  It is copied and hashed in steps, each while the
 * bytes of the next come out of the cache of the processor that made them. */
enum { PIECE = 256 << 10, STEP = 1024, LINE = 64, FLUSH_BYTES = 4 << 20 };
/* Half of a kernel can be zeroes.  HOLE of them together become a hole of the
 * file, which xb-load has cleared and does not read. */
enum { HOLE = 64 << 10 };

struct store_writer {
	struct store *store;
	int fd;
	char name[FILE_TEMPORARY];	/* of the temporary file */
	struct sha256_ctx hash;
	uint64_t size;			/* of the blob so far, all hashed */
	uint64_t flushed;		/* bytes are on their way to the disk */
	size_t n;			/* bytes are not written yet */
	unsigned char bytes[PIECE];
};

static int
write_fault(const struct store_writer *w, int e, struct fail *f)
{
	return fail(f, FAIL_IO, "cannot write to the store '%s': %s; -S or "
	    "XB_STORE name another folder", w->store->dir, strerror(e));
}

int
store_begin(struct store *s, struct store_writer **out, struct fail *f)
{
	struct store_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fail_memory(f, sizeof(*w));
	w->store = s;
	sha256_init(&w->hash);
	w->fd = file_create_temporary(s->blobs, "blob", 0600, w->name);
	if (w->fd < 0) {
		(void)write_fault(w, errno, f);
		free(w);
		return -1;
	}
	*out = w;
	return 0;
}

/* Starts writing to the disk early, so that the fsync at the end has little
 * left to do. */
static void
flush(struct store_writer *w)
{
	if (w->size - w->flushed < FLUSH_BYTES)
		return;
	sync_file_range(w->fd, (off_t)w->flushed,
	    (off_t)(w->size - w->flushed), SYNC_FILE_RANGE_WRITE);
	w->flushed = w->size;
}

static int
put_piece(struct store_writer *w, struct fail *f)
{
	uint64_t start = w->size - w->n;
	bool hole = false;

	for (size_t at = 0, n = 0; at < w->n; at += n) {
		n = w->n - at < HOLE ? w->n - at : HOLE;
		hole = n == HOLE && zero_all(w->bytes + at, n);
		if (!hole &&
		    file_put_at(w->fd, w->bytes + at, n, start + at) < 0)
			return write_fault(w, errno, f);
	}
	if (hole && ftruncate(w->fd, (off_t)w->size) < 0)
		return write_fault(w, errno, f);
	w->n = 0;
	flush(w);
	return 0;
}

/* What is hashed is the copy, which nobody else can write to. */
static void
copy_and_hash(struct store_writer *w, const unsigned char *from, size_t n)
{
	unsigned char *to = w->bytes + w->n;

	w->n += n;
	w->size += n;
	while (n > 0) {
		size_t part = n < STEP ? n : STEP, next;

		for (next = part; next < n && next < 2 * STEP; next += LINE)
			__builtin_prefetch(from + next);
		memcpy(to, from, part);
		sha256_update(&w->hash, part, to);
		to += part;
		from += part;
		n -= part;
	}
}

int
store_put(struct store_writer *w, const void *bytes, size_t n, struct fail *f)
{
	const unsigned char *p = bytes;

	while (n > 0) {
		size_t part = PIECE - w->n < n ? PIECE - w->n : n;

		copy_and_hash(w, p, part);
		p += part;
		n -= part;
		if (w->n == PIECE && put_piece(w, f) < 0)
			return -1;
	}
	return 0;
}

static void
drop(struct store_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

void
store_abort(struct store_writer *w)
{
	if (w == NULL)
		return;
	unlinkat(w->store->blobs, w->name, 0);
	drop(w);
}

/*
 * Does the store have these bytes already?  The old blob is read and hashed:
 * that costs less than an fsync of the new one, and finds a damaged blob.
 */
static bool
have(const struct store *s, const char *hex, uint64_t size,
    const uint8_t sha256[SHA256_BYTES], struct file_id *id)
{
	struct fail quiet = { .kind = FAIL_NONE };
	uint8_t now[SHA256_BYTES];
	bool same;
	int fd = file_open_in(s->blobs, hex, hex, id, &quiet);

	if (fd < 0)
		return false;
	same = id->size == size &&
	    file_sha256(fd, hex, size, now, &quiet) == 0 &&
	    file_unchanged(fd, hex, id, &quiet) == 0 &&
	    memcmp(now, sha256, sizeof(now)) == 0;
	close(fd);
	return same;
}

/*
 * Gives the blob its name.  Another build may have put the same bytes there
 * meanwhile, and read them now: its blob stays, because a file that loses its
 * name has another state, and would count as changed.
 */
static int
put_in_place(const struct store_writer *w, const char *hex,
    const uint8_t sha256[SHA256_BYTES])
{
	int blobs = w->store->blobs;
	struct file_id theirs;

	if (renameat2(blobs, w->name, blobs, hex, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST && have(w->store, hex, w->size, sha256, &theirs))
		return unlinkat(blobs, w->name, 0);
	return renameat(blobs, w->name, blobs, hex);
}

static int
keep(struct store_writer *w, const char *hex,
    const uint8_t sha256[SHA256_BYTES], struct file_id *id, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	int fd;

	if (fchmod(w->fd, 0400) < 0 || fsync(w->fd) < 0)
		return write_fault(w, errno, f);
	w->fd = file_close_locked(w->fd);
	if (w->fd < 0 || put_in_place(w, hex, sha256) < 0)
		return write_fault(w, errno, f);
	fd = file_open_in(w->store->blobs, hex, hex, id, &why);
	if (fd < 0)
		return fail(f, FAIL_IO, "cannot use what was written to the "
		    "store '%s': %s; -S or XB_STORE name another folder",
		    w->store->dir, why.message);
	close(fd);
	return 0;
}

static int
finish(struct store_writer *w, uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	char hex[2 * SHA256_BYTES + 1];
	struct file_id id;

	if (put_piece(w, f) < 0)
		return -1;
	sha256_digest(&w->hash, SHA256_BYTES, sha256);
	sha256_hex(sha256, hex);
	if (have(w->store, hex, w->size, sha256, &id))
		unlinkat(w->store->blobs, w->name, 0);
	else if (keep(w, hex, sha256, &id, f) < 0)
		return -1;
	/* Settled, however young it is: a blob is written under a temporary
	 * name, and not written to once it has its own. */
	id.settled = true;
	store_remember(w->store, &id, STORE_WHOLE, w->size, sha256, f);
	return 0;
}

int
store_commit(struct store_writer *w, uint64_t *size,
    uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	int rc = finish(w, sha256, f);

	*size = w->size;
	if (rc < 0)
		store_abort(w);
	else
		drop(w);
	return rc;
}

const char *
store_blob_path(const char *dir, const uint8_t sha256[SHA256_BYTES],
    struct arena *a, struct fail *f)
{
	char hex[2 * SHA256_BYTES + 1];

	sha256_hex(sha256, hex);
	return arena_print(a, f, "%s/" STORE_BLOBS "/%s", dir, hex);
}

int
store_open_blob(struct store *s, const uint8_t sha256[SHA256_BYTES],
    struct arena *a, const char **path, struct file_id *id, struct fail *f)
{
	char hex[2 * SHA256_BYTES + 1];
	int fd;

	*path = store_blob_path(s->dir, sha256, a, f);
	if (*path == NULL)
		return -1;
	sha256_hex(sha256, hex);
	/* Opened in the store's folder and not by the path, which may lead
	 * elsewhere now. */
	fd = file_open_in(s->blobs, hex, *path, id, f);
	if (fd >= 0)
		id->settled = true;
	return fd;
}
