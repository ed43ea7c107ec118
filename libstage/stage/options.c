#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "stage/impl.h"

struct stage_common stage_common;

static const struct stage_option common[] = {
	{ 'h', "help", NULL, "print this and exit", 0, 0 },
	{ 'V', "version", NULL, "print the version and exit", 0, 0 },
	{ 'v', "verbose", NULL, "more messages", 0, 0 },
	{ 'q', "quiet", NULL, "no messages but errors", 0, 0 },
	{ 'T', "time", NULL, "print the time taken on standard error", 0, 0 },
	{ 0 }
};

static const struct stage_option target_option[] = {
	{ 't', "target", "TARGET", "the domain: file:DIR or xen:DOMID", 0, 0 },
	{ 0 }
};

enum { TABLES = 3, OPTIONS_MAX = 48 };

static const struct stage_option no_options[] = { { 0 } };

/* The tables of options that a program takes: its own, -t, the common ones. */
static void
tables_of(const struct stage *st, const struct stage_option *table[TABLES])
{
	table[0] = st->options != NULL ? st->options : no_options;
	table[1] = st->targets ? target_option : no_options;
	table[2] = common;
}

static int
value_of(const struct stage_option *o)
{
	return o->value != 0 ? o->value : o->letter;
}

static void
print_option(const struct stage_option *o)
{
	char left[64], letter[5] = "    ";

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name,
	    o->argument != NULL ? " " : "",
	    o->argument != NULL ? o->argument : "");
	printf("  %-28s %s\n", left, o->help);
}

static _Noreturn void
finish_talk(const struct stage *st)
{
	struct fail f = { 0 };

	if (fflush(stdout) != 0 || ferror(stdout)) {
		fail_errno(&f, FAIL_IO, errno, "cannot write standard output");
		stage_tell_failure(st->name, &f);
	}
	exit((int)f.kind);
}

static _Noreturn void
print_help(const struct stage *st)
{
	const struct stage_option *table[TABLES];

	tables_of(st, table);
	printf("usage: %s %s\n%s\n\n", st->name, st->synopsis, st->purpose);
	for (size_t t = 0; t < TABLES; t++)
		for (const struct stage_option *o = table[t]; o->name; o++)
			print_option(o);
	printf("\n%s(1) has the details, xb(7) the whole picture.\n", st->name);
	finish_talk(st);
}

static _Noreturn void
print_version(const struct stage *st)
{
	printf("%s (xb) %s\n", st->name, XB_VERSION);
	if (st->version != NULL)
		st->version(stdout);
	finish_talk(st);
}

/* getopt_long's own form of the tables; letters in short_options. */
static void
getopt_tables(const struct stage *st, struct option *longs, char *shorts)
{
	const struct stage_option *table[TABLES];
	size_t n = 0;

	tables_of(st, table);
	*shorts++ = ':';
	for (size_t t = 0; t < TABLES; t++)
		for (const struct stage_option *o = table[t]; o->name; o++) {
			longs[n++] = (struct option){ o->name,
			    o->argument != NULL, NULL, value_of(o) };
			if (o->letter == 0)
				continue;
			*shorts++ = o->letter;
			if (o->argument != NULL)
				*shorts++ = ':';
		}
	*shorts = '\0';
	longs[n] = (struct option){ 0 };
}

static _Noreturn void
bad_option(const struct stage *st, int c, char **argv)
{
	const char *word = optind > 0 ? argv[optind - 1] : "";

	if (c == ':')
		stage_usage(st, "option '%s' needs a value", word);
	if (strncmp(word, "--", 2) == 0)
		stage_usage(st, "unknown option '%s'", word);
	stage_usage(st, "unknown option '-%c'", optopt);
}

/* Handles a common option; false: it is the program's own. */
static bool
take_common(const struct stage *st, int c)
{
	switch (c) {
	case 'h':
		print_help(st);
	case 'V':
		print_version(st);
	case 'v':
		stage_common.verbose = true;
		return true;
	case 'q':
		stage_common.quiet = true;
		return true;
	case 'T':
		stage_common.timing = true;
		return true;
	case 't':
		if (!st->targets)
			return false;
		stage_common.target = optarg;
		return true;
	default:
		return false;
	}
}

/* At the first look at the options. */
static void
begin(const struct stage *st, int argc, char **argv)
{
	struct fail f = { 0 };

	/* What these kill for is an error to say instead. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	opterr = 0;
	if (!st->prints_text)
		stage_trace_open();
	/* getopt_long(3) moves the arguments: they are taken before. */
	stage_must(st, stage_begin(&stage_common.run, st->name,
	    (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0,
	    &f), &f);
}

int
stage_getopt(const struct stage *st, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX];
	char shorts[2 * OPTIONS_MAX + 2];
	struct fail f = { 0 };
	int c;

	if (stage_common.run.stage == NULL)
		begin(st, argc, argv);
	getopt_tables(st, longs, shorts);
	do {
		c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == '?' || c == ':')
			bad_option(st, c, argv);
	} while (c != -1 && take_common(st, c));
	if (c == -1 && st->needs_target && stage_common.target == NULL)
		stage_usage(st, "no target: -t TARGET names the domain, "
		    "as printed by xb-domain create");
	if (c == -1 && stage_trace_usable(&f) < 0)
		stage_abandon(st, &f);
	return c;
}

const char *
stage_target(void)
{
	return stage_common.target;
}

bool
stage_verbose(void)
{
	return stage_common.verbose;
}

bool
stage_quiet(void)
{
	return stage_common.quiet;
}

bool
stage_timing(void)
{
	return stage_common.timing;
}

void
stage_usage(const struct stage *st, const char *fmt, ...)
{
	struct fail f = { 0 };
	char text[sizeof(f.message) - 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fail(&f, FAIL_USAGE, "%s; try '%s -h'", text, st->name);
	stage_abandon(st, &f);
}

uint64_t
stage_number(const struct stage *st, const char *option, const char *text,
    uint64_t max)
{
	uintmax_t v;
	char *end;

	errno = 0;
	v = strtoumax(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0')
		stage_usage(st, "%s '%s' is not a number", option, text);
	if (errno != 0 || v > max)
		stage_usage(st, "%s %s is too large: at most %" PRIu64, option,
		    text, max);
	return v;
}

uint64_t
stage_size(const struct stage *st, const char *option, const char *text)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned shift = 0;
	uint64_t v;
	char *end;

	errno = 0;
	v = strtoumax(text, &end, 10);
	if (*end != '\0' && (unit = strchr(units, *end)) != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	if (text[0] < '0' || text[0] > '9' || *end != '\0')
		stage_usage(st, "%s '%s' is not a size: a number with K, M or "
		    "G, or bytes", option, text);
	if (errno != 0 || v > (uint64_t)INT64_MAX >> shift)
		stage_usage(st, "%s %s is too large: at most %" PRIu64 "%.*s",
		    option, text, (uint64_t)INT64_MAX >> shift, shift > 0,
		    units + (shift > 0 ? shift / 10 - 1 : 0));
	if (v == 0)
		stage_usage(st, "%s is 0", option);
	return v << shift;
}
