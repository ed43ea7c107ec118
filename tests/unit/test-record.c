/* record: the writer, the reader's tables, and running siblings. */
#include <signal.h>

#include "base/tempdir.h"
#include "base/json.h"
#include "record/impl.h"
#include "stores.h"

/* Texts in memory, read as those of a record are. */
static int
load_text(void *arg, const struct record_text *text, void **bytes, size_t *n,
    struct fail *f)
{
	const char **json = arg;

	(void)text, (void)f;
	*n = strlen(*json);
	*bytes = strdup(*json);
	return 0;
}

static int
read_one(const struct schema_form *form, void *to, const char *json,
    struct arena *a, struct fail *f)
{
	const struct record_text text = { .what = "it", .form = form,
		.to = to };
	const struct record_texts texts = { .path = "rec", .v = &text, .n = 1,
		.load = load_text, .arg = &json, .arena = a };

	*f = (struct fail)FAIL_INIT;
	return record_read(&texts, f);
}

/* A text alone, at x. */
static const struct schema_field one_row = { "x", TYPE_STRING, .limit = 64 };
static const struct schema_form one_text = { .fields = &one_row, .n = 1 };

static void
any_bytes_are_json_and_back(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{ "", "\"\"" },
		{ "abc", "\"abc\"" },
		{ "a\"\\\n", "\"a\\\"\\\\\\n\"" },
		{ "\xc3\xa4", "\"\xc3\xa4\"" },
		{ "a\xff", "{\"bytes\":\"61ff\"}" },
		{ "\xc3", "{\"bytes\":\"c3\"}" },
	};
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = FAIL_INIT;
		char *text, object[64], *again;
		const char *back;
		size_t n;
		struct json_writer j = JSON_WRITER_INIT(open_memstream(&text,
		    &n), JSON_STYLE_COMPACT);

		json_put_bytes(&j, cases[i].text, strlen(cases[i].text));
		assert_int_equal(fclose(j.to), 0);
		assert_string_equal(text, cases[i].json);
		snprintf(object, sizeof(object), "{\"x\":%s}", text);
		assert_int_equal(read_one(&one_text, &back, object, &a, &f),
		    0);
		assert_string_equal(back, cases[i].text);
		assert_int_equal(record_write(&one_text, &back, &again, &n,
		    &f), 0);
		assert_string_equal(again, object);
		free(again);
		free(text);
	}
	arena_release(&a);
}

static void
what_is_no_text_is_refused(void **state)
{
	static const char *const cases[] = {
		"1", "null", "[]", "{}", "{\"bytes\":1}", "{\"bytes\":\"6\"}",
		"{\"bytes\":\"6g\"}", "{\"bytes\":\"6100\"}",
		"{\"bytes\":\"61\",\"x\":1}",
	};
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = FAIL_INIT;
		char object[64];
		const char *text;

		snprintf(object, sizeof(object), "{\"x\":%s}", cases[i]);
		assert_int_equal(read_one(&one_text, &text, object, &a, &f),
		    -1);
		assert_int_equal(f.kind, FAIL_INPUT);
		assert_non_null(strstr(f.message, "it: x is not a string"));
	}
	arena_release(&a);
}

#define CONFIG(stages) "{\"record\":1,\"version\":\"1\",\"began\":\"x\"," \
	"\"seconds\":1,\"status\":0,\"arguments\":[],\"options\":[]," \
	"\"inputs\":[],\"stages\":" stages "}"
#define STAGE(status, plan) "{\"program\":\"p\",\"version\":\"v\"," \
	"\"began\":\"b\",\"seconds\":0.5,\"status\":" status "," \
	"\"arguments\":[\"a\"],\"messages\":[{\"level\":\"l\"," \
	"\"text\":\"t\"}],\"plan\":" plan "}"
#define DIGEST "\"sha256:00000000000000000000000000000000" \
	"00000000000000000000000000000abc\""

static void
a_config_is_read_by_its_table(void **state)
{
	static const struct {
		const char *text, *message;	/* NULL: well */
	} cases[] = {
		{ CONFIG("[]"), NULL },
		{ CONFIG("[" STAGE("255", DIGEST) "]"), NULL },
		{ CONFIG("{}"), "it: stages is not an array" },
		{ CONFIG("[1]"), "it: stages[0] is not an object" },
		{ CONFIG("[" STAGE("256", DIGEST) "]"),
		    "it: stages[0].status is not a number of at most 255" },
		{ CONFIG("[" STAGE("-1", DIGEST) "]"),
		    "it: stages[0].status is not a number of at most 255" },
		{ CONFIG("[" STAGE("1.0", DIGEST) "]"),
		    "it: stages[0].status is not a number of at most 255" },
		{ CONFIG("[" STAGE("0", "\"x\"") "]"),
		    "it: stages[0].plan is not a digest" },
		{ CONFIG("[" STAGE("0", "\"sha256:ABC\"") "]"),
		    "it: stages[0].plan is not a digest" },
		{ CONFIG("[" STAGE("0", DIGEST) ",{}]"),
		    "it: stages[1].program is missing" },
		{ "{\"record\":1}", "it: version is missing" },
		{ "{}", "it: record is missing" },
		{ "[]", "it is not a JSON object" },
		{ "{\"record\":1,\"record\":1}", "it is not JSON" },
		{ "", "it is not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct record_build b = { .record = 0 };
		struct arena a = ARENA_INIT;
		struct fail f = FAIL_INIT;
		int rc = read_one(&record_build_form, &b, cases[i].text, &a,
		    &f);

		if (cases[i].message == NULL) {
			assert_int_equal(rc, 0);
		} else {
			assert_int_equal(rc, -1);
			assert_int_equal(f.kind, FAIL_INPUT);
			if (strncmp(f.message, cases[i].message,
			    strlen(cases[i].message)) != 0)
				unit_fail("'%s', not '%s'", f.message,
				    cases[i].message);
		}
		arena_release(&a);
	}
}

/* Of several texts, each is given when the one before was read and checked. */
struct several {
	const char *json[3], *x[3];
	size_t loaded, checked, bad;
};

static int
load_next(void *arg, const struct record_text *text, void **bytes, size_t *n,
    struct fail *f)
{
	struct several *s = arg;

	(void)text, (void)f;
	assert_int_equal(s->loaded, s->checked);
	*n = strlen(s->json[s->loaded]);
	*bytes = strdup(s->json[s->loaded++]);
	return 0;
}

static int
check_next(void *arg, struct fail *f)
{
	struct several *s = arg;

	assert_non_null(s->x[s->checked]);
	return s->checked++ == s->bad ? fail(f, FAIL_INPUT, "checked") : 0;
}

static void
texts_are_read_one_after_the_other(void **state)
{
	const struct {
		const char *second;
		size_t bad, loaded;
		const char *message;	/* NULL: well */
	} cases[] = {
		{ "{\"x\":\"b\"}", 9, 3, NULL },
		{ "{\"x\":\"b\"}", 1, 2, "checked" },
		{ "{\"x\":1}", 9, 2,
		    "two: x is not a string without NUL, nor {\"bytes\": "
		    "\"HEX\"} (in the record 'rec')" },
		{ "{\"x\":", 9, 2, "two is not JSON: line 1, column 5: "
		    "unexpected token near end of file (in the record "
		    "'rec')" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct several s = { .json = { "{\"x\":\"a\"}",
		    cases[i].second, "{\"x\":\"c\",\"y\":[]}" },
		    .bad = cases[i].bad };
		const struct record_text v[] = {
			{ "one", NULL, &one_text, &s.x[0], check_next, NULL },
			{ "two", NULL, &one_text, &s.x[1], check_next, NULL },
			{ "three", NULL, &one_text, &s.x[2], check_next, NULL },
		};
		struct arena a = ARENA_INIT;
		const struct record_texts texts = { .path = "rec", .v = v,
			.n = 3, .load = load_next, .arg = &s, .arena = &a };
		struct fail f = FAIL_INIT;

		assert_int_equal(record_read(&texts, &f),
		    cases[i].message == NULL ? 0 : -1);
		assert_string_equal(f.message, cases[i].message == NULL ? "" :
		    cases[i].message);
		assert_int_equal(s.loaded, cases[i].loaded);
		if (cases[i].message == NULL)
			assert_string_equal(s.x[2], "c");
		arena_release(&a);
	}
}

static void
titles_are_plain_names(void **state)
{
	static const struct {
		const char *title;
		bool good;
	} cases[] = {
		{ "kernel", true }, { "xb-load.plan", true },
		{ "A_9", true }, { "", false }, { ".", false },
		{ "..", false }, { ".hidden", false }, { "a/b", false },
		{ "/a", false }, { "a b", false }, { "a\nb", false },
		{ "a\\b", false }, { "\xc3\xa4", false },
	};
	char longest[257];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(record_title_good(cases[i].title),
		    cases[i].good);
	memset(longest, 'a', 256);
	longest[256] = '\0';
	assert_false(record_title_good(longest));
	assert_true(record_title_good(longest + 1));
}

/* ---- writing ---- */

/* A build whose first stage was refused: nothing of it but its arguments. */
static struct record_build
refused_build(const char *const *arguments, size_t n)
{
	return (struct record_build){ .record = RECORD_VERSION,
		.version = "1", .began = "now", .seconds = 0.25,
		.status = 69, .message = "no",
		.arguments = (const char **)(uintptr_t)arguments,
		.n_arguments = n };
}

static void
write_record(const char *path, const struct record_build *b, bool *same,
    struct fail *f)
{
	struct record_writer *w;
	uint8_t sha256[SHA256_BYTES];

	if (record_begin(&w, path, 0, f) < 0)
		return;
	if (record_expect(w, b, f) < 0 ||
	    record_put(w, "one", RECORD_FILE_TYPE, "abc", 3, sha256, f) < 0 ||
	    record_put(w, "two", RECORD_FILE_TYPE, "abc", 3, sha256, f) < 0) {
		record_abort(w, f);
		return;
	}
	(void)!record_commit(w, b, NULL, 0, same, f);
}

static void
what_is_written_is_read(void **state)
{
	static const char *const arguments[] = { "-o", "a\xff" };
	struct record_build b = refused_build(arguments, 2);
	struct fail f = FAIL_INIT;
	struct record r;
	bool same = true;
	char hex[65];

	(void)state;
	write_record("r", &b, &same, &f);
	assert_int_equal(f.kind, FAIL_NONE);
	assert_false(same);
	assert_int_equal(record_open(&r, "r", 0, &f), 0);
	assert_int_equal(r.build.status, 69);
	assert_string_equal(r.build.message, "no");
	assert_int_equal(r.build.n_arguments, 2);
	assert_string_equal(r.build.arguments[1], "a\xff");
	/* The same bytes are one layer. */
	assert_int_equal(r.n_blobs, 1);
	assert_string_equal(r.blobs[0].title, "one");
	sha256_hex(r.blobs[0].sha256, hex);
	assert_string_equal(hex, abc_hex);
	assert_null(record_last(&r));
	record_release(&r);
	assert_int_equal(files_in("r/blobs/sha256"), 3);
}

static void
the_same_again_is_left_and_a_failed_one_replaced(void **state)
{
	struct record_build b = refused_build(NULL, 0);
	struct record_option option = { "abi", "x" };
	struct fail f = FAIL_INIT, g = FAIL_INIT, h = FAIL_INIT;
	struct record r;
	bool same = false;

	(void)state;
	write_record("r", &b, &same, &f);
	b.seconds = 9;
	b.began = "later";
	write_record("r/", &b, &same, &f);
	assert_int_equal(f.kind, FAIL_NONE);
	assert_true(same);
	b.options = &option;
	b.n_options = 1;
	/* It failed, so another takes its place; 75-record.bats has what is
	 * refused where it had not. */
	write_record("r", &b, &same, &g);
	assert_int_equal(g.kind, FAIL_NONE);
	assert_false(same);
	assert_int_equal(record_open(&r, "r", 0, &g), 0);
	assert_int_equal(r.build.n_options, 1);
	record_release(&r);
	assert_int_equal(mkdir("empty", 0700), 0);
	write_record("empty", &b, &same, &h);
	assert_int_equal(h.kind, FAIL_IO);
	assert_non_null(strstr(h.message, "no record"));
	/* Nothing is left beside the two. */
	assert_int_equal(rmdir("empty"), 0);
	assert_int_equal(files_in("."), 5);
}

static void
a_file_that_shrinks_leaves_no_record(void **state)
{
	struct fail f = FAIL_INIT;
	struct record_writer *w;
	uint8_t sha256[SHA256_BYTES];
	int fd;

	(void)state;
	assert_int_equal(record_begin(&w, "r", 0, &f), 0);
	fd = open("file", O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(record_put_file(w, "x", fd, "file",
	    4, sha256, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	close(fd);
	record_abort(w, &f);
	assert_int_equal(files_in("."), 1);
	assert_int_equal(access("r", F_OK), -1);
}

static void
folders_come_and_go(void **state)
{
	struct fail f = FAIL_INIT;
	char *dir;

	(void)state;
	assert_int_equal(setenv("TMPDIR", *state, 1), 0);
	dir = tempdir_make(&f);
	assert_non_null(dir);
	assert_int_equal(strncmp(dir, *state, strlen(*state)), 0);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(symlink("..", "a/up"), 0);
	assert_int_equal(chdir(*state), 0);
	close(open("stays", O_CREAT | O_WRONLY, 0600));
	tempdir_remove(dir, &f);
	assert_int_equal(access(dir, F_OK), -1);
	assert_int_equal(access("stays", F_OK), 0);
	free(dir);
	assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
	assert_null(tempdir_make(&f));
	assert_int_equal(f.kind, FAIL_IO);
	unsetenv("TMPDIR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_are_json_and_back),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(a_config_is_read_by_its_table),
		cmocka_unit_test(texts_are_read_one_after_the_other),
		cmocka_unit_test(titles_are_plain_names),
		store_test(what_is_written_is_read),
		store_test(the_same_again_is_left_and_a_failed_one_replaced),
		store_test(a_file_that_shrinks_leaves_no_record),
		store_test(folders_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
