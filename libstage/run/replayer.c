#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/build-options.h"
#include "diff/diff.h"
#include "base/tempdir.h"
#include "plan/stages.h"
#include "record/record.h"
#include "run/replayer.h"
#include "run/replayer-check.h"

/* One replay under way. */
struct replay {
	struct replayer *asked;
	struct record record;
	char *folder;			/* for plans; NULL: not made yet */
	struct plan plan;		/* of the record, later of the domain */
	unsigned from, until;		/* enum stage_id */
	bool made;
};

bool
replayer_stage_known(const char *stage)
{
	return stage_named(stage) != STAGES;
}

static bool
done(const struct replay *r, unsigned stage)
{
	const struct record_stage *s = record_stage(&r->record,
	    stage_rows[stage].name);

	return s != NULL && s->status == 0;
}

/*
 * Where to begin: where -t's domain must be made anew, xb-load; before it, as
 * asked for; else where what is changed, or what the record lacks, is solved.
 */
static int
choose_stages(struct replay *r, struct fail *f)
{
	const struct replayer *a = r->asked;
	bool changed = a->command_line != NULL || a->memory != NULL;
	unsigned first = !done(r, STAGE_PARSE) ? STAGE_PARSE :
	    changed || !done(r, STAGE_LAYOUT) ? STAGE_LAYOUT : STAGE_LOAD;

	r->until = stage_named(a->until != NULL ? a->until : "xb-launch");
	r->from = a->from != NULL ? stage_named(a->from) : first;
	if (a->from != NULL && r->from > r->until)
		return fail(f, FAIL_USAGE, "--from %s is behind --until %s",
		    a->from, a->until);
	if (a->from != NULL && changed && r->from > STAGE_LAYOUT)
		return fail(f, FAIL_USAGE, "--from %s leaves out what -c and "
		    "-m are for: at the latest it is xb-layout then", a->from);
	/* What a stage did to another domain is of no use to this one. */
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

/* Two options of which one replaces the other. */
static bool
same_question(const char *a, const char *b)
{
	bool a_store = strcmp(a, "no-store") == 0 ||
	    strcmp(a, "store-port") == 0;
	bool b_store = strcmp(b, "no-store") == 0 ||
	    strcmp(b, "store-port") == 0;

	return strcmp(a, b) == 0 || (a_store && b_store);
}

static bool
answered(const struct replayer *a, const char *name)
{
	if (strcmp(name, "command-line") == 0 && a->command_line != NULL)
		return true;
	for (size_t i = 0; i < a->n_options; i++)
		if (same_question(name, a->options[i].name))
			return true;
	return false;
}

/* Does a stage that runs take it? */
static bool
wanted(const struct replay *r, const char *option)
{
	enum option_id id = stage_option_named(option, FOR_IMAGE | FOR_GUEST);

	return id != OPTION_OPERAND && stage_of_option(id) >= r->from &&
	    stage_of_option(id) <= r->until;
}

static int
add_options(struct replay *r, struct fail *f)
{
	struct replayer *a = r->asked;
	const struct record_build *b = &r->record.build;

	for (size_t i = 0; i < b->n_options; i++) {
		const struct record_option *o = &b->options[i];

		if (wanted(r, o->name) &&
		    !answered(a, o->name) &&
		    build_add(&a->words, o->name, o->value, f) < 0)
			return -1;
	}
	/* Given ones go on all the same: what comes too late is refused. */
	for (size_t i = 0; i < a->n_options; i++)
		if (build_add(&a->words, a->options[i].name,
		    a->options[i].value, f) < 0)
			return -1;
	return r->from == STAGE_PARSE && a->command_line != NULL ?
	    build_add(&a->words, "command-line", a->command_line, f) : 0;
}

/* The recorded size, NULL where nobody knows it. */
static const char *
recorded_memory(struct replay *r, struct fail *f)
{
	const struct record_build *b = &r->record.build;
	const char *size = NULL;
	char text[32];
	struct plan p;

	for (size_t i = 0; i < b->n_options; i++)
		if (strcmp(b->options[i].name, "memory") == 0)
			size = b->options[i].value;
	if (!done(r, STAGE_LAYOUT))
		return size;
	if (record_plan(&r->record, "xb-layout", &p, f) == 0) {
		snprintf(text, sizeof(text), "%" PRIu64 "K",
		    p.layout.pages * (PAGE_BYTES / 1024));
		size = arena_bytes(&r->record.arena, text, strlen(text), f);
	}
	plan_release(&p);
	return size;
}

static int
add_memory(struct replay *r, struct fail *f)
{
	const char *size = r->asked->memory;

	/* Behind xb-layout the plan knows it, before it nobody asks. */
	if (r->from > STAGE_LAYOUT || r->until < STAGE_LAYOUT)
		return 0;
	if (size == NULL)
		size = recorded_memory(r, f);
	if (f->kind != FAIL_NONE)
		return -1;
	return size == NULL ? 0 :
	    build_add(&r->asked->words, "memory", size, f);
}

/* ---- what it begins with ---- */

static int
path_in_folder(const struct replay *r, const char *name, char **path,
    struct fail *f)
{
	if (asprintf(path, "%s/%s", r->folder, name) >= 0)
		return 0;
	*path = NULL;
	return fail_memory(f, strlen(name));
}

/*
 * The stages open paths, and the record's may lead elsewhere once it has been
 * verified: they get copies of this user's own.
 */
static int
copy_input(struct replay *r, size_t i, char **path, struct fail *f)
{
	const uint8_t *sha256 = r->record.build.inputs[i].sha256;
	char name[32];

	snprintf(name, sizeof(name), "input.%zu", i);
	if (path_in_folder(r, name, path, f) < 0)
		return -1;
	return record_blob_copy(&r->record, sha256, *path, f);
}

static int
add_inputs(struct replay *r, struct fail *f)
{
	const struct record_build *b = &r->record.build;
	struct words *w = &r->asked->words;

	if (b->n_inputs == 0)
		return fail(f, FAIL_INPUT, "the record '%s' has no kernel: its "
		    "build could not read it", r->asked->record);
	for (size_t k = 1; k <= b->n_inputs; k++) {
		size_t i = k % b->n_inputs;	/* the kernel comes last */
		char *path = NULL;
		int rc = copy_input(r, i, &path, f);

		if (rc == 0 && i == 0)
			rc = words_add(w, "--", f);
		if (rc == 0)
			rc = i == 0 ? words_add(w, path, f) :
			    build_add(w, "ramdisk", path, f);
		free(path);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Copies go with their folder: the plan names the record's own. */
static int
name_blobs(struct replay *r, struct fail *f)
{
	struct plan *p = &r->plan;
	size_t n = strlen(r->folder);

	for (size_t i = 0; i < p->n_sources; i++) {
		struct plan_source *s = &p->sources[i];

		if (s->path.size <= n || memcmp(s->path.data, r->folder, n) !=
		    0 || s->path.data[n] != '/')
			continue;
		s->path.data = record_blob_path(&r->record, s->sha256,
		    &p->arena, f);
		if (s->path.data == NULL)
			return -1;
		s->path.size = strlen(s->path.data);
		s->id = (struct file_id){ .size = s->id.size };
	}
	return 0;
}

static int
add_plan(struct replay *r, struct fail *f)
{
	const char *line = r->asked->command_line;
	char *path;
	int rc;

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
	if (path_in_folder(r, "begin.plan", &path, f) < 0)
		return -1;
	rc = recorder_write_plan(&r->plan, path, f);
	if (rc == 0)
		rc = build_add(&r->asked->words, "plan", path, f);
	free(path);
	return rc;
}

/* All that xb-build is told. */
static int
add_words(struct replay *r, struct fail *f)
{
	struct replayer *a = r->asked;
	struct words *w = &a->words;
	char *path;
	int rc;

	if (path_in_folder(r, "end.plan", &path, f) < 0)
		return -1;
	rc = build_add(w, "output", path, f);
	free(path);
	if (rc < 0 || build_add(w, "paused", NULL, f) < 0 ||
	    build_add(w, "until", stage_rows[r->until].name, f) < 0 ||
	    (a->keep && build_add(w, "keep", NULL, f) < 0) ||
	    (a->target != NULL && build_add(w, "target", a->target, f) < 0) ||
	    add_options(r, f) < 0 || add_memory(r, f) < 0)
		return -1;
	return r->from == STAGE_PARSE ? add_inputs(r, f) : add_plan(r, f);
}

/* ---- what comes of it ---- */

static void
tell_lines(char *text, struct fail *f)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			fail_answer_escaped(f, "not as recorded: %s", line);
}

static int
tell_differences(struct plan *was, struct plan *is, struct fail *f)
{
	struct diff d;
	char *text = NULL;
	size_t n;
	FILE *to;
	int rc;

	diff_init(&d);
	rc = diff_plans(&d, was, is, f);
	if (rc == 0) {
		to = open_memstream(&text, &n);
		if (to != NULL) {
			diff_text(&d, (struct diff_style){ .ascii = true }, to);
			fclose(to);
		}
		if (text == NULL)
			rc = fail_memory(f, sizeof(*to));
		else
			tell_lines(text, f);
		free(text);
	}
	diff_release(&d);
	return rc;
}

/* Says what is not as it was recorded, where the build came so far. */
static int
tell_changes(struct replay *r, struct fail *f)
{
	struct plan was;
	int rc;

	if (!done(r, r->until))
		return 0;
	rc = record_plan(&r->record, stage_rows[r->until].name, &was, f);
	if (rc == 0)
		rc = tell_differences(&was, &r->plan, f);
	plan_release(&was);
	return rc;
}

/* Has a signal come that ends us, in the build or since? */
static bool
stopped(struct replay *r, struct fail *f)
{
	struct replayer *a = r->asked;

	if (a->result.signal == 0)
		a->result.signal = spawn_caught();
	if (a->result.signal == 0)
		return false;
	(void)fail(f, FAIL_SYSTEM, "ended by a signal, %s",
	    strsignal(a->result.signal));
	return true;
}

static int
finish_domain(struct replay *r, struct fail *f)
{
	struct replayer *a = r->asked;
	bool whole = r->until == STAGE_LAUNCH;

	if (recorder_read_plan(&r->plan, r->folder, "end.plan", f) < 0 ||
	    tell_changes(r, f) < 0)
		return -1;
	if ((a->check && replayer_check(&r->record, &r->plan, f) < 0) ||
	    stopped(r, f))
		return -1;
	if (whole && !a->paused && recorder_launch(r->folder, "end.plan",
	    &r->plan, &a->result, f) < 0)
		return -1;
	if (a->plan == NULL)
		return 0;
	return name_blobs(r, f) < 0 ? -1 :
	    recorder_write_plan(&r->plan, a->plan, f);
}

static int
replay(struct replay *r, struct fail *f)
{
	struct replayer *a = r->asked;

	if (recorder_check_output(a->plan, f) < 0 ||
	    record_open(&r->record, a->record, f) < 0 ||
	    choose_stages(r, f) < 0)
		return -1;
	r->folder = tempdir_make(f);
	if (r->folder == NULL || add_words(r, f) < 0)
		return -1;
	r->made = !recorder_target_there(a->target);
	if (recorder_build(&a->words, r->folder, &a->result, f) < 0)
		return -1;
	if (stopped(r, f))
		return -1;
	return a->result.status != 0 ? 0 : finish_domain(r, f);
}

int
replayer_run(struct replayer *a, struct fail *f)
{
	struct replay r = { .asked = a, .record = { .arena = ARENA_INIT } };
	sigset_t was;
	int rc;

	if (spawn_hold(&was, f) < 0)
		return -1;
	plan_init(&r.plan);
	rc = replay(&r, f);
	recorder_clean_up(rc, &a->result, r.made, a->keep, f);
	if (r.folder != NULL)
		tempdir_remove(r.folder);
	free(r.folder);
	plan_release(&r.plan);
	record_release(&r.record);
	spawn_let_go(&was);
	return rc;
}

void
replayer_release(struct replayer *a)
{
	words_release(&a->words);
	recorder_result_release(&a->result);
}
