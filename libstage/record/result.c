#include <string.h>
#include <sys/stat.h>

#include "record/impl.h"

#define RESULT_JSON_TYPE	"application/vnd.xb.result.v1+json"

/* Whose is the tag that is to be written? */
struct looking {
	struct record_layout layout;	/* first member: record_check_layout()
					 * and its like take a pointer to this
					 * as one to struct record_layout */
	const struct record_writer *writer;
};

static int
taken(const struct looking *l, const char *type, struct fail *f)
{
	return fail(f, FAIL_IO, "cannot write the result '%s': the tag is "
	    "there and names something else, of type '%s'; name another",
	    l->writer->path, type == NULL ? "" : type);
}

static int
wants(void *arg, struct fail *f)
{
	struct looking *l = arg;
	struct record_layout *at = &l->layout;
	const struct oci_descriptor *d = at->index.manifests;

	for (; at->at < at->index.n_manifests; at->at++) {
		const char *tag = d[at->at].annotations.tag;

		if (tag != NULL && strcmp(tag, l->writer->ref.tag) == 0)
			break;
	}
	if (at->at == at->index.n_manifests)
		return 0;
	at->named = d[at->at];
	at->manifest = (struct oci_manifest){ .version = 0 };
	return strcmp(at->named.type, OCI_MANIFEST_TYPE) == 0 ? 1 :
	    taken(l, at->named.type, f);
}

static int
check(void *arg, struct fail *f)
{
	struct looking *l = arg;
	const char *type = l->layout.manifest.artifact;

	l->layout.at++;
	return type != NULL && strcmp(type, RECORD_RESULT_TYPE) == 0 ? 0 :
	    taken(l, type, f);
}

static int
look(struct record_writer *w, struct fail *f)
{
	struct looking l = { .writer = w };
	struct arena a = ARENA_INIT;
	const struct record_text v[] = {
		RECORD_INDEX_TEXTS(&l.layout),
		RECORD_LABEL_TEXT(&l.layout, check, wants),
	};
	const struct record_texts all = { .path = w->path, .v = v,
		.n = sizeof(v) / sizeof(v[0]), .load = record_load_text,
		.arg = &l, .arena = &a };
	struct stat st;
	int rc;

	if (w->ref.tag == NULL)
		return fail(f, FAIL_USAGE, "a result is written to FOLDER:TAG: "
		    "'%s' has no tag", w->path);
	if (lstat(w->ref.folder, &st) < 0)
		return 0;
	rc = record_folder_open(&l.layout.folder, w->ref.folder, w->path, f);
	if (rc == 0)
		rc = record_read(&all, f);
	record_folder_close(&l.layout.folder);
	arena_release(&a);
	return rc;
}

static int
finish(struct record_writer *w, const struct record_result *r, struct fail *f)
{
	const struct record_annotation v[] = {
		{ OCI_KEY "created", r->began },
		{ OCI_KEY "version", r->version },
		{ OCI_KEY "title", r->title },
	};
	struct oci_manifest m = { .artifact = RECORD_RESULT_TYPE,
		.subject = { .type = OCI_MANIFEST_TYPE,
		    .size = r->of->manifest_size } };
	uint8_t sha256[SHA256_BYTES];
	char *none = strdup("{}");

	memcpy(m.subject.sha256, r->of->manifest, SHA256_BYTES);
	if (none == NULL)
		return fail_memory(f, 2);
	if (record_put_json(w, OCI_EMPTY_TYPE, none, 2, &w->config, f) < 0 ||
	    record_put(w, "result.json", RESULT_JSON_TYPE, r->json, r->n,
	    sha256, f) < 0)
		return -1;
	return record_finish(w, &m, v, sizeof(v) / sizeof(v[0]), f);
}

int
record_check_result(const char *to, struct fail *f)
{
	struct record_writer *w;

	if (record_begin_with(&w, to, 0, look, f) < 0)
		return -1;
	record_abort(w, f);
	return 0;
}

int
record_write_result(const struct record_result *r, struct fail *f)
{
	struct record_writer *w;
	bool same;
	int rc;

	if (record_begin_with(&w, r->to, 0, look, f) < 0)
		return -1;
	rc = finish(w, r, f);
	if (rc == 0)
		rc = record_publish(w, &same, f);
	record_abort(w, f);
	return rc;
}
