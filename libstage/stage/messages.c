#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/progress.h"
#include "stage/impl.h"

/* Each kind of message has a prefix, and a level in the trace (NULL: it is not
 * kept there). */
struct line_kind {
	const char *prefix, *level;
	bool escaped;			/* the message is escaped already */
};

static const struct line_kind failure = { "", "error", false };
static const struct line_kind timing = { "time: ", NULL, false };
static const struct line_kind kinds[SAY_LEVELS] = {
	[SAY_WARNING]	= { "warning: ", "warning", false },
	[SAY_ANSWER]	= { "", "answer", false },
	[SAY_ESCAPED]	= { "", "answer", true },
	[SAY_NOTE]	= { "", "note", false },
};

static struct stage_outcome *under_way;	/* NULL: none */

void
stage_keep_lines(struct stage_outcome *o)
{
	under_way = o;
}

/* Keeps a line with the run.  Without memory it is not kept, only printed. */
static void
keep(struct stage_outcome *o, const char *level, const char *text)
{
	struct stage_line *more;

	if (o == NULL || level == NULL)
		return;
	more = reallocarray(o->lines, o->n_lines + 1, sizeof(*more));
	if (more == NULL)
		return;
	o->lines = more;
	more[o->n_lines] = (struct stage_line){ level, strdup(text) };
	if (more[o->n_lines].text != NULL)
		o->n_lines++;
}

static void
tell(const char *name, const struct line_kind *kind, const char *message)
{
	/* An escaped byte takes four characters. */
	char text[4 * sizeof(((struct fail *)0)->message)];
	char line[sizeof(text) + 64];

	if (kind->escaped)
		snprintf(text, sizeof(text), "%s", message);
	else
		escape_into(text, sizeof(text), message, strlen(message));
	keep(under_way, kind->level, text);
	snprintf(line, sizeof(line), "%s: %s%s\n", name, kind->prefix, text);
	progress_erase();
	/* One call a line, so that lines of several stages do not mix. */
	fputs(line, stderr);
}

void
stage_tell_failure(const char *name, const struct fail *f)
{
	tell(name, &failure, f->message);
}

void
stage_tell_time(const char *name, const char *words)
{
	tell(name, &timing, words);
}

void
stage_add_hint(struct fail *f, const char *name)
{
	if (f->kind != FAIL_USAGE || f->hinted)
		return;
	fail_add(f, "; try '%s -h'", name);
	f->hinted = true;
}

static void
say(void *name, enum say_level level, const char *message)
{
	if (stage_common.quiet ||
	    (level == SAY_NOTE && !stage_common.verbose))
		return;
	tell(name, &kinds[level], message);
}

struct fail
stage_new_fail(const char *name)
{
	return (struct fail){ .say = say, .say_arg = (void *)(uintptr_t)name };
}
