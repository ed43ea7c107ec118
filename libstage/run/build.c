#include <stdlib.h>

#include "run/build-impl.h"
#include "run/domain.h"
#include "run/output.h"

bool
build_writes(const struct build_request *a)
{
	engine_writes(a->options, a->n_options);
	stage_writes(a->output, STAGE_ENTRY);
	if (!build_given(a->target))
		stage_writes("xen", STAGE_DOMAIN);
	return build_given(a->plan) && !build_given(a->target);
}

/* xl attaches devices when xenstore knows the domain, and before it runs.  A
 * signal that ends this ends the engine, too, without a message. */
static int
attach(struct build *b, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	uint32_t domid;

	if (!target_domid(b->domain, &domid))
		return fail_bug(f, "devices for a domain without a number");
	if (attach_all(b->ask->attach, domid, &why) == 0 ||
	    engine_signal(&b->engine) != 0)
		return 0;
	return fail_pass(f, &why);
}

static int
run_from(struct build *b, enum stage_id from, struct fail *f)
{
	struct engine *e = &b->engine;

	if (b->ask->attach == NULL || b->until < STAGE_INTRODUCE)
		return engine_run(e, from, b->until, f);
	if (engine_run(e, from, STAGE_INTRODUCE, f) < 0)
		return -1;
	if (e->status != 0 || engine_signal(e) != 0)
		return 0;
	return attach(b, f) < 0 ? -1 : engine_run(e, STAGE_LAUNCH, b->until, f);
}

/* Makes the domain, unless there is one of the type of the plan's guest. */
static int
make_last(struct build *b)
{
	if (!b->made)
		return build_make_domain(b);
	if (b->request.type == b->engine.guest)
		return 0;
	if (build_ended(b, domain_undo(b->domain, &b->request)))
		return -1;
	free(b->domain);
	b->domain = NULL;
	return build_make_domain(b);
}

/* A domain that is made last stays open, with all that is known of it, until
 * the stage after it takes it.  Nothing reads a foreign file meanwhile. */
static int
run_stages(struct build *b, struct fail *f)
{
	struct engine *e = &b->engine;

	if (b->kind == NULL)
		return run_from(b, b->from, f);
	if (engine_run(e, b->from, STAGE_LOAD - 1, f) < 0)
		return -1;
	if (e->status != 0 || engine_signal(e) != 0)
		return 0;
	target_keep(true);
	if (make_last(b) == 0)
		return run_from(b, b->from < STAGE_LOAD ? STAGE_LOAD :
		    b->from, f);
	target_keep(false);
	return -1;
}

/* A failure takes back the domain that the build made. */
static bool
undone(const struct build *b)
{
	return b->made && !b->ask->keep;
}

static int
write_plan(struct build *b, struct fail *f)
{
	const struct engine *e = &b->engine;
	const char *if_lost = undone(b) ? NULL : stage_rows[e->last].if_lost;
	struct fail why = { .kind = FAIL_NONE };

	if (!build_given(b->ask->output) || e->n == 0 || e->signal != 0)
		return 0;
	if (output_write(b->ask->output, e->plan, e->n, &why) == 0)
		return 0;
	/* The failure of a stage has been told, and is the only one. */
	if (e->status != 0) {
		fail_warn(f, "%s", why.message);
		return 0;
	}
	if (if_lost != NULL)
		fail_add(&why, "; %s", if_lost);
	return fail_pass(f, &why);
}

static int
build(struct build *b, struct fail *f)
{
	struct engine *e = &b->engine;

	if (build_choose(b, f) < 0 || run_stages(b, f) < 0 ||
	    write_plan(b, f) < 0)
		return -1;
	return build_ended(b, e->status) ? -1 : 0;
}

int
build_run(struct build *b, const struct build_request *ask, struct fail *f)
{
	int rc;

	*b = (struct build){ .ask = ask, .engine.kernel = ask->kernel,
		.engine.hook = ask->hook };
	plan_init(&b->plan);
	if (signals_hold(&b->signals, f) < 0)
		return -1;
	b->engine.signals = &b->signals;
	rc = build(b, f);
	/* A failure that is in status has been reported already. */
	return b->status != 0 ? 0 : rc;
}

static void
take_back(struct build *b, const char *name)
{
	struct fail kept = stage_new_fail(name);

	if (undone(b)) {
		(void)domain_undo(b->domain, &b->request);
	} else if (b->made) {
		(void)fail(&kept, FAIL_TARGET, "'%s' is kept as it is",
		    b->domain);
		stage_tell_failure(name, &kept);
	}
}

void
build_end(struct build *b, int rc, const char *name)
{
	struct engine *e = &b->engine;

	if (rc < 0 || b->status != 0 || engine_signal(e) != 0)
		take_back(b, name);
	engine_release(e);
	plan_release(&b->plan);
	free(b->domain);
	free(b->options);
	b->domain = NULL;
	b->options = NULL;
	if (e->signals != NULL)
		signals_let_go(&b->signals);
}
