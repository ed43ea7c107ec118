/* The ground floor: errors, runs of frames, memory, files. */
#include "believed.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/array.h"
#include "abi/extent.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "base/zero.h"

static void
the_first_failure_is_kept(void **state)
{
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(fail(&f, FAIL_INPUT, "first %d", 1), -1);
	assert_int_equal(fail(&f, FAIL_BUG, "second"), -1);
	assert_int_equal(fail_errno(&f, FAIL_IO, ENOENT, "third"), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_string_equal(f.message, "first 1");
}

static void
a_long_message_is_cut_with_a_mark(void **state)
{
	struct fail f = { 0 };
	char text[4000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(fail(&f, FAIL_INPUT, "%s", text), -1);
	assert_int_equal(strlen(f.message), sizeof(f.message) - 1);
	assert_string_equal(f.message + sizeof(f.message) - 4, "...");
	f = (struct fail){ 0 };
	assert_int_equal(fail_errno(&f, FAIL_IO, EIO, "%s", text), -1);
	assert_int_equal(strlen(f.message), sizeof(f.message) - 1);
}

static void
the_way_out_is_never_cut(void **state)
{
	struct fail f = { 0 };
	char text[4000];

	(void)state;
	assert_int_equal(fail(&f, FAIL_INPUT, "short"), -1);
	fail_add(&f, "; do %s", "that");
	assert_string_equal(f.message, "short; do that");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	f = (struct fail){ 0 };
	assert_int_equal(fail(&f, FAIL_INPUT, "%s", text), -1);
	fail_add(&f, "; do %s", "that");
	assert_int_equal(strlen(f.message), sizeof(f.message) - 1);
	assert_non_null(strstr(f.message, "x...; do that"));
	f = (struct fail){ 0 };
	assert_int_equal(fail(&f, FAIL_INPUT, "short"), -1);
	fail_add(&f, "%s", text);
	assert_true(strlen(f.message) < sizeof(f.message));
}

static void
runs_join_and_are_found(void **state)
{
	struct extents l = EXTENTS_INIT, part = EXTENTS_INIT;
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(extents_add(&l, 0, 100, 10, &f), 0);
	assert_int_equal(extents_add(&l, 10, 110, 5, &f), 0);
	assert_int_equal(extents_add(&l, 15, 50, 5, &f), 0);
	assert_int_equal(extents_add(&l, 30, 200, 1, &f), 0);
	assert_int_equal(extents_add(&l, 31, 7, 0, &f), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(extents_pages(&l), 21);
	assert_int_equal(extents_mfn(&l, 0), 100);
	assert_int_equal(extents_mfn(&l, 14), 114);
	assert_int_equal(extents_mfn(&l, 15), 50);
	assert_int_equal(extents_mfn(&l, 20), INVALID_MFN);
	assert_int_equal(extents_mfn(&l, 30), 200);
	assert_int_equal(extents_mfn(&l, 31), INVALID_MFN);

	assert_int_equal(extents_slice(&l, 12, 5, &part, &f), 0);
	assert_int_equal(part.n, 2);
	assert_int_equal(part.v[0].mfn, 112);
	assert_int_equal(part.v[0].count, 3);
	assert_int_equal(part.v[1].mfn, 50);
	assert_int_equal(part.v[1].count, 2);
	assert_int_equal(extents_slice(&l, 18, 5, &part, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_non_null(strstr(f.message, "0x14"));
	/* in one run, over two, up to a hole, in it, behind all */
	assert_int_equal(extents_follow(&l, 2, 5), 5);
	assert_int_equal(extents_follow(&l, 12, 7), 7);
	assert_int_equal(extents_follow(&l, 12, 100), 8);
	assert_int_equal(extents_follow(&l, 20, 1), 0);
	assert_int_equal(extents_follow(&l, 30, 9), 1);
	assert_int_equal(extents_follow(&l, 31, 9), 0);
	extents_release(&part);
	extents_release(&l);
}

static void
a_machine_frame_twice_is_found(void **state)
{
	static const struct {
		struct extent a, b;
		int want;
	} cases[] = {
		{ { 0, 10, 5 }, { 5, 15, 5 }, 0 },
		{ { 0, 15, 5 }, { 5, 10, 5 }, 0 },
		{ { 0, 10, 6 }, { 6, 15, 5 }, -1 },
		{ { 0, 10, 5 }, { 5, 10, 5 }, -1 },
		{ { 0, 12, 1 }, { 5, 10, 5 }, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extents l = EXTENTS_INIT;
		struct fail f = { 0 };

		assert_int_equal(extents_add(&l, cases[i].a.pfn,
		    cases[i].a.mfn, cases[i].a.count, &f), 0);
		assert_int_equal(extents_add(&l, cases[i].b.pfn,
		    cases[i].b.mfn, cases[i].b.count, &f), 0);
		/* joined runs hide nothing */
		assert_int_equal(extents_sort_by_mfn(&l, &f), cases[i].want);
		extents_release(&l);
	}
}

static void
an_arena_gives_zeroed_memory_of_any_size(void **state)
{
	struct arena a = ARENA_INIT;
	struct fail f = { 0 };

	(void)state;
	for (size_t n = 0; n < 40000; n = n * 2 + 1) {
		unsigned char *p = arena_array(&a, n, 3, &f);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < 3 * n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, 3 * n);
	}
	assert_string_equal(arena_bytes(&a, "text", 2, &f), "te");
	assert_null(arena_array(&a, SIZE_MAX / 2, 3, &f));
	assert_int_equal(f.kind, FAIL_SYSTEM);
	arena_release(&a);
}

static char folder[] = "/tmp/xb-floor-XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL || chdir(folder) < 0;
}

static int
remove_folder(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void
what_is_no_regular_file_is_refused(void **state)
{
	static const struct {
		const char *path;
		enum fail_kind kind;
		const char *word;
	} cases[] = {
		{ ".", FAIL_INPUT, "folder" },
		{ "/dev/zero", FAIL_INPUT, "device" },
		{ "fifo", FAIL_INPUT, "FIFO" },
		{ "none", FAIL_MISSING, "none" },
		{ "", FAIL_MISSING, "" },
	};
	struct file_id id;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = { 0 };

		assert_int_equal(file_open(cases[i].path, &id, &f), -1);
		assert_int_equal(f.kind, cases[i].kind);
		assert_non_null(strstr(f.message, cases[i].word));
	}
}

static void
a_file_is_replaced_whole(void **state)
{
	struct fail f = { 0 };
	void *bytes;
	size_t n;

	(void)state;
	assert_int_equal(file_replace(AT_FDCWD, "name", 0600, "one", 3, &f), 0);
	assert_int_equal(file_replace(AT_FDCWD, "name", 0600, "twotwo", 6, &f),
	    0);
	assert_int_equal(file_slurp(AT_FDCWD, "name", 6, &bytes, &n, &f), 0);
	assert_int_equal(n, 6);
	assert_memory_equal(bytes, "twotwo", 6);
	free(bytes);
	assert_int_equal(file_slurp(AT_FDCWD, "name", 5, &bytes, &n, &f), -1);
	assert_int_equal(f.kind, FAIL_IO);
	f = (struct fail){ 0 };
	assert_int_equal(file_replace(AT_FDCWD, "no/name", 0600, "x", 1, &f),
	    -1);
	assert_int_equal(f.kind, FAIL_MISSING);
}

static void
a_digest_is_that_of_the_bytes(void **state)
{
	static const uint8_t want[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01 };
	struct file_id id, other;
	struct fail f = { 0 };
	uint8_t got[32];
	int fd;

	(void)state;
	assert_int_equal(file_replace(AT_FDCWD, "abc", 0600, "abc", 3, &f), 0);
	fd = file_open("abc", &id, &f);
	assert_true(fd >= 0);
	assert_int_equal(file_sha256(fd, "abc", 3, got, &f), 0);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(file_unchanged(fd, "abc", &id, &f), 0);
	other = id;
	other.mtime_nsec++;
	assert_false(file_id_equal(&id, &other));
	/* shorter than believed: not a crash, not a silent pass */
	assert_int_equal(file_sha256(fd, "abc", 4, got, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_non_null(strstr(f.message, "changed"));
	f = (struct fail){ 0 };
	assert_int_equal(truncate("abc", 1), 0);
	assert_int_equal(file_unchanged(fd, "abc", &id, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	close(fd);
}

static void
set_mtime(const char *path, time_t sec)
{
	const struct timespec t[2] = { { .tv_sec = sec }, { .tv_sec = sec } };

	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void
a_file_just_written_is_not_settled(void **state)
{
	struct file_id id, later;
	struct fail f = { 0 };
	int fd;

	(void)state;
	only_where_believed(".");
	assert_int_equal(file_replace(AT_FDCWD, "new", 0600, "x", 1, &f), 0);
	fd = file_open("new", &id, &f);
	assert_true(fd >= 0);
	assert_false(id.settled);
	assert_int_equal(file_settle(fd, "new", &id, &f), 0);
	assert_true(id.settled);
	/* an old mtime says nothing: whoever writes can set it */
	set_mtime("new", time(NULL) - 100);
	assert_int_equal(file_settle(fd, "new", &id, &f), 0);
	assert_true(id.settled);
	later = id;
	later.settled = false;
	assert_true(file_id_equal(&id, &later));
	close(fd);
}

/* A time to come cannot be waited for: soon said, and never settled. */
static void
a_time_in_the_future_settles_nothing(void **state)
{
	struct timespec before, after;
	struct file_id id;
	struct fail f = { 0 };
	int fd;

	(void)state;
	assert_int_equal(file_replace(AT_FDCWD, "new", 0600, "x", 1, &f), 0);
	set_mtime("new", time(NULL) + 3600);
	fd = file_open("new", &id, &f);
	assert_true(fd >= 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(file_settle(fd, "new", &id, &f), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_false(id.settled);
	assert_true(after.tv_sec - before.tv_sec < 2);
	close(fd);
}

/* Written to at once after it has settled, at its size: seen, every time. */
static void
a_settled_file_cannot_change_unseen(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct fail f = { 0 };
		struct file_id id;
		int fd, to;

		assert_int_equal(file_replace(AT_FDCWD, "new", 0600, "a", 1,
		    &f), 0);
		fd = file_open("new", &id, &f);
		assert_true(fd >= 0);
		assert_int_equal(file_settle(fd, "new", &id, &f), 0);
		assert_int_equal(file_unchanged(fd, "new", &id, &f), 0);
		to = open("new", O_WRONLY);
		assert_int_equal(pwrite(to, "b", 1, 0), 1);
		close(to);
		assert_int_equal(file_unchanged(fd, "new", &id, &f), -1);
		assert_int_equal(f.kind, FAIL_INPUT);
		close(fd);
	}
}

/* Changes the file all the time, until it is killed. */
static pid_t
start_writer(const char *path)
{
	const struct sched_param first = { .sched_priority = 1 };
	pid_t pid = fork();

	assert_true(pid >= 0);
	/* With a real-time priority, or a busy machine would leave the writer
	 * without a processor for too long. */
	if (pid == 0)
		(void)!sched_setscheduler(0, SCHED_RR, &first);
	while (pid == 0)
		utimensat(AT_FDCWD, path, NULL, 0);
	return pid;
}

static void
a_file_that_changes_all_the_time_is_refused(void **state)
{
	const time_t end = time(NULL) + 20;
	struct fail f = { 0 };
	struct file_id id;
	pid_t writer;
	int fd;

	(void)state;
	assert_int_equal(file_replace(AT_FDCWD, "new", 0600, "x", 1, &f), 0);
	writer = start_writer("new");
	fd = file_open("new", &id, &f);
	assert_true(fd >= 0);
	/* It settles where the writer does not get to run. */
	while (f.kind == FAIL_NONE && time(NULL) < end) {
		id.settled = false;
		if (file_settle(fd, "new", &id, &f) == 0)
			assert_true(id.settled);
	}
	assert_int_equal(kill(writer, SIGKILL), 0);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_non_null(strstr(f.message, "'new' is being written to"));
	close(fd);
}

/* A link laid out under the temporary name leads nobody astray. */
static void
a_replaced_file_is_written_under_no_known_name(void **state)
{
	struct fail f = { 0 };
	char guess[64];
	struct stat st;

	(void)state;
	assert_int_equal(file_replace(AT_FDCWD, "victim", 0600, "v", 1, &f),
	    0);
	snprintf(guess, sizeof(guess), ".aim.%ld", (long)getpid());
	assert_int_equal(link("victim", guess), 0);
	assert_int_equal(file_replace(AT_FDCWD, "aim", 0600, "other", 5, &f),
	    0);
	assert_int_equal(stat("victim", &st), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(st.st_nlink, 2);
}

static void
digits_are_bytes_in_lower_case(void **state)
{
	const unsigned char bytes[] = { 0x00, 0x9a, 0xff };
	const char *const none[] = { "009", "009aFF", "009ag0", "" };
	unsigned char back[3] = { 1, 1, 1 };
	char text[7];

	(void)state;
	hex_put(bytes, 0, text);
	assert_string_equal(text, "");
	hex_put(bytes, sizeof(bytes), text);
	assert_string_equal(text, "009aff");
	assert_true(hex_get("009aff more", sizeof(back), back));
	assert_memory_equal(back, bytes, sizeof(back));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(hex_get(none[i], sizeof(back), back));
}

static void
digits_are_read_in_either_case(void **state)
{
	unsigned char back[2];

	(void)state;
	assert_true(hex_get_any("aFFa more", 4, back));
	assert_memory_equal(back, "\xaf\xfa", 2);
	assert_false(hex_get_any("aFF", 3, back));
	assert_false(hex_get_any("aFG0", 4, back));
}

static void
a_uuid_is_its_text(void **state)
{
	static const char text[] = "00112233-4455-6677-8899-aabbccddeeff";
	static const char *const none[] = { "",
	    "00112233-4455-6677-8899-aabbccddeef",
	    "00112233-4455-6677-8899-aabbccddeefff",
	    "0011223304455-6677-8899-aabbccddeeff",
	    "0-112233-4455-6677-8899-aabbccddeeff",
	    "00112233-4455-6677-8899-aabbccddeefg" };
	uint8_t uuid[UUID_BYTES], other[UUID_BYTES];
	struct fail f = { 0 };

	(void)state;
	assert_true(uuid_parse("00112233-4455-6677-8899-AABBCCDDEEFF", uuid));
	for (unsigned i = 0; i < UUID_BYTES; i++)
		assert_int_equal(uuid[i], i * 0x11);
	assert_string_equal(uuid_text(uuid).s, text);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(uuid_parse(none[i], uuid));
	assert_int_equal(uuid_random(uuid, &f), 0);
	assert_int_equal(uuid_random(other, &f), 0);
	assert_true(uuid[6] >> 4 == 4 && uuid[8] >> 6 == 2);
	assert_memory_not_equal(uuid, other, UUID_BYTES);
}

static void
characters_are_decoded_strictly(void **state)
{
	static const struct {
		const char *text;
		size_t n, length;
		uint32_t c;
	} cases[] = {
		{ "a", 1, 1, 'a' }, { "\x7f", 1, 1, 0x7f },
		{ "\xc3\xa4z", 3, 2, 0xe4 }, { "\xe2\x82\xac", 3, 3, 0x20ac },
		{ "\xf0\x9f\x90\xa7", 4, 4, 0x1f427 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "", 1, 0, 0 }, { "\xc3", 1, 0, 0 }, { "\xc3z", 2, 0, 0 },
		{ "\xc0\x80", 2, 0, 0 }, { "\xe0\x9f\xbf", 3, 0, 0 },
		{ "\xed\xa0\x80", 3, 0, 0 }, { "\xf4\x90\x80\x80", 4, 0, 0 },
		{ "\xe2\x82\xc3", 3, 0, 0 }, { "\x80", 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t c = 0;

		assert_int_equal(utf8_char(cases[i].text, cases[i].n, &c),
		    cases[i].length);
		if (cases[i].length > 0)
			assert_int_equal(c, cases[i].c);
	}
}

static void
a_list_grows_and_keeps_what_it_holds(void **state)
{
	struct fail f = { 0 };
	uint64_t *v = NULL;
	size_t cap = 0, moved = 0;

	(void)state;
	for (size_t n = 0; n < 1000; n++) {
		size_t before = cap;

		assert_int_equal(array_grow(&v, &cap, n, sizeof(*v), &f), 0);
		assert_true(cap > n);
		moved += cap != before;
		v[n] = n;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
	assert_true(moved < 10);
	free(v);
}

static void
zero_bytes_are_counted(void **state)
{
	unsigned char bytes[64];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(zero_bytes(bytes, 0), 0);
	assert_true(zero_all(bytes, sizeof(bytes)));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 1;
		assert_int_equal(zero_bytes(bytes, sizeof(bytes)), i);
		bytes[i] = 0;
	}
}

static void
a_signal_that_is_awaited_ends_a_loop(void **state)
{
	static const struct timespec now = { 0, 0 };
	struct stop stop;
	sigset_t set, was;
	uint8_t sha256[32];
	struct fail f = { 0 };
	struct file_id id;
	int fd;

	(void)state;
	assert_int_equal(file_replace(AT_FDCWD, "bytes", 0600, "abc", 3, &f),
	    0);
	fd = file_open("bytes", &id, &f);
	assert_true(fd >= 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &was), 0);
	assert_int_equal(raise(SIGTERM), 0);
	/* blocked by somebody else, it is no matter of this program */
	assert_int_equal(file_sha256(fd, "bytes", 3, sha256, &f), 0);
	assert_int_equal(stop_hold(&stop, false, &f), 0);
	assert_int_equal(file_sha256(fd, "bytes", 3, sha256, &f), -1);
	assert_int_equal(f.kind, FAIL_SYSTEM);
	assert_string_equal(f.message, "ended by a signal, Terminated");
	/* it stays pending until it is taken */
	f = (struct fail){ 0 };
	assert_int_equal(stop_check(&f), -1);
	assert_int_equal(sigtimedwait(&set, NULL, &now), SIGTERM);
	f = (struct fail){ 0 };
	assert_int_equal(stop_check(&f), 0);
	stop_let_go(&stop);
	assert_int_equal(sigprocmask(SIG_SETMASK, &was, NULL), 0);
	close(fd);
}

static void
a_signal_that_is_ignored_ends_nothing(void **state)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	struct fail f = { 0 };
	struct stop stop;

	(void)state;
	assert_int_equal(sigaction(SIGHUP, &ignore, &was), 0);
	assert_int_equal(stop_hold(&stop, true, &f), 0);
	assert_int_equal(raise(SIGHUP), 0);
	assert_int_equal(stop_check(&f), 0);
	stop_let_go(&stop);
	assert_int_equal(sigaction(SIGHUP, &was, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_failure_is_kept),
		cmocka_unit_test(a_long_message_is_cut_with_a_mark),
		cmocka_unit_test(the_way_out_is_never_cut),
		cmocka_unit_test(runs_join_and_are_found),
		cmocka_unit_test(a_machine_frame_twice_is_found),
		cmocka_unit_test(digits_are_bytes_in_lower_case),
		cmocka_unit_test(digits_are_read_in_either_case),
		cmocka_unit_test(a_uuid_is_its_text),
		cmocka_unit_test(characters_are_decoded_strictly),
		cmocka_unit_test(a_list_grows_and_keeps_what_it_holds),
		cmocka_unit_test(zero_bytes_are_counted),
		cmocka_unit_test(an_arena_gives_zeroed_memory_of_any_size),
		cmocka_unit_test(what_is_no_regular_file_is_refused),
		cmocka_unit_test(a_file_is_replaced_whole),
		cmocka_unit_test(a_digest_is_that_of_the_bytes),
		cmocka_unit_test(a_file_just_written_is_not_settled),
		cmocka_unit_test(a_time_in_the_future_settles_nothing),
		cmocka_unit_test(a_settled_file_cannot_change_unseen),
		cmocka_unit_test(a_file_that_changes_all_the_time_is_refused),
		cmocka_unit_test(
		    a_replaced_file_is_written_under_no_known_name),
		cmocka_unit_test(a_signal_that_is_awaited_ends_a_loop),
		cmocka_unit_test(a_signal_that_is_ignored_ends_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
