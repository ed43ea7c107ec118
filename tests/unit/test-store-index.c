/* store: what the index says of a source, and when it is believed. */
#include <stddef.h>

#include "believed.h"
#include "stores.h"

static bool
recalls(struct store *s, const struct file_id *id, const char *how, bool blob)
{
	uint8_t sha256[SHA256_BYTES] = { 0 };
	char hex[65];
	uint64_t size = 0;

	if (!store_recall(s, id, how, blob, &size, sha256))
		return false;
	sha256_hex(sha256, hex);
	assert_string_equal(hex, abc_hex);
	assert_int_equal(size, 3);
	return true;
}

/* A settled source whose unpacked form is the blob "abc". */
static struct file_id
known_source(struct store *s, const char *how)
{
	struct file_id id = make_settled("source", "packed");
	struct fail f = FAIL_INIT;
	uint8_t sha256[SHA256_BYTES];

	put_text(s, "abc", sha256);
	store_remember(s, &id, how, 3, sha256, &f);
	assert_int_equal(f.kind, FAIL_NONE);
	return id;
}

static void
recalls_what_was_remembered(void **state)
{
	struct store *s;
	struct file_id id, other;

	(void)state;
	only_where_believed(".");
	s = open_store("s");
	id = known_source(s, "xz at 0x40f0+0x7d3e10");
	assert_true(recalls(s, &id, "xz at 0x40f0+0x7d3e10", true));
	assert_true(recalls(s, &id, "xz at 0x40f0+0x7d3e10", false));
	assert_false(recalls(s, &id, "xz at 0x40f0+0x7d3e1", true));
	assert_false(recalls(s, &id, "whole", false));
	store_close(s);
	s = open_store("s");
	assert_true(recalls(s, &id, "xz at 0x40f0+0x7d3e10", true));
	for (size_t i = 0; i < offsetof(struct file_id, settled) /
	    sizeof(uint64_t); i++) {
		other = id;
		*((uint64_t *)&other + i) -= 1;
		assert_false(recalls(s, &other, "xz at 0x40f0+0x7d3e10",
		    true));
	}
	store_close(s);
}

static void
a_changed_file_is_not_recalled(void **state)
{
	struct store *s;
	struct file_id id, now;

	(void)state;
	only_where_believed(".");
	s = open_store("s");
	id = known_source(s, "whole");
	now = make_settled("source", "PACKED");
	assert_true(recalls(s, &id, "whole", true));
	assert_false(recalls(s, &now, "whole", true));
	store_close(s);
}

/* What counts is how old the file was when it was looked at, not now. */
static void
a_fresh_file_is_not_remembered(void **state)
{
	struct store *s;
	struct fail f = FAIL_INIT;
	uint8_t sha256[SHA256_BYTES];
	struct file_id id, settled;

	(void)state;
	only_where_believed(".");
	s = open_store("s");
	put_text(s, "abc", sha256);
	id = make_file("source", "packed");
	assert_false(id.settled);
	settle();
	store_remember(s, &id, "xz", 3, sha256, &f);
	assert_false(recalls(s, &id, "xz", true));
	settled = settled_id("source");
	assert_true(file_id_equal(&id, &settled));
	store_remember(s, &settled, "xz", 3, sha256, &f);
	assert_true(recalls(s, &settled, "xz", true));
	/* Who looks must have found that nobody writes to the file, too. */
	assert_false(recalls(s, &id, "xz", true));
	store_close(s);
}

/* The index knows a blob by the blob's own state, from the first moment. */
static void
a_blob_is_its_own_payload(void **state)
{
	struct store *s = open_store("s");
	struct arena a = ARENA_INIT;
	struct fail f = FAIL_INIT;
	uint8_t sha256[SHA256_BYTES];
	struct file_id id;
	const char *path;

	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd;

		put_text(s, "abc", sha256);
		fd = store_open_blob(s, sha256, &a, &path, &id, &f);
		assert_true(fd >= 0);
		close(fd);
		assert_true(id.settled);
		assert_true(recalls(s, &id, STORE_WHOLE, false));
		assert_int_equal(files_in("s/index"), 1);
	}
	arena_release(&a);
	store_close(s);
}

static void
append_to(const char *path)
{
	FILE *out;

	assert_int_equal(chmod(path, 0600), 0);
	out = fopen(path, "a");
	assert_non_null(out);
	fputc('d', out);
	assert_int_equal(fclose(out), 0);
}

static void
overwrite(const char *path)
{
	FILE *out;

	assert_int_equal(chmod(path, 0600), 0);
	out = fopen(path, "r+");
	assert_non_null(out);
	fputc('A', out);
	assert_int_equal(fclose(out), 0);
}

static void
remove_blob(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

/* Only a source that is its own payload can do without a blob. */
static void
a_blob_that_changed_is_made_anew(void **state)
{
	void (*const harms[])(const char *) = { append_to, overwrite,
	    remove_blob };

	(void)state;
	only_where_believed(".");
	for (size_t i = 0; i < COUNT(harms); i++) {
		struct store *s = open_store("s");
		struct file_id id = known_source(s, "xz");
		uint8_t sha256[SHA256_BYTES];
		uint64_t size;
		char path[160];

		assert_true(store_recall(s, &id, "xz", true, &size, sha256));
		harms[i](blob_path("s", sha256, path));
		assert_false(recalls(s, &id, "xz", true));
		assert_true(recalls(s, &id, "xz", false));
		store_close(s);
	}
}

/* The one file of the index that is not a blob's. */
static char *
index_path(char path[160])
{
	FILE *ls = popen("grep -L ' whole$' s/index/*", "r");

	assert_non_null(ls);
	assert_non_null(fgets(path, 160, ls));
	path[strcspn(path, "\n")] = '\0';
	assert_int_equal(pclose(ls), 0);
	return path;
}

static void
write_file(const char *path, const char *bytes, size_t n)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static void
a_damaged_index_counts_as_absent(void **state)
{
	struct store *s;
	struct file_id id;
	struct fail f = FAIL_INIT;
	char path[160], *bytes;
	void *slurped;
	size_t n;

	(void)state;
	only_where_believed(".");
	s = open_store("s");
	id = known_source(s, "xz");
	index_path(path);
	assert_int_equal(file_slurp(AT_FDCWD, path, 65536, &slurped, &n, &f),
	    0);
	bytes = slurped;
	for (size_t i = 0; i < n; i++) {
		write_file(path, bytes, i);
		assert_false(recalls(s, &id, "xz", true));
		bytes[i] ^= 1;
		write_file(path, bytes, n);
		assert_false(recalls(s, &id, "xz", false));
		bytes[i] ^= 1;
	}
	write_file(path, bytes, n);
	assert_true(recalls(s, &id, "xz", true));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(recalls(s, &id, "xz", true));
	free(slurped);
	store_close(s);
}

static void
count_notes(void *arg, enum say_level level, const char *message)
{
	assert_int_equal(level, SAY_NOTE);
	assert_non_null(strstr(message, "index"));
	++*(unsigned *)arg;
}

static void
an_index_that_cannot_be_written_is_a_note(void **state)
{
	struct store *s;
	struct file_id id;
	unsigned notes = 0;
	struct fail f = { .say = count_notes, .say_arg = &notes };
	uint8_t sha256[SHA256_BYTES] = { 0 };
	char path[160];

	(void)state;
	only_where_believed(".");
	s = open_store("s");
	id = known_source(s, "xz");
	index_path(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	store_remember(s, &id, "xz", 3, sha256, &f);
	assert_int_equal(f.kind, FAIL_NONE);
	assert_int_equal(notes, 1);
	store_close(s);
}

/* Entry n of 4096 is n seconds old. */
static void
make_entry(unsigned n)
{
	struct timespec when[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = time(NULL) - n } };
	char path[96];

	snprintf(path, sizeof(path), "s/index/%064x", n);
	make_file(path, "of a file that was changed");
	assert_int_equal(utimensat(AT_FDCWD, path, when, 0), 0);
}

static void
a_large_index_loses_its_older_half(void **state)
{
	struct file_id id, added;
	struct store *s;

	(void)state;
	only_where_believed(".");
	s = open_store("s");
	id = known_source(s, "whole");
	store_close(s);
	for (unsigned n = 1; n <= 4096; n++)
		make_entry(n);
	make_file("s/index/notes", "nobody's entry");
	s = open_store("s");
	assert_true(recalls(s, &id, "whole", false));
	assert_int_equal(files_in("s/index"), 4099);
	/* Looking something up changes nothing; what is added does. */
	added = known_source(s, "xz at 0x0+0x6");
	assert_int_equal(files_in("s/index"), 2051);
	assert_int_equal(access("s/index/notes", F_OK), 0);
	assert_int_equal(access("s/index/"
	    "00000000000000000000000000000000000000000000000000000000000007ff",
	    F_OK), 0);
	assert_int_equal(access("s/index/"
	    "0000000000000000000000000000000000000000000000000000000000000800",
	    F_OK), -1);
	assert_true(recalls(s, &id, "whole", false));
	assert_true(recalls(s, &added, "xz at 0x0+0x6", true));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(recalls_what_was_remembered),
		store_test(a_changed_file_is_not_recalled),
		store_test(a_fresh_file_is_not_remembered),
		store_test(a_blob_is_its_own_payload),
		store_test(a_blob_that_changed_is_made_anew),
		store_test(a_damaged_index_counts_as_absent),
		store_test(an_index_that_cannot_be_written_is_a_note),
		store_test(a_large_index_loses_its_older_half),
	};

	return cmocka_run_group_tests_name("store-index", tests, NULL, NULL);
}
