#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/impl.h"

static int
check_needs(const struct stage *st, const struct plan *p, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((st->needs & PLAN_BIT(s)) != 0 && !plan_has(p, s))
			return fail(f, FAIL_INPUT, "the plan has no %s yet: "
			    "%s adds it and comes before %s",
			    plan_section_name(s), plan_section_stage(s),
			    st->name);
	return 0;
}

struct section_bytes {
	void *bytes[PLAN_SECTIONS];
	size_t n[PLAN_SECTIONS];
};

static void
release_sections(struct section_bytes *b)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		free(b->bytes[s]);
}

/* Encodes what the stage must leave alone. */
static int
take_sections(const struct stage *st, const struct plan *p,
    struct section_bytes *b, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((st->adds & PLAN_BIT(s)) == 0 && plan_has(p, s) &&
		    plan_encode_section(p, s, &b->bytes[s], &b->n[s], f) < 0)
			return -1;
	return 0;
}

static int
compare_sections(const struct section_bytes *was,
    const struct section_bytes *is, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if (was->n[s] != is->n[s] || (was->n[s] > 0 &&
		    memcmp(was->bytes[s], is->bytes[s], was->n[s]) != 0))
			return fail_bug(f, "a stage changed a section that is "
			    "not its own");
	return 0;
}

static unsigned
first_section(uint32_t bits)
{
	return bits == 0 ? PLAN_SECTIONS : (unsigned)__builtin_ctz(bits);
}

static unsigned
last_section(uint32_t bits)
{
	return 31u - (unsigned)__builtin_clz(bits);
}

/* Works on a plan that is in order, and holds the stage to its own section. */
static int
work_on(const struct stage *st, struct plan *p, stage_work *work,
    void *options, struct fail *f)
{
	struct section_bytes was = { 0 }, is = { 0 };
	int rc = -1;

	if (first_section(st->adds) < PLAN_SECTIONS)
		plan_drop_from(p, last_section(st->adds) + 1);
	p->has &= ~PLAN_BIT(PLAN_FAILED);
	if (take_sections(st, p, &was, f) == 0 && work(p, options, f) == 0 &&
	    take_sections(st, p, &is, f) == 0 &&
	    compare_sections(&was, &is, f) == 0)
		rc = plan_check(p, f);
	release_sections(&was);
	release_sections(&is);
	return rc;
}

static int
finish_source(const struct stage *st, struct plan *p, stage_work *work,
    void *options, struct fail *f)
{
	if (work(p, options, f) < 0 || plan_check(p, f) < 0 ||
	    stage_deliver(p, f) < 0)
		return stage_end_failed(st, NULL, 0, f);
	stage_tell_timing(&stage_common.run);
	return 0;
}

int
stage_source(const struct stage *st, stage_work *work, void *options)
{
	struct fail f = stage_new_fail(st->name);
	struct plan p;
	int status;

	plan_init(&p);
	status = finish_source(st, &p, work, options, &f);
	plan_release(&p);
	return status;
}

static const char *
plan_operand(const struct stage *st, int argc, char **argv)
{
	const char *path = optind < argc ? argv[optind] : NULL;

	if (argc - optind > 1)
		stage_usage(st, "one plan at a time: '%s' is one too many",
		    argv[optind + 1]);
	if (stage_is_stdin(path) && isatty(STDIN_FILENO))
		stage_usage(st, "a plan is expected on standard input, which "
		    "is a terminal");
	return path;
}

struct run {
	const struct stage *st;
	stage_work *work;
	void *options;
	void *bytes;		/* the plan as it came */
	size_t n;
	struct plan plan;
};

static int
run_filter(struct run *r, struct fail *f)
{
	if (check_needs(r->st, &r->plan, f) < 0 ||
	    work_on(r->st, &r->plan, r->work, r->options, f) < 0)
		return stage_end_failed(r->st, r->bytes, r->n, f);
	if (stage_deliver(&r->plan, f) < 0) {
		if (r->st->if_lost != NULL)
			fail_add(f, "; %s", r->st->if_lost);
		return stage_end_failed(r->st, r->bytes, r->n, f);
	}
	stage_tell_timing(&stage_common.run);
	return 0;
}

static int
run_sink(struct run *r, struct fail *f)
{
	int rc = check_needs(r->st, &r->plan, f);

	if (rc == 0)
		rc = r->work(&r->plan, r->options, f);
	/* What was printed before a failure is still worth having. */
	if (stage_write("", 0, f) < 0)
		rc = -1;
	if (rc < 0)
		return stage_end_failed(r->st, NULL, 0, f);
	stage_tell_timing(&stage_common.run);
	return 0;
}

static int
run_plan(struct run *r, const char *path,
    int (*body)(struct run *, struct fail *))
{
	struct fail f = stage_new_fail(r->st->name);
	int rc, status;

	plan_init(&r->plan);
	rc = stage_read(path, &r->bytes, &r->n, &f);
	/* Waiting for the stage before is not this stage's time. */
	stage_restart(&stage_common.run);
	if (rc < 0 ||
	    plan_decode(&r->plan, r->bytes, r->n,
	    stage_is_stdin(path) ? "standard input" : path, &f) < 0)
		status = stage_end_failed(r->st, NULL, 0, &f);
	else if (stage_failed_earlier(r->st, &r->plan))
		status = stage_pass_on(r->st, &r->plan, r->bytes, r->n);
	else
		status = body(r, &f);
	plan_release(&r->plan);
	free(r->bytes);
	return status;
}

int
stage_filter(const struct stage *st, int argc, char **argv, stage_work *work,
    void *options)
{
	struct run r = { .st = st, .work = work, .options = options };

	return run_plan(&r, plan_operand(st, argc, argv), run_filter);
}

int
stage_sink(const struct stage *st, int argc, char **argv, stage_work *work,
    void *options)
{
	struct run r = { .st = st, .work = work, .options = options };

	return run_plan(&r, plan_operand(st, argc, argv), run_sink);
}

int
stage_plain(const struct stage *st, int (*work)(void *, struct fail *),
    void *options)
{
	struct fail f = stage_new_fail(st->name);

	if (work(options, &f) < 0 || stage_write("", 0, &f) < 0)
		return stage_end_failed(st, NULL, 0, &f);
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
