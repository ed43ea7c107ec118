#include <stddef.h>

#include "record/impl.h"

#define FIELD(s, m, key, type) { (key), (type), false, offsetof(struct s, m), \
	0, 0, NULL, 0 }
#define MAYBE(s, m, key, type) { (key), (type), true, offsetof(struct s, m), \
	0, 0, NULL, 0 }
#define NUMBER(s, m, key, most) { (key), JSON_NUMBER, false, \
	offsetof(struct s, m), 0, (most), NULL, 0 }
#define TEXTS(s, m, key) { (key), JSON_TEXTS, false, offsetof(struct s, m), \
	offsetof(struct s, n_##m), 0, NULL, 0 }
#define MAP(s, m, key, form, maybe) { (key), JSON_MAP, (maybe), \
	offsetof(struct s, m), 0, 0, (form), 0 }
#define LIST(s, m, key, entry, form) { (key), JSON_LIST, false, \
	offsetof(struct s, m), offsetof(struct s, n_##m), 0, (form), \
	sizeof(struct entry) }
#define END { NULL, JSON_TEXT, false, 0, 0, 0, NULL, 0 }

enum { STATUS_MAX = 255 };

/* ---- of OCI: github.com/opencontainers/image-spec, 1.0 ---- */

const struct jsonform oci_layout_form[] = {
	FIELD(oci_layout, version, "imageLayoutVersion", JSON_TEXT),
	END
};

static const struct jsonform annotations_form[] = {
	MAYBE(oci_annotations, title, "org.opencontainers.image.title",
	    JSON_TEXT),
	END
};

/* Order of keys, and no more of them, as skopeo writes an index. */
static const struct jsonform bare_descriptor_form[] = {
	FIELD(oci_descriptor, type, "mediaType", JSON_TEXT),
	FIELD(oci_descriptor, sha256, "digest", JSON_DIGEST),
	NUMBER(oci_descriptor, size, "size", INT64_MAX),
	END
};

static const struct jsonform descriptor_form[] = {
	FIELD(oci_descriptor, type, "mediaType", JSON_TEXT),
	FIELD(oci_descriptor, sha256, "digest", JSON_DIGEST),
	NUMBER(oci_descriptor, size, "size", INT64_MAX),
	MAP(oci_descriptor, annotations, "annotations", annotations_form, true),
	END
};

const struct jsonform oci_index_form[] = {
	NUMBER(oci_index, version, "schemaVersion", 2),
	LIST(oci_index, manifests, "manifests", oci_descriptor,
	    bare_descriptor_form),
	END
};

const struct jsonform oci_manifest_form[] = {
	NUMBER(oci_manifest, version, "schemaVersion", 2),
	MAYBE(oci_manifest, type, "mediaType", JSON_TEXT),
	MAYBE(oci_manifest, artifact, "artifactType", JSON_TEXT),
	MAP(oci_manifest, config, "config", bare_descriptor_form, false),
	LIST(oci_manifest, layers, "layers", oci_descriptor, descriptor_form),
	END
};

/* ---- the config ---- */

static const struct jsonform message_form[] = {
	FIELD(record_message, level, "level", JSON_TEXT),
	FIELD(record_message, text, "text", JSON_TEXT),
	END
};

/* What a trace says, and besides it where the plan is. */
#define STAGE_FIELDS \
	FIELD(record_stage, name, "program", JSON_TEXT), \
	FIELD(record_stage, version, "version", JSON_TEXT), \
	FIELD(record_stage, began, "began", JSON_TEXT), \
	FIELD(record_stage, seconds, "seconds", JSON_SECONDS), \
	NUMBER(record_stage, status, "status", STATUS_MAX), \
	TEXTS(record_stage, arguments, "arguments"), \
	LIST(record_stage, messages, "messages", record_message, message_form)

const struct jsonform record_trace_form[] = { STAGE_FIELDS, END };

const struct jsonform record_stage_form[] = {
	STAGE_FIELDS,
	FIELD(record_stage, plan, "plan", JSON_DIGEST),
	END
};

static const struct jsonform option_form[] = {
	FIELD(record_option, name, "option", JSON_TEXT),
	MAYBE(record_option, value, "value", JSON_TEXT),
	END
};

static const struct jsonform input_form[] = {
	FIELD(record_input, role, "role", JSON_TEXT),
	FIELD(record_input, name, "name", JSON_TEXT),
	NUMBER(record_input, size, "size", INT64_MAX),
	FIELD(record_input, sha256, "digest", JSON_DIGEST),
	END
};

const struct jsonform record_build_form[] = {
	NUMBER(record_build, record, "record", INT64_MAX),
	FIELD(record_build, version, "version", JSON_TEXT),
	FIELD(record_build, began, "began", JSON_TEXT),
	FIELD(record_build, seconds, "seconds", JSON_SECONDS),
	NUMBER(record_build, status, "status", STATUS_MAX),
	MAYBE(record_build, message, "message", JSON_TEXT),
	TEXTS(record_build, arguments, "arguments"),
	LIST(record_build, options, "options", record_option, option_form),
	LIST(record_build, inputs, "inputs", record_input, input_form),
	LIST(record_build, stages, "stages", record_stage, record_stage_form),
	MAYBE(record_build, guest, "guest", JSON_DIGEST),
	END
};
