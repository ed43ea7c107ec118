#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "run/build-impl.h"
#include "run/domain.h"
#include "run/output.h"

/* ---- options of the stages ---- */

static void
add_option(struct build *b, enum option_id id, const char *value)
{
	b->options[b->engine.n_options++] = (struct engine_option){ .id = id,
	    .value = value };
}

/*
 * Takes the options that were asked for.  --no-xenstore and --xenstore-port 0
 * mean the same and become no_xenstore.
 */
static int
take_options(struct build *b, struct fail *f)
{
	const struct build_request *a = b->ask;
	enum { OWN = 5 };

	b->options = calloc(a->n_options + OWN, sizeof(*b->options));
	if (b->options == NULL)
		return fail_memory(f, a->n_options);
	b->no_xenstore = engine_options_no_xenstore(a->options, a->n_options);
	for (size_t i = 0; i < a->n_options; i++)
		if (a->options[i].id != OPTION_NO_XENSTORE)
			add_option(b, a->options[i].id, a->options[i].value);
	if (b->no_xenstore)
		add_option(b, OPTION_NO_XENSTORE, NULL);
	b->engine.options = b->options;
	return 0;
}

/* ---- the stages that run ---- */

/* The bytes become the engine's. */
static int
take_bytes(struct build *b, struct fail *f)
{
	const struct build_request *a = b->ask;
	struct engine *e = &b->engine;

	if (a->bytes == NULL) {
		e->from = a->plan;
		return stage_read(a->plan, &e->plan, &e->n, f);
	}
	e->plan = malloc(a->n);
	if (e->plan == NULL)
		return fail_memory(f, a->n);
	memcpy(e->plan, a->bytes, a->n);
	e->n = a->n;
	return 0;
}

static int
read_plan(struct build *b, struct fail *f)
{
	struct engine *e = &b->engine;

	if (take_bytes(b, f) < 0 || stage_close_names(e->plan, e->n, f) < 0 ||
	    plan_decode(&b->plan, e->plan, e->n, b->ask->plan, f) < 0)
		return -1;
	e->guest = plan_guest(&b->plan);
	return 0;
}

/* The first stage is the one that failed or, if none did, the first that the
 * plan lacks. */
static int
choose_first(struct build *b, struct fail *f)
{
	const struct plan *p = &b->plan;
	const char *path = b->ask->plan, *next = plan_next_stage(p);

	if (next == NULL)
		return fail(f, FAIL_USAGE, "'%s' lacks no stage", path);
	b->from = stage_named(next);
	if (b->from == STAGE_PARSE)
		return fail(f, FAIL_USAGE, "'%s' has no image to go on from",
		    path);
	/* A plan is complete without an optional stage, so plan_next_stage()
	 * never names one: the optional stages before from run as well. */
	while ((stage_rows[b->from - 1].flags & STAGE_OPTIONAL) != 0)
		b->from--;
	b->no_xenstore |= plan_has(p, PLAN_STARTINFO) &&
	    p->startinfo.store_port == 0;
	return 0;
}

static int
choose_last(struct build *b, struct fail *f)
{
	const struct build_request *a = b->ask;

	b->until = STAGES - 1;
	if (build_given(a->until) &&
	    stage_asked("--until", a->until, &b->until, f) < 0)
		return -1;
	if (b->from > b->until)
		return fail(f, FAIL_USAGE, "'%s' has been through '%s' already",
		    a->plan, a->until);
	if (b->until != STAGES - 1 && !build_given(a->output) && !a->takes_plan)
		return fail(f, FAIL_USAGE, "--until %s leaves a plan to go on "
		    "from: -o PLAN keeps it", a->until);
	return 0;
}

static bool
runs(const struct build *b, enum stage_id id)
{
	return b->from <= id && id <= b->until;
}

/* Does one of the stages that run touch the domain? */
static bool
touches(const struct build *b)
{
	for (enum stage_id id = b->from; id <= b->until; id++)
		if ((stage_rows[id].flags & STAGE_TOUCHES) != 0)
			return true;
	return false;
}

static int
choose_stages(struct build *b, struct fail *f)
{
	if (build_given(b->ask->plan) && (read_plan(b, f) < 0 ||
	    choose_first(b, f) < 0))
		return -1;
	if (choose_last(b, f) < 0)
		return -1;
	for (enum stage_id id = 0; id < STAGES; id++)
		if (!runs(b, id) && engine_refuse_options(&b->engine, id,
		    f) < 0)
			return -1;
	return 0;
}

/* ---- its memory ---- */

static bool
same_size(const char *text, uint64_t kib)
{
	struct fail f = { .kind = FAIL_NONE };
	uint64_t bytes;

	return size_parse("-m", text, &bytes, &f) == 0 && bytes == kib * 1024;
}

/* The domain or plan called what has its size already, which -m may only
 * repeat. */
static int
has_size(struct build *b, const char *what, uint64_t kib, struct fail *f)
{
	snprintf(b->kib, sizeof(b->kib), "%" PRIu64 "K", kib);
	if (b->size != NULL && !same_size(b->size, kib))
		return fail(f, FAIL_USAGE, "-m %s is not the memory of '%s', "
		    "%s; leave -m out", b->size, what, b->kib);
	b->size = b->kib;
	return 0;
}

static int
choose_size(struct build *b, struct fail *f)
{
	const struct plan *p = &b->plan;

	b->size = build_given(b->ask->memory) ? b->ask->memory : NULL;
	if (!plan_has(p, PLAN_LAYOUT))
		return 0;
	return has_size(b, b->ask->plan, kib_of(p->layout.pages), f);
}

/* ---- the domain ---- */

static int
set_domain(struct build *b, const char *name, size_t n, struct fail *f)
{
	b->domain = strndup(name, n);
	return b->domain != NULL ? 0 : fail_memory(f, n);
}

static int
take_domain(struct build *b, const char *target, struct fail *f)
{
	bool laid_out = plan_has(&b->plan, PLAN_LAYOUT);
	struct fail why = { .kind = FAIL_NONE };
	struct target_info info;

	if (engine_options_of(&b->engine, STAGE_CREATE))
		return fail(f, FAIL_USAGE, "'%s' is there already, and options "
		    "of a new domain are given", target);
	if (set_domain(b, target, strlen(target), f) < 0)
		return -1;
	if (domain_info(target, &info, &why) < 0) {
		stage_tell_failure("xb-domain", &why);
		return build_ended(b, (int)why.kind) ? -1 : 0;
	}
	b->request.vcpus = info.vcpus;
	/* If the plan is laid out, xb-load checks that it fits the domain. */
	return laid_out ? 0 :
	    has_size(b, target, kib_of(info.max_pages), f);
}

int
build_make_domain(struct build *b)
{
	b->made = !build_ended(b, domain_create(b->kind,
	    b->engine.guest, &b->request, &b->domain));
	b->engine.target = b->domain;
	return b->made ? 0 : -1;
}

static int
plan_domain(struct build *b, const char *target, struct fail *f)
{
	const struct engine *e = &b->engine;

	if (b->size == NULL)
		return fail(f, FAIL_USAGE, "no memory for a new domain: -m "
		    "SIZE gives it");
	b->kind = target;
	if (build_ended(b, domain_request(&b->request,
	    b->size, e->options, e->n_options)))
		return -1;
	return domain_is_made_last(target) ? 0 : build_make_domain(b);
}

/* Goes on with the plan's own domain.  -t may only repeat its name, which the
 * first stage checks. */
static int
keep_domain(struct build *b, struct fail *f)
{
	const struct bytes *name = &b->plan.memory.target;

	if (set_domain(b, name->data, name->size, f) < 0)
		return -1;
	if (engine_options_of(&b->engine, STAGE_CREATE))
		return fail(f, FAIL_USAGE, "'%s' has a domain, '%s', and "
		    "options of a new domain are given", b->ask->plan,
		    b->domain);
	b->engine.target = build_given(b->ask->target) ? b->ask->target : NULL;
	return 0;
}

static int
no_domain(const struct build *b, struct fail *f)
{
	const char *until = b->ask->until;

	if (engine_options_of(&b->engine, STAGE_CREATE))
		return fail(f, FAIL_USAGE, "no domain is touched up to %s, and "
		    "options of a new domain are given", until);
	if (build_given(b->ask->target))
		return fail(f, FAIL_USAGE, "no domain is touched up to %s: "
		    "leave -t out", until);
	if (b->size == NULL && runs(b, STAGE_LAYOUT))
		return fail(f, FAIL_USAGE, "no memory for xb-layout: -m SIZE "
		    "gives it");
	return 0;
}

static int
choose_domain(struct build *b, struct fail *f)
{
	const char *target = build_given(b->ask->target) ? b->ask->target :
	    "xen";
	int rc;

	if (plan_has(&b->plan, PLAN_MEMORY))
		return keep_domain(b, f);
	if (!touches(b))
		return no_domain(b, f);
	if (!domain_is_there(target))
		return plan_domain(b, target, f);
	rc = take_domain(b, target, f);
	b->engine.target = b->domain;
	return rc;
}

/* Without a xenstored the guest is built without xenstore, because it would
 * wait for an answer for ever. */
static int
choose_store(struct build *b, struct fail *f)
{
	struct engine *e = &b->engine;
	const char *domain = b->domain != NULL ? b->domain : b->kind;

	if (domain != NULL && domain_runs(domain) && !b->no_xenstore) {
		e->introduces = domain_has_xenstore();
		if (!e->introduces)
			add_option(b, OPTION_NO_XENSTORE, NULL);
	}
	if (!e->introduces && b->from == STAGE_INTRODUCE &&
	    b->until == STAGE_INTRODUCE)
		return fail(f, FAIL_USAGE, "'%s' is not introduced: no "
		    "xenstored answers", b->domain);
	if (b->ask->attach != NULL && !e->introduces)
		return fail(f, FAIL_TARGET, "a domain that xenstored does not "
		    "know can have no devices; its configuration has some");
	return 0;
}

int
build_choose(struct build *b, struct fail *f)
{
	const char *output = b->ask->output;

	if (take_options(b, f) < 0 || choose_stages(b, f) < 0 ||
	    choose_size(b, f) < 0 ||
	    output_check(build_given(output) ? output : NULL, f) < 0 ||
	    choose_domain(b, f) < 0 || choose_store(b, f) < 0)
		return -1;
	if (b->size != NULL)
		add_option(b, OPTION_MEMORY, b->size);
	if (b->ask->paused)
		add_option(b, OPTION_PAUSED, NULL);
	if (b->ask->has_console)
		add_option(b, OPTION_NO_XENCONSOLED, NULL);
	return 0;
}
