/*
 * step-impl: what the files of step share.
 */
#ifndef XB_STEP_IMPL_H
#define XB_STEP_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/draft.h"
#include "base/words.h"
#include "plan/plan.h"
#include "run/signals.h"
#include "run/step.h"
#include "target/target.h"

enum { STEP_COLUMNS = 80, STEP_LINE_MAX = 4096 };

/* The name that the text gives to a domain in a temporary folder: a variable of
 * a shell, so that a reader can type the commands. */
#define STEP_DOM "$dom"

struct step {
	enum stage_id id;
	struct words shown;		/* its command as the text shows it,
					 * without temporary names */
};

/* A plan as a stage left it; malloced. */
struct step_plan {
	void *bytes;
	size_t n;
};

struct step_input {
	char bytes[STEP_LINE_MAX];
	size_t n;
	bool eof, terminal;
	unsigned line;
};

enum { STEP_PROMPT = 32 };		/* bytes */

struct step_edit;			/* step-edit.c */

struct session {
	const struct step_request *ask;
	FILE *to;
	struct signals signals;
	struct step_input input;
	struct step_edit *edit;		/* NULL: lines come as they are */
	char *folder;			/* temporary; kept with the domain */
	struct arena arena;		/* of paths */
	const char *work;		/* folder in it that never stays */
	const char *name;		/* of the target as it was asked for */
	char *domain;			/* its name in full; NULL: none yet */
	const char *size;		/* of memory, as xb-layout takes it */
	bool made;			/* the domain was made here */
	struct target_request request;	/* for it */
	const struct target_ops *kind;	/* of the domain */
	bool introduces;		/* xb-introduce is a step */
	bool no_xenstore;		/* no xenstored runs */
	struct engine_option *options;	/* those of ask, then added ones */
	size_t n_options;
	struct step step[STAGES];
	size_t n_steps;
	struct step_plan after[STAGES + 1]; /* [k]: after k steps */
	size_t done;			/* steps that are done */
	size_t last;			/* step that ran last */
	int status;			/* exit status of the last step; not 0:
					 * it failed */
	int signal;			/* that ends the session; 0: none */
	bool over, keep;
	struct plan plan;		/* after the steps that are done */
	int seen;			/* file of the memory as it was seen
					 * last: page pfn at pfn * 4096 */
	uint64_t seen_pages;		/* 0: no memory was seen yet */
};

/* The row of step k. */
static inline const struct stage_row *
step_row(const struct session *s, size_t k)
{
	return &stage_rows[s->step[k].id];
}

/* ---- step-domain ---- */

/* Takes a domain that exists, or asks for one; sets size.  Sets over if
 * xb-domain failed, which has printed why; so does the next. */
int	step_domain(struct session *, struct fail *) must_check;
/* Makes the domain that was asked for, unless there is one of the type of the
 * plan's guest. */
int	step_domain_make(struct session *, struct fail *) must_check;
/* The name that the text gives to the domain. */
const char *step_dom(const struct session *);
/* Destroys a domain that was made here. */
void	step_domain_end(struct session *);

/* ---- step-stages ---- */

int	step_stages(struct session *, struct fail *) must_check;
void	step_stages_release(struct session *);

/*
 * Runs step k on the plan of the step before it or, if step k is done already,
 * on its own plan.  Tells before what it will do, and after what it has done.
 * The failure of a stage sets status and returns 0.
 */
int	step_stage(struct session *, size_t k, struct fail *) must_check;
/* Sets plan to the one that there was after k steps. */
int	step_load_plan(struct session *, size_t k, struct fail *) must_check;

/* ---- step-edit.c: a line that can be edited ---- */

/* Sets s->edit where there is a terminal and the build has libedit. */
void	step_edit_open(struct session *);
void	step_edit_close(struct session *);	/* again is allowed */
/* The same as step_line(), for a session with s->edit. */
int	step_edit_line(struct session *, const char *prompt,
	    char line[STEP_LINE_MAX], struct fail *) must_check;

/* ---- step-commands ---- */

/*
 * The next line without its line feed, NUL-terminated.  Returns 0 at the end
 * of input, or if a signal came.
 */
int	step_line(struct session *, char line[STEP_LINE_MAX], struct fail *)
	    must_check;

/* Obeys commands, until one runs a stage or ends the session. */
int	step_commands(struct session *, struct fail *) must_check;

/* ---- step-words ---- */

/* Writes text; lines of more than 80 columns are broken. */
void	step_print(const struct session *, const char *text);
void	step_say(const struct session *, const char *fmt, ...)
	    printf_like(2, 3);

/* Ends the draft and, unless rc is -1, writes its text.  Returns rc, or -1. */
int	step_print_draft(const struct session *, struct draft *, int rc,
	    struct fail *) must_check;
int	step_heading(const struct session *, size_t k, struct fail *)
	    must_check;
/* Tells what the step will do, from the present plan. */
void	step_intent(const struct session *, size_t k);
const char *step_plural(uint64_t n);	/* "3 pages", "1 page" */

/* ---- step-plan ---- */

/* Tells what is new or has changed in the plan. */
int	step_gained(struct session *, struct plan *was,
	    struct fail *) must_check;

/* ---- step-memory ---- */

/* Compares memory with what was seen last, tells the changes (unless silent),
 * and keeps it as seen. */
int	step_memory(struct session *, bool silent, struct fail *) must_check;
/* "47 65 74 ..  Get"; 16 bytes in one line, NUL-terminated. */
enum { STEP_HEX = 72 };
const char *step_hex(char line[STEP_HEX], const unsigned char *, size_t n);

/* ---- step-snapshot ---- */

/* Keeps a copy of the domain after done steps or, with back, puts it back; of
 * one that is not made yet, or of a kind that has no copies, it keeps nothing,
 * and with --all nobody goes back. */
int	step_copy(struct session *, size_t done, bool back, struct fail *)
	    must_check;

/* ---- step-look ---- */

int	step_walk(struct session *, uint64_t va, struct fail *) must_check;
/* Shows n bytes of memory, which there must be, from a physical address or,
 * if address, one of the guest's on. */
int	step_dump(struct session *, bool address, uint64_t from, uint64_t n,
	    struct fail *) must_check;

#endif
