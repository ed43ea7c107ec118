/*
 * What xb-step prints of lines, words and bytes; sessions are in 77-step.bats.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/step-impl.h"

/* What a session says while body runs; the caller frees. */
static char *
said(struct session *s, void (*body)(struct session *, const void *),
    const void *arg)
{
	char *text;
	size_t n;

	s->to = open_memstream(&text, &n);
	assert_non_null(s->to);
	body(s, arg);
	assert_int_equal(fclose(s->to), 0);
	return text;
}

/* ---- lines ---- */

#define TEN	"123456789 "
#define SIXTY	TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text, *want;
} lines[] = {
	{ "", "" },
	{ "a\n\nb", "a\n\nb\n" },
	/* 79 columns stay, one more breaks at the last space */
	{ SIXTY TEN "123456789", SIXTY TEN "123456789\n" },
	{ SIXTY TEN "123456789 2", SIXTY TEN "123456789\n2\n" },
	{ SIXTY TEN "123456789012", SIXTY "123456789\n123456789012\n" },
	/* a list goes on indented; its own indent is no place to break */
	{ "  " SIXTY TEN "1234567", "  " SIXTY TEN "1234567\n" },
	{ "  " SIXTY TEN "12345678",
	  "  " SIXTY "123456789\n    12345678\n" },
	/* columns are characters, and none is cut in two */
	{ SIXTY "123456789012345678\303\244", SIXTY
	  "123456789012345678\303\244\n" },
	{ SIXTY "1234567890123456789\303\244", TEN TEN TEN TEN TEN
	  "123456789\n1234567890123456789\303\244\n" },
};

static void
print(struct session *s, const void *text)
{
	step_print(s, text);
}

static void
lines_are_broken_between_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct session s = { 0 };
		char *have = said(&s, print, lines[i].text);

		assert_string_equal(have, lines[i].want);
		free(have);
	}
}

static void
a_line_without_a_space_is_broken_where_it_is_full(void **state)
{
	struct session s = { 0 };
	char text[801], *have;

	(void)state;
	memset(text, 'x', 800);
	text[800] = '\0';
	have = said(&s, print, text);
	for (char *p = strtok(have, "\n"); p != NULL; p = strtok(NULL, "\n"))
		assert_true(strlen(p) < STEP_COLUMNS);
	free(have);
}

/* ---- commands as they are shown ---- */

static const struct {
	const char *word, *want;
} words[] = {
	{ "vmlinuz", "vmlinuz" },
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" },
	{ "'", "''\\'''" },
	{ "$dom", "\"$dom\"" },
	{ "$(reboot)", "'$(reboot)'" },
	{ "$HOME", "'$HOME'" },
	{ "a\033[2J\n", "'a\\x1b[2J\\x0a'" },
};

static void
heading(struct session *s, const void *word)
{
	struct fail f = { 0 };

	s->n_steps = 1;
	assert_int_equal(words_add(&s->step[0].shown, word, &f), 0);
	assert_int_equal(step_heading(s, 0, &f), 0);
	words_release(&s->step[0].shown);
}

static void
commands_are_words_of_a_shell(void **state)
{
	char want[64];

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct session s = { 0 };
		char *have = said(&s, heading, words[i].word);

		snprintf(want, sizeof(want), "\n[1/1] %s\n", words[i].want);
		assert_string_equal(have, want);
		free(have);
	}
}

static void
options_go_to_the_program_that_takes_them(void **state)
{
	const unsigned traits = FOR_IMAGE | FOR_GUEST | FOR_HOST;

	(void)state;
	assert_int_equal(stage_of_option(OPTION_RAMDISK), STAGE_PARSE);
	assert_int_equal(stage_of_option(OPTION_PAUSED), STAGE_LAUNCH);
	assert_int_equal(stage_option_named("no-xenstore", traits),
	    OPTION_NO_XENSTORE);
	assert_int_equal(stage_option_named("window", traits), OPTION_WINDOW);
	assert_int_equal(stage_option_named("uuid", traits), OPTION_UUID);
	assert_int_equal(stage_option_named("target", traits), OPTION_OPERAND);
}

/* ---- bytes ---- */

static void
bytes_are_shown_in_hexadecimal_and_as_text(void **state)
{
	static const unsigned char bytes[] = "xen-3.0\0\177\200~ abc";
	char line[STEP_HEX];

	(void)state;
	assert_string_equal(step_hex(line, bytes, 16),
	    "78 65 6e 2d 33 2e 30 00 7f 80 7e 20 61 62 63 00  "
	    "xen-3.0...~ abc.");
	assert_string_equal(step_hex(line, bytes, 1),
	    "78                                               x");
}

/* ---- lines of commands ---- */

static void
input_comes_line_by_line(void **state)
{
	static const char input[] = "next\n\nwalk 1\nquit";
	static const char *const want[] = { "next", "", "walk 1", "quit" };
	struct step_request ask = { 0 };
	struct session *s = calloc(1, sizeof(*s));
	char line[STEP_LINE_MAX];
	struct fail f = { 0 };
	int ends[2];

	(void)state;
	assert_non_null(s);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], input, sizeof(input) - 1),
	    sizeof(input) - 1);
	close(ends[1]);
	ask.in = ends[0];
	s->ask = &ask;
	assert_int_equal(signals_hold(&s->signals, &f), 0);
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(step_line(s, line, &f), 1);
		assert_string_equal(line, want[i]);
	}
	assert_int_equal(step_line(s, line, &f), 0);
	assert_int_equal(s->input.line, COUNT(want));
	signals_let_go(&s->signals);
	close(ends[0]);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_broken_between_words),
		cmocka_unit_test(
		    a_line_without_a_space_is_broken_where_it_is_full),
		cmocka_unit_test(commands_are_words_of_a_shell),
		cmocka_unit_test(options_go_to_the_program_that_takes_them),
		cmocka_unit_test(bytes_are_shown_in_hexadecimal_and_as_text),
		cmocka_unit_test(input_comes_line_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
