#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "plan/stages.h"
#include "record/record.h"
#include "run/after.h"
#include "run/output.h"
#include "run/recorded.h"
#include "run/recorder.h"
#include "run/recorder-payloads.h"
#include "stage/stage.h"

/* One recording under way. */
struct recording {
	struct recorder *asked;
	struct record_writer *writer;
	struct arena arena;
	struct record_build build;
	uint64_t max;			/* of --max-input; 0: not given */
	int *files;			/* the inputs, open */
	struct file_id *ids;
	struct build built;
	struct plan plan;		/* of the last stage */
	bool lost;			/* a stage could not be recorded */
	struct stage_outcome clock;	/* its date and seconds alone */
	char date[STAGE_DATE];
};

/* How the message ends where a signal ends the program. */
static const char not_kept[] = "; nothing is recorded";

/* ---- inputs ---- */

/* "kernel", "ramdisk", "ramdisk.1" ...: the titles are named as roles are. */
static void
input_title(const struct record_input *all, size_t i, char title[32])
{
	size_t same = 0;

	for (size_t k = 0; k < i; k++)
		same += strcmp(all[k].role, all[i].role) == 0;
	if (same == 0)
		snprintf(title, 32, "%s", all[i].role);
	else
		snprintf(title, 32, "%s.%zu", all[i].role, same);
}

static int
take_input(struct recording *r, size_t i, const char *path, struct fail *f)
{
	struct record_input *in = &r->build.inputs[i];
	const struct recorder_file *file = r->asked->files + i - 1;
	char title[32];

	in->role = i == 0 ? "kernel" : stage_option_row(file->option)->name;
	in->line = i == 0 ? NULL : file->line;
	in->name = basename(path);
	input_title(r->build.inputs, i, title);
	r->files[i] = file_open_input(path, r->max, &r->ids[i], f);
	if (r->files[i] < 0)
		return -1;
	in->size = r->ids[i].size;
	return record_put_file(r->writer, title, r->files[i], path, in->size,
	    in->sha256, f);
}

static const char *
input_path(const struct recorder *a, size_t i)
{
	return i == 0 ? a->ask.kernel : a->files[i - 1].path;
}

static int
make_room(struct recording *r, struct fail *f)
{
	size_t n = 1 + r->asked->n_files;
	struct record_build *b = &r->build;

	b->inputs = arena_array(&r->arena, n, sizeof(*b->inputs), f);
	b->stages = arena_array(&r->arena, STAGES,
	    sizeof(*b->stages), f);
	r->files = arena_array(&r->arena, n, sizeof(*r->files), f);
	r->ids = arena_array(&r->arena, n, sizeof(*r->ids), f);
	if (b->inputs == NULL || b->stages == NULL || r->files == NULL ||
	    r->ids == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		r->files[i] = -1;
	return 0;
}

/*
 * Opens the inputs before the build, so that the record has the bytes that were
 * built.  A file that cannot be read is left for xb-parse to refuse.
 */
static int
take_inputs(struct recording *r, struct fail *f)
{
	size_t n = 1 + r->asked->n_files;

	if (make_room(r, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct fail why = { .kind = FAIL_NONE };

		if (take_input(r, i, input_path(r->asked, i), &why) == 0)
			continue;
		if (why.kind == FAIL_IO || why.kind == FAIL_SYSTEM)
			return fail_pass(f, &why);
		return 0;
	}
	r->build.n_inputs = n;
	return record_expect(r->writer, &r->build, f);
}

static int
changed(const char *path, struct fail *f)
{
	return fail(f, FAIL_INPUT, "'%s' changed while it was recorded", path);
}

/* A source of the plan that is the input has its digest. */
static int
check_sources(const struct recording *r, size_t i, const char *path,
    struct fail *f)
{
	const struct plan_source *s = r->plan.sources;
	struct stat st;

	for (size_t k = 0; k < r->plan.n_sources; k++)
		if (stat(s[k].path.data, &st) == 0 &&
		    st.st_dev == r->ids[i].dev && st.st_ino == r->ids[i].ino &&
		    memcmp(s[k].sha256, r->build.inputs[i].sha256,
		    SHA256_BYTES) != 0)
			return changed(path, f);
	return 0;
}

/*
 * Did the stages read what the record has?  The stages open the file by its
 * path, and only of one that can be trusted the times tell of every write.
 */
static int
check_input(const struct recording *r, size_t i, struct fail *f)
{
	const struct record_input *in = &r->build.inputs[i];
	const char *path = input_path(r->asked, i);
	uint8_t sha256[SHA256_BYTES];

	if (file_unchanged(r->files[i], path, &r->ids[i], f) < 0)
		return -1;
	if (r->ids[i].settled && file_trusted(r->files[i]))
		return 0;
	if (file_sha256(r->files[i], path, in->size, sha256, f) < 0)
		return -1;
	return memcmp(sha256, in->sha256, SHA256_BYTES) != 0 ?
	    changed(path, f) : check_sources(r, i, path, f);
}

static int
check_inputs(const struct recording *r, struct fail *f)
{
	for (size_t i = 0; i < r->build.n_inputs; i++)
		if (check_input(r, i, f) < 0)
			return -1;
	return 0;
}

/* ---- the build ---- */

static const char *
copy(struct recording *r, const char *text, struct fail *f)
{
	return arena_bytes(&r->arena, text, strlen(text), f);
}

static int
take_words(struct recording *r, struct record_stage *s,
    const struct stage_outcome *o, struct fail *f)
{
	char date[STAGE_DATE];

	s->arguments = arena_array(&r->arena, o->n_arguments + 1,
	    sizeof(*s->arguments), f);
	s->messages = arena_array(&r->arena, o->n_lines + 1,
	    sizeof(*s->messages), f);
	if (s->arguments == NULL || s->messages == NULL)
		return -1;
	for (size_t i = 0; i < o->n_arguments; i++)
		s->arguments[s->n_arguments++] = copy(r, o->arguments[i], f);
	for (size_t i = 0; i < o->n_lines; i++)
		s->messages[s->n_messages++] = (struct record_message){
		    o->lines[i].level, copy(r, o->lines[i].text, f) };
	s->began = copy(r, stage_began(o, date), f);
	return f->kind == FAIL_NONE ? 0 : -1;
}

/* Puts the plan of a stage without its sources: they are paths of this machine,
 * and a record is for others too. */
static int
put_plan(struct recording *r, struct record_stage *s, struct fail *f)
{
	struct plan *p = &r->plan, bare = *p;
	char title[64];
	void *bytes;
	size_t n;
	int rc;

	bare.has &= ~PLAN_BIT(PLAN_SOURCES);
	if (plan_encode(&bare, &bytes, &n, f) < 0)
		return -1;
	snprintf(title, sizeof(title), "%s.plan", s->name);
	rc = record_put(r->writer, title, RECORD_PLAN_TYPE, bytes, n, s->plan,
	    f);
	free(bytes);
	return rc;
}

static int
keep_stage(struct recording *r, enum stage_id id,
    const struct stage_outcome *o, struct fail *f)
{
	struct record_stage *s = &r->build.stages[r->build.n_stages++];

	*s = (struct record_stage){ .name = stage_rows[id].name,
		.version = XB_VERSION, .seconds = o->seconds,
		.status = (uint64_t)o->status };
	plan_release(&r->plan);
	if (plan_decode(&r->plan, o->plan, o->n, s->name, f) < 0 ||
	    take_words(r, s, o, f) < 0)
		return -1;
	if (s->status != 0 && s->n_messages > 0)
		r->build.message = s->messages[s->n_messages - 1].text;
	return put_plan(r, s, f);
}

/* The failure of a stage has been told, and is the only one: what failed
 * behind it is a warning. */
static int
only_failure(int status, const struct fail *why, struct fail *f)
{
	if (status == 0)
		return fail_pass(f, why);
	fail_warn(f, "%s", why->message);
	return 0;
}

/* Hook of the engine: called after each stage. */
static int
take_stage(void *recording, enum stage_id id, const struct stage_outcome *o,
    struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	struct recording *r = recording;

	if (keep_stage(r, id, o, &why) == 0)
		return 0;
	r->lost = true;
	return only_failure(o->status, &why, f);
}

/* ---- the guest ---- */

static int
take_guest(struct recording *r, struct fail *f)
{
	struct canonical_digests digests;
	void *bytes;
	size_t n;
	int rc;

	if (r->build.status != 0)
		return 0;
	r->build.vcpus = (struct maybe){ .set = true,
		.value = r->built.request.vcpus };
	if (build_guest(&r->plan, &digests, f) < 0)
		return -1;
	rc = canonical_digests_encode(&digests, &bytes, &n, f);
	canonical_digests_release(&digests);
	if (rc < 0)
		return -1;
	rc = record_put(r->writer, "guest", RECORD_GUEST_TYPE, bytes, n,
	    r->build.guest, f);
	free(bytes);
	return rc;
}

/* ---- launching the domain ---- */

static int
go_on(struct recording *r, struct fail *f)
{
	const struct recorder *a = r->asked;
	const struct engine *e = &r->built.engine;

	if (!a->paused && build_launch(&r->built, f) < 0)
		return -1;
	return a->plan == NULL ? 0 : output_write(a->plan, e->plan, e->n, f);
}

/* Did the target refuse the build?  That says nothing of the inputs: the same
 * build may do elsewhere. */
static bool
was_refused(int status)
{
	return status == FAIL_TARGET || status == FAIL_FULL;
}

static int
keep_record(struct recording *r, struct fail *f)
{
	struct record_writer *w = r->writer;
	const struct payloads payloads = { .writer = w, .build = &r->build,
		.plan = &r->plan, .arena = &r->arena,
		.slim = r->asked->slim };
	bool same = false;

	r->build.status = (uint64_t)r->built.status;
	/* xb-domain failed, and no stage: a record of that would only be in the
	 * way of the next try.  One that lacks a stage (lost) is not kept,
	 * either. */
	if (r->lost || r->built.status != r->built.engine.status)
		return 0;
	if (was_refused(r->built.status)) {
		fail_warn(f, "nothing is recorded: the target refused the "
		    "build, which may do elsewhere");
		return 0;
	}
	if (payloads_record(&payloads, f) < 0 || check_inputs(r, f) < 0 ||
	    take_guest(r, f) < 0 || build_stopped(&r->built, not_kept, f))
		return -1;
	stage_end(&r->clock);
	r->build.seconds = r->clock.seconds;
	r->writer = NULL;
	if (record_commit(w, &r->build, r->asked->annotations,
	    r->asked->n_annotations, &same, f) < 0)
		return -1;
	if (same)
		fail_answer(f, "'%s' has this build already and is left as it "
		    "is", r->asked->record);
	return 0;
}

static int
keep(struct recording *r, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE, .say = f->say,
		.say_arg = f->say_arg };

	return keep_record(r, &why) == 0 ? 0 :
	    only_failure(r->built.status, &why, f);
}

static int
build_and_keep(struct recording *r, struct fail *f)
{
	struct recorder *a = r->asked;
	struct build_request ask = a->ask;
	int rc;

	ask.hook = (struct engine_hook){ .after = take_stage, .arg = r };
	ask.paused = true;
	rc = build_run(&r->built, &ask, f);
	if (rc == 0)
		rc = build_stopped(&r->built, not_kept, f) ? -1 :
		    keep(r, f);
	if (rc == 0 && r->built.status == 0)
		rc = go_on(r, f);
	return build_finish(&r->built, rc, "xb-record", &a->result, f);
}

static void
finish(struct recording *r, struct fail *f)
{
	for (size_t i = 0; r->files != NULL && i <= r->asked->n_files; i++)
		if (r->files[i] >= 0)
			close(r->files[i]);
	record_abort(r->writer, f);
	plan_release(&r->plan);
	arena_release(&r->arena);
}

static void
begin(struct recording *r)
{
	const struct recorder *a = r->asked;

	stage_clock(&r->clock);
	r->build = (struct record_build){ .record = RECORD_VERSION,
		.version = XB_VERSION, .began = stage_began(&r->clock, r->date),
		.arguments = a->arguments,
		.n_arguments = a->n_arguments, .options = a->options,
		.n_options = a->n_options };
}

static int
record(struct recording *r, struct fail *f)
{
	const struct recorder *a = r->asked;

	if (output_check(a->plan, f) < 0 ||
	    recorded_max(a->ask.options, a->ask.n_options, &r->max, f) < 0 ||
	    record_begin(&r->writer, a->record, r->max, f) < 0 ||
	    take_inputs(r, f) < 0)
		return -1;
	return build_and_keep(r, f);
}

int
recorder_run(struct recorder *a, struct fail *f)
{
	struct recording r = { .asked = a, .arena = ARENA_INIT };
	struct signals signals;
	int rc;

	if (signals_hold(&signals, f) < 0)
		return -1;
	plan_init(&r.plan);
	begin(&r);
	rc = record(&r, f);
	finish(&r, f);
	signals_let_go(&signals);
	return rc;
}
