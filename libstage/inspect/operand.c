#include <getopt.h>
#include <string.h>

#include "base/stop.h"
#include "inspect/operand.h"

struct job {
	const char *name;		/* of a TARGET operand */
	bool still;
	operand_work *work;
	void *arg;
};

bool
operand_is_target(const char *word)
{
	struct fail why = { .kind = FAIL_NONE };
	const char *where;

	/*
	 * A word without a scheme fails with FAIL_USAGE.  One whose scheme
	 * this build lacks (xen) fails otherwise, and names a target.
	 */
	return strchr(word, ':') != NULL && (target_kind(word, &where,
	    &why) != NULL || why.kind != FAIL_USAGE);
}

/* ---- standing still ---- */

/*
 * Lets the domain go on.  A failure that the work left is kept, with a word on
 * the domain behind it.
 */
static int
go_on(struct operand *s, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };

	if (s->target->ops->unpause(s->target, &why) == 0)
		return 0;
	if (f->kind == FAIL_NONE)
		return fail(f, why.kind, "'%s' is left paused: %s", s->name,
		    why.message);
	fail_add(f, "; '%s' is left paused: %s", s->name, why.message);
	return -1;
}

/* ---- the walk ---- */

static int
walk_and_work(struct operand *s, const struct job *j, struct fail *f)
{
	int rc;

	if (s->plan != NULL && !s->info.has_run)
		rc = walk_open(&s->walk, s->target, s->info.abi,
		    s->plan->pagetables.root_mfn, f);
	else
		rc = walk_open_vcpu(&s->walk, s->target, &s->info, s->name, f);
	if (rc < 0)
		return -1;
	rc = j->work(s, j->arg, f);
	walk_close(s->walk);
	return rc;
}

static int
open_it(struct operand *s, enum target_access access, struct fail *f)
{
	if (s->plan != NULL)
		return target_open_plan(&s->target, s->plan, stage_target(),
		    access, &s->info, f);
	if (target_open(&s->target, s->name, access, f) < 0)
		return -1;
	if (s->target->ops->info(s->target, &s->info, f) == 0)
		return 0;
	target_close(s->target);
	return -1;
}

/* Pauses a domain that runs while the work is done. */
static int
paused(struct operand *s, const struct job *j, struct fail *f)
{
	int rc;

	target_close(s->target);
	if (open_it(s, TARGET_WRITE, f) < 0)
		return -1;
	/*
	 * Somebody may have paused it since it was opened for reading: it is
	 * left paused then.
	 */
	if (s->info.paused)
		rc = walk_and_work(s, j, f);
	else if ((rc = s->target->ops->pause(s->target, f)) == 0) {
		rc = walk_and_work(s, j, f);
		if (go_on(s, f) < 0)
			rc = -1;
	}
	target_close(s->target);
	return rc;
}

static int
on_target(struct operand *s, const struct job *j, struct fail *f)
{
	int rc;

	if (open_it(s, TARGET_READ, f) < 0)
		return -1;
	if (j->still && s->target->ops->runs && !s->info.paused)
		return paused(s, j, f);
	rc = walk_and_work(s, j, f);
	target_close(s->target);
	return rc;
}

static int
on_plan(struct operand *s, const struct job *j, struct fail *f)
{
	int rc;

	if (plan_has(s->plan, PLAN_PAGETABLES) ||
	    plan_has(s->plan, PLAN_IDENTITY)) {
		s->name = s->plan->memory.target.data;
		return on_target(s, j, f);
	}
	if (stage_target() != NULL && !plan_has(s->plan, PLAN_MEMORY))
		return fail(f, FAIL_USAGE, "-t '%s' is not the target of this "
		    "plan, which has none yet; leave -t out", stage_target());
	if (walk_open_planned(&s->walk, s->plan, f) < 0)
		return -1;
	rc = j->work(s, j->arg, f);
	walk_close(s->walk);
	return rc;
}

/* ---- the program ---- */

static int
with_signals(struct operand *s, const struct job *j, struct fail *f)
{
	struct stop stop;
	int rc;

	if (j->still && stop_hold(&stop, true, f) < 0)
		return -1;
	rc = s->plan != NULL ? on_plan(s, j, f) : on_target(s, j, f);
	if (j->still)
		stop_let_go(&stop);
	return rc;
}

static int
plan_work(struct plan *p, void *arg, struct fail *f)
{
	struct operand s = { .plan = p };

	return with_signals(&s, arg, f);
}

static int
target_work(void *arg, struct fail *f)
{
	const struct job *j = arg;
	struct operand s = { .name = j->name };

	return with_signals(&s, j, f);
}

int
operand_run(const struct program *self, bool still, int argc, char **argv,
    operand_work *work, void *arg)
{
	struct job j = { .still = still, .work = work, .arg = arg };

	if (optind >= argc || !operand_is_target(argv[optind]))
		return stage_sink(self, argc, argv, plan_work, &j);
	if (stage_target() != NULL)
		stage_usage(self, "two targets: -t '%s' and '%s'; -t repeats "
		    "the one of a plan", stage_target(), argv[optind]);
	if (argc - optind > 1)
		stage_usage(self, "one domain at a time: '%s' is one too many",
		    argv[optind + 1]);
	j.name = argv[optind];
	stage_writes(j.name, STAGE_DOMAIN);
	return stage_plain(self, target_work, &j);
}
