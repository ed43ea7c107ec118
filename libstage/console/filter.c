#include <string.h>

#include "base/utf8.h"
#include "console/filter.h"

/* ---- which sequences pass ---- */

/* Is c one of the characters, and no NUL? */
static bool
is_one_of(const char *all, unsigned char c)
{
	return c != '\0' && strchr(all, c) != NULL;
}

/* Are all n bytes among the characters? */
static bool
is_made_of(const char *all, const unsigned char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_one_of(all, s[i]))
			return false;
	return true;
}

/*
 * Numbers of a sequence have four digits at most: the larger ones, of repeated
 * characters or moved lines, only keep a terminal busy.
 */
static bool
has_small_numbers(const unsigned char *s, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		digits = s[i] >= '0' && s[i] <= '9' ? digits + 1 : 0;
		if (digits > 4)
			return false;
	}
	return true;
}

/*
 * Modes that a guest may set and reset.  Not among them: the locked keyboard,
 * 132 columns, and reports of the mouse, the focus and the terminal's size,
 * which would be typed into the reader's shell once xb-console has ended.
 */
static const unsigned ansi_modes[] = { 4, 20, 0 };
static const unsigned private_modes[] = {
	1,				/* keys of the cursor, for editors */
	5, 6, 7, 12, 25, 45, 47, 1047, 1048, 1049,
	2004,				/* bracketed paste */
	0
};

static bool
is_mode(const unsigned *modes, unsigned mode)
{
	while (*modes != 0 && *modes != mode)
		modes++;
	return *modes != 0;
}

/* Numbers, and what separates them: each a mode of the list. */
static bool
are_modes(const unsigned *modes, const unsigned char *s, size_t n)
{
	unsigned mode = 0;

	if (!is_made_of("0123456789;", s, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] != ';') {
			mode = 10 * mode + (s[i] - '0');
			continue;
		}
		if (!is_mode(modes, mode))
			return false;
		mode = 0;
	}
	return is_mode(modes, mode);
}

/*
 * Control sequences without a mark in front: movements of the cursor, erasing,
 * inserting and deleting, scrolling, tabulators, colours, margins.  Not among
 * them are those that ask: n, c and x.
 */
static const char finals[] = "@ABCDEFGHIJKLMPSXZ`abdefgmrsu";

static bool
passes_control(const unsigned char *s, size_t n)
{
	unsigned char final = s[n - 1];
	const unsigned *modes = s[0] == '?' ? private_modes : ansi_modes;
	size_t mark = s[0] == '?';

	if (!has_small_numbers(s, n))
		return false;
	if (final == 'h' || final == 'l')
		return are_modes(modes, s + mark, n - mark - 1);
	if (n >= 2 && s[n - 2] == ' ')	/* the form of the cursor */
		return final == 'q' && is_made_of("0123456789", s, n - 2);
	return is_one_of(finals, final) && is_made_of("0123456789;:", s, n - 1);
}

/* Sequences of ESC and one character, and those that choose a character set. */
static bool
passes(const unsigned char *s, size_t n)
{
	if (n == 0 || n > FILTER_KEPT)
		return false;
	if (s[0] == '[')
		return passes_control(s + 1, n - 1);
	if (n == 1)
		return is_one_of("78=>DEHMc", s[0]);
	return n == 2 && is_one_of("()", s[0]) && is_one_of("0AB", s[1]);
}

/* ---- the states ---- */

enum state { TEXT, ESCAPE, INTERMEDIATE, CONTROL, STRING, STRING_ESCAPE };

enum action {
	PASS,				/* the byte is shown */
	DROP,				/* it is not */
	BEGIN,				/* it is the ESC of a sequence */
	KEEP,				/* it belongs to the sequence */
	JUDGE,				/* it is the sequence's last */
	AGAIN				/* it ends the sequence, unjudged, and
					 * is looked at once more */
};

/*
 * The first row that has the state and the byte decides.  A control character
 * inside a sequence gives the sequence up.
 */
static const struct rule {
	unsigned char state, first, last, action, next;
} rules[] = {
	{ TEXT, 0x07, 0x0f, PASS, TEXT },	/* BEL .. CR, SO, SI */
	{ TEXT, 0x1b, 0x1b, BEGIN, ESCAPE },
	{ TEXT, 0x20, 0x7e, PASS, TEXT },
	{ TEXT, 0x80, 0xff, PASS, TEXT },	/* no C1: see put_byte() */
	{ TEXT, 0x00, 0xff, DROP, TEXT },

	{ ESCAPE, '[', '[', KEEP, CONTROL },
	{ ESCAPE, ']', ']', KEEP, STRING },	/* OSC */
	{ ESCAPE, 'P', 'P', KEEP, STRING },	/* DCS */
	{ ESCAPE, 'X', 'X', KEEP, STRING },	/* SOS */
	{ ESCAPE, '^', '_', KEEP, STRING },	/* PM, APC */
	{ ESCAPE, 0x20, 0x2f, KEEP, INTERMEDIATE },
	{ ESCAPE, 0x30, 0x7e, JUDGE, TEXT },

	{ INTERMEDIATE, 0x20, 0x2f, KEEP, INTERMEDIATE },
	{ INTERMEDIATE, 0x30, 0x7e, JUDGE, TEXT },

	{ CONTROL, 0x20, 0x3f, KEEP, CONTROL },
	{ CONTROL, 0x40, 0x7e, JUDGE, TEXT },

	{ STRING, 0x07, 0x07, DROP, TEXT },
	{ STRING, 0x18, 0x18, DROP, TEXT },	/* CAN */
	{ STRING, 0x1a, 0x1a, DROP, TEXT },	/* SUB */
	{ STRING, 0x1b, 0x1b, KEEP, STRING_ESCAPE },
	{ STRING, 0x00, 0xff, KEEP, STRING },

	/* ESC \ ends a string, and ESC with another byte begins a sequence. */
	{ STRING_ESCAPE, '\\', '\\', DROP, TEXT },
	{ STRING_ESCAPE, 0x00, 0xff, AGAIN, ESCAPE },
};

static const struct rule *
rule_of(unsigned state, unsigned char c)
{
	static const struct rule give_up = { 0, 0, 0, AGAIN, TEXT };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].state == state && c >= rules[i].first &&
		    c <= rules[i].last)
			return &rules[i];
	return &give_up;
}

/* ---- one byte ---- */

static void
emit(unsigned char **out, const void *bytes, size_t n)
{
	memcpy(*out, bytes, n);
	*out += n;
}

static void
keep(struct console_filter *t, unsigned char c)
{
	if (t->length < FILTER_KEPT)
		t->kept[t->length] = c;
	t->length++;
}

static void
step(struct console_filter *t, unsigned char c, unsigned char **out)
{
	const struct rule *r;

	do {
		r = rule_of(t->state, c);
		t->state = r->next;
		if (r->action == PASS)
			emit(out, &c, 1);
		if (r->action == BEGIN || r->action == AGAIN)
			t->length = 0;
		if (r->action == KEEP || r->action == JUDGE)
			keep(t, c);
	} while (r->action == AGAIN);
	if (r->action == JUDGE && passes(t->kept, t->length)) {
		emit(out, "\033", 1);
		emit(out, t->kept, t->length);
	}
	if (t->state != TEXT && t->length > FILTER_MAX)
		t->state = TEXT;
}

/* A C1 control has the meaning of ESC and a character of 7 bits. */
static void
put_c1(struct console_filter *t, uint32_t c, unsigned char **out)
{
	step(t, 0x1b, out);
	step(t, (unsigned char)(c - 0x40), out);
}

/* ---- characters ---- */

/* A whole character of UTF-8, or what began like one. */
static void
put_character(struct console_filter *t, unsigned char **out)
{
	uint32_t c = 0;
	size_t n = t->n_character;
	bool whole = utf8_char(t->character, n, &c) == n;

	t->n_character = 0;
	if (!whole)
		step(t, '?', out);
	else if (c < 0xa0)
		put_c1(t, c, out);
	else
		for (size_t i = 0; i < n; i++)
			step(t, t->character[i], out);
}

/* Bytes that a character has by its first one; 0: it begins none. */
static size_t
bytes_of(unsigned char first)
{
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static void
put_byte(struct console_filter *t, unsigned char c, unsigned char **out)
{
	if (t->n_character > 0 && (c & 0xc0) != 0x80)
		put_character(t, out);	/* cut off */
	if (t->n_character > 0 || (t->utf8 && bytes_of(c) > 0)) {
		t->character[t->n_character++] = c;
		if (t->n_character == bytes_of(t->character[0]))
			put_character(t, out);
		return;
	}
	if (c >= 0x80 && c < 0xa0)
		put_c1(t, c, out);
	else
		step(t, c >= 0x80 && t->utf8 ? '?' : c, out);
}

size_t
console_filter(struct console_filter *t, const unsigned char *in, size_t n,
    unsigned char *out)
{
	unsigned char *end = out;

	for (size_t i = 0; i < n; i++)
		put_byte(t, in[i], &end);
	return (size_t)(end - out);
}
