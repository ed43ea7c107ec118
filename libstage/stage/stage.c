#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "stage/impl.h"

static const char *
plan_operand(const struct program *self, int argc, char **argv)
{
	const char *path = optind < argc ? argv[optind] : NULL;

	if (argc - optind > 1)
		stage_usage(self, "one plan at a time: '%s' is one too many",
		    argv[optind + 1]);
	if (stage_is_stdin(path) && isatty(STDIN_FILENO))
		stage_usage(self, "a plan is expected on standard input, which "
		    "is a terminal");
	return path;
}

struct run {
	const struct program *self;
	const struct stage_code *code;	/* of a stage; else NULL */
	stage_work *work;		/* of any other program */
	void *options;
	void *bytes;		/* the plan as it was read */
	size_t n;
	struct plan plan;
};

static int
run_stage(struct run *r, struct fail *f)
{
	const char *if_lost = stage_rows[r->code->stage].if_lost;

	if (stage_apply(r->code, &r->plan, stage_common.target, r->options,
	    f) < 0)
		return stage_end_failed(r->self, r->bytes, r->n, f);
	if (stage_deliver(&r->plan, f) < 0) {
		if (if_lost != NULL)
			fail_add(f, "; %s", if_lost);
		return stage_end_failed(r->self, r->bytes, r->n, f);
	}
	stage_tell_timing(&stage_common.run);
	return 0;
}

static int
run_sink(struct run *r, struct fail *f)
{
	int rc = plan_check_needs(&r->plan, r->self->needs, r->self->name, f);

	if (rc == 0)
		rc = r->work(&r->plan, r->options, f);
	/* Also after a failure: what work has printed so far is flushed. */
	if (stage_write("", 0, f) < 0)
		rc = -1;
	if (rc < 0)
		return stage_end_failed(r->self, NULL, 0, f);
	stage_tell_timing(&stage_common.run);
	return 0;
}

static int
run_plan(struct run *r, const char *path,
    int (*body)(struct run *, struct fail *))
{
	struct fail f = stage_new_fail(r->self->name);
	int rc, status;

	plan_init(&r->plan);
	rc = stage_read_confined(r->self, path, &r->bytes, &r->n, &f);
	/* The time of a stage is without its wait for the stage before it. */
	stage_restart(&stage_common.run);
	if (rc < 0 || stage_close_names(r->bytes, r->n, &f) < 0 ||
	    plan_decode(&r->plan, r->bytes, r->n,
	    stage_is_stdin(path) ? "standard input" : path, &f) < 0)
		status = stage_end_failed(r->self, NULL, 0, &f);
	else if (stage_failed_earlier(r->self, &r->plan))
		status = stage_pass_on(r->self, &r->plan, r->bytes, r->n);
	else
		status = body(r, &f);
	plan_release(&r->plan);
	free(r->bytes);
	return status;
}

/* The first stage has no plan to read. */
static int
run_source(struct run *r)
{
	struct fail f = stage_new_fail(r->self->name);
	int status;

	plan_init(&r->plan);
	if (stage_confine(r->self, false, &f) < 0)
		status = stage_end_failed(r->self, NULL, 0, &f);
	else
		status = run_stage(r, &f);
	plan_release(&r->plan);
	return status;
}

/* The first stage has children that read the files. */
static enum confine_profile
profile_of(enum stage_id id)
{
	unsigned flags = stage_rows[id].flags;

	if (stage_needs(id) == 0)
		return CONFINE_RUNNER;
	if ((flags & STAGE_TALKS) != 0)
		return CONFINE_TALKER;
	return (flags & STAGE_TOUCHES) != 0 ? CONFINE_WORKER : CONFINE_READER;
}

/* A daemon knows the domains of Xen alone. */
static const char *
targets_of(unsigned flags)
{
	if ((flags & STAGE_TOUCHES) == 0)
		return NULL;
	return (flags & STAGE_TALKS) != 0 ? TARGETS_XEN : TARGETS_ALL;
}

struct program
stage_frame(const struct stage_code *code)
{
	const struct stage_row *row = &stage_rows[code->stage];

	return (struct program){ .name = row->name, .operand = row->operand,
		.purpose = row->purpose, .row = row,
		.needs = stage_needs(code->stage),
		.targets = targets_of(row->flags),
		.profile = profile_of(code->stage),
		.writes = code->writes, .version = code->version };
}

/* The operand of a stage that reads no plan: KERNEL. */
static void
take_operand(const struct program *self, const struct stage_code *code,
    void *options, int argc, char **argv)
{
	struct fail f = { .kind = FAIL_NONE };

	if (argc - optind != 1)
		stage_usage(self, argc == optind ? "no %s given" :
		    "more than one %s given", self->operand);
	stage_must(self, code->set(options, OPTION_OPERAND, argv[optind], &f),
	    &f);
}

void *
stage_options(const struct program *self, const struct stage_code *code,
    int argc, char **argv)
{
	void *options = stage_calloc(self, 1, code->size + 1);
	struct fail f = { .kind = FAIL_NONE };
	int c;

	while ((c = stage_getopt(self, argc, argv)) != -1)
		stage_must(self, code->set(options, (enum option_id)c, optarg,
		    &f), &f);
	if (self->needs == 0)
		take_operand(self, code, options, argc, argv);
	if (code->ready != NULL)
		stage_must(self, code->ready(options, &f), &f);
	return options;
}

int
stage_run(const struct program *self, const struct stage_code *code,
    void *options, int argc, char **argv)
{
	struct run r = { .self = self, .code = code, .options = options };
	int status = self->needs == 0 ? run_source(&r) :
	    run_plan(&r, plan_operand(self, argc, argv), run_stage);

	if (code->release != NULL)
		code->release(options);
	free(options);
	return status;
}

int
stage_main(const struct stage_code *code, int argc, char **argv)
{
	const struct program self = stage_frame(code);

	return stage_run(&self, code, stage_options(&self, code, argc, argv),
	    argc, argv);
}

int
stage_sink(const struct program *self, int argc, char **argv, stage_work *work,
    void *options)
{
	struct run r = { .self = self, .work = work, .options = options };

	return run_plan(&r, plan_operand(self, argc, argv), run_sink);
}

int
stage_plain(const struct program *self, int (*work)(void *, struct fail *),
    void *options)
{
	struct fail f = stage_new_fail(self->name);
	int rc = 0;

	if (self->profile > CONFINE_READER)
		rc = stage_confine(self, false, &f);
	if (rc < 0 || work(options, &f) < 0 || stage_write("", 0, &f) < 0)
		return stage_end_failed(self, NULL, 0, &f);
	stage_tell_timing(&stage_common.run);
	return 0;
}

int
stage_status(int own, int theirs, int by)
{
	if (by != 0) {
		signal(by, SIG_DFL);
		raise(by);
	}
	return own != 0 ? own : theirs;
}
