#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "run/recorded.h"

bool
recorded_is(const char *path)
{
	struct fail dropped = { .kind = FAIL_NONE };
	struct record_ref ref;
	struct stat st;

	return record_ref_parse(&ref, path, &dropped) == 0 &&
	    stat(ref.folder, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Sets those of the record's options that are for the stage. */
static int
set_all(const struct record_build *b, const struct stage_code *code,
    void *options, size_t *i, struct fail *f)
{
	bool any = false;

	for (*i = 0; *i < b->n_options; ++*i) {
		enum option_id id = stage_option_named(b->options[*i].name,
		    FOR_IMAGE | FOR_GUEST);

		if (id == OPTION_OPERAND || stage_of_option(id) != code->stage)
			continue;
		any = true;
		if (code->set(options, id, b->options[*i].value, f) < 0)
			return -1;
	}
	return any && code->ready != NULL ? code->ready(options, f) : 0;
}

static int
refuse(const struct record_build *b, const char *path, size_t i,
    const struct fail *why, struct fail *f)
{
	const struct record_option *o = &b->options[i];

	if (why->kind != FAIL_USAGE)
		return fail_pass(f, why);
	if (i == b->n_options)
		return fail(f, FAIL_INPUT, "the record '%s': the options of "
		    "the config: %s", path, why->message);
	return fail(f, FAIL_INPUT, "the record '%s': options[%zu] of the "
	    "config is '--%s=%s': %s", path, i, o->name,
	    o->value == NULL ? "" : o->value, why->message);
}

static int
check_options(const struct record_build *b, const char *path,
    const struct stage_code *code, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	void *options = calloc(1, code->size + 1);
	size_t i = 0;
	int rc;

	if (options == NULL)
		return fail_memory(f, code->size);
	rc = set_all(b, code, options, &i, &why);
	if (code->release != NULL)
		code->release(options);
	free(options);
	return rc < 0 ? refuse(b, path, i, &why, f) : 0;
}

int
recorded_max(const struct engine_option *v, size_t n, uint64_t *max,
    struct fail *f)
{
	*max = 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].id == OPTION_MAX_INPUT &&
		    size_parse("--max-input", v[i].value, max, f) < 0)
			return -1;
	return 0;
}

int
recorded_open(struct record *r, const char *path,
    const struct engine_option *v, size_t n, struct fail *f)
{
	uint64_t max;
	int rc;

	*r = (struct record){ .arena = ARENA_INIT };
	if (recorded_max(v, n, &max, f) < 0)
		return -1;
	rc = record_open(r, path, max, f);

	for (size_t k = 0; rc == 0 && k < STAGES; k++)
		rc = check_options(&r->build, path, stage_codes[k], f);
	return rc;
}

int
recorded_memory(struct record *r, const char **size, struct fail *f)
{
	const struct record_build *b = &r->build;
	struct plan p;
	int rc;

	*size = NULL;
	for (size_t i = 0; i < b->n_options; i++)
		if (strcmp(b->options[i].name, "memory") == 0)
			*size = b->options[i].value;
	if (*size != NULL || record_stage(r, "xb-layout") == NULL)
		return 0;
	rc = record_plan(r, "xb-layout", &p, f);
	if (rc == 0 && plan_has(&p, PLAN_LAYOUT)) {
		*size = arena_print(&r->arena, f, "%" PRIu64 "K",
		    kib_of(p.layout.pages));
		rc = *size == NULL ? -1 : 0;
	}
	plan_release(&p);
	return rc;
}

int
recorded_vcpus(struct record *r, struct engine_option *v, size_t *n,
    struct fail *f)
{
	const struct maybe *vcpus = &r->build.vcpus;

	if (!vcpus->set)
		return 0;
	v[*n] = (struct engine_option){ .id = OPTION_VCPUS,
	    .value = arena_print(&r->arena, f, "%" PRIu64, vcpus->value) };
	return v[(*n)++].value == NULL ? -1 : 0;
}

const char *
recorded_input(struct record *r, size_t i, const char *folder, struct fail *f)
{
	const char *path = arena_print(&r->arena, f, "%s/input.%zu", folder, i);

	if (path == NULL || record_input_copy(r, &r->build.inputs[i], path,
	    f) < 0)
		return NULL;
	return path;
}

static int
add_file(struct record *r, size_t i, enum option_id id, const char *folder,
    struct engine_option *v, size_t *n, struct fail *f)
{
	const struct record_input *in = &r->build.inputs[i];
	const char *path = recorded_input(r, i, folder, f);

	if (path == NULL)
		return -1;
	v[(*n)++] = (struct engine_option){ .id = id, .value = path,
	    .called = in->name };
	if (in->line != NULL)
		v[(*n)++] = (struct engine_option){ .id = OPTION_MODULE_LINE,
		    .value = in->line };
	return 0;
}

struct engine_option *
recorded_options(struct record *r, const char *folder,
    bool (*wanted)(const void *arg, enum option_id), const void *arg,
    size_t more, size_t *n, struct fail *f)
{
	const struct record_build *b = &r->build;
	/* A module may have a line. */
	struct engine_option *v = arena_array(&r->arena, b->n_options +
	    2 * b->n_inputs + more, sizeof(*v), f);
	enum option_id id;

	*n = 0;
	for (size_t i = 0; v != NULL && i < b->n_options; i++) {
		id = stage_option_named(b->options[i].name,
		    FOR_IMAGE | FOR_GUEST);
		if (id != OPTION_OPERAND && wanted(arg, id))
			v[(*n)++] = (struct engine_option){ .id = id,
			    .value = b->options[i].value };
	}
	for (size_t i = 1; v != NULL && folder != NULL && i < b->n_inputs;
	    i++) {
		id = stage_option_named(b->inputs[i].role, FOR_IMAGE);
		if (wanted(arg, id) && add_file(r, i, id, folder, v, n, f) < 0)
			return NULL;
	}
	return v;
}

int
recorded_name_blobs(const struct record *r, const char *folder, struct plan *p,
    struct fail *f)
{
	size_t n = folder == NULL ? 0 : strlen(folder);

	for (size_t i = 0; n > 0 && i < p->n_sources; i++) {
		struct plan_source *s = &p->sources[i];

		if (s->path.size <= n || memcmp(s->path.data, folder, n) !=
		    0 || s->path.data[n] != '/')
			continue;
		s->path.data = record_blob_path(r, s->sha256, &p->arena, f);
		if (s->path.data == NULL)
			return -1;
		s->path.size = strlen(s->path.data);
		s->id = (struct file_id){ .size = s->id.size };
	}
	return 0;
}
