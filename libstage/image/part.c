#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/progress.h"
#include "image/broker.h"

static int
copy_into(struct store_writer *to, const struct image_file *from, uint64_t at,
    uint64_t size, struct fail *f)
{
	const size_t piece = 256 << 10;
	unsigned char *bytes = malloc(piece);
	int rc = bytes == NULL ? fail_memory(f, piece) : 0;
	struct progress progress;

	progress_begin(&progress, "copying", from->what, size);
	while (rc == 0 && size > 0) {
		size_t n = size < piece ? (size_t)size : piece;

		rc = file_pread(from->fd, from->what, bytes, n, at, f);
		if (rc == 0)
			rc = store_put(to, bytes, n, f);
		if (rc == 0)
			rc = progress_step(&progress, n, f);
		at += n;
		size -= n;
	}
	free(bytes);
	progress_erase();
	if (rc == 0)
		rc = file_unchanged(from->fd, from->what, &from->id, f);
	return rc;
}

static int
copy_part(struct broker *b, const struct image_file *from, uint64_t at,
    uint64_t size, uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	struct store_writer *writer;

	if (store_begin(b->store, &writer, f) < 0)
		return -1;
	if (copy_into(writer, from, at, size, f) < 0) {
		store_abort(writer);
		return -1;
	}
	return store_commit(writer, &size, sha256, f);
}

int
broker_part(struct broker *b, const struct image_file *from, uint64_t at,
    uint64_t size, const char *what, struct image_file *to, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];
	char how[80], name[4096];
	uint64_t known;
	int n = snprintf(name, sizeof(name), "%.3000s (its %s at 0x%" PRIx64
	    ")", from->what, what, at);

	snprintf(how, sizeof(how), "part at 0x%" PRIx64 "+0x%" PRIx64, at,
	    size);
	what = arena_bytes(&b->scratch, name, (size_t)n, f);
	if (what == NULL || broker_store(b, f) == NULL)
		return -1;
	if (!store_recall(b->store, &from->id, how, true, &known, sha256) ||
	    known != size) {
		if (copy_part(b, from, at, size, sha256, f) < 0)
			return -1;
		store_remember(b->store, &from->id, how, size, sha256, f);
	}
	return broker_open_blob(b, sha256, what, to, f);
}
