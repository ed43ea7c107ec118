#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/number.h"
#include "base/progress.h"
#include "stage/impl.h"

static int
value_of(const struct stage_option *o)
{
	return o->value != 0 ? o->value : o->letter;
}

/* The rows in the form that getopt_long(3) takes. */
static void
getopt_tables(const struct stage_rows_of *l, struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (size_t i = 0; i < l->n; i++) {
		const struct stage_option *o = l->row[i];

		longs[i] = (struct option){ o->name, o->argument != NULL, NULL,
		    value_of(o) };
		if (o->letter == 0)
			continue;
		*shorts++ = o->letter;
		if (o->argument != NULL)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[l->n] = (struct option){ 0 };
}

/* The value of the option for which getopt_long(3) returned c: it returns the
 * value of a long option, but the letter of a short one. */
static int
value_given(const struct stage_rows_of *l, int c)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->row[i]->letter == c)
			return value_of(l->row[i]);
	return c;
}

/* The word is no option, or begins several.  Its value is cut off. */
static _Noreturn void
unknown_option(const struct program *self, const struct stage_rows_of *l,
    char *word)
{
	struct nearest n = nearest_to(word);
	char name[64];

	word[strcspn(word, "=")] = '\0';
	for (size_t i = 0; i < l->n; i++) {
		snprintf(name, sizeof(name), "--%s", l->row[i]->name);
		nearest_try(&n, name);
	}
	if (strcmp(word, "--") == 0 || n.names[0] == '\0')
		stage_usage(self, "unknown option '%s'", word);
	stage_usage(self, "unknown option '%s': the nearest is %s", word,
	    n.names);
}

static _Noreturn void
bad_option(const struct program *self, const struct stage_rows_of *l, int c,
    char **argv)
{
	char *word = optind > 0 ? argv[optind - 1] : (char[]){ "" };
	const char *value = strchr(word, '=');

	if (c == ':')
		stage_usage(self, "option '%s' needs a value", word);
	if (strncmp(word, "--", 2) == 0 && optopt != 0 && value != NULL)
		stage_usage(self, "option '%.*s' takes no value",
		    (int)(value - word), word);
	if (strncmp(word, "--", 2) == 0)
		unknown_option(self, l, word);
	stage_usage(self, "unknown option '-%c'", optopt);
}

/* Handles a common option; false: it is the program's own. */
static bool
take_common(const struct program *self, int c)
{
	switch (c) {
	case 'h':
		stage_print_help(self);
	case 'V':
		stage_print_version(self);
	case 'v':
		stage_common.verbose = true;
		return true;
	case 'q':
		stage_common.quiet = true;
		return true;
	case 'T':
		stage_common.timing = true;
		return true;
	case NO_SANDBOX:
		stage_common.no_sandbox = true;
		confine_off();
		return true;
	case 't':
		if (self->targets == NULL)
			return false;
		stage_common.target = optarg;
		return true;
	default:
		return false;
	}
}

/*
 * The next file that is opened would have the number of a standard descriptor
 * that is closed, and messages or a plan would go into it.  So /dev/null takes
 * the number, opened the wrong way round: reading from or writing to the
 * descriptor fails as before.
 */
static void
hold_standard(void)
{
	struct pollfd fd[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO },
		{ .fd = STDERR_FILENO } };
	const size_t n = sizeof(fd) / sizeof(fd[0]);

	if (poll(fd, n, 0) <= 0)
		return;
	for (size_t i = 0; i < n; i++)
		if ((fd[i].revents & POLLNVAL) != 0)
			(void)!open("/dev/null", fd[i].fd == STDIN_FILENO ?
			    O_WRONLY : O_RDONLY);
}

/*
 * malloc(3) asks the system for much at once and gives nothing back before the
 * end: else the heap grows and shrinks with each plan of a build, and each time
 * is a system call, and page faults.
 */
static void
keep_heap(void)
{
	(void)mallopt(M_TOP_PAD, 512 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

/* Called once, before the first option is read. */
static void
begin(const struct program *self, int argc, char **argv)
{
	struct fail f = { 0 };

	keep_heap();
	hold_standard();
	/* A write to a closed pipe or over a limit then fails, and can be
	 * reported. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	opterr = 0;
	if (!self->prints_text)
		stage_trace_open();
	/* Kept now, because getopt_long(3) reorders the arguments. */
	stage_must(self, stage_begin(&stage_common.run, self->name,
	    (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0,
	    &f), &f);
	stage_restart(&stage_common.run);
}

int
stage_getopt(const struct program *self, int argc, char **argv)
{
	struct option longs[STAGE_OPTIONS_MAX + 1];
	char shorts[2 * STAGE_OPTIONS_MAX + 2];
	struct stage_rows_of l;
	struct fail f = { 0 };
	int c;

	if (stage_common.run.stage == NULL)
		begin(self, argc, argv);
	stage_options_of(self, &l);
	getopt_tables(&l, longs, shorts);
	do {
		c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == '?' || c == ':')
			bad_option(self, &l, c, argv);
	} while (c != -1 && take_common(self, c));
	if (c == -1 && !stage_common.quiet && isatty(STDERR_FILENO))
		progress_on(STDERR_FILENO, self->name);
	if (c == -1 && stage_trace_usable(&f) < 0)
		stage_abandon(self, &f);
	return c > 0 ? value_given(&l, c) : c;
}

size_t
stage_options_most(int argc, char **argv)
{
	size_t n = 1;

	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]);
	return n;
}

void
stage_usage(const struct program *self, const char *fmt, ...)
{
	struct fail f = { 0 };
	char text[sizeof(f.message) - 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fail(&f, FAIL_USAGE, "%s", text);
	stage_add_hint(&f, self->name);
	stage_abandon(self, &f);
}

void
stage_must(const struct program *self, int rc, struct fail *f)
{
	if (rc < 0 && f->kind == FAIL_USAGE)
		stage_usage(self, "%s", f->message);
	if (rc < 0)
		stage_abandon(self, f);
}

uint64_t
stage_number(const struct program *self, const char *option, const char *text,
    uint64_t max)
{
	struct fail f = { 0 };
	uint64_t v = 0;

	stage_must(self, number_parse(option, text, max, &v, &f), &f);
	return v;
}

uint64_t
stage_size(const struct program *self, const char *option, const char *text)
{
	struct fail f = { 0 };
	uint64_t v = 0;

	stage_must(self, size_parse(option, text, &v, &f), &f);
	return v;
}

uint64_t
stage_time(const struct program *self, const char *option, const char *text)
{
	struct fail f = { 0 };
	uint64_t v = 0;

	stage_must(self, time_parse(option, text, &v, &f), &f);
	return v;
}
