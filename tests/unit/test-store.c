/* store: blobs and folders.  The index is in test-store-index.c. */
#include <nettle/sha2.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/tempdir.h"
#include "store/impl.h"
#include "stores.h"

static const char empty_hex[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void
keeps_what_was_put(void **state)
{
	static const size_t sizes[] = { 0, 1, 262143, 262144, 262145,
	    5 << 20, (5 << 20) + 13 };
	struct store *s = open_store("s");
	char *bytes = malloc((5 << 20) + 13);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < (5 << 20) + 13; i++)
		bytes[i] = (char)(i * i / 7);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint8_t sha256[SHA256_BYTES], want[SHA256_BYTES];
		struct sha256_ctx ctx;
		struct stat st;
		char path[160];

		put_bytes(s, bytes, sizes[i], 65521, sha256);
		sha256_init(&ctx);
		sha256_update(&ctx, sizes[i], (uint8_t *)bytes);
		sha256_digest(&ctx, SHA256_BYTES, want);
		assert_memory_equal(sha256, want, SHA256_BYTES);
		assert_int_equal(stat(blob_path("s", sha256, path), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0400);
		assert_int_equal(st.st_size, sizes[i]);
		assert_int_equal(files_in("s/blobs"), i + 1);
	}
	free(bytes);
	store_close(s);
}

static void
opens_what_it_has(void **state)
{
	struct store *s = open_store("s");
	struct arena a = ARENA_INIT;
	struct fail f = FAIL_INIT;
	uint8_t sha256[SHA256_BYTES];
	const char *path;
	struct file_id id;
	char got[4] = "";
	int fd;

	(void)state;
	put_text(s, "abc", sha256);
	fd = store_open_blob(s, sha256, &a, &path, &id, &f);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "abc");
	assert_int_equal(path[0], '/');
	assert_non_null(strstr(path, abc_hex));
	assert_int_equal(id.size, 3);
	close(fd);
	sha256[0] ^= 1;
	assert_int_equal(store_open_blob(s, sha256, &a, &path, &id, &f), -1);
	assert_int_equal(f.kind, FAIL_MISSING);
	arena_release(&a);
	store_close(s);
}

static void
an_abort_leaves_nothing(void **state)
{
	struct store *s = open_store("s");
	struct fail f = FAIL_INIT;
	struct store_writer *w;
	static const char zeros[3 << 20];

	(void)state;
	assert_int_equal(store_begin(s, &w, &f), 0);
	store_abort(w);
	assert_int_equal(store_begin(s, &w, &f), 0);
	assert_int_equal(store_put(w, zeros, sizeof(zeros), &f), 0);
	store_abort(w);
	store_abort(NULL);
	assert_int_equal(files_in("s"), 0);
	store_close(s);
	store_close(NULL);
}

/* Put again: the blob stays, unless it is not what its name says. */
static void
mends_a_blob_that_went_bad(void **state)
{
	static const struct {
		const char *text;
		bool stays;
	} blobs[] = { { "abc", true }, { "abd", false }, { "abcd", false },
	    { "", false } };
	struct store *s = open_store("s");

	(void)state;
	for (size_t i = 0; i < COUNT(blobs); i++) {
		uint8_t sha256[SHA256_BYTES];
		struct stat before, after;
		char path[160], got[8] = "";
		int fd;

		put_text(s, "abc", sha256);
		blob_path("s", sha256, path);
		assert_int_equal(unlink(path), 0);
		make_file(path, blobs[i].text);
		assert_int_equal(stat(path, &before), 0);
		put_text(s, "abc", sha256);
		assert_int_equal(stat(path, &after), 0);
		assert_int_equal(before.st_ino == after.st_ino,
		    blobs[i].stays);
		fd = open(path, O_RDONLY);
		assert_int_equal(read(fd, got, sizeof(got)), 3);
		assert_string_equal(got, "abc");
		close(fd);
		assert_int_equal(files_in("s/blobs"), 1);
	}
	store_close(s);
}

/* Runs work in a process of its own; its result is the exit status. */
static int
apart(int (*work)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(work());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
write_much(void)
{
	static char bytes[3 << 20];
	struct fail f = FAIL_INIT;
	struct store_writer *w;
	uint8_t sha256[SHA256_BYTES];
	struct store *s;
	uint64_t size;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i / 11);
	if (store_open(&s, "s", &f) < 0)
		return (int)f.kind;
	for (unsigned i = 0; i < 5; i++) {
		if (store_begin(s, &w, &f) < 0)
			return (int)f.kind;
		if (store_put(w, bytes, sizeof(bytes), &f) < 0) {
			store_abort(w);
			return (int)f.kind;
		}
		if (store_commit(w, &size, sha256, &f) < 0)
			return (int)f.kind;
	}
	store_close(s);
	return 0;
}

static void
writers_do_not_disturb_each_other(void **state)
{
	pid_t pids[4];

	(void)state;
	for (size_t i = 0; i < COUNT(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(write_much());
	}
	for (size_t i = 0; i < COUNT(pids); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(files_in("s/blobs"), 1);
}

static void
age(const char *path)
{
	const struct timespec two_days_ago[2] = {
		{ .tv_sec = time(NULL) - 2 * 86400 },
		{ .tv_sec = time(NULL) - 2 * 86400 },
	};

	assert_int_equal(utimensat(AT_FDCWD, path, two_days_ago, 0), 0);
}

static void
sweeps_what_killed_runs_left(void **state)
{
	struct fail f = FAIL_INIT;
	struct store *s = open_store("s"), *again;
	uint8_t sha256[SHA256_BYTES];
	struct store_writer *w;
	char path[160];

	(void)state;
	put_text(s, "abc", sha256);
	age(blob_path("s", sha256, path));
	make_file("s/blobs/sha256/.tmp-0123456789abcdef", "old");
	make_file("s/blobs/sha256/.blob.fedcba9876543210", "just killed");
	make_file("s/index/.0123.77", "old");
	/* One that is being written stays. */
	assert_int_equal(store_begin(s, &w, &f), 0);
	again = open_store("s");
	assert_int_equal(files_in("s/blobs"), 2);
	put_text(again, "def", sha256);
	assert_int_equal(access("s/index/.0123.77", F_OK), -1);
	assert_int_equal(access(path, F_OK), 0);
	store_abort(w);
	assert_int_equal(files_in("s/blobs"), 2);
	store_close(again);
	store_close(s);
}

static const struct {
	const char *name, *xb_store, *cache, *home;
	const char *want;
} defaults[] = {
	{ "XB_STORE first", "a", "/b", "/c", "/a" },
	{ "then the cache folder", NULL, "/b", "/c", "/b/xb" },
	{ "then home", NULL, NULL, "/c", "/c/.cache/xb" },
	{ "empty is unset", "", "", "/c", "/c/.cache/xb" },
	{ "a cache folder that is not absolute", NULL, "b", "/c",
	    "/c/.cache/xb" },
	{ "folders are made", "d/e/f/", NULL, NULL, "/d/e/f" },
};

/* Values with a slash in front are put under the test's folder. */
static void
set_env(const char *name, const char *dir, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", value != NULL && value[0] == '/' ?
	    dir : "", value != NULL ? value : "");
	if (value == NULL)
		unsetenv(name);
	else
		setenv(name, path, 1);
}

static void
finds_its_folder(void **state)
{
	struct fail f = FAIL_INIT;

	for (size_t i = 0; i < COUNT(defaults); i++) {
		char want[256];
		struct stat st;

		set_env("XB_STORE", *state, defaults[i].xb_store);
		set_env("XDG_CACHE_HOME", *state, defaults[i].cache);
		set_env("HOME", *state, defaults[i].home);
		store_close(open_store(NULL));
		snprintf(want, sizeof(want), "%s%s/blobs/sha256",
		    (char *)*state, defaults[i].want);
		if (stat(want, &st) < 0)
			print_error("%s\n", defaults[i].name);
		assert_int_equal(stat(want, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0700);
		tempdir_remove(*state, &f);
		assert_int_equal(mkdir(*state, 0700), 0);
		assert_int_equal(chdir(*state), 0);
	}
	unsetenv("XB_STORE");
	unsetenv("XDG_CACHE_HOME");
}

/* A home that is not absolute counts as unset: the password entry has one. */
static void
ignores_a_relative_home(void **state)
{
	struct fail f = FAIL_INIT;
	char *dir;

	(void)state;
	unsetenv("XB_STORE");
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", "c", 1);
	dir = store_dir(NULL, &f);
	assert_true(dir == NULL || dir[0] == '/');
	free(dir);
}

static void
assert_unusable(const char *dir, enum fail_kind want)
{
	struct fail f = FAIL_INIT;
	struct store *s;

	assert_int_equal(store_open(&s, dir, &f), -1);
	assert_int_equal(f.kind, want);
	assert_non_null(strstr(f.message, dir));
	assert_non_null(strstr(f.message, "-S or XB_STORE"));
}

static void
refuses_folders_of_others(void **state)
{
	(void)state;
	make_file("file", "");
	assert_unusable("file", FAIL_IO);
	assert_unusable("file/s", FAIL_IO);
	assert_unusable("/proc/xb-store", FAIL_IO);
	assert_unusable("", FAIL_IO);
}

/* Each folder alone, in every way that lets somebody else write there. */
static void
refuses_folders_that_others_write_to(void **state)
{
	static const char *const folders[] = { "s", "s/blobs",
	    "s/blobs/sha256", "s/index" };
	static const mode_t modes[] = { 0770, 0707, 0777, 01777 };

	(void)state;
	store_close(open_store("s"));
	assert_int_equal(setenv("XB_STORE", "s", 1), 0);
	for (size_t i = 0; i < COUNT(folders); i++) {
		struct fail f = FAIL_INIT;

		for (size_t m = 0; m < COUNT(modes); m++) {
			assert_int_equal(chmod(folders[i], modes[m]), 0);
			assert_unusable("s", FAIL_PERM);
			assert_null(store_find(&f));
		}
		assert_int_equal(chmod(folders[i], 0755), 0);
		store_close(open_store("s"));
		if (geteuid() != 0)
			continue;
		assert_int_equal(chown(folders[i], 65534, 65534), 0);
		assert_unusable("s", FAIL_PERM);
		assert_null(store_find(&f));
		assert_int_equal(chown(folders[i], 0, 0), 0);
	}
	unsetenv("XB_STORE");
}

static void
looking_for_a_store_makes_none(void **state)
{
	struct fail f = FAIL_INIT;
	struct store *s;

	(void)state;
	assert_int_equal(setenv("XB_STORE", "s", 1), 0);
	assert_null(store_find(&f));
	assert_int_equal(access("s", F_OK), -1);
	assert_int_equal(mkdir("s", 0700), 0);
	assert_null(store_find(&f));
	assert_int_equal(rmdir("s"), 0);
	store_close(open_store("s"));
	s = store_find(&f);
	assert_non_null(s);
	store_close(s);
	unsetenv("XB_STORE");
}

/* Root may write where the mode forbids it: be somebody else. */
static int
open_as_nobody(void)
{
	struct fail f = FAIL_INIT;
	struct store *s;

	if (geteuid() == 0 && seteuid(65534) < 0)
		return 1;
	return store_open(&s, "closed/s", &f) < 0 ? (int)f.kind : 0;
}

static void
says_what_is_not_permitted(void **state)
{
	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(mkdir("closed", 0555), 0);
	assert_int_equal(apart(open_as_nobody), FAIL_PERM);
}

static int
write_to_full_disk(void)
{
	const struct rlimit small = { 1 << 20, 1 << 20 };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &small) < 0)
		return 1;
	return write_much();
}

static void
a_full_disk_is_an_io_error(void **state)
{
	(void)state;
	assert_int_equal(apart(write_to_full_disk), FAIL_IO);
	assert_int_equal(files_in("s"), 0);
}

static void
digests_in_words(void **state)
{
	struct store *s = open_store("s");
	uint8_t sha256[SHA256_BYTES];
	char hex[65];

	(void)state;
	put_text(s, "abc", sha256);
	sha256_hex(sha256, hex);
	assert_string_equal(hex, abc_hex);
	put_text(s, "", sha256);
	sha256_hex(sha256, hex);
	assert_string_equal(hex, empty_hex);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(keeps_what_was_put),
		store_test(opens_what_it_has),
		store_test(an_abort_leaves_nothing),
		store_test(mends_a_blob_that_went_bad),
		store_test(writers_do_not_disturb_each_other),
		store_test(sweeps_what_killed_runs_left),
		store_test(finds_its_folder),
		store_test(ignores_a_relative_home),
		store_test(refuses_folders_of_others),
		store_test(refuses_folders_that_others_write_to),
		store_test(looking_for_a_store_makes_none),
		store_test(says_what_is_not_permitted),
		store_test(a_full_disk_is_an_io_error),
		store_test(digests_in_words),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
