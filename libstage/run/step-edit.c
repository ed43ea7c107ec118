/*
 * step-edit: a line of commands that can be edited, with those before it, where
 * there is a terminal and the build has libedit.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/step-impl.h"

#ifdef WITH_EDIT
#include <histedit.h>

enum { LINES_KEPT = 500 };

struct step_edit {
	EditLine *line;
	History *history;
	struct session *session;
	struct fail *f;			/* of the line that is read */
	char prompt[STEP_PROMPT];
};

static struct step_edit *
owner_of(EditLine *line)
{
	void *owner = NULL;

	el_get(line, EL_CLIENTDATA, &owner);
	return owner;
}

static char *
prompt_of(EditLine *line)
{
	return owner_of(line)->prompt;
}

/* Gives libedit a byte that was typed, or the end of the input; a signal counts
 * as the end, too.  Commands are ASCII: any other byte is a question mark. */
static int
typed(EditLine *line, wchar_t *c)
{
	struct step_edit *e = owner_of(line);
	struct session *s = e->session;
	unsigned char byte;
	ssize_t n;

	if (signals_wait(&s->signals, s->ask->in, &s->signal, e->f) <= 0)
		return 0;
	n = read(s->ask->in, &byte, 1);
	if (n <= 0)
		return 0;
	*c = byte < 0x80 ? (wchar_t)byte : L'?';
	return 1;
}

void
step_edit_open(struct session *s)
{
	struct step_edit *e;
	HistEvent event;

	if (!s->input.terminal || s->ask->in != STDIN_FILENO ||
	    s->to != stdout || !isatty(STDOUT_FILENO))
		return;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	e->session = s;
	/* Reads terminfo, and no file of the user's (that is el_source(3)). */
	e->line = el_init("xb-step", stdin, stdout, stderr);
	e->history = history_init();
	s->edit = e;
	if (e->line == NULL || e->history == NULL) {
		step_edit_close(s);
		return;
	}
	history(e->history, &event, H_SETSIZE, LINES_KEPT);
	el_set(e->line, EL_CLIENTDATA, e);
	el_set(e->line, EL_EDITOR, "emacs");
	el_set(e->line, EL_PROMPT, prompt_of);
	el_set(e->line, EL_GETCFN, typed);
	el_set(e->line, EL_HIST, history, e->history);
}

void
step_edit_close(struct session *s)
{
	if (s->edit == NULL)
		return;
	if (s->edit->line != NULL)
		el_end(s->edit->line);
	if (s->edit->history != NULL)
		history_end(s->edit->history);
	free(s->edit);
	s->edit = NULL;
}

int
step_edit_line(struct session *s, const char *prompt,
    char line[STEP_LINE_MAX], struct fail *f)
{
	struct step_edit *e = s->edit;
	HistEvent event;
	const char *text;
	int n = 0;

	e->f = f;
	snprintf(e->prompt, sizeof(e->prompt), "%s", prompt);
	text = el_gets(e->line, &n);
	if (f->kind != FAIL_NONE)
		return -1;
	if (text == NULL || n <= 0 || s->signal != 0)
		return 0;
	snprintf(line, STEP_LINE_MAX, "%.*s",
	    (int)strcspn(text, "\n"), text);
	if (line[0] != '\0')
		history(e->history, &event, H_ENTER, line);
	s->input.line++;
	return 1;
}
#else
void
step_edit_open(struct session *s)
{
	(void)s;
}

void
step_edit_close(struct session *s)
{
	(void)s;
}

int
step_edit_line(struct session *s, const char *prompt,
    char line[STEP_LINE_MAX], struct fail *f)
{
	(void)s, (void)prompt, (void)line;
	return fail_bug(f, "a line to edit in a build without libedit");
}
#endif
