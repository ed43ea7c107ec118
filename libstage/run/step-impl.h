/* What the files of step share. */
#ifndef XB_STEP_IMPL_H
#define XB_STEP_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"
#include "run/signals.h"
#include "run/step.h"
#include "run/words.h"
#include "target/target.h"

enum { STEP_COLUMNS = 80, STEP_LINE_MAX = 4096 };

/* How the text calls a domain whose name is ours: a variable of a shell. */
#define STEP_DOM "$dom"

struct step {
	enum stage_id id;
	struct words shown;		/* its command, to be read: no names of
					 * our own */
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

struct session {
	const struct step_request *ask;
	FILE *to;
	struct signals signals;
	struct step_input input;
	char *folder;			/* of what may be kept */
	char *work;			/* in it: of what is never */
	char *domain;			/* target's name; NULL: none yet */
	char *size;			/* of memory, as xb-layout takes it */
	bool made;			/* the domain is ours to end */
	const struct target_ops *kind;	/* of the domain */
	const char *where;		/* in domain: after the scheme */
	bool introduces;		/* xenstored can be told */
	bool no_store;			/* nobody serves one */
	struct engine_option *options;	/* those of ask, then our own */
	size_t n_options;
	struct step step[STAGES];
	size_t n_steps;
	struct step_plan after[STAGES + 1]; /* so many steps */
	size_t done;			/* steps that are done */
	size_t last;			/* step that ran last */
	bool failed;			/* it did */
	int status;			/* its exit status */
	int signal;			/* that ends us; 0: none */
	bool over, keep;
	struct plan plan;		/* after the steps that are done */
	int seen;			/* memory as it was seen last: page pfn
					 * at pfn * 4096 */
	uint64_t seen_pages;		/* 0: there was no memory */
};

/* The row of step k. */
static inline const struct stage_row *
step_row(const struct session *s, size_t k)
{
	return &stage_rows[s->step[k].id];
}

/* ---- step-domain ---- */

/* Makes the domain or takes the one that is there; sets size.  over: xb-domain
 * failed and has said why. */
int	step_domain(struct session *, struct fail *) must_check;
/* What the text calls it. */
const char *step_dom(const struct session *);
/* Ends it where it was made and is not kept. */
void	step_domain_end(struct session *);

/* ---- step-stages ---- */

int	step_stages(struct session *, struct fail *) must_check;
void	step_stages_release(struct session *);

/*
 * Runs step k on the plan of those before it (or, where it is done, on its
 * own), and says what will be and what was.  A stage that fails is no failure:
 * failed and status are set.
 */
int	step_stage(struct session *, size_t k, struct fail *) must_check;
/* Reads the plan that step k left; k counts from 1, 0 is none. */
int	step_load_plan(struct session *, size_t k, struct fail *) must_check;

/* ---- step-commands ---- */

/*
 * The next line without its end, NUL-terminated; 0: there is none, or a signal
 * came.
 */
int	step_line(struct session *, char line[STEP_LINE_MAX], struct fail *)
	    must_check;

/* The next command, until one runs a stage or ends the session. */
int	step_commands(struct session *, struct fail *) must_check;

/* ---- step-words ---- */

/* Text in lines of at most 80 columns: longer ones are broken. */
void	step_print(const struct session *, const char *text);
void	step_say(const struct session *, const char *fmt, ...)
	    printf_like(2, 3);

void	step_heading(const struct session *, size_t k);
/* What the step will do, by the plan as it is. */
void	step_intent(const struct session *, size_t k);
const char *step_plural(uint64_t n);	/* "3 pages", "1 page" */

/* ---- step-plan ---- */

/* What is in the plan that was not, or was otherwise. */
int	step_gained(struct session *, struct plan *was,
	    struct fail *) must_check;

/* ---- step-memory ---- */

/* Compares memory with what was seen last, keeps it; silent: says nothing. */
int	step_memory(struct session *, bool silent, struct fail *) must_check;
/* "47 65 74 ..  Get"; 16 bytes in one line, NUL-terminated. */
enum { STEP_HEX = 72 };
const char *step_hex(char line[STEP_HEX], const unsigned char *, size_t n);

/* ---- step-snapshot ---- */

/* A file of ours in work, with number n; malloced. */
char	*step_path(const struct session *, const char *name, size_t n,
	    struct fail *) must_check;

/* Keeps the domain as it is after so many steps, and brings that back. */
int	step_snapshot(const struct session *, size_t done, struct fail *)
	    must_check;
int	step_restore(const struct session *, size_t done, struct fail *)
	    must_check;

/* ---- step-look ---- */

int	step_walk(struct session *, uint64_t va, struct fail *) must_check;
/* n bytes of memory from a pfn, or from an address, on. */
int	step_dump(struct session *, bool address, uint64_t from, uint64_t n,
	    struct fail *) must_check;

#endif
