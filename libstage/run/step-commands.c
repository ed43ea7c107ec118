#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/number.h"
#include "report/report.h"
#include "run/step-impl.h"

enum { WORDS_MAX = 4, DUMP_BYTES = 256, DUMP_MAX = 1 << 20 };

/* ---- lines ---- */

static int
read_more(struct session *s, struct fail *f)
{
	struct step_input *in = &s->input;
	int rc = signals_wait(&s->signals, s->ask->in, &s->signal, f);
	ssize_t n;

	if (rc <= 0)
		return rc;
	if (in->n == sizeof(in->bytes))
		return fail(f, FAIL_USAGE, "line %u of the commands is over "
		    "%zu bytes", in->line + 1, sizeof(in->bytes) - 1);
	n = read(s->ask->in, in->bytes + in->n, sizeof(in->bytes) - in->n);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return fail_errno(f, FAIL_IO, errno, "cannot read commands");
	in->n += n > 0 ? (size_t)n : 0;
	in->eof = n == 0;
	return 0;
}

int
step_line(struct session *s, char line[STEP_LINE_MAX], struct fail *f)
{
	struct step_input *in = &s->input;
	char *end;
	size_t n;

	while ((end = memchr(in->bytes, '\n', in->n)) == NULL && !in->eof) {
		if (read_more(s, f) < 0)
			return -1;
		if (s->signal != 0)
			return 0;
	}
	n = end != NULL ? (size_t)(end - in->bytes) : in->n;
	if (n == 0 && end == NULL)
		return 0;
	if (n >= STEP_LINE_MAX)
		n = STEP_LINE_MAX - 1;
	memcpy(line, in->bytes, n);
	line[n] = '\0';
	in->line++;
	n += end != NULL;
	memmove(in->bytes, in->bytes + n, in->n - n);
	in->n -= n;
	return 1;
}

/* ---- the commands ---- */

/* The words are those after the command's name, and then NULL. */
typedef int command_work(struct session *, char **words, struct fail *);

static int
do_next(struct session *s, char **words, struct fail *f)
{
	(void)words;
	if (s->done == s->n_steps)
		return fail(f, FAIL_USAGE, "all stages are done; 'back' undoes "
		    "one, 'quit' and 'keep' end");
	return step_stage(s, s->done, f);
}

static int
do_again(struct session *s, char **words, struct fail *f)
{
	(void)words;
	if (s->done == 0 && s->status == 0)
		return fail(f, FAIL_USAGE, "no stage has run yet; 'next' runs "
		    "the first");
	return step_stage(s, s->status != 0 ? s->last : s->done - 1, f);
}

/* Takes the domain and the plan back to what they were after so many steps. */
static int
go_back(struct session *s, size_t to, struct fail *f)
{
	if (step_copy(s, to, true, f) < 0)
		return -1;
	s->done = to;
	s->status = 0;
	if (step_load_plan(s, to, f) < 0 || step_memory(s, true, f) < 0)
		return -1;
	step_say(s, "Back to where %s %s.", to == 0 ? "no stage" :
	    step_row(s, to - 1)->name, to == 0 ? "had run" : "was done");
	return 0;
}

static int
do_back(struct session *s, char **words, struct fail *f)
{
	bool half = s->status != 0 && s->last == s->done;
	size_t to = half ? s->done : s->done - 1;

	(void)words;
	if (s->done == 0 && !half)
		return fail(f, FAIL_USAGE, "no stage has run yet");
	if (s->kind->copy == NULL &&
	    (step_row(s, to)->flags & STAGE_TOUCHES) != 0)
		return fail(f, FAIL_USAGE, "%s worked on a domain %s, "
		    "which cannot be turned back; 'again' runs it once more",
		    step_row(s, to)->name, s->kind->words);
	return go_back(s, to, f);
}

static int
do_show(struct session *s, char **words, struct fail *f)
{
	(void)words;
	return report_text(&s->plan, s->to, f);
}

static int
do_map(struct session *s, char **words, struct fail *f)
{
	(void)words;
	return report_map(&s->plan, s->to, STEP_COLUMNS, s->ask->utf8, f);
}

static int
number(const char *text, uint64_t max, uint64_t *n, struct fail *f)
{
	struct fail ignored = { .kind = FAIL_NONE };

	if (number_parse("", text, max, n, &ignored) < 0)
		return fail(f, FAIL_USAGE, "'%s' is not a number of at most "
		    "0x%" PRIx64, text, max);
	return 0;
}

/* A segment by its name, which ends at a '+'; NULL: there is none. */
static const struct layout_segment *
segment_named(const struct session *s, const char *text)
{
	const struct plan_layout *l = &s->plan.layout;
	size_t n = strcspn(text, "+");

	for (size_t i = 0; plan_has(&s->plan, PLAN_LAYOUT) &&
	    i < l->n_segments; i++)
		if (strlen(l->segments[i].kind) == n &&
		    strncmp(l->segments[i].kind, text, n) == 0)
			return &l->segments[i];
	return NULL;
}

/* "start_info", "start_info+0x40": the segment, and the bytes behind it.  Else
 * a number alone, and no segment. */
static int
place(const struct session *s, const char *text,
    const struct layout_segment **segment, uint64_t *n, struct fail *f)
{
	const char *more = strchr(text, '+');

	*n = 0;
	*segment = segment_named(s, text);
	if (*segment != NULL)
		return more == NULL ? 0 : number(more + 1, UINT32_MAX, n, f);
	if (number(text, UINT64_MAX, n, f) == 0)
		return 0;
	fail_add(f, "%s", plan_has(&s->plan, PLAN_LAYOUT) ? ", nor is it the "
	    "name of a segment: 'map' shows them" : "; segments have names "
	    "after xb-layout");
	return -1;
}

static int
do_walk(struct session *s, char **words, struct fail *f)
{
	const struct layout_segment *segment;
	uint64_t va;

	if (place(s, words[0], &segment, &va, f) < 0)
		return -1;
	if (segment != NULL && !segment->va.set)
		return fail(f, FAIL_INPUT, "segment '%s' is not mapped; 'dump' "
		    "shows its bytes", segment->kind);
	return step_walk(s, segment == NULL ? va : segment->va.value + va, f);
}

/* The argument is a segment, a pfn or, after "@", an address. */
static int
do_dump(struct session *s, char **words, struct fail *f)
{
	bool address = words[0][0] == '@';
	const struct layout_segment *segment;
	uint64_t from, n = DUMP_BYTES;

	if (place(s, words[0] + address, &segment, &from, f) < 0 ||
	    (words[1] != NULL && number(words[1], DUMP_MAX, &n, f) < 0))
		return -1;
	if (!plan_has(&s->plan, PLAN_MEMORY))
		return fail(f, FAIL_INPUT, "there is no memory yet: xb-load "
		    "gives it");
	if (segment != NULL)
		return step_dump(s, false, segment->pfn * PAGE_BYTES + from, n,
		    f);
	if (!address && !plan_has_pages(&s->plan, from, 1))
		address = true;
	return step_dump(s, address, address ? from : from * PAGE_BYTES, n, f);
}

static int
do_quit(struct session *s, char **words, struct fail *f)
{
	(void)words;
	(void)f;
	s->over = true;
	return 0;
}

static int
do_keep(struct session *s, char **words, struct fail *f)
{
	s->keep = true;
	return step_domain_make(s, f) < 0 ? -1 : do_quit(s, words, f);
}

static command_work do_help;

static const struct command {
	const char *name, *arguments, *help;
	int least, most;		/* arguments */
	command_work *work;
} commands[] = {
	{ "next", "", "run the next stage; so does an empty line", 0, 0,
	  do_next },
	{ "again", "", "run the last stage once more", 0, 0, do_again },
	{ "back", "", "undo the last stage, in the domain too", 0, 0, do_back },
	{ "show", "", "the plan in words", 0, 0, do_show },
	{ "map", "", "guest memory as a map", 0, 0, do_map },
	{ "walk", "ADDRESS", "what it maps, level by level", 1, 1,
	  do_walk },
	{ "dump", "PFN|ADDRESS [BYTES]",
	  "bytes of memory; @ADDRESS where it is as small as a pfn", 1, 2,
	  do_dump },
	{ "help", "", "this list", 0, 0, do_help },
	{ "quit", "", "end, and take away what was made", 0, 0, do_quit },
	{ "keep", "", "end, and leave the domain and its plan", 0, 0, do_keep },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
do_help(struct session *s, char **words, struct fail *f)
{
	(void)words;
	(void)f;
	for (size_t i = 0; i < COMMANDS; i++) {
		char left[40];

		snprintf(left, sizeof(left), "%s %s", commands[i].name,
		    commands[i].arguments);
		step_say(s, "  %-25s %s", left, commands[i].help);
	}
	step_say(s, "A command may be cut to its first letters; an address may "
	    "be start_info or start_info+0x40, and so for each segment.");
	return 0;
}

/* The first command that begins with the word, or NULL. */
static const struct command *
command_of(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i].name, word, strlen(word)) == 0)
			return &commands[i];
	return NULL;
}

static int
obey(struct session *s, char *line, struct fail *f)
{
	static char next[] = "next";
	char *argv[WORDS_MAX + 1] = { next }, *save;
	const struct command *c;
	int argc = 0;

	for (char *w = strtok_r(line, " \t\r", &save); w != NULL &&
	    argc < WORDS_MAX; w = strtok_r(NULL, " \t\r", &save))
		argv[argc++] = w;
	c = command_of(argv[0]);
	if (c == NULL)
		return fail(f, FAIL_USAGE, "no command '%s'; 'help' lists them",
		    argv[0]);
	argc = argc > 0 ? argc - 1 : 0;
	if (argc < c->least || argc > c->most)
		return fail(f, FAIL_USAGE, "the command is '%s%s%s'", c->name,
		    c->most > 0 ? " " : "", c->arguments);
	return c->work(s, argv + 1, f);
}

/* At a terminal, a wrong command is reported and the session goes on. */
static int
forgive(const struct session *s, struct fail *f)
{
	char text[sizeof(f->message)];

	if (f->kind != FAIL_USAGE && f->kind != FAIL_INPUT)
		return -1;
	if (!s->input.terminal) {
		fail_add(f, " (line %u of the commands)", s->input.line);
		return -1;
	}
	escape_into(text, sizeof(text), f->message, strlen(f->message));
	step_say(s, "%s", text);
	f->kind = FAIL_NONE;
	f->message[0] = '\0';
	return 0;
}

int
step_commands(struct session *s, struct fail *f)
{
	char line[STEP_LINE_MAX], prompt[STEP_PROMPT];
	int rc;

	snprintf(prompt, sizeof(prompt), "[%zu/%zu] ", s->done, s->n_steps);
	fprintf(s->to, "\n%s", s->edit == NULL ? prompt : "");
	if (file_flush(s->to, "the report", f) < 0)
		return -1;
	rc = s->edit == NULL ? step_line(s, line, f) :
	    step_edit_line(s, prompt, line, f);
	if (rc <= 0) {
		fputc('\n', s->to);
		s->over = true;
		return rc;
	}
	if (!s->input.terminal) {
		escape_to(s->to, line, strlen(line));
		fputc('\n', s->to);
	}
	return obey(s, line, f) < 0 ? forgive(s, f) : 0;
}
