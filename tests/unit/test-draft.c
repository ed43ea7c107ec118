/* A text in memory, and the ways in which memory can fail it. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/draft.h"
#include "unit.h"

static const char memory[] = "memory";
/* What is opened: memory, or a file in its place; NULL: nothing can be. */
static const char *file;
/* The text that is left at the end, where it is a file. */
static const char *left;

FILE *
open_memstream(char **text, size_t *n)
{
	FILE *(*real)(char **, size_t *) = dlsym(RTLD_NEXT, "open_memstream");

	if (file == memory)
		return real(text, n);
	*text = left == NULL ? NULL : strdup(left);
	return file == NULL ? NULL : fopen(file, "w");
}

static void
a_text_is_whole(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct draft d;

	(void)state;
	file = memory;
	assert_int_equal(draft_begin(&d, &f), 0);
	fprintf(d.to, "%d bytes", 7);
	assert_int_equal(draft_end(&d, &f), 0);
	assert_string_equal(d.bytes, "7 bytes");
	assert_int_equal(d.n, 7);
	free(d.bytes);
	assert_int_equal(draft_begin(&d, &f), 0);
	assert_int_equal(draft_end(&d, &f), 0);
	assert_string_equal(d.bytes, "");
	free(d.bytes);
}

static void
no_stream_is_a_failure(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct draft d;

	(void)state;
	file = left = NULL;
	assert_int_equal(draft_begin(&d, &f), -1);
	assert_int_equal(f.kind, FAIL_SYSTEM);
}

static void
a_text_that_memory_failed_is_none(void **state)
{
	static const struct {
		const char *name, *file, *left;
		bool flush;		/* before the end */
	} rows[] = {
		{ "fclose() returns 0, without a text", "/dev/null", NULL,
		  false },
		{ "fclose() fails", "/dev/full", "cut sho", false },
		{ "a write failed before", "/dev/full", "cut sho", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fail f = { .kind = FAIL_NONE };
		struct draft d;

		file = rows[i].file;
		left = rows[i].left;
		assert_int_equal(draft_begin(&d, &f), 0);
		fprintf(d.to, "cut short");
		if (rows[i].flush)
			fflush(d.to);
		if (draft_end(&d, &f) != -1 || d.bytes != NULL ||
		    f.kind != FAIL_SYSTEM)
			unit_fail("%s: it is a text", rows[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_whole),
		cmocka_unit_test(no_stream_is_a_failure),
		cmocka_unit_test(a_text_that_memory_failed_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
