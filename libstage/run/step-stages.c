#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "run/step-impl.h"

/* ---- the stages, and their commands ---- */

static void
add_own(struct session *s, enum option_id id, const char *value)
{
	s->options[s->n_options++] = (struct engine_option){ .id = id,
	    .value = value };
}

static int
take_options(struct session *s, struct fail *f)
{
	const struct step_request *ask = s->ask;
	enum { OWN = 2 };

	s->options = calloc(ask->n_options + OWN, sizeof(*s->options));
	if (s->options == NULL)
		return fail_memory(f, ask->n_options);
	for (size_t i = 0; i < ask->n_options; i++)
		s->options[s->n_options++] = ask->options[i];
	add_own(s, OPTION_MEMORY, s->size);
	if (s->no_xenstore)
		add_own(s, OPTION_NO_XENSTORE, NULL);
	return 0;
}

/* Adds the option as the text shows it: "--name=value", but the memory as "-m
 * SIZE". */
static int
show_option(struct words *w, const struct engine_option *o, struct fail *f)
{
	const char *value = o->called != NULL ? o->called : o->value;
	const char *name = stage_option_row(o->id)->name;
	char *word;
	int rc;

	if (o->id == OPTION_MEMORY)
		return words_add(w, "-m", f) < 0 ? -1 : words_add(w, value, f);
	if (asprintf(&word, "--%s%s%s", name, value != NULL ? "=" : "",
	    value != NULL ? value : "") < 0)
		return fail_memory(f, strlen(name));
	rc = words_add(w, word, f);
	free(word);
	return rc;
}

/* Adds the kernel to the command of xb-parse, and the domain to the command of
 * the stage that binds the plan to it. */
static int
show_subject(const struct session *s, struct step *st, struct fail *f)
{
	const struct step_request *ask = s->ask;

	if (st->id == 0)
		return words_add(&st->shown, ask->called != NULL ?
		    ask->called : ask->kernel, f);
	if ((stage_adds(st->id) & PLAN_BIT(PLAN_MEMORY)) == 0)
		return 0;
	return words_add(&st->shown, "-t", f) < 0 ? -1 :
	    words_add(&st->shown, step_dom(s), f);
}

static int
show_step(const struct session *s, struct step *st, struct fail *f)
{
	struct words *w = &st->shown;

	words_release(w);
	if (words_add(w, stage_rows[st->id].name, f) < 0 ||
	    (s->ask->verbose && words_add(w, "-v", f) < 0) ||
	    (s->ask->quiet && words_add(w, "-q", f) < 0))
		return -1;
	for (size_t i = 0; i < s->n_options; i++)
		if (stage_of_option(s->options[i].id) == st->id &&
		    show_option(w, &s->options[i], f) < 0)
			return -1;
	return show_subject(s, st, f);
}

int
step_stages(struct session *s, struct fail *f)
{
	if (take_options(s, f) < 0)
		return -1;
	for (enum stage_id id = 0; id < STAGES; id++)
		if (id != STAGE_INTRODUCE || s->introduces)
			s->step[s->n_steps++].id = id;
	return 0;
}

void
step_stages_release(struct session *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		words_release(&s->step[i].shown);
	for (size_t i = 0; i <= s->n_steps; i++)
		free(s->after[i].bytes);
	free(s->options);
}

/* ---- plans ---- */

int
step_load_plan(struct session *s, size_t k, struct fail *f)
{
	const struct step_plan *p = &s->after[k];

	plan_release(&s->plan);
	plan_init(&s->plan);
	return k == 0 ? 0 : plan_decode(&s->plan, p->bytes, p->n,
	    "the plan of the stage", f);
}

/* The engine's plan becomes the plan after step k. */
static int
keep_plan(struct session *s, size_t k, struct engine *e, struct fail *f)
{
	struct step_plan *p = &s->after[k + 1];

	free(p->bytes);
	*p = (struct step_plan){ e->plan, e->n };
	e->plan = NULL;
	s->done = k + 1;
	return step_load_plan(s, s->done, f);
}

/* Gives the engine the plan to run step k on: that of the step before or, if
 * step k is done already, its own. */
static int
give_plan(const struct session *s, size_t k, struct engine *e, struct fail *f)
{
	const struct step_plan *p = &s->after[k < s->done ? k + 1 : k];

	if (k == 0)
		return 0;
	e->plan = malloc(p->n);
	if (e->plan == NULL)
		return fail_memory(f, p->n);
	memcpy(e->plan, p->bytes, p->n);
	e->n = p->n;
	return 0;
}

/* ---- running ---- */

static int
tell_plan(struct session *s, size_t k, struct engine *e, struct fail *f)
{
	struct plan was = s->plan;
	int rc;

	plan_init(&s->plan);
	rc = keep_plan(s, k, e, f);
	if (rc == 0)
		rc = step_gained(s, &was, f);
	plan_release(&was);
	return rc;
}

/* If step k has failed before, puts the domain back to what it was before it,
 * where the kind has copies. */
static int
clean_up(struct session *s, size_t k, struct fail *f)
{
	if (s->status == 0 || k != s->done || s->last != k ||
	    s->kind->copy == NULL)
		return 0;
	if (step_copy(s, k, true, f) < 0)
		return -1;
	return step_memory(s, true, f);
}

static int
run_step(struct session *s, size_t k, struct engine *e, struct fail *f)
{
	enum stage_id id = s->step[k].id;

	*e = (struct engine){ .options = s->options,
		.n_options = s->n_options, .kernel = s->ask->kernel,
		.introduces = s->introduces, .signals = &s->signals };
	if ((stage_adds(id) & PLAN_BIT(PLAN_MEMORY)) != 0)
		e->target = s->domain;
	if (file_flush(s->to, "the report", f) < 0)
		return -1;
	if (give_plan(s, k, e, f) < 0 || engine_run(e, id, id, f) < 0)
		return -1;
	s->last = k;
	s->status = e->status;
	s->signal = e->signal;
	return 0;
}

/* Runs the step and tells what it did. */
static int
run_and_tell(struct session *s, size_t k, struct engine *e, struct fail *f)
{
	if (run_step(s, k, e, f) < 0)
		return -1;
	if (s->signal != 0)
		return 0;
	if (s->status != 0)
		step_say(s, "%s failed with status %d; the plan is as it was.",
		    step_row(s, k)->name, s->status);
	else if (tell_plan(s, k, e, f) < 0)
		return -1;
	if ((step_row(s, k)->flags & STAGE_TOUCHES) != 0 &&
	    step_memory(s, false, f) < 0)
		return -1;
	return s->status != 0 ? 0 : step_copy(s, s->done, false, f);
}

int
step_stage(struct session *s, size_t k, struct fail *f)
{
	struct engine e = { .plan = NULL };
	int rc;

	if (clean_up(s, k, f) < 0)
		return -1;
	if ((step_row(s, k)->flags & STAGE_TOUCHES) != 0 &&
	    step_domain_make(s, f) < 0)
		return -1;
	if (s->over)
		return 0;
	if (show_step(s, &s->step[k], f) < 0 || step_heading(s, k, f) < 0)
		return -1;
	step_intent(s, k);
	rc = run_and_tell(s, k, &e, f);
	engine_release(&e);
	return rc;
}
