/*
 * What passes of a guest's console output to a terminal: whole, in single
 * bytes, and split anywhere.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "console/filter.h"

static const struct row {
	const char *name, *in, *want;	/* want NULL: as it came */
	bool latin;			/* the terminal has no UTF-8 */
} rows[] = {
	{ "text", "Debian GNU/Linux\r\n\tlogin: \b\a", NULL, false },
	{ "UTF-8", "gr\xc3\xbc\xc3\x9f \xe2\x9b\x94 \xf0\x9f\x90\xa7", NULL,
	    false },
	{ "colours", "\033[1;31mred\033[0m \033[38;5;208mx\033[38:2::1:2:3m",
	    NULL, false },
	{ "cursor", "\033[2J\033[H\033[12;40H\033[K\0337\0338\033[3A", NULL,
	    false },
	{ "editor", "\033[?1049h\033[?1h\033=\033[?25l\033[1;24r\033[?2004h",
	    NULL, false },
	{ "lines", "\033(0lqqk\033(B\016x\017", NULL, false },
	{ "cursor form", "\033[4 q", NULL, false },
	{ "insert mode", "\033[4h\033[4l", NULL, false },

	{ "title", "a\033]0;evil\ab", "ab", false },
	{ "title, ST", "a\033]2;evil\033\\b", "ab", false },
	{ "clipboard", "\033]52;c;cm0gLXJm\ab", "b", false },
	{ "colour asked", "\033]11;?\033\\b", "b", false },
	{ "DCS", "a\033P$q\"p\033\\b", "ab", false },
	{ "sixels", "\033Pq#0;2;0;0;0#0~~@@vv\033\\x", "x", false },
	{ "APC", "a\033_Gi=31,a=q;AAAA\033\\b", "ab", false },
	{ "PM, SOS", "a\033^x\033\\b\033Xy\033\\c", "abc", false },
	{ "string with UTF-8", "\033]0;\xe2\x9c\x9c\xc3\x9c\ab", "b", false },
	{ "string cancelled", "\033]0;x\030a\033Px\032b", "ab", false },
	{ "string in a string", "\033]0;x\033]0;y\az", "z", false },
	{ "sequence in a string", "\033]0;x\033[1my", "\033[1my", false },
	{ "answerback", "a\005b", "ab", false },
	{ "state asked", "\033[5n\033[6n\033[?6nx", "x", false },
	{ "kind asked", "\033[c\033[>c\033[=c\033[0c\033Z\033[>qx", "x",
	    false },
	{ "mode asked", "\033[?2026$p\033[4$px", "x", false },
	{ "window", "\033[21t\033[18t\033[8;9;9tx", "x", false },
	{ "keyboard", "\033[>4;2m\033[?u\033[>1u\033[2hx", "x", false },
	{ "mouse, focus", "\033[?1000h\033[?1003;1006h\033[?1004hx", "x",
	    false },
	{ "a mode among others", "\033[?25;1000hx", "x", false },
	{ "printer", "\033[5i\033[4ix", "x", false },
	{ "screen asked", "\033[1;1;1;1;1;1*yx", "x", false },
	{ "character sets", "\033%@\033%G\033 G\033*B\033Nx\033nx", "xx",
	    false },
	{ "marked", "\033[?5W\033[?J\033[<1m\033[!px", "x", false },
	{ "large numbers", "\033[99999b\033[2147483648Lx", "x", false },
	{ "other controls", "a\001\002\004\006\021\023\024\177b", "ab", false },

	{ "C1 CSI", "\x9b" "1mx\x9b" "6ny", "\033[1mxy", false },
	{ "C1 CSI as UTF-8", "\xc2\x9b" "1mx\xc2\x9b" "6ny", "\033[1mxy",
	    false },
	{ "C1 strings", "\x9d" "0;t\x9c" "a\x90q\x9c" "b\x9fq\x9c" "c\x98q\x9c"
	    "d\x9eq\x9c" "e", "abcde", false },
	{ "C1 strings as UTF-8", "\xc2\x9d" "0;t\xc2\x9c" "a\xc2\x90q\xc2\x9c"
	    "b", "ab", false },
	{ "C1 of one", "\x84\x85\x8d\x9a\x8f", "\033D\033E\033M", false },
	{ "latin C1 CSI", "\x9b" "1mx\x9b" "6ny", "\033[1mxy", true },
	{ "latin letters", "gr\xfc\xdf", NULL, true },
	/* No terminal without UTF-8 takes these for two characters. */
	{ "latin, in UTF-8", "\xe2\x9b" "6n\xc2\x9d" "0;x\ay", "\xe2\xc2y",
	    true },

	{ "cut character", "\xe2\x9bz\xf0\x9fz\xc3", "?z?z", false },
	{ "overlong", "\xc0\x9b" "6n\xe0\x82\x9b" "6n", "?" "?6n", false },
	{ "surrogate", "\xed\xa0\x80z", "?z", false },
	{ "loose", "\xa0\xff\xfez", "???z", false },
	{ "cut sequence", "\033[1\nx\033\ny\033(\tz", "\nx\ny\tz", false },
	{ "ESC ESC", "\033\033[1mx", "\033[1mx", false },
	{ "a character in a sequence", "\033[1\xc3\x9fx", "\xc3\x9fx", false },
};

static size_t
pieces(const struct row *r, const char *in, size_t n, size_t first,
    size_t rest, unsigned char *out)
{
	struct console_filter t = { .utf8 = !r->latin };
	size_t used = 0, at = 0;

	for (size_t take = first; at < n; take = rest) {
		take = take < n - at ? take : n - at;
		used += console_filter(&t, (const unsigned char *)in + at,
		    take, out + used);
		at += take;
	}
	return used;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		const char *want = r->want == NULL ? r->in : r->want;
		size_t n = strlen(r->in);
		unsigned char out[FILTER_ROOM(256)];

		for (size_t first = 1; first <= n; first++)
			for (size_t rest = 1; rest <= n; rest += n) {
				size_t k = pieces(r, r->in, n, first, rest,
				    out);

				out[k] = '\0';
				if (strcmp((char *)out, want) != 0)
					unit_fail("%s, %zu first: '%s'",
					    r->name, first, (char *)out);
			}
	}
}

/* ---- without end ---- */

static const char *const endless[] = { "\033]0;", "\033P", "\033_", "\033[",
	"\x9d", "\033[?" };

static void
test_endless(void **state)
{
	static unsigned char in[3 * FILTER_MAX], out[FILTER_ROOM(sizeof(in))];

	(void)state;
	for (size_t i = 0; i < COUNT(endless); i++) {
		struct console_filter t = { .utf8 = true };
		size_t n = strlen(endless[i]), got;

		memset(in, '1', sizeof(in));
		memcpy(in, endless[i], n);
		got = console_filter(&t, in, sizeof(in), out);
		assert_in_range(got, 2 * FILTER_MAX - 16, 2 * FILTER_MAX);
		for (size_t k = 0; k < got; k++)
			assert_int_equal(out[k], '1');
	}
}

/* ---- anything ---- */

/*
 * What came out passes again as it is, so that no sequence is made of the
 * remains of others; and it stays within the room.
 */
static void
test_any(void **state)
{
	static const char likely[] = "\033\033\033[[]P_\\?;;0168mhnc\x9b\x9d"
	    "\x9c\xc2\xe2\a(0";
	static unsigned char in[2048], out[FILTER_ROOM(sizeof(in))],
	    again[FILTER_ROOM(sizeof(out))];
	uint64_t seed = 1;

	(void)state;
	for (unsigned run = 0; run < 400; run++) {
		struct console_filter a = { .utf8 = run % 2 == 0 }, b = a;
		size_t n, m;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 6364136223846793005 +
			    1442695040888963407;
			in[i] = (unsigned char)(seed >> 60 < 3 ? seed >> 32 :
			    (unsigned char)likely[(seed >> 32) %
			    (sizeof(likely) - 1)]);
		}
		n = console_filter(&a, in, sizeof(in), out);
		assert_true(n <= sizeof(out));
		m = console_filter(&b, out, n, again);
		assert_int_equal(n, m);
		assert_memory_equal(out, again, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
