#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "record/impl.h"
#include "plan/stages.h"

/* The record that is being opened. */
struct opening {
	struct record *record;
	uint64_t max;			/* bytes of all layers */
	struct record_folder folder;
	struct oci_layout layout;
	struct oci_index index;
	struct oci_descriptor named;	/* by the index: the manifest */
	struct oci_manifest manifest;
};

static int
load_text(void *arg, const struct record_text *text, void **bytes, size_t *n,
    struct fail *f)
{
	const struct opening *o = arg;
	const struct oci_descriptor *d = text->blob;

	if (d == NULL)
		return record_file_read(&o->folder, text->what, bytes, n, f);
	*n = (size_t)d->size;
	return record_blob_read(&o->folder, d->sha256, d->size,
	    RECORD_JSON_MAX, bytes, f);
}

static int
check_layout(void *arg, struct fail *f)
{
	const struct opening *o = arg;
	const char *version = o->layout.version;

	return strcmp(version, OCI_LAYOUT_VERSION) == 0 ? 0 :
	    fail(f, FAIL_INPUT, "'%s' has version '%s' of the OCI image "
	    "layout; only " OCI_LAYOUT_VERSION " is known", o->folder.path,
	    version);
}

static int
check_index(void *arg, struct fail *f)
{
	struct opening *o = arg;
	const char *path = o->folder.path;

	if (o->index.n_manifests != 1)
		return fail(f, FAIL_INPUT,
		    "'%s' is not a record: " OCI_INDEX_FILE
		    " names %zu manifests, a record is one; copy it to a "
		    "folder of its own", path, o->index.n_manifests);
	o->named = o->index.manifests[0];
	if (strcmp(o->named.type, OCI_MANIFEST_TYPE) != 0)
		return fail(f, FAIL_INPUT, "'%s' is not a record: what "
		    OCI_INDEX_FILE " names is of type '%s', not '"
		    OCI_MANIFEST_TYPE "'", path, o->named.type);
	return 0;
}

static int
check_manifest(void *arg, struct fail *f)
{
	const struct opening *o = arg;
	const struct oci_manifest *m = &o->manifest;

	memcpy(o->record->manifest, o->named.sha256, SHA256_BYTES);
	if (m->version != 2)
		return fail(f, FAIL_INPUT, "the manifest of '%s' has version %"
		    PRIu64 "; only 2 is known", o->folder.path, m->version);
	if (m->artifact == NULL || strcmp(m->artifact, RECORD_TYPE) != 0 ||
	    strcmp(m->config.type, RECORD_CONFIG_TYPE) != 0)
		return fail(f, FAIL_INPUT, "'%s' is not a record but another "
		    "OCI artifact, of type '%s' with a config of type '%s'",
		    o->folder.path, m->artifact == NULL ? "" : m->artifact,
		    m->config.type);
	if (m->n_layers > RECORD_LAYERS_MAX)
		return fail(f, FAIL_INPUT, "the record '%s' has %zu layers, at "
		    "most %d are taken", o->folder.path, m->n_layers,
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
	    o->folder.path, version, RECORD_VERSION);
}

static int
open_texts(struct opening *o, struct fail *f)
{
	/* The first key alone: the version decides what the others are. */
	const struct schema_form version = {
		.fields = record_build_form.fields, .n = 1 };
	struct record_build *b = &o->record->build;
	const struct record_text v[] = {
		{ OCI_LAYOUT_FILE, NULL, &oci_layout_form, &o->layout,
		    check_layout },
		{ OCI_INDEX_FILE, NULL, &oci_index_form, &o->index,
		    check_index },
		{ "the manifest", &o->named, &oci_manifest_form, &o->manifest,
		    check_manifest },
		{ "the config", &o->manifest.config, &version, b,
		    check_version },
		{ "the config", &o->manifest.config, &record_build_form, b,
		    NULL },
	};
	const struct record_texts all = { .path = o->folder.path, .v = v,
		.n = sizeof(v) / sizeof(v[0]), .load = load_text, .arg = o,
		.arena = &o->record->arena };

	return record_read(&all, f);
}

bool
record_title_good(const char *title)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strlen(title);

	return n > 0 && n <= 255 && title[0] != '.' &&
	    strspn(title, good) == n;
}

static int
check_layer(const struct opening *o, size_t layer, struct fail *f)
{
	const struct oci_descriptor *v = o->manifest.layers;
	const char *title = v[layer].annotations.title;

	if (title == NULL || !record_title_good(title))
		return fail(f, FAIL_INPUT, "the record '%s': layers[%zu] of "
		    "the manifest has the title '%s', which is not a plain "
		    "name of a file", o->folder.path, layer,
		    title == NULL ? "" : title);
	for (size_t i = 0; i < layer; i++)
		if (strcmp(v[i].annotations.title, title) == 0)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "layers[%zu] and layers[%zu] of the manifest have "
			    "one title, '%s'", o->folder.path, i, layer,
			    title);
	for (size_t i = 0; i < layer; i++)
		if (memcmp(v[i].sha256, v[layer].sha256, SHA256_BYTES) == 0)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "layers[%zu] and layers[%zu] of the manifest are "
			    "one blob", o->folder.path, i, layer);
	return 0;
}

/* Called before a byte of the layers is read. */
static int
check_bytes(const struct opening *o, struct fail *f)
{
	const struct oci_manifest *m = &o->manifest;
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_layers; i++) {
		if (m->layers[i].size > o->max - sum)
			return fail(f, FAIL_INPUT, "the record '%s': its "
			    "layers have more than %" PRIu64 " bytes together, "
			    "the limit; --max-input raises it", o->folder.path,
			    o->max);
		sum += m->layers[i].size;
	}
	return 0;
}

static int
open_layers(struct opening *o, struct fail *f)
{
	const struct oci_descriptor *v = o->manifest.layers;
	struct record *r = o->record;
	size_t n = o->manifest.n_layers;

	r->blobs = arena_array(&r->arena, n, sizeof(*r->blobs), f);
	if (r->blobs == NULL || check_bytes(o, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct record_blob *b = &r->blobs[i];

		if (check_layer(o, i, f) < 0 || record_blob_check(&o->folder,
		    v[i].sha256, v[i].size, f) < 0)
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
		    "bytes of %s are no layer of it", o->folder.path, what);
	if (b->size != size)
		return fail(f, FAIL_INPUT, "the record '%s': %s should have %"
		    PRIu64 " bytes, its layer has %" PRIu64, o->folder.path,
		    what, size, b->size);
	return 0;
}

static int
check_payloads(const struct opening *o, const struct plan *p, struct fail *f)
{
	const struct payload *x;

	for (size_t i = 0; (x = plan_payload_at(p, i)) != NULL; i++)
		if (needs(o, x->sha256, x->size, x->role, f) < 0)
			return -1;
	return 0;
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
		    PRIu64 ", its plan does not say so", o->folder.path,
		    s->name, s->status);
	}
	if (failed[0] != '\0' ||
	    (p->has & stage_adds(stage_named(s->name))) == 0)
		return fail(f, FAIL_INPUT, "the record '%s': the plan of %s "
		    "has not been through it", o->folder.path, s->name);
	return check_payloads(o, p, f);
}

static int
check_stage(const struct opening *o, const struct record_stage *s,
    struct fail *f)
{
	struct plan p;
	int rc = record_plan_raw(o->record, &o->folder, s, &p, f);

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
			    "stage or out of order", o->folder.path, i,
			    s->name);
		next = stage + 1;
		if (s->status != 0 && i + 1 < b->n_stages)
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "stages[%zu] of the config comes after a stage "
			    "that failed", o->folder.path, i + 1);
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
		    "%zu options, at most %d are taken", o->folder.path,
		    b->n_options, RECORD_OPTIONS_MAX);
	for (size_t i = 0; i < b->n_options; i++)
		if (strcmp(b->options[i].name, "memory") == 0 &&
		    b->options[i].value != NULL &&
		    !memory_good(b->options[i].value))
			return fail(f, FAIL_INPUT, "the record '%s': the "
			    "config: options[%zu] is '--memory=%s', which is "
			    "not a size", o->folder.path, i,
			    b->options[i].value);
	for (size_t i = 0; i < b->n_options; i++)
		if (!option_known(&b->options[i]))
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "options[%zu] of the config is '--%s%s%s', which "
			    "no record can ask for", o->folder.path, i,
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
		    "%zu inputs, at most %d are taken", o->folder.path,
		    b->n_inputs, RECORD_LAYERS_MAX);
	for (size_t i = 0; i < b->n_inputs; i++) {
		const struct record_input *in = &b->inputs[i];

		if (!role_good(in, i == 0))
			return fail(f, FAIL_INPUT, "the record '%s': "
			    "inputs[%zu] of the config is a '%s': a kernel "
			    "comes first, then ramdisks and modules, which "
			    "alone have lines", o->folder.path, i, in->role);
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
		    "guest is no layer of it", o->folder.path);
	if (b->status == 0 && (!guest || b->n_inputs == 0 || last == NULL ||
	    strcmp(last->name, "xb-launch") != 0 || last->status != 0))
		return fail(f, FAIL_INPUT, "the record '%s' is not whole: its "
		    "build ended well, but stages, inputs or guest are missing",
		    o->folder.path);
	return 0;
}

static int
open_all(struct opening *o, struct fail *f)
{
	if (open_texts(o, f) < 0 || open_layers(o, f) < 0 ||
	    check_options(o, f) < 0 || check_stages(o, f) < 0 ||
	    check_inputs(o, f) < 0)
		return -1;
	return check_whole(o, f);
}

int
record_open(struct record *r, const char *path, uint64_t max, struct fail *f)
{
	struct opening o = { .record = r,
	    .max = max != 0 ? max : RECORD_BYTES_MAX };
	char full[PATH_MAX];
	int rc = -1;

	*r = (struct record){ .arena = ARENA_INIT };
	if (record_folder_open(&o.folder, path, f) == 0) {
		if (realpath(path, full) == NULL)
			(void)fail_errno(f, FAIL_IO, errno, "cannot find the "
			    "folder of '%s'", path);
		else
			r->path = arena_bytes(&r->arena, full, strlen(full), f);
		rc = r->path == NULL ? -1 : open_all(&o, f);
	}
	record_folder_close(&o.folder);
	return rc;
}
