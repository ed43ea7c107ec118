#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "base/escape.h"
#include "stage/impl.h"

/* The kinds of lines: what stands in front, and what a trace calls them. */
static const struct line_kind {
	const char *prefix, *level;
	bool escaped;			/* the message is, already */
} failure = { "", "error", false }, timing = { "time: ", NULL, false },
  said[] = {
	[SAY_WARNING]	= { "warning: ", "warning", false },
	[SAY_ANSWER]	= { "", "answer", false },
	[SAY_ESCAPED]	= { "", "answer", true },
	[SAY_NOTE]	= { "", "note", false },
};

static void
print_line(const char *name, const struct line_kind *kind, const char *message)
{
	/* An escaped byte takes four. */
	char text[4 * sizeof(((struct fail *)0)->message)];
	char line[sizeof(text) + 64];

	if (kind->escaped)
		snprintf(text, sizeof(text), "%s", message);
	else
		escape_into(text, sizeof(text), message, strlen(message));
	if (kind->level != NULL)
		stage_trace_message(kind->level, text);
	snprintf(line, sizeof(line), "%s: %s%s\n", name, kind->prefix, text);
	/* One call: lines of the stages of a pipe do not mix. */
	fputs(line, stderr);
}

void
stage_print_failure(const struct stage *st, const struct fail *f)
{
	print_line(st->name, &failure, f->message);
}

static void
say(void *arg, enum say_level level, const char *message)
{
	const struct stage *st = arg;

	if (stage_common.quiet ||
	    (level == SAY_NOTE && !stage_common.verbose))
		return;
	print_line(st->name, &said[level], message);
}

struct fail
stage_new_fail(const struct stage *st)
{
	return (struct fail){ .say = say, .say_arg = (void *)(uintptr_t)st };
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

double
stage_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - stage_common.start.tv_sec) +
	    (double)(now.tv_nsec - stage_common.start.tv_nsec) / 1e9;
}

void
stage_print_timing(const struct stage *st)
{
	struct rusage use;
	char line[160];

	if (!stage_common.timing)
		return;
	getrusage(RUSAGE_SELF, &use);
	snprintf(line, sizeof(line), "%.3f s, of which %.3f s user and "
	    "%.3f s system; %ld KiB resident at most",
	    stage_seconds(), seconds(&use.ru_utime), seconds(&use.ru_stime), use.ru_maxrss);
	print_line(st->name, &timing, line);
}
