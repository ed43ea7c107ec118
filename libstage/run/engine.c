#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/stop.h"
#include "base/words.h"
#include "run/engine.h"
#include "stage/stage.h"
#include "store/store.h"
#include "target/target.h"

const struct stage_code *const stage_codes[STAGES] = {
#define STAGE(ID, word, ...)	[STAGE_##ID] = &stage_##word,
#include "plan/stages.def"
};

/* One run of a stage. */
struct run {
	struct engine *engine;
	enum stage_id id;
	const struct stage_row *row;
	struct words words;
	struct stage_outcome outcome;
};

static bool
touches(enum stage_id id)
{
	return (stage_rows[id].flags & STAGE_TOUCHES) != 0;
}

int
engine_signal(struct engine *e)
{
	if (e->signal == 0 && e->signals != NULL)
		e->signal = signals_caught(e->signals);
	return e->signal;
}

/* ---- options of all stages ---- */

static bool
replaces(enum option_id a, enum option_id b)
{
	enum option_id first = a < b ? a : b, last = a < b ? b : a;

	return a == b || (last == first + 1 &&
	    (stage_option_row(first)->traits & OR_NEXT) != 0);
}

bool
engine_options_replace(const struct engine_option *v, size_t n,
    enum option_id id)
{
	for (size_t i = 0; i < n; i++)
		if (replaces(v[i].id, id))
			return true;
	return false;
}

bool
engine_options_no_xenstore(const struct engine_option *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].id == OPTION_NO_XENSTORE ||
		    (v[i].id == OPTION_XENSTORE_PORT &&
		    v[i].value[strspn(v[i].value, "0")] == '\0'))
			return true;
	return false;
}

void
engine_writes(const struct engine_option *v, size_t n)
{
	const char *store = NULL;

	for (size_t i = 0; i < n; i++)
		if (v[i].id == OPTION_STORE)
			store = v[i].value;
	stage_writes(store_make(store), STAGE_BELOW);
	if (store != NULL)
		stage_writes(store_default_index(), STAGE_THERE);
}

/* ---- arguments and options of a stage ---- */

bool
engine_options_of(const struct engine *e, enum stage_id id)
{
	for (size_t i = 0; i < e->n_options; i++)
		if (stage_of_option(e->options[i].id) == id)
			return true;
	return false;
}

int
engine_refuse_options(const struct engine *e, enum stage_id id, struct fail *f)
{
	if (!engine_options_of(e, id))
		return 0;
	(void)fail(f, FAIL_USAGE, "%s does not run, and has options:",
	    stage_rows[id].name);
	for (size_t i = 0; i < e->n_options; i++) {
		const struct engine_option *o = &e->options[i];

		if (stage_of_option(o->id) != id)
			continue;
		fail_add(f, " %s",
		    stage_option_word(stage_option_row(o->id)).s);
		if (o->value != NULL)
			fail_add(f, " '%s'", o->value);
	}
	return -1;
}

static int
add_option(struct words *w, const struct engine_option *o, struct fail *f)
{
	if (words_add(w, stage_option_word(stage_option_row(o->id)).s, f) < 0)
		return -1;
	return o->value == NULL ? 0 : words_add(w, o->value, f);
}

static int
add_two(struct words *w, const char *one, const char *two, struct fail *f)
{
	if (two == NULL)
		return 0;
	return words_add(w, one, f) < 0 ? -1 : words_add(w, two, f);
}

/* The value of -t.  take_plan() drops it after the first stage that touches the
 * domain, because from then on the plan has the name. */
static const char *
target_of(const struct run *r)
{
	return touches(r->id) ? r->engine->target : NULL;
}

static const char *
operand_of(const struct run *r)
{
	return r->row->needs == STAGE_NOTHING ? r->engine->kernel :
	    r->engine->from;
}

/* The arguments that a person would give the stage's program, for the trace. */
static int
spell(struct run *r, struct fail *f)
{
	const struct engine *e = r->engine;
	struct words *w = &r->words;

	if ((stage_quiet() && words_add(w, "-q", f) < 0) ||
	    (stage_timing() && words_add(w, "-T", f) < 0) ||
	    (stage_verbose() && words_add(w, "-v", f) < 0) ||
	    (stage_no_sandbox() && words_add(w, "--no-sandbox", f) < 0))
		return -1;
	for (size_t i = 0; i < e->n_options; i++)
		if (stage_of_option(e->options[i].id) == r->id &&
		    add_option(w, &e->options[i], f) < 0)
			return -1;
	if (add_two(w, "-t", target_of(r), f) < 0)
		return -1;
	return add_two(w, "--", operand_of(r), f);
}

static int
set_options(const struct run *r, void *options, struct fail *f)
{
	const struct stage_code *code = stage_codes[r->id];
	const struct engine *e = r->engine;

	for (size_t i = 0; i < e->n_options; i++)
		if (stage_of_option(e->options[i].id) == r->id &&
		    code->set(options, e->options[i].id, e->options[i].value,
		    f) < 0)
			return -1;
	if (r->row->needs == STAGE_NOTHING &&
	    code->set(options, OPTION_OPERAND, e->kernel, f) < 0)
		return -1;
	return code->ready == NULL ? 0 : code->ready(options, f);
}

/* Does anybody ask how long a stage took? */
static bool
is_timed(const struct engine *e)
{
	return stage_timing() || stage_traces() || e->hook.after != NULL;
}

/* ---- one stage ---- */

static int
apply(struct run *r, struct plan *p, void *options, struct fail *f)
{
	struct engine *e = r->engine;
	struct stage_outcome *o = &r->outcome;

	if (e->n > 0 && plan_decode(p, e->plan, e->n, e->from != NULL ?
	    e->from : "the plan", f) < 0)
		return -1;
	if (stage_apply(stage_codes[r->id], p, target_of(r), options, f) < 0)
		return -1;
	e->guest = plan_guest(p);
	return plan_encode(p, &o->plan, &o->n, f);
}

static int
work(struct run *r, void *options, struct fail *f)
{
	struct plan p;
	int rc;

	plan_init(&p);
	rc = apply(r, &p, options, f);
	plan_release(&p);
	return rc;
}

/* Makes the failure the outcome: the plan that the stage was given, with the
 * failure in it.  A stage that a signal ended has none. */
static void
fail_run(struct run *r, const struct fail *why)
{
	struct engine *e = r->engine;
	struct stage_outcome *o = &r->outcome;
	struct fail f = { .kind = FAIL_NONE };
	/* Like a program that ends for wrong usage before it reads the file of
	 * its operand. */
	size_t n = why->kind == FAIL_USAGE && e->from != NULL ? 0 : e->n;

	if (engine_signal(e) != 0)
		return;
	stage_tell_failure(o->stage, why);
	free(o->plan);
	o->status = (int)why->kind;
	if (stage_failed_plan(o->stage, e->plan, n, why, &o->plan, &o->n,
	    &f) < 0) {
		o->plan = NULL;
		o->n = 0;
	}
}

static void
do_work(struct run *r)
{
	const struct stage_code *code = stage_codes[r->id];
	struct fail f = stage_new_fail(r->row->name);
	void *options = calloc(1, code->size + 1);
	int rc;

	if (stage_timing())
		getrusage(RUSAGE_SELF, &r->outcome.before);
	if (options == NULL)
		rc = fail_memory(&f, code->size);
	else
		rc = set_options(r, options, &f);
	stage_add_hint(&f, r->row->name);
	if (rc == 0 && stage_trace_usable(&f) == 0)
		rc = work(r, options, &f);
	if (options != NULL && code->release != NULL)
		code->release(options);
	free(options);
	if (rc < 0 || f.kind != FAIL_NONE)
		fail_run(r, &f);
	if (is_timed(r->engine))
		stage_end(&r->outcome);
	if (r->engine->signal == 0)
		stage_tell_timing(&r->outcome);
}

/* ---- the begin and the end of a stage ---- */

static int
begin(struct run *r, struct engine *e, enum stage_id id, struct fail *f)
{
	*r = (struct run){ .engine = e, .id = id, .row = &stage_rows[id],
		.words = WORDS_INIT };
	if (spell(r, f) < 0)
		return -1;
	if (stage_begin(&r->outcome, r->row->name,
	    (const char *const *)r->words.v, r->words.n, f) < 0)
		return -1;
	if (is_timed(e))
		stage_restart(&r->outcome);
	return 0;
}

static void
release(struct run *r)
{
	stage_outcome_release(&r->outcome);
	words_release(&r->words);
}

/* The stage's plan becomes the engine's. */
static void
take_plan(struct run *r)
{
	struct engine *e = r->engine;

	free(e->plan);
	e->plan = r->outcome.plan;
	e->n = r->outcome.n;
	e->last = r->id;
	e->status = r->outcome.status;
	e->from = NULL;
	if (touches(r->id))
		e->target = NULL;
	r->outcome.plan = NULL;
	r->outcome.n = 0;
}

static int
finish(struct run *r, struct fail *f)
{
	const struct engine_hook *h = &r->engine->hook;
	struct fail why = { .kind = FAIL_NONE };
	int rc = 0;

	if (stage_trace_keep(&r->outcome, &why) < 0 && r->outcome.status == 0)
		fail_run(r, &why);
	if (h->after != NULL)
		rc = h->after(h->arg, r->id, &r->outcome, f);
	take_plan(r);
	return rc;
}

/* ---- all stages ---- */

static int
run_one(struct engine *e, enum stage_id id, struct fail *f)
{
	struct run r;
	int rc = begin(&r, e, id, f);

	if (rc == 0) {
		do_work(&r);
		if (e->signal == 0)
			rc = finish(&r, f);
	}
	release(&r);
	return rc;
}

/* A plan on which an earlier stage failed, or one that is not known here, goes
 * no further.  The failure of a stage that is about to run is no reason. */
static int
look_for_failure(struct engine *e, enum stage_id from, struct fail *f)
{
	struct plan p;
	int rc;

	if (e->n == 0)
		return 0;
	plan_init(&p);
	rc = plan_decode(&p, e->plan, e->n, e->from != NULL ? e->from :
	    "the plan", f);
	if (rc == 0 && plan_has(&p, PLAN_FAILED)) {
		enum stage_id failed = stage_named(p.failed.stage);

		if (failed < from || failed == STAGES)
			e->status = (int)p.failed.status;
	}
	plan_release(&p);
	return rc;
}

/* Looks for a signal now and then.  Who keeps or takes back what was built
 * looks again, with engine_signal(). */
static bool
ended(struct engine *e)
{
	return e->signal != 0 || (stop_due() && engine_signal(e) != 0);
}

int
engine_run(struct engine *e, enum stage_id from, enum stage_id until,
    struct fail *f)
{
	int rc = look_for_failure(e, from, f);

	stage_trace_open();
	/* A hook opens the domain itself, and may take its time. */
	target_keep(e->hook.after == NULL);
	store_reuse(e->hook.after == NULL);
	for (; rc == 0 && !ended(e) && e->status == 0 && from <= until; from++)
		if (from != STAGE_INTRODUCE || e->introduces)
			rc = run_one(e, from, f);
	target_keep(false);
	return rc;
}

void
engine_release(struct engine *e)
{
	store_reuse(false);
	free(e->plan);
	e->plan = NULL;
	e->n = 0;
}
