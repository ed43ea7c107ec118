/* Bytes of the input, made fit for a terminal. */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

static const struct {
	const char *name, *bytes;
	size_t n;
	const char *want;
} cases[] = {
#define CASE(name, bytes, want) { name, bytes, sizeof(bytes) - 1, want }
	CASE("nothing", "", ""),
	CASE("plain", "console=hvc0 'x' \"y\" ~", "console=hvc0 'x' \"y\" ~"),
	CASE("a backslash", "a\\x1b", "a\\\\x1b"),
	CASE("escape sequence", "\033[31mred", "\\x1b[31mred"),
	CASE("lines and tabs", "a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
	CASE("NUL inside", "a\0b", "a\\x00b"),
	CASE("DEL", "\177", "\\x7f"),
	CASE("two bytes", "caf\303\251", "caf\303\251"),
	CASE("three and four bytes", "\342\202\254\360\237\230\200",
	    "\342\202\254\360\237\230\200"),
	CASE("C1 control in UTF-8", "\302\233" "31m", "\\xc2\\x9b31m"),
	CASE("C1 control in 8 bits", "\233" "31m", "\\x9b31m"),
	CASE("overlong", "\300\257\340\200\257", "\\xc0\\xaf\\xe0\\x80\\xaf"),
	CASE("surrogate", "\355\240\200", "\\xed\\xa0\\x80"),
	CASE("beyond Unicode", "\364\220\200\200", "\\xf4\\x90\\x80\\x80"),
	CASE("cut character", "\342\202", "\\xe2\\x82"),
	CASE("cut, then text", "\342\202a", "\\xe2\\x82a"),
	CASE("text turned round", "a\342\200\256b", "a\\xe2\\x80\\xaeb"),
	CASE("invisible", "a\342\200\213b", "a\\xe2\\x80\\x8bb"),
#undef CASE
};

static void
bytes_become_what_a_terminal_shows(void **state)
{
	char buf[128], *text;
	size_t length;
	FILE *to;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		assert_int_equal(escape_into(buf, sizeof(buf), cases[i].bytes,
		    cases[i].n), strlen(cases[i].want));
		assert_string_equal(buf, cases[i].want);
		to = open_memstream(&text, &length);
		escape_to(to, cases[i].bytes, cases[i].n);
		assert_int_equal(fclose(to), 0);
		assert_string_equal(text, cases[i].want);
		free(text);
	}
}

static const struct {
	const char *bytes;
	size_t size;
	const char *want;
} cuts[] = {
	{ "abc", 4, "abc" },
	{ "abc", 3, "ab" },
	{ "abc", 1, "" },
	{ "ab\033c", 7, "ab\\x1b" },
	{ "ab\033c", 6, "ab" },
	{ "a\303\251b", 4, "a\303\251" },
	{ "a\303\251b", 3, "a" },
	{ "a\\b", 3, "a" },
};

static void
a_small_buffer_ends_with_a_whole_character(void **state)
{
	char buf[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cuts); i++) {
		memset(buf, '#', sizeof(buf));
		assert_int_equal(escape_into(buf, cuts[i].size, cuts[i].bytes,
		    strlen(cuts[i].bytes)), strlen(cuts[i].want));
		assert_string_equal(buf, cuts[i].want);
		assert_int_equal(buf[cuts[i].size], '#');
	}
	buf[0] = '#';
	assert_int_equal(escape_into(buf, 0, "a", 1), 0);
	assert_int_equal(buf[0], '#');
}

/* Every byte alone, and every two: nothing that a terminal obeys comes out. */
static void
no_pair_of_bytes_gets_through(void **state)
{
	char in[2], out[16];

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		in[0] = (char)(i >> 8);
		in[1] = (char)i;
		escape_into(out, sizeof(out), in, 2);
		for (const unsigned char *p = (unsigned char *)out; *p; p++) {
			bool control = *p < 0x20 || *p == 0x7f;
			bool c1 = p[0] == 0xc2 && p[1] < 0xa0;

			assert_false(control || c1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_become_what_a_terminal_shows),
		cmocka_unit_test(a_small_buffer_ends_with_a_whole_character),
		cmocka_unit_test(no_pair_of_bytes_gets_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
