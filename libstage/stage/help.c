#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "stage/impl.h"

static const struct stage_option common[] = {
	{ 'h', "help", NULL, "print this and exit", 0, 0 },
	{ 'V', "version", NULL, "print the version and exit", 0, 0 },
	{ 'v', "verbose", NULL, "more messages", 0, 0 },
	{ 'q', "quiet", NULL, "no messages but errors", 0, 0 },
	{ 'T', "time", NULL, "print the time taken on standard error", 0, 0 },
	{ 0, "no-sandbox", NULL, "keep all rights while reading", NO_SANDBOX,
	  0 },
	{ 0 }
};

/* Its help is self->targets. */
static const struct stage_option target_option[] = {
	{ 't', "target", "TARGET", NULL, 0, 0 },
	{ 0 }
};

/* ---- the options of a program ---- */

static void
add_rows(struct stage_rows_of *l, const struct stage_option *o)
{
	for (; o != NULL && o->name != NULL && l->n < STAGE_OPTIONS_MAX; o++)
		l->row[l->n++] = o;
}

static void
add_passed(struct stage_rows_of *l, unsigned traits)
{
	for (unsigned s = 0; s < STAGE_TAKERS; s++)
		for (const struct stage_option *o = stage_rows[s].options;
		    o->name != NULL && l->n < STAGE_OPTIONS_MAX; o++)
			if ((o->traits & traits) != 0)
				l->row[l->n++] = o;
}

void
stage_options_of(const struct program *self, struct stage_rows_of *l)
{
	l->n = 0;
	if (self->row != NULL)
		add_rows(l, self->row->options);
	add_rows(l, self->options);
	add_passed(l, self->passes);
	if (self->targets != NULL)
		add_rows(l, target_option);
	add_rows(l, common);
}

/* ---- the synopsis ---- */

/* An option, or several that exclude each other: [-a | -b]. */
struct item {
	const struct stage_option *first;
	size_t n;
	bool joins;			/* has a letter and no argument: goes
					 * with the others into [-hqTVv] */
};

/* Required options first, then those with a letter, then long names; each group
 * in alphabetical order. */
static int
compare_items(const void *a, const void *b)
{
	const struct stage_option *x = ((const struct item *)a)->first;
	const struct stage_option *y = ((const struct item *)b)->first;
	int by_need = (int)(y->traits & IS_REQUIRED) -
	    (int)(x->traits & IS_REQUIRED);
	int by_form = (x->letter == 0) - (y->letter == 0);
	int by_letter = tolower(x->letter) - tolower(y->letter);

	if (by_need != 0)
		return by_need;
	if (by_form != 0)
		return by_form;
	if (x->letter == 0)
		return strcmp(x->name, y->name);
	return by_letter != 0 ? by_letter : x->letter - y->letter;
}

/* Makes an item of each option, and one of several that exclude each other. */
static size_t
collect_items(const struct stage_rows_of *l, struct item *items)
{
	size_t n = 0;

	for (size_t i = 0, k; i < l->n; i += k) {
		const struct stage_option *o = l->row[i];

		k = 1;
		while ((o[k - 1].traits & OR_NEXT) != 0)
			k++;
		if ((o->traits & BY_OPERAND) == 0)
			items[n++] = (struct item){ o, k, k == 1 &&
			    o->letter != 0 && o->argument == NULL };
	}
	qsort(items, n, sizeof(*items), compare_items);
	return n;
}

/* A line of words, broken where the terminal ends. */
struct line {
	size_t at, indent, width;
};

enum { WIDTH = 80, INDENT_MAX = 24 };

static struct line
begin_line(const char *first)
{
	struct winsize size = { .ws_col = 0 };
	struct line l = { .at = strlen(first), .width = WIDTH };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		l.width = size.ws_col;
	l.indent = l.at <= INDENT_MAX ? l.at : INDENT_MAX;
	fputs(first, stdout);
	return l;
}

static void
print_word(struct line *l, const char *word)
{
	size_t n = strlen(word);

	if (l->at + 1 + n > l->width && l->at > l->indent) {
		printf("\n%*s", (int)l->indent, "");
		l->at = l->indent;
	}
	printf(" %s", word);
	l->at += 1 + n;
}

enum { WORD_BYTES = 128 };

/* Writes -a or --abi and its argument; returns the length. */
static size_t
form_of(const struct stage_option *o, char *text, size_t n)
{
	return (size_t)snprintf(text, n, "%s%s%s", stage_option_word(o).s,
	    o->argument != NULL ? " " : "",
	    o->argument != NULL ? o->argument : "");
}

static void
print_item(struct line *l, const struct item *item)
{
	bool required = (item->first->traits & IS_REQUIRED) != 0;
	char word[WORD_BYTES] = "[";
	size_t n = required ? 0 : 1;

	for (size_t i = 0; i < item->n; i++) {
		if (i > 0)
			n += (size_t)snprintf(word + n, sizeof(word) - n,
			    " | ");
		n += form_of(&item->first[i], word + n, sizeof(word) - n);
	}
	snprintf(word + n, sizeof(word) - n, "%s", required ? "" : "]");
	print_word(l, word);
}

static void
print_synopsis(const struct program *self, const struct stage_rows_of *l)
{
	struct item items[STAGE_OPTIONS_MAX];
	size_t n = collect_items(l, items), letters = 2;
	char word[STAGE_OPTIONS_MAX + 4] = "[-", first[WORD_BYTES];
	struct line line;

	snprintf(first, sizeof(first), "usage: %s%s%s", self->name,
	    self->verb != NULL ? " " : "",
	    self->verb != NULL ? self->verb : "");
	line = begin_line(first);
	for (size_t i = 0; i < n; i++)
		if (items[i].joins)
			word[letters++] = (char)items[i].first->letter;
	word[letters] = ']';
	print_word(&line, word);
	for (size_t i = 0; i < n; i++)
		if (!items[i].joins)
			print_item(&line, &items[i]);
	if (self->operand != NULL)
		print_word(&line, self->operand);
	putchar('\n');
}

/* ---- -h and -V ---- */

/* An option that is passed on to a stage that touches the domain is explained
 * in the help of that stage alone. */
static void
print_meaning(const struct program *self, const struct stage_option *o)
{
	const struct stage_row *s;

	if (self->passes != 0 && o->value > OPTION_OPERAND) {
		s = &stage_rows[stage_of_option((enum option_id)o->value)];
		if ((s->flags & STAGE_TOUCHES) != 0) {
			printf("as %s\n", s->name);
			return;
		}
	}
	printf("%s\n", o == target_option ? self->targets : o->help);
}

enum { LEFT = 28 };			/* columns of an option in -h */

static void
print_option(const struct program *self, const struct stage_option *o)
{
	char left[64], letter[5] = "    ";
	int n;

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	n = snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name,
	    o->argument != NULL ? " " : "",
	    o->argument != NULL ? o->argument : "");
	if (n > LEFT)
		printf("  %s\n%*s", left, LEFT + 3, "");
	else
		printf("  %-*s ", LEFT, left);
	print_meaning(self, o);
}

static _Noreturn void
finish_talk(const struct program *self)
{
	struct fail f = { 0 };

	if (file_flush(stdout, "standard output", &f) < 0)
		stage_tell_failure(self->name, &f);
	exit((int)f.kind);
}

static void
drop_refused(struct stage_rows_of *l, unsigned traits)
{
	const size_t n = l->n;

	l->n = 0;
	for (size_t i = 0; i < n; i++)
		if ((l->row[i]->traits & traits) == 0)
			l->row[l->n++] = l->row[i];
}

void
stage_print_help(const struct program *self)
{
	struct stage_rows_of l;

	stage_options_of(self, &l);
	drop_refused(&l, self->refuses);
	print_synopsis(self, &l);
	printf("%s\n\n", self->purpose);
	for (size_t i = 0; i < l.n; i++)
		print_option(self, l.row[i]);
	printf("\n%s(1) has the details, xb(7) the whole picture.\n",
	    self->name);
	finish_talk(self);
}

void
stage_print_version(const struct program *self)
{
	printf("%s (xb) %s\n", self->name, XB_VERSION);
	confine_print(self->profile, stdout);
	if (self->version != NULL)
		self->version(stdout);
	finish_talk(self);
}
