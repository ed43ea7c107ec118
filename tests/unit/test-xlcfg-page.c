/*
 * The keys of man/xb-cfg.5 against the table: each key that is not left out has
 * an item, in the order of the table, with its option.  The program runs in the
 * top folder of the source tree, as tests/run does it.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "run/xlcfg-keys.h"

/* The next item of the page's section KEYS; false: none is left. */
static bool
next_item(FILE *page, char line[256])
{
	while (fgets(line, 256, page) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Sh ", 4) == 0)
			return false;
		if (strncmp(line, ".It ", 4) == 0)
			return true;
	}
	return false;
}

static void
find_keys(FILE *page)
{
	char line[256];

	do
		assert_non_null(fgets(line, sizeof(line), page));
	while (strcmp(line, ".Sh KEYS\n") != 0);
}

static void
print_item(const struct xlcfg_key *k, char item[256])
{
	struct option_word w = { .s = "" };

	if (k->option != OPTION_OPERAND)
		w = stage_option_word(stage_option_row(k->option));
	snprintf(item, 256, ".It Va %s%s%s", k->name, w.s[0] == '\0' ? "" :
	    strncmp(w.s, "--", 2) == 0 ? " , Fl Fl " : " , Fl ", w.s +
	    strspn(w.s, "-"));
}

static void
each_key_has_its_item(void **state)
{
	FILE *page = fopen("man/xb-cfg.5", "r");
	char line[256], want[256];

	(void)state;
	assert_non_null(page);
	find_keys(page);
	for (size_t i = 0; i < xlcfg_n_keys; i++) {
		print_item(&xlcfg_keys[i], want);
		assert_true(next_item(page, line));
		assert_string_equal(line, want);
	}
	assert_false(next_item(page, line));
	fclose(page);
}

static void
keys_are_known_as_whole_words(void **state)
{
	static const struct {
		const char *key;
		enum xlcfg_use use;
	} cases[] = {
		{ "kernel", KEY_OTHER }, { "disk", KEY_DEVICE },
		{ "acpi", KEY_LEFT }, { "xenstore_quota", KEY_LEFT },
		{ "on_crash", KEY_LEFT }, { "on_cras", KEY_UNKNOWN },
		{ "n_crash", KEY_UNKNOWN },
		{ "", KEY_UNKNOWN }, { " ", KEY_UNKNOWN },
		{ "memroy", KEY_UNKNOWN }, { "spice", KEY_LEFT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(xlcfg_key(cases[i].key)->use, cases[i].use);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_has_its_item),
		cmocka_unit_test(keys_are_known_as_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
