#include <ftw.h>

#include "base/tempdir.h"
#include "stores.h"

int
enter_folder(void **state)
{
	struct fail f = FAIL_INIT;
	char *dir = tempdir_make(&f);

	*state = dir;
	return dir == NULL || chdir(dir) < 0 ? -1 : 0;
}

int
leave_folder(void **state)
{
	char *dir = *state;
	struct fail f = FAIL_INIT;
	int r = chdir("/");

	tempdir_remove(dir, &f);
	if (access(dir, F_OK) == 0)
		r = -1;
	free(dir);
	return r;
}

void
settle(void)
{
	const struct timespec t = { .tv_nsec = 15 * 1000 * 1000 };

	nanosleep(&t, NULL);
}

struct file_id
id_of(const char *path)
{
	struct fail f = FAIL_INIT;
	struct file_id id;
	int fd = file_open(path, &id, &f);

	assert_true(fd >= 0);
	close(fd);
	return id;
}

struct file_id
id_in_time(const char *path)
{
	struct fail f = FAIL_INIT;
	struct file_id id;
	int fd = file_open(path, &id, &f);

	assert_true(fd >= 0);
	assert_int_equal(file_settle(fd, path, &id, &f), 0);
	close(fd);
	return id;
}

struct file_id
settled_id(const char *path)
{
	struct file_id id = id_in_time(path);

	assert_true(id.settled);
	return id;
}

struct file_id
make_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	return id_of(path);
}

struct file_id
make_settled(const char *path, const char *text)
{
	make_file(path, text);
	return settled_id(path);
}

struct store *
open_store(const char *dir)
{
	struct fail f = FAIL_INIT;
	struct store *s = NULL;

	assert_int_equal(store_open(&s, dir, &f), 0);
	assert_non_null(s);
	return s;
}

void
put_bytes(struct store *s, const void *bytes, size_t n, size_t piece,
    uint8_t sha256[SHA256_BYTES])
{
	struct fail f = FAIL_INIT;
	struct store_writer *w;
	const char *p = bytes;
	uint64_t size;

	assert_int_equal(store_begin(s, &w, &f), 0);
	for (size_t at = 0; at < n; at += piece)
		assert_int_equal(store_put(w, p + at,
		    n - at < piece ? n - at : piece, &f), 0);
	assert_int_equal(store_commit(w, &size, sha256, &f), 0);
	assert_int_equal(size, n);
}

void
put_text(struct store *s, const char *text, uint8_t sha256[SHA256_BYTES])
{
	put_bytes(s, text, strlen(text), 1, sha256);
}

char *
blob_path(const char *dir, const uint8_t sha256[SHA256_BYTES], char path[160])
{
	char hex[65];

	sha256_hex(sha256, hex);
	snprintf(path, 160, "%s/blobs/sha256/%s", dir, hex);
	return path;
}

static unsigned n_seen;
static int
count_one(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)path;
	(void)st;
	(void)w;
	n_seen += type == FTW_F;
	return 0;
}

unsigned
files_in(const char *dir)
{
	n_seen = 0;
	assert_int_equal(nftw(dir, count_one, 16, FTW_PHYS), 0);
	return n_seen;
}
