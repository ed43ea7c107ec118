#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "record/impl.h"
#include "plan/stages.h"

/* The record that is being opened. */
struct opening {
	struct record_layout layout;
	const char *called;		/* as it was named, for messages */
	struct record *record;
	uint64_t max;			/* bytes of all layers */
};

static int
check_manifest(void *arg, struct fail *f)
{
	const struct opening *o = arg;
	const struct oci_manifest *m = &o->layout.manifest;

	memcpy(o->record->manifest, o->layout.named.sha256, SHA256_BYTES);
	o->record->manifest_size = o->layout.named.size;
	o->record->alone = o->layout.index.n_manifests == 1 &&
	    o->layout.named.annotations.tag == NULL;
	if (m->version != 2)
		return fail(f, FAIL_INPUT, "the manifest of '%s' has version %"
		    PRIu64 "; only 2 is known", o->called, m->version);
	if (m->artifact == NULL || strcmp(m->artifact, RECORD_TYPE) != 0 ||
	    strcmp(m->config.type, RECORD_CONFIG_TYPE) != 0)
		return fail(f, FAIL_INPUT, "'%s' is not a record but another "
		    "OCI artifact, of type '%s' with a config of type '%s'",
		    o->called, m->artifact == NULL ? "" : m->artifact,
		    m->config.type);
	if (m->n_layers > RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "the record '%s' has %zu layers, at "
		    "most %d are taken", o->called, m->n_layers,
		    RECORD_LAYERS_MAX);
	return 0;
}

static int
check_version(void *arg, struct fail *f)
{
	const struct opening *o = arg;
	uint64_t version = o->record->build.record;

	return version == RECORD_VERSION ? 0 : fail(f, FAIL_INPUT,
	    "the record '%s' has version %" PRIu64 ", this program reads %d",
	    o->called, version, RECORD_VERSION);
}

static int
open_texts(struct opening *o, struct fail *f)
{
	/* The first key alone: the version decides what the others are. */
	const struct schema_form version = {
		.fields = record_build_form.fields, .n = 1 };
	struct record_build *b = &o->record->build;
	const struct record_text v[] = {
		RECORD_LAYOUT_TEXTS(&o->layout),
		{ "the manifest", &o->layout.named, &oci_manifest_form,
		    &o->layout.manifest, check_manifest, NULL },
		{ "the config", &o->layout.manifest.config, &version, b,
		    check_version, NULL },
		{ "the config", &o->layout.manifest.config, &record_build_form,
		    b, NULL, NULL },
	};
	const struct record_texts all = { .path = o->called,
		.v = v, .n = sizeof(v) / sizeof(v[0]),
		.load = record_load_text, .arg = o,
		.arena = &o->record->arena };

	return record_read(&all, f);
}

static int
check_layer(const struct opening *o, size_t layer, struct fail *f)
{
	const struct oci_descriptor *v = o->layout.manifest.layers;
	const char *title = v[layer].annotations.title;

	if (title == NULL || !record_title_good(title))
		return fail(f, FAIL_INPUT, "the record '%s': layers[%zu] of "
		    "the manifest has the title '%s', which is not a plain "
		    "name of a file", o->called, layer,
		    title == NULL ? "" : title);
	for (size_t i = 0; i < layer; i++)
		if (strcmp(v[i].annotations.title, title) == 0)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "layers[%zu] and layers[%zu] of the manifest have "
			    "one title, '%s'", o->called, i, layer,
			    title);
	for (size_t i = 0; i < layer; i++)
		if (memcmp(v[i].sha256, v[layer].sha256, SHA256_BYTES) == 0)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "layers[%zu] and layers[%zu] of the manifest are "
			    "one blob", o->called, i, layer);
	return 0;
}

/* Called before a byte of the layers is read. */
static int
check_bytes(const struct opening *o, struct fail *f)
{
	const struct oci_manifest *m = &o->layout.manifest;
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_layers; i++) {
		if (m->layers[i].size > o->max - sum)
			return fail(f, FAIL_INPUT, "the record '%s': its "
			    "layers have more than %" PRIu64 " bytes together, "
			    "the limit; --max-input raises it", o->called,
			    o->max);
		sum += m->layers[i].size;
	}
	return 0;
}

static int
open_layers(struct opening *o, struct fail *f)
{
	const struct oci_descriptor *v = o->layout.manifest.layers;
	struct record *r = o->record;
	size_t n = o->layout.manifest.n_layers;

	r->blobs = arena_array(&r->arena, n, sizeof(*r->blobs), f);
	if (r->blobs == NULL || check_bytes(o, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct record_blob *b = &r->blobs[i];

		if (check_layer(o, i, f) < 0 ||
		    record_blob_check(&o->layout.folder, v[i].sha256,
		    v[i].size, f) < 0)
			return -1;
		b->title = v[i].annotations.title;
		b->type = v[i].type;
		b->size = v[i].size;
		memcpy(b->sha256, v[i].sha256, SHA256_BYTES);
	}
	r->n_blobs = n;
	return 0;
}

/* FAIL_INPUT unless there is a layer with this digest and size. */
static int
needs(const struct opening *o, const uint8_t sha256[SHA256_BYTES],
    uint64_t size, const char *what, struct fail *f)
{
	const struct record_blob *b = record_find(o->record, sha256);

	if (b == NULL)
		return fail(f, FAIL_INPUT, "the record '%s' is not whole: the "
		    "bytes of %s are no layer of it", o->called, what);
	if (b->size != size)
		return fail(f, FAIL_INPUT, "the record '%s': %s should have %"
		    PRIu64 " bytes, its layer has %" PRIu64, o->called,
		    what, size, b->size);
	return 0;
}

/* Does a slim record say that it leaves the payload out? */
static bool
leaves_out(const struct record_build *b, const struct payload *x)
{
	for (size_t i = 0; i < b->n_left; i++)
		if (memcmp(b->left[i].sha256, x->sha256, SHA256_BYTES) == 0 &&
		    b->left[i].size == x->size)
			return true;
	return false;
}

static int
check_payloads(const struct opening *o, const struct plan *p, struct fail *f)
{
	const struct payload *x;

	for (size_t i = 0; (x = plan_payload_at(p, i)) != NULL; i++)
		if (!leaves_out(&o->record->build, x) &&
		    needs(o, x->sha256, x->size, x->role, f) < 0)
			return -1;
	return 0;
}

static int
check_left(const struct opening *o, struct fail *f)
{
	const struct record_build *b = &o->record->build;

	if (b->n_left > RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "the record '%s' leaves out %zu "
		    "payloads, at most %d are taken", o->called, b->n_left,
		    RECORD_LAYERS_MAX);
	return b->n_left == 0 || b->n_inputs > 0 ? 0 : fail(f, FAIL_INPUT,
	    "the record '%s' leaves out payloads, and has no files to make "
	    "them of", o->called);
}

/* Does the plan agree with the stage: was the stage done, or did it fail? */
static int
check_plan(const struct opening *o, const struct record_stage *s,
    const struct plan *p, struct fail *f)
{
	const char *failed = plan_has(p, PLAN_FAILED) ? p->failed.stage : "";

	if (s->status != 0) {
		if (strcmp(failed, s->name) == 0 &&
		    p->failed.status == s->status)
			return check_payloads(o, p, f);
		return fail(f, FAIL_INPUT, "the record '%s': %s failed with %"
		    PRIu64 ", its plan does not say so", o->called,
		    s->name, s->status);
	}
	if (failed[0] != '\0' ||
	    (p->has & stage_adds(stage_named(s->name))) == 0)
		return fail(f, FAIL_INPUT, "the record '%s': the plan of %s "
		    "has not been through it", o->called, s->name);
	return check_payloads(o, p, f);
}

static int
check_stage(const struct opening *o, const struct record_stage *s,
    struct fail *f)
{
	struct plan p;
	int rc = record_plan_raw(o->record, s, &p, f);

	if (rc == 0)
		rc = check_plan(o, s, &p, f);
	plan_release(&p);
	return rc;
}

/* Stages come in pipe order, and only the last can have failed. */
static int
check_stages(const struct opening *o, struct fail *f)
{
	const struct record_build *b = &o->record->build;
	unsigned next = 0;

	for (size_t i = 0; i < b->n_stages; i++) {
		const struct record_stage *s = &b->stages[i];
		enum stage_id stage = stage_named(s->name);

		if (stage < next || stage == STAGES)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "stages[%zu] of the config is '%s', which is no "
			    "stage or out of order", o->called, i,
			    s->name);
		next = stage + 1;
		if (s->status != 0 && i + 1 < b->n_stages)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "stages[%zu] of the config comes after a stage "
			    "that failed", o->called, i + 1);
		if (check_stage(o, s, f) < 0)
			return -1;
	}
	return 0;
}

/*
 * Is it an option that a record may have?  A record, which may be hostile, must
 * not set limits of unpacking, choose where files are written, or say how the
 * new domain is made.
 */
static bool
option_known(const struct record_option *o)
{
	enum option_id id = stage_option_named(o->name, FOR_IMAGE | FOR_GUEST);
	const struct stage_option *row = stage_option_row(strcmp(o->name,
	    "memory") == 0 ? OPTION_MEMORY : id);

	return row->name != NULL && (row->traits & (IS_FILE | OF_FILE)) == 0 &&
	    (row->argument != NULL) == (o->value != NULL);
}

/* Is it a size as xb-record writes it: digits and a unit? */
static bool
memory_good(const char *size)
{
	size_t n = strspn(size, "0123456789");

	return n > 0 && n <= 18 && strspn(size + n, "KMG") <= 1 &&
	    size[n + strspn(size + n, "KMG")] == '\0';
}

static int
check_options(const struct opening *o, struct fail *f)
{
	const struct record_build *b = &o->record->build;

	if (b->n_options > RECORD_OPTIONS_MAX)
		return fail(f, FAIL_INPUT, "the record '%s': the config has "
		    "%zu options, at most %d are taken", o->called,
		    b->n_options, RECORD_OPTIONS_MAX);
	for (size_t i = 0; i < b->n_options; i++)
		if (strcmp(b->options[i].name, "memory") == 0 &&
		    b->options[i].value != NULL &&
		    !memory_good(b->options[i].value))
			return fail(f, FAIL_INPUT, "the record '%s': the "
			    "config: options[%zu] is '--memory=%s', which is "
			    "not a size", o->called, i,
			    b->options[i].value);
	for (size_t i = 0; i < b->n_options; i++)
		if (!option_known(&b->options[i]))
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "options[%zu] of the config is '--%s%s%s', which "
			    "no record can ask for", o->called, i,
			    b->options[i].name, b->options[i].value != NULL ?
			    "=" : "", b->options[i].value != NULL ?
			    b->options[i].value : "");
	return 0;
}

/* Is the role of an input that of a kernel, or that of a file that an option
 * gives to one? */
static bool
role_good(const struct record_input *in, bool first)
{
	enum option_id id = stage_option_named(in->role, FOR_IMAGE);

	return first ? strcmp(in->role, "kernel") == 0 :
	    (stage_option_row(id)->traits & IS_FILE) != 0 &&
	    (in->line == NULL || id == OPTION_MODULE);
}

static int
check_inputs(const struct opening *o, struct fail *f)
{
	const struct record_build *b = &o->record->build;

	if (b->n_inputs > RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "the record '%s': the config has "
		    "%zu inputs, at most %d are taken", o->called,
		    b->n_inputs, RECORD_LAYERS_MAX);
	for (size_t i = 0; i < b->n_inputs; i++) {
		const struct record_input *in = &b->inputs[i];

		if (!role_good(in, i == 0))
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "inputs[%zu] of the config is a '%s': a kernel "
			    "comes first, then ramdisks and modules, which "
			    "alone have lines", o->called, i,
			    in->role);
		if (needs(o, in->sha256, in->size, in->role, f) < 0)
			return -1;
	}
	return 0;
}

static int
check_whole(const struct opening *o, struct fail *f)
{
	static const uint8_t none[SHA256_BYTES];
	const struct record *r = o->record;
	const struct record_build *b = &r->build;
	const struct record_stage *last = record_last(r);
	bool guest = memcmp(b->guest, none, sizeof(none)) != 0;
	const struct record_blob *blob = record_find(r, b->guest);

	if (guest && (blob == NULL ||
	    strcmp(blob->type, RECORD_GUEST_TYPE) != 0))
		return fail(f, FAIL_INPUT, "the record '%s' is not whole: the "
		    "guest is no layer of it", o->called);
	if (b->vcpus.set && b->vcpus.value == 0)
		return fail(f, FAIL_INPUT, "the record '%s' says that its "
		    "domain had no vcpu", o->called);
	if (b->status == 0 && (!guest || b->n_inputs == 0 || last == NULL ||
	    strcmp(last->name, "xb-launch") != 0 || last->status != 0))
		return fail(f, FAIL_INPUT, "the record '%s' is not whole: its "
		    "build ended well, but stages, inputs or guest are missing",
		    o->called);
	return 0;
}

static int
open_all(struct opening *o, struct fail *f)
{
	if (open_texts(o, f) < 0 || open_layers(o, f) < 0 ||
	    check_options(o, f) < 0 || check_left(o, f) < 0 ||
	    check_stages(o, f) < 0 || check_inputs(o, f) < 0)
		return -1;
	return check_whole(o, f);
}

int
record_open(struct record *r, const char *text, uint64_t max, struct fail *f)
{
	struct record_ref ref;
	struct opening o = { .record = r, .called = text,
	    .layout.ref = &ref, .max = max != 0 ? max : RECORD_BYTES_MAX };
	char full[PATH_MAX];

	*r = (struct record){ .arena = ARENA_INIT };
	if (record_ref_parse(&ref, text, f) < 0)
		return -1;
	r->folder = arena_array(&r->arena, 1, sizeof(*r->folder), f);
	if (r->folder == NULL ||
	    record_folder_open(r->folder, ref.folder, text, f) < 0)
		return -1;
	if (realpath(ref.folder, full) == NULL)
		return fail_errno(f, FAIL_IO, errno, "cannot find the folder "
		    "of '%s'", text);
	r->path = arena_bytes(&r->arena, full, strlen(full), f);
	o.layout.folder = *r->folder;
	if (r->path == NULL || open_all(&o, f) < 0)
		return -1;
	r->folder->path = r->path;
	return 0;
}
