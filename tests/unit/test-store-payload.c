/* store: the bytes of a payload, found again by the stages after xb-parse. */
#include <sys/mman.h>

#include "believed.h"
#include "stores.h"

static const char parsed[] = "the bytes that were parsed";

/* What became of the source after xb-parse wrote it into the plan. */
enum source { ABSENT, SETTLED, FRESH, TOUCHED, REWRITTEN, GROWN, GONE, FIFO,
	FOLDER, NUL_IN_PATH };

/* What the default store has under the payload's digest. */
enum blob { NO_BLOB, BLOB, BAD_BLOB, LONG_BLOB };

static const struct {
	const char *name;
	enum source source;
	enum blob blob;
	enum fail_kind want;
	const char *words;
} cases[] = {
	{ "the source as it was", SETTLED, NO_BLOB, FAIL_NONE, "source" },
	{ "written just now", FRESH, NO_BLOB, FAIL_NONE, "source" },
	{ "touched, the same bytes", TOUCHED, NO_BLOB, FAIL_NONE, "source" },
	{ "other bytes", REWRITTEN, BLOB, FAIL_INPUT, "its SHA-256 is" },
	{ "more bytes", GROWN, BLOB, FAIL_INPUT, "27 bytes now, then 26" },
	{ "a FIFO now", FIFO, NO_BLOB, FAIL_INPUT, "a FIFO" },
	{ "a folder now", FOLDER, NO_BLOB, FAIL_INPUT, "a folder" },
	{ "no path", NUL_IN_PATH, NO_BLOB, FAIL_INPUT, "NUL" },
	{ "removed, in the store", GONE, BLOB, FAIL_NONE, "blobs/sha256" },
	{ "removed, not in the store", GONE, NO_BLOB, FAIL_MISSING,
	    "source' is gone" },
	{ "a plan from elsewhere", ABSENT, BLOB, FAIL_NONE, "blobs/sha256" },
	{ "a plan from elsewhere, nothing here", ABSENT, NO_BLOB,
	    FAIL_MISSING, "the plan names no source" },
	{ "a blob of other bytes", ABSENT, BAD_BLOB, FAIL_INPUT,
	    "its SHA-256 is" },
	{ "a blob of more bytes", ABSENT, LONG_BLOB, FAIL_INPUT,
	    "28 bytes now" },
};

static void
make_blob(enum blob blob, uint8_t sha256[SHA256_BYTES])
{
	struct fail f = { .kind = FAIL_NONE };
	struct store_writer *w;
	struct store *s;
	char path[128] = "store/blobs/sha256/";
	uint64_t size;

	assert_int_equal(store_open(&s, NULL, &f), 0);
	assert_int_equal(store_begin(s, &w, &f), 0);
	assert_int_equal(store_put(w, parsed, strlen(parsed), &f), 0);
	assert_int_equal(store_commit(w, &size, sha256, &f), 0);
	store_close(s);
	sha256_hex(sha256, path + strlen(path));
	if (blob != BLOB)
		assert_int_equal(unlink(path), 0);
	if (blob == BAD_BLOB)
		make_file(path, "THE BYTES THAT WERE PARSED");
	if (blob == LONG_BLOB)
		make_file(path, "the bytes that were parsed..");
}

static void
change_source(enum source source, const char *path)
{
	if (source == TOUCHED)
		assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
	if (source == REWRITTEN)
		make_file(path, "The bytes that were parsed");
	if (source == GROWN)
		make_file(path, "the bytes that were parsed.");
	if (source == GONE || source == FIFO || source == FOLDER)
		assert_int_equal(unlink(path), 0);
	if (source == FIFO)
		assert_int_equal(mkfifo(path, 0600), 0);
	if (source == FOLDER)
		assert_int_equal(mkdir(path, 0700), 0);
}

static void
make_source(struct plan *p, enum source source,
    const uint8_t sha256[SHA256_BYTES])
{
	static char path[] = "source", cut[] = "sour\0ce";
	static struct plan_source s;

	s = (struct plan_source){ .path = { path, strlen(path) } };
	if (source == NUL_IN_PATH)
		s.path = (struct bytes){ cut, sizeof(cut) - 1 };
	memcpy(s.sha256, sha256, SHA256_BYTES);
	s.id = make_file(path, parsed);
	if (source != FRESH)
		settle();
	change_source(source, path);
	if (source == REWRITTEN)
		settle();
	p->sources = &s;
	p->n_sources = source != ABSENT;
}

static void
end(struct plan *p)
{
	p->n_sources = 0;
	p->sources = NULL;
	plan_release(p);
}

static void
run_case(size_t i)
{
	struct payload payload = { .role = "kernel", .size = strlen(parsed) };
	struct fail f = { .kind = FAIL_NONE };
	const char *path = "";
	struct file_id id;
	struct plan p;
	int fd;

	plan_init(&p);
	make_blob(cases[i].blob, payload.sha256);
	make_source(&p, cases[i].source, payload.sha256);
	fd = store_open_payload(&p, &payload, &path, &id, &f);
	if (f.kind != cases[i].want || strstr(f.kind == FAIL_NONE ? path :
	    f.message, cases[i].words) == NULL) {
		print_error("%s: kind %d, path '%s', message '%s'\n",
		    cases[i].name, (int)f.kind, path, f.message);
		assert_true(false);
	}
	if (f.kind == FAIL_NONE) {
		char got[64] = "";

		assert_int_equal(read(fd, got, sizeof(got)), strlen(parsed));
		assert_string_equal(got, parsed);
		assert_int_equal(file_unchanged(fd, path, &id, &f), 0);
		close(fd);
	} else {
		assert_int_equal(fd, -1);
	}
	end(&p);
}

/* A test in a folder of its own, where the default store is too. */
#define own_test(t) cmocka_unit_test_setup_teardown(t, enter, leave_folder)

static int
enter(void **state)
{
	return enter_folder(state) < 0 || setenv("XB_STORE", "store", 1) < 0;
}

static void
finds_the_bytes_that_were_parsed(void **state)
{
	(void)state;
	only_where_believed(".");
	for (size_t i = 0; i < COUNT(cases); i++) {
		void *folder;

		assert_int_equal(enter(&folder), 0);
		run_case(i);
		assert_int_equal(leave_folder(&folder), 0);
	}
}

/* Opens the payload by the plan; the descriptor is closed again. */
static enum fail_kind
try(struct plan *p, const struct payload *payload)
{
	struct fail f = { .kind = FAIL_NONE };
	struct file_id id;
	const char *path;
	int fd = store_open_payload(p, payload, &path, &id, &f);

	if (fd >= 0)
		close(fd);
	else
		assert_non_null(strstr(f.message, "its SHA-256 is"));
	return f.kind;
}

/*
 * Makes the index of a store say that the source is the payload, and no other
 * index: while it is the default one, nobody else is told.
 */
static void
vouch(const char *dir, const char *how, const struct payload *payload)
{
	struct fail f = { .kind = FAIL_NONE };
	struct file_id id = settled_id("source");
	struct store *s;

	assert_int_equal(setenv("XB_STORE", dir, 1), 0);
	assert_int_equal(store_open(&s, dir, &f), 0);
	store_remember(s, &id, how, payload->size, payload->sha256, &f);
	store_close(s);
	assert_int_equal(setenv("XB_STORE", "store", 1), 0);
}

/* What the own index says of an identity is believed: nothing is read. */
static void
trusts_its_own_index(void **state)
{
	struct payload payload = { .role = "kernel", .size = strlen(parsed),
	    .sha256 = { 1, 2, 3 } };
	struct plan p;

	(void)state;
	only_where_believed(".");
	plan_init(&p);
	make_source(&p, SETTLED, payload.sha256);
	vouch("store", STORE_WHOLE, &payload);
	assert_int_equal(try(&p, &payload), FAIL_NONE);
	p.sources[0].id.mtime_nsec ^= 1;
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	p.sources[0].id = (struct file_id){ .dev = 0 };
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	end(&p);
}

/*
 * The plan has another file's path and that file's true identity, and the
 * digest of what was parsed: no file of the machine gets into a guest that
 * way, whoever else says that it is the payload.
 */
static void
a_forged_identity_is_not_believed(void **state)
{
	static const char *const elsewhere[] = { "store", "store/blobs",
	    "store/index" };
	struct payload payload = { .role = "kernel", .size = strlen(parsed),
	    .sha256 = { 1, 2, 3 } }, other = payload;
	struct plan p;

	(void)state;
	only_where_believed(".");
	plan_init(&p);
	make_source(&p, SETTLED, payload.sha256);
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	assert_int_equal(access("store", F_OK), -1);
	/* known, as what it is */
	other.sha256[0] = 9;
	vouch("store", STORE_WHOLE, &other);
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	/* known to unpack to it */
	vouch("store", "xz at 0x0+0x10", &payload);
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	/* said by a store that is not this user's own default */
	vouch("another", STORE_WHOLE, &payload);
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	/* said by one that others can write to */
	vouch("store", STORE_WHOLE, &payload);
	assert_int_equal(try(&p, &payload), FAIL_NONE);
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		assert_int_equal(chmod(elsewhere[i], 0770), 0);
		assert_int_equal(try(&p, &payload), FAIL_INPUT);
		assert_int_equal(chmod(elsewhere[i], 0700), 0);
	}
	end(&p);
}

/* Hashed once, a source is known the next time; the store stays optional. */
static void
remembers_what_it_has_hashed(void **state)
{
	struct payload payload = { .role = "kernel", .size = strlen(parsed) };
	struct store *s;
	struct fail f = { .kind = FAIL_NONE };
	uint8_t sha256[SHA256_BYTES];
	struct file_id id;
	uint64_t size;
	struct plan p;

	(void)state;
	only_where_believed(".");
	make_blob(NO_BLOB, payload.sha256);
	plan_init(&p);
	make_source(&p, FRESH, payload.sha256);
	assert_int_equal(try(&p, &payload), FAIL_NONE);
	id = settled_id("source");
	assert_int_equal(store_open(&s, NULL, &f), 0);
	assert_true(store_recall(s, &id, STORE_WHOLE, false, &size, sha256));
	assert_int_equal(size, payload.size);
	assert_memory_equal(sha256, payload.sha256, SHA256_BYTES);
	store_close(s);
	end(&p);
}

/* Maps the source as a program does that keeps it open for writing: the file is
 * closed, and its times do not change any more. */
static char *
map_source(void)
{
	int fd = open("source", O_RDWR);
	char *bytes;

	assert_true(fd >= 0);
	bytes = mmap(NULL, strlen(parsed), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	assert_true(bytes != MAP_FAILED);
	bytes[0] = parsed[0];
	assert_int_equal(close(fd), 0);
	settle();
	return bytes;
}

/*
 * A file that can be written to without a new state is read once: what was
 * hashed is what the caller gets, and the index learns nothing.
 */
static void
a_mapped_file_is_copied(void **state)
{
	struct payload payload = { .role = "kernel", .size = strlen(parsed) };
	struct fail f = { .kind = FAIL_NONE };
	struct file_id id, was;
	const char *path;
	char *bytes, got[sizeof(parsed) - 1];
	struct plan p;
	int fd;

	(void)state;
	make_blob(NO_BLOB, payload.sha256);
	plan_init(&p);
	make_source(&p, SETTLED, payload.sha256);
	bytes = map_source();
	was = id_in_time("source");
	assert_false(was.settled);
	fd = store_open_payload(&p, &payload, &path, &id, &f);
	assert_true(fd >= 0);
	bytes[0] ^= 1;
	assert_int_equal(pread(fd, got, sizeof(got), 0), sizeof(got));
	assert_memory_equal(got, parsed, sizeof(got));
	assert_int_equal(file_unchanged(fd, path, &id, &f), 0);
	close(fd);
	/* nobody could see it */
	id = id_of("source");
	assert_true(file_id_equal(&id, &was));
	assert_int_equal(try(&p, &payload), FAIL_INPUT);
	assert_int_equal(munmap(bytes, strlen(parsed)), 0);
	end(&p);
}

/* A file that another user may write to, now or later, is not believed. */
static void
others_may_not_write(void **state)
{
	static const struct {
		unsigned mode, uid;
		bool trusted;
	} of[] = {
		{ 0600, 0, true }, { 0444, 0, true }, { 0620, 0, false },
		{ 0602, 0, false }, { 0600, 12345, false },
		{ 0400, 12345, false },
	};

	(void)state;
	only_where_believed(".");
	for (size_t i = 0; i < COUNT(of); i++) {
		if (of[i].uid != 0 && geteuid() != 0)
			continue;
		make_file("source", parsed);
		assert_int_equal(chown("source", of[i].uid == 0 ?
		    geteuid() : of[i].uid, (gid_t)-1), 0);
		assert_int_equal(chmod("source", of[i].mode), 0);
		settle();
		assert_int_equal(id_in_time("source").settled,
		    of[i].trusted);
		assert_int_equal(unlink("source"), 0);
	}
}

/* Looking for a blob makes no folders. */
static void
leaves_no_store_behind(void **state)
{
	struct payload payload = { .role = "ramdisk", .size = 3 };
	struct fail f = { .kind = FAIL_NONE };
	char dir[] = "/tmp/xb-payload-XXXXXX";
	const char *path;
	struct file_id id;
	struct plan p;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(setenv("XB_STORE", "store", 1), 0);
	plan_init(&p);
	assert_int_equal(store_open_payload(&p, &payload, &path, &id, &f),
	    -1);
	assert_int_equal(f.kind, FAIL_MISSING);
	assert_non_null(strstr(f.message, "'ramdisk'"));
	assert_non_null(strstr(f.message, "run xb-parse again"));
	plan_release(&p);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		own_test(finds_the_bytes_that_were_parsed),
		own_test(trusts_its_own_index),
		own_test(a_mapped_file_is_copied),
		own_test(others_may_not_write),
		own_test(a_forged_identity_is_not_believed),
		own_test(remembers_what_it_has_hashed),
		cmocka_unit_test(leaves_no_store_behind),
	};

	return cmocka_run_group_tests_name("store-payload", tests, NULL, NULL);
}
