#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tempdir.h"
#include "diff/diff.h"
#include "plan/stages.h"
#include "record/record.h"
#include "run/domain.h"
#include "run/output.h"
#include "run/recorded.h"
#include "run/remade.h"
#include "run/replayer.h"
#include "run/replayer-check.h"
#include "run/result.h"

/* One replay under way. */
struct replay {
	struct replayer *asked;
	struct record record;
	char *folder;			/* for copies of inputs; NULL: none */
	struct plan plan;		/* the record's, later the domain's */
	unsigned from, until;		/* enum stage_id */
	struct build_request ask;
	void *bytes;			/* of ask: the plan to begin with */
	struct engine_option *options;	/* of ask */
	struct build built;
	char *check;			/* JSON, malloced; NULL: none */
	struct stage_outcome clock;	/* its date and seconds alone */
};

static bool
done(const struct replay *r, unsigned stage)
{
	const struct record_stage *s = record_stage(&r->record,
	    stage_rows[stage].name);

	return s != NULL && s->status == 0;
}

/*
 * The first stage to run is the one that --from names, but at the latest
 * xb-load, because the domain is a new one.  Without --from it is the first
 * stage that the record lacks, or xb-layout if -c or -m change something.
 */
static int
choose_stages(struct replay *r, struct fail *f)
{
	const struct replayer *a = r->asked;
	bool changed = a->command_line != NULL || a->ask.memory != NULL;
	unsigned first = !done(r, STAGE_PARSE) ? STAGE_PARSE :
	    changed || !done(r, STAGE_LAYOUT) ? STAGE_LAYOUT : STAGE_LOAD;

	r->until = a->until != NULL ? stage_named(a->until) : STAGES - 1;
	r->from = a->from != NULL ? stage_named(a->from) : first;
	if (a->from != NULL && r->from > r->until)
		return fail(f, FAIL_USAGE, "--from %s is behind --until %s",
		    a->from, a->until);
	if (a->from != NULL && changed && r->from > STAGE_LAYOUT)
		return fail(f, FAIL_USAGE, "--from %s leaves out what -c and "
		    "-m are for: at the latest it is xb-layout then", a->from);
	/* What stages did to the recorded domain is to be done again. */
	if (r->from > STAGE_LOAD)
		r->from = STAGE_LOAD;
	if (r->from > r->until)
		r->from = r->until;
	if (r->from > STAGE_PARSE && !done(r, r->from - 1))
		return fail(f, FAIL_INPUT, "the record '%s' has no plan to "
		    "begin with %s: %s did not succeed; --from %s tries it "
		    "again",
		    a->record, stage_rows[r->from].name,
		    stage_rows[r->from - 1].name, stage_rows[first].name);
	return 0;
}

/* ---- options ---- */

static bool
answered(const struct replayer *a, enum option_id id)
{
	if (id == OPTION_COMMAND_LINE && a->command_line != NULL)
		return true;
	return engine_options_replace(a->ask.options, a->ask.n_options, id);
}

/* Does a stage that runs take the option? */
static bool
wanted(const struct replay *r, enum option_id id)
{
	return id != OPTION_OPERAND && stage_of_option(id) >= r->from &&
	    stage_of_option(id) <= r->until;
}

/* Is the domain a new one, and not one that is there? */
static bool
makes_domain(const struct replay *r)
{
	const char *target = r->asked->ask.target;

	return r->until >= STAGE_LOAD &&
	    !domain_is_there(target != NULL ? target : "xen");
}

static bool
wanted_of_record(const void *replay, enum option_id id)
{
	const struct replay *r = replay;

	return wanted(r, id) && !answered(r->asked, id);
}

/* Is the build to load payloads that the record leaves out, and that it does
 * not make itself? */
static bool
remakes(const struct replay *r)
{
	return r->record.build.n_left > 0 && r->from > STAGE_PARSE &&
	    r->until >= STAGE_LOAD;
}

/* Of the options that shape the image, the command line alone replaces the
 * record's. */
static int
check_options(struct replayer *a, struct fail *f)
{
	for (size_t i = 0; i < a->ask.n_options; i++) {
		const struct engine_option *o = &a->ask.options[i];
		const struct stage_option *row = stage_option_row(o->id);

		if (o->id == OPTION_COMMAND_LINE)
			a->command_line = o->value;
		else if ((row->traits & FOR_IMAGE) != 0)
			return fail(f, FAIL_USAGE, "--%s is for a kernel, and "
			    "'%s' is a record, which has its own", row->name,
			    a->record);
	}
	return 0;
}

static void
add_option(struct replay *r, enum option_id id, const char *value)
{
	r->options[r->ask.n_options++] = (struct engine_option){ .id = id,
	    .value = value };
}

static int
add_options(struct replay *r, struct fail *f)
{
	const struct replayer *a = r->asked;

	r->options = recorded_options(&r->record, r->folder, wanted_of_record,
	    r, 2 + a->ask.n_options, &r->ask.n_options, f);
	if (r->options == NULL)
		return -1;
	r->ask.options = r->options;
	/* Options that were given are always passed on: the build refuses those
	 * of stages that do not run.  But --max-input limits the record as
	 * well, and is no mistake where xb-parse does not run; and where that
	 * runs before the build, its options are none. */
	for (size_t i = 0; i < a->ask.n_options; i++) {
		const struct engine_option *o = &a->ask.options[i];
		bool apart = o->id == OPTION_MAX_INPUT || (remakes(r) &&
		    stage_of_option(o->id) == STAGE_PARSE);

		if (o->id != OPTION_COMMAND_LINE &&
		    (!apart || wanted(r, o->id)))
			add_option(r, o->id, o->value);
	}
	if (r->from == STAGE_PARSE && a->command_line != NULL)
		add_option(r, OPTION_COMMAND_LINE, a->command_line);
	return answered(a, OPTION_VCPUS) || !makes_domain(r) ? 0 :
	    recorded_vcpus(&r->record, r->options, &r->ask.n_options, f);
}

static int
add_memory(struct replay *r, struct fail *f)
{
	r->ask.memory = NULL;
	/* After xb-layout the size is in the plan; before, none is needed. */
	if (r->from > STAGE_LAYOUT || r->until < STAGE_LAYOUT)
		return 0;
	r->ask.memory = r->asked->ask.memory;
	return r->ask.memory != NULL ? 0 :
	    recorded_memory(&r->record, &r->ask.memory, f);
}

/* ---- the plan or the files that the build begins with ---- */

static int
add_kernel(struct replay *r, struct fail *f)
{
	if (r->record.build.n_inputs == 0)
		return fail(f, FAIL_INPUT, "the record '%s' has no kernel: its "
		    "build could not read it", r->asked->record);
	r->folder = tempdir_make(f);
	if (r->folder == NULL)
		return -1;
	r->ask.kernel = recorded_input(&r->record, 0, r->folder, f);
	return r->ask.kernel == NULL ? -1 : 0;
}

/* A failure of xb-parse has been told, and ends the replay. */
static int
remake(struct replay *r, struct fail *f)
{
	r->folder = tempdir_make(f);
	if (r->folder == NULL ||
	    remade_add(r->asked, &r->record, r->folder, &r->plan, f) < 0)
		return -1;
	return r->asked->result.status == 0 ? 0 : -1;
}

static int
add_plan(struct replay *r, struct fail *f)
{
	const char *line = r->asked->command_line;

	plan_release(&r->plan);
	if (record_plan(&r->record, stage_rows[r->from - 1].name, &r->plan,
	    f) < 0)
		return -1;
	if (line != NULL) {
		r->plan.command_line = (struct bytes){ line, strlen(line) };
		plan_add(&r->plan, PLAN_COMMAND_LINE);
		if (plan_check(&r->plan, f) < 0)
			return -1;
	}
	if (remakes(r) && remake(r, f) < 0)
		return -1;
	r->ask.plan = r->asked->record;
	if (plan_encode(&r->plan, &r->bytes, &r->ask.n, f) < 0)
		return -1;
	r->ask.bytes = r->bytes;
	return 0;
}

/* Makes the request for the build. */
static int
choose_build(struct replay *r, struct fail *f)
{
	r->ask = r->asked->ask;
	r->ask.until = stage_rows[r->until].name;
	r->ask.paused = true;
	r->ask.takes_plan = true;
	if (r->from == STAGE_PARSE && add_kernel(r, f) < 0)
		return -1;
	if (add_options(r, f) < 0 || add_memory(r, f) < 0)
		return -1;
	return r->from == STAGE_PARSE ? 0 : add_plan(r, f);
}

/* ---- after the build ---- */

static void
tell_lines(char *text, struct fail *f)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			fail_answer_escaped(f, "not as recorded: %s", line);
}

static int
tell_diff(const struct diff *d, struct fail *f)
{
	struct draft text;

	if (draft_begin(&text, f) < 0)
		return -1;
	diff_text(d, false, text.to);
	if (draft_end(&text, f) < 0)
		return -1;
	tell_lines(text.bytes, f);
	free(text.bytes);
	return 0;
}

/* How many the domain has; not set: there is no domain. */
static struct maybe
vcpus_of(const struct replay *r)
{
	uint64_t n = r->built.request.vcpus;

	return (struct maybe){ .set = n > 0, .value = n };
}

static int
tell_differences(struct replay *r, struct plan *was, struct fail *f)
{
	struct diff d;
	int rc;

	diff_init(&d);
	rc = diff_plans(&d, was, &r->plan, f);
	if (rc == 0)
		rc = diff_vcpus(&d, r->record.build.vcpus, vcpus_of(r), f);
	if (rc == 0)
		rc = tell_diff(&d, f);
	diff_release(&d);
	return rc;
}

/* Tells what is not as it was recorded, if the build got to its last stage. */
static int
tell_changes(struct replay *r, struct fail *f)
{
	struct plan was;
	int rc;

	if (!done(r, r->until))
		return 0;
	rc = record_plan(&r->record, stage_rows[r->until].name, &was, f);
	if (rc == 0)
		rc = tell_differences(r, &was, f);
	plan_release(&was);
	return rc;
}

/* The plan of the last stage that ran. */
static int
take_plan(struct replay *r, struct fail *f)
{
	const struct engine *e = &r->built.engine;

	plan_release(&r->plan);
	return plan_decode(&r->plan, e->plan, e->n, "the plan", f);
}

static int
write_result(struct replay *r, int rc, struct fail *f)
{
	const struct replayer *a = r->asked;
	const struct result result = { .to = a->result_to, .name = a->name,
		.clock = &r->clock, .of = &r->record,
		.target = r->plan.memory.target.data };

	stage_end(&r->clock);
	return result_write(&result, rc, rc == 0 ? "same" : "differs",
	    r->check, f);
}

/* With -j what the check found is printed with the domain, or alone where the
 * guest is not the recorded one. */
static int
check(struct replay *r, struct fail *f)
{
	const struct replayer *a = r->asked;
	int rc = replayer_check(&r->record, &r->plan, vcpus_of(r).value,
	    !a->ask.json, &r->check, f);

	if (r->check == NULL || (a->result_to != NULL &&
	    write_result(r, rc, f) < 0))
		return -1;
	r->ask.check = r->check;
	if (rc < 0 && a->ask.json)
		printf("{\n  \"target\": null,\n  \"check\": %s\n}\n",
		    r->check);
	return rc;
}

static int
finish_domain(struct replay *r, struct fail *f)
{
	struct replayer *a = r->asked;

	if (take_plan(r, f) < 0 || tell_changes(r, f) < 0)
		return -1;
	if ((a->check && check(r, f) < 0) || build_stopped(&r->built, "", f))
		return -1;
	if (r->until == STAGE_LAUNCH && !a->paused &&
	    (build_launch(&r->built, f) < 0 || take_plan(r, f) < 0))
		return -1;
	return recorded_name_blobs(&r->record, r->folder, &r->plan, f) < 0 ?
	    -1 : output_write_plan(a->plan, &r->plan, f);
}

static int
build(struct replay *r, struct fail *f)
{
	int rc = build_run(&r->built, &r->ask, f);

	if (rc == 0 && build_stopped(&r->built, "", f))
		rc = -1;
	if (rc == 0 && r->built.status == 0)
		rc = finish_domain(r, f);
	return build_finish(&r->built, rc, r->asked->name, &r->asked->result,
	    f);
}

static int
replay(struct replay *r, struct fail *f)
{
	if (recorded_open(&r->record, r->asked->record,
	    r->asked->ask.options, r->asked->ask.n_options, f) < 0 ||
	    choose_stages(r, f) < 0 || (r->asked->result_to != NULL &&
	    record_check_result(r->asked->result_to, f) < 0))
		return -1;
	if (choose_build(r, f) < 0)
		return r->asked->result.status != 0 ? 0 : -1;
	return build(r, f);
}

int
replayer_run(struct replayer *a, struct fail *f)
{
	struct replay r = { .asked = a, .record = { .arena = ARENA_INIT } };
	struct signals signals;
	int rc = -1;

	if (check_options(a, f) < 0 || signals_hold(&signals, f) < 0)
		return -1;
	plan_init(&r.plan);
	stage_clock(&r.clock);
	if (output_check(a->plan, f) == 0)
		rc = replay(&r, f);
	if (r.folder != NULL)
		tempdir_remove(r.folder, f);
	free(r.folder);
	free(r.bytes);
	free(r.check);
	plan_release(&r.plan);
	if (a->of != NULL) {
		memcpy(a->of->manifest, r.record.manifest, SHA256_BYTES);
		a->of->manifest_size = r.record.manifest_size;
	}
	record_release(&r.record);
	signals_let_go(&signals);
	return rc;
}

int
replayer_build(const char *path, struct record *record,
    const struct build_request *ask, const char *name,
    struct build_result *result, struct fail *f)
{
	struct replayer r = { .name = name, .record = path, .of = record,
		.plan = ask->output, .paused = true, .ask = *ask };
	struct build b;
	int rc;

	r.ask.paused = true;
	if (!recorded_is(path)) {
		r.ask.kernel = path;
		rc = build_run(&b, &r.ask, f);
		return build_finish(&b, rc, name, result, f);
	}
	r.ask.output = NULL;
	rc = replayer_run(&r, f);
	*result = r.result;
	return rc;
}
