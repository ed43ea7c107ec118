/*
 * Devices that xl attaches: a script stands in for xl.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/attach.h"

enum { LONG = 60000, DOMID = 7 };

static char folder[] = "/tmp/xb-test-attach.XXXXXX";

static const struct attach_device devices[] = {
	{ "block-attach", "phy:/dev/x,xvda,w", { "phy:/dev/x,xvda,w" }, 1 },
	{ "network-attach", "mac=1, bridge=$(touch hit)",
	    { "mac=1", "bridge=$(touch hit)" }, 2 },
};

/* Writes the script xl, which does this, and makes it the only program. */
static void
put_xl(const char *does)
{
	FILE *xl = fopen("xl", "w");

	assert_non_null(xl);
	fprintf(xl, "#!/bin/sh\n%s\n", does);
	assert_int_equal(fclose(xl), 0);
	assert_int_equal(chmod("xl", 0755), 0);
}

static int
enter(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL || chdir(folder) < 0 ||
	    setenv("PATH", folder, 1) < 0 ? -1 : 0;
}

static int
leave(void **state)
{
	static const char *const names[] = { "xl", "calls" };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		(void)unlink(names[i]);
	return chdir("/") < 0 ? -1 : rmdir(folder);
}

static void
all_are_attached_in_their_order(void **state)
{
	static const char want[] = "block-attach|7|phy:/dev/x,xvda,w|\n"
	    "network-attach|7|mac=1|bridge=$(touch hit)|\n";
	struct fail f = { .kind = FAIL_NONE };
	char got[2 * sizeof(want)] = "";
	struct attach *a;
	FILE *calls;

	(void)state;
	put_xl("for w; do printf '%s|' \"$w\"; done >>calls; echo >>calls");
	assert_int_equal(attach_begin(&a, devices, 2, LONG, &f), 0);
	assert_int_equal(attach_all(a, DOMID, &f), 0);
	attach_end(a);
	calls = fopen("calls", "r");
	assert_non_null(calls);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, calls),
	    sizeof(want) - 1);
	fclose(calls);
	assert_string_equal(got, want);
	/* No shell has seen the words. */
	assert_int_not_equal(access("hit", F_OK), 0);
}

static void
a_failure_has_the_words_of_xl(void **state)
{
	static const struct {
		const char *does, *want;
		uint64_t milliseconds;
	} cases[] = {
		{ "echo 'no such disk' >&2; echo more; exit 3", "'xl "
		    "block-attach 7 'phy:/dev/x,xvda,w'' ended with status 3: "
		    "no such disk", LONG },
		{ "[ $1 = block-attach ]", "'xl network-attach 7 'mac=1, "
		    "bridge=$(touch hit)'' ended with status 1", LONG },
		{ "kill -9 $$", "'xl block-attach 7 'phy:/dev/x,xvda,w'' was "
		    "ended by signal 9", LONG },
		{ "while :; do :; done", "'xl block-attach 7 'phy:/dev/x,xvda,"
		    "w'' took longer than 0 seconds", 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fail f = { .kind = FAIL_NONE };
		struct attach *a;

		put_xl(cases[i].does);
		assert_int_equal(attach_begin(&a, devices, 2,
		    cases[i].milliseconds, &f), 0);
		assert_int_equal(attach_all(a, DOMID, &f), -1);
		assert_int_equal(f.kind, FAIL_TARGET);
		assert_string_equal(f.message, cases[i].want);
		attach_end(a);
	}
}

static void
without_xl_or_without_devices(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct attach *a;

	(void)state;
	assert_int_equal(unlink("xl"), 0);
	assert_int_equal(attach_begin(&a, devices, 0, LONG, &f), 0);
	assert_null(a);
	assert_int_equal(attach_begin(&a, devices, 1, LONG, &f), -1);
	assert_int_equal(f.kind, FAIL_TARGET);
	attach_end(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_attached_in_their_order),
		cmocka_unit_test(a_failure_has_the_words_of_xl),
		cmocka_unit_test(without_xl_or_without_devices),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
