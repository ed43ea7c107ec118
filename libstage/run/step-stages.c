#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/build-options.h"
#include "base/file.h"
#include "run/step-impl.h"

bool
step_knows(const char *option)
{
	return strcmp(option, "paused") == 0 || stage_option_named(option,
	    FOR_IMAGE | FOR_GUEST | FOR_HOST) != OPTION_OPERAND;
}

bool
step_takes(const char *program, const struct step_option *o)
{
	enum option_id id = stage_option_named(o->name,
	    FOR_IMAGE | FOR_GUEST | FOR_HOST);
	enum stage_id s = strcmp(o->name, "paused") == 0 ? STAGE_LAUNCH :
	    stage_of_option(id);

	/* A new domain's are xb-domain create's. */
	return strncmp(stage_rows[s].name, program, strlen(program)) == 0;
}

/* ---- the command of a step ---- */

static int
add_word(struct step *st, const char *word, const char *shown, struct fail *f)
{
	if (words_add(&st->argv, word, f) < 0)
		return -1;
	return shown == NULL ? 0 : words_add(&st->shown, shown, f);
}

static int
add_options(const struct session *s, struct step *st, struct fail *f)
{
	for (size_t i = 0; i < s->ask->n_options; i++) {
		const struct step_option *o = &s->ask->options[i];

		if (!step_takes(st->program, o))
			continue;
		if (build_add(&st->argv, o->name, o->value, f) < 0 ||
		    build_add(&st->shown, o->name, o->called != NULL ?
		    o->called : o->value, f) < 0)
			return -1;
	}
	return 0;
}

/* What the session itself gives: the words of one program. */
static int
add_own(const struct session *s, struct step *st, struct fail *f)
{
	const char *name = s->ask->called != NULL ? s->ask->called :
	    s->ask->kernel;
	int rc = 0;

	if (strcmp(st->program, "xb-parse") == 0) {
		rc = add_word(st, "--", NULL, f);
		if (rc == 0)
			rc = add_word(st, s->ask->kernel, name, f);
	} else if (strcmp(st->program, "xb-layout") == 0) {
		rc = add_word(st, "-m", "-m", f);
		if (rc == 0)
			rc = add_word(st, s->size, s->size, f);
	} else if (strcmp(st->program, "xb-load") == 0) {
		rc = add_word(st, "-t", "-t", f);
		if (rc == 0)
			rc = add_word(st, s->domain, step_dom(s), f);
	} else if (strcmp(st->program, "xb-startinfo") == 0 && s->no_store) {
		rc = add_word(st, "--no-store", "--no-store", f);
	}
	return rc;
}

static int
make_step(const struct session *s, struct step *st, struct fail *f)
{
	if (add_word(st, st->program, st->program, f) < 0 ||
	    (s->ask->verbose && add_word(st, "-v", "-v", f) < 0) ||
	    (s->ask->quiet && add_word(st, "-q", "-q", f) < 0) ||
	    add_options(s, st, f) < 0)
		return -1;
	return add_own(s, st, f);
}

int
step_stages(struct session *s, struct fail *f)
{
	for (unsigned i = 0; i < STAGES; i++) {
		struct step *st = &s->step[s->n_steps];

		if (i == STAGE_INTRODUCE && !s->introduces)
			continue;
		st->program = stage_rows[i].name;
		st->touches = (stage_rows[i].flags & STAGE_TOUCHES) != 0;
		s->n_steps++;
		if (make_step(s, st, f) < 0)
			return -1;
	}
	return 0;
}

void
step_stages_release(struct session *s)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		words_release(&s->step[i].argv);
		words_release(&s->step[i].shown);
	}
}

/* ---- running ---- */

int
step_sibling(struct session *s, const struct spawn *what,
    struct spawn_result *r, struct fail *f)
{
	*r = (struct spawn_result){ .text = NULL };
	if (fflush(s->to) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot write the text");
	if (spawn_run(what, r, f) < 0)
		return -1;
	if (r->signal != 0)
		s->signal = r->signal;
	return 0;
}

static int
read_plan(struct session *s, size_t k, struct plan *p, struct fail *f)
{
	char *path = step_path(s, "plan", k, f);
	void *bytes = NULL;
	size_t n;
	int rc;

	if (path == NULL)
		return -1;
	rc = file_slurp(AT_FDCWD, path, PLAN_BYTES_MAX, &bytes, &n, f);
	if (rc == 0)
		rc = plan_decode(p, bytes, n, "the plan of the stage", f);
	free(bytes);
	free(path);
	return rc;
}

int
step_load_plan(struct session *s, size_t k, struct fail *f)
{
	plan_release(&s->plan);
	plan_init(&s->plan);
	return k == 0 ? 0 : read_plan(s, k, &s->plan, f);
}

/* The stage's status; its plan goes to the file out. */
static int
run_program(struct session *s, const struct step *st, const char *in,
    const char *out, struct fail *f)
{
	const struct spawn what = { .argv = (const char *const *)st->argv.v,
	    .in = in, .out = out };
	struct spawn_result r;

	if (step_sibling(s, &what, &r, f) < 0)
		return -1;
	s->status = r.status;
	spawn_release(&r);
	return 0;
}

/* Its plan takes the place of that of step k; was is the plan before. */
static int
take_plan(struct session *s, size_t k, struct plan *was, struct fail *f)
{
	char *from = step_path(s, "new", k, f);
	char *to = step_path(s, "plan", k + 1, f);
	int rc = -1;

	if (from != NULL && to != NULL)
		rc = rename(from, to) == 0 ? 0 : fail_errno(f, FAIL_IO, errno,
		    "cannot rename '%s'", from);
	free(from);
	free(to);
	if (rc < 0)
		return -1;
	*was = s->plan;
	plan_init(&s->plan);
	s->done = k + 1;
	return read_plan(s, k + 1, &s->plan, f);
}

static int
run_step(struct session *s, size_t k, struct fail *f)
{
	/* Again: on its own plan, which has what it is to find unchanged. */
	size_t from = k < s->done ? k + 1 : k;
	char *in = from == 0 ? strdup("/dev/null") :
	    step_path(s, "plan", from, f);
	char *out = step_path(s, "new", k, f);
	int rc = -1;

	if (in != NULL && out != NULL)
		rc = run_program(s, &s->step[k], in, out, f);
	free(in);
	free(out);
	s->last = k;
	s->failed = rc == 0 && s->status != 0;
	return rc;
}

static int
tell_plan(struct session *s, size_t k, struct fail *f)
{
	struct plan was;
	int rc;

	plan_init(&was);
	rc = take_plan(s, k, &was, f);
	if (rc == 0)
		rc = step_gained(s, &was, f);
	plan_release(&was);
	return rc;
}

/* What a stage left half done is not what it begins with a second time. */
static int
clean_up(struct session *s, size_t k, struct fail *f)
{
	if (!s->failed || k != s->done || s->last != k ||
	    !s->kind->snapshots)
		return 0;
	if (step_restore(s, k, f) < 0)
		return -1;
	return step_memory(s, true, f);
}

int
step_stage(struct session *s, size_t k, struct fail *f)
{
	if (clean_up(s, k, f) < 0)
		return -1;
	step_heading(s, k);
	if (step_intent(s, k, f) < 0 || run_step(s, k, f) < 0)
		return -1;
	if (s->signal != 0)
		return 0;
	if (s->failed)
		step_say(s, "%s failed with status %d; the plan is as it was.",
		    s->step[k].program, s->status);
	else if (tell_plan(s, k, f) < 0)
		return -1;
	if (s->step[k].touches && step_memory(s, false, f) < 0)
		return -1;
	return s->failed || s->ask->all || !s->kind->snapshots ? 0 :
	    step_snapshot(s, s->done, f);
}
