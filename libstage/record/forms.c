#include "record/impl.h"

#define FIELD(s, m, key, type) { (key), (type), SCHEMA_AT(s, m), \
	.limit = RECORD_JSON_MAX }
#define MAYBE(s, m, key, type) { (key), (type), .optional = true, \
	SCHEMA_AT(s, m), .limit = RECORD_JSON_MAX }
#define NUMBER(s, m, key, most) { (key), TYPE_NUMBER, SCHEMA_AT(s, m), \
	.limit = (most) }
#define TEXTS(s, m, key) { (key), TYPE_STRINGS, SCHEMA_COUNTED(s, m, n_##m), \
	.limit = RECORD_JSON_MAX }
#define MAP(s, m, key, inner, maybe) { (key), TYPE_MAP, .optional = (maybe), \
	SCHEMA_AT(s, m), .form = &(inner) }
#define LIST(s, m, key, entry) { (key), TYPE_LIST, \
	SCHEMA_COUNTED(s, m, n_##m), .limit = RECORD_JSON_MAX, \
	.form = &(entry) }

enum { STATUS_MAX = 255, VCPUS_MAX = 8192 };

/* ---- OCI's forms: github.com/opencontainers/image-spec, 1.1 ---- */

static const struct schema_field oci_layout_rows[] = {
	FIELD(oci_layout, version, "imageLayoutVersion", TYPE_STRING),
};
const struct schema_form oci_layout_form =
    SCHEMA_FORM(oci_layout, oci_layout_rows);

static const struct schema_field annotations_rows[] = {
	MAYBE(oci_annotations, title, OCI_KEY "title", TYPE_STRING),
	MAYBE(oci_annotations, tag, OCI_KEY "ref.name", TYPE_STRING),
	MAYBE(oci_annotations, created, OCI_KEY "created", TYPE_STRING),
};
static const struct schema_form annotations_form =
    SCHEMA_FORM(oci_annotations, annotations_rows);

static const struct schema_field descriptor_rows[] = {
	FIELD(oci_descriptor, type, "mediaType", TYPE_STRING),
	FIELD(oci_descriptor, sha256, "digest", TYPE_OCI_DIGEST),
	NUMBER(oci_descriptor, size, "size", INT64_MAX),
	MAP(oci_descriptor, annotations, "annotations", annotations_form, true),
	MAYBE(oci_descriptor, artifact, "artifactType", TYPE_STRING),
};
const struct schema_form oci_descriptor_form =
    SCHEMA_FORM(oci_descriptor, descriptor_rows);

/* The keys that a descriptor must have, in the order of skopeo. */
static const struct schema_form bare_descriptor_form = {
	sizeof(struct oci_descriptor), descriptor_rows, 3, false, 0 };

static const struct schema_field oci_index_rows[] = {
	NUMBER(oci_index, version, "schemaVersion", 2),
	MAYBE(oci_index, type, "mediaType", TYPE_STRING),
	LIST(oci_index, manifests, "manifests", oci_descriptor_form),
};
const struct schema_form oci_index_form =
    SCHEMA_FORM(oci_index, oci_index_rows);

static const struct schema_field oci_manifest_rows[] = {
	NUMBER(oci_manifest, version, "schemaVersion", 2),
	MAYBE(oci_manifest, type, "mediaType", TYPE_STRING),
	MAYBE(oci_manifest, artifact, "artifactType", TYPE_STRING),
	MAP(oci_manifest, config, "config", bare_descriptor_form, false),
	LIST(oci_manifest, layers, "layers", oci_descriptor_form),
	MAP(oci_manifest, subject, "subject", bare_descriptor_form, true),
	MAP(oci_manifest, annotations, "annotations", annotations_form, true),
};
const struct schema_form oci_manifest_form =
    SCHEMA_FORM(oci_manifest, oci_manifest_rows);

/* What a manifest says of itself, of whatever type it is. */
static const struct schema_field oci_label_rows[] = {
	MAYBE(oci_manifest, artifact, "artifactType", TYPE_STRING),
	MAP(oci_manifest, subject, "subject", bare_descriptor_form, true),
	MAP(oci_manifest, annotations, "annotations", annotations_form, true),
};
const struct schema_form oci_label_form =
    SCHEMA_FORM(oci_manifest, oci_label_rows);

/* ---- the config ---- */

static const struct schema_field message_rows[] = {
	FIELD(record_message, level, "level", TYPE_STRING),
	FIELD(record_message, text, "text", TYPE_STRING),
};
static const struct schema_form message_form =
    SCHEMA_FORM(record_message, message_rows);

static const struct schema_field stage_rows[] = {
	FIELD(record_stage, name, "program", TYPE_STRING),
	FIELD(record_stage, version, "version", TYPE_STRING),
	FIELD(record_stage, began, "began", TYPE_STRING),
	FIELD(record_stage, seconds, "seconds", TYPE_REAL),
	NUMBER(record_stage, status, "status", STATUS_MAX),
	TEXTS(record_stage, arguments, "arguments"),
	LIST(record_stage, messages, "messages", message_form),
	FIELD(record_stage, plan, "plan", TYPE_OCI_DIGEST),
};
static const struct schema_form stage_form =
    SCHEMA_FORM(record_stage, stage_rows);

static const struct schema_field option_rows[] = {
	FIELD(record_option, name, "option", TYPE_STRING),
	MAYBE(record_option, value, "value", TYPE_STRING),
};
const struct schema_form record_option_form =
    SCHEMA_FORM(record_option, option_rows);

static const struct schema_field input_rows[] = {
	FIELD(record_input, role, "role", TYPE_STRING),
	FIELD(record_input, name, "name", TYPE_STRING),
	MAYBE(record_input, line, "line", TYPE_STRING),
	NUMBER(record_input, size, "size", INT64_MAX),
	FIELD(record_input, sha256, "digest", TYPE_OCI_DIGEST),
};
static const struct schema_form input_form =
    SCHEMA_FORM(record_input, input_rows);

static const struct schema_field left_rows[] = {
	FIELD(record_left, role, "role", TYPE_STRING),
	NUMBER(record_left, size, "size", INT64_MAX),
	FIELD(record_left, sha256, "digest", TYPE_OCI_DIGEST),
};
static const struct schema_form left_form =
    SCHEMA_FORM(record_left, left_rows);

static const struct schema_field record_build_rows[] = {
	NUMBER(record_build, record, "record", INT64_MAX),
	FIELD(record_build, version, "version", TYPE_STRING),
	FIELD(record_build, began, "began", TYPE_STRING),
	FIELD(record_build, seconds, "seconds", TYPE_REAL),
	NUMBER(record_build, status, "status", STATUS_MAX),
	MAYBE(record_build, message, "message", TYPE_STRING),
	TEXTS(record_build, arguments, "arguments"),
	LIST(record_build, options, "options", record_option_form),
	LIST(record_build, inputs, "inputs", input_form),
	LIST(record_build, stages, "stages", stage_form),
	{ "left_out", TYPE_LIST, .optional = true,
	    SCHEMA_COUNTED(record_build, left, n_left),
	    .limit = RECORD_JSON_MAX, .form = &left_form },
	{ "vcpus", TYPE_NUMBER, .optional = true,
	    SCHEMA_AT(record_build, vcpus), .limit = VCPUS_MAX },
	MAYBE(record_build, guest, "guest", TYPE_OCI_DIGEST),
};
const struct schema_form record_build_form =
    SCHEMA_FORM(record_build, record_build_rows);
