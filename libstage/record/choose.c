#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "record/impl.h"

int
record_load_text(void *arg, const struct record_text *text, void **bytes,
    size_t *n, struct fail *f)
{
	const struct record_layout *l = arg;
	const struct oci_descriptor *d = text->blob;

	if (d == NULL)
		return record_file_read(&l->folder, text->what, bytes, n, f);
	*n = (size_t)d->size;
	return record_blob_read(&l->folder, d->sha256, d->size,
	    RECORD_JSON_MAX, bytes, f);
}

int
record_check_layout(void *arg, struct fail *f)
{
	const struct record_layout *l = arg;
	const char *version = l->version.version;

	return strcmp(version, OCI_LAYOUT_VERSION) == 0 ? 0 :
	    fail(f, FAIL_INPUT, "'%s' has version '%s' of the OCI image "
	    "layout; only " OCI_LAYOUT_VERSION " is known", l->folder.path,
	    version);
}

int
record_check_index(void *arg, struct fail *f)
{
	const struct record_layout *l = arg;

	return l->index.n_manifests <= RECORD_MANIFESTS_MAX ? 0 :
	    fail(f, FAIL_INPUT, "'%s': " OCI_INDEX_FILE " names %zu "
	    "manifests, at most %d are taken", l->folder.path,
	    l->index.n_manifests, RECORD_MANIFESTS_MAX);
}

/* ---- the one that is named ---- */

static bool
same(const struct oci_descriptor *a, const struct oci_descriptor *b)
{
	return memcmp(a->sha256, b->sha256, SHA256_BYTES) == 0;
}

/* FOLDER alone, where there are several: the records among them count. */
static bool
needs_labels(const struct record_layout *l)
{
	return l->ref->tag == NULL && !l->ref->by_digest &&
	    l->index.n_manifests > 1;
}

static bool
matches(const struct record_layout *l, const struct oci_descriptor *d)
{
	const struct record_ref *ref = l->ref;

	if (ref->by_digest)
		return memcmp(d->sha256, ref->sha256, SHA256_BYTES) == 0;
	if (ref->tag != NULL)
		return d->annotations.tag != NULL &&
		    strcmp(d->annotations.tag, ref->tag) == 0;
	return !needs_labels(l) || (d->artifact != NULL &&
	    strcmp(d->artifact, RECORD_TYPE) == 0);
}

/* A few tags, for messages. */
static void
list_tags(const struct record_layout *l, char *text, size_t size)
{
	enum { SHOWN = 4 };
	size_t n = 0, at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < l->index.n_manifests; i++) {
		const struct oci_descriptor *d = &l->index.manifests[i];

		if (d->annotations.tag == NULL || (d->artifact != NULL &&
		    strcmp(d->artifact, RECORD_TYPE) != 0) || n++ >= SHOWN)
			continue;
		at += (size_t)snprintf(text + at, size - at, "%s'%.100s'",
		    at == 0 ? "" : ", ", d->annotations.tag);
	}
	if (n > SHOWN)
		snprintf(text + at, size - at, " and %zu more", n - SHOWN);
}

static int
refuse(const struct record_layout *l, size_t n, struct fail *f)
{
	char tags[512];

	list_tags(l, tags, sizeof(tags));
	if (n > 1)
		(void)fail(f, FAIL_INPUT, "'%s' names %zu records: "
		    "FOLDER:TAG or FOLDER@sha256:HEX names one", l->folder.path,
		    n);
	else if (needs_labels(l) || l->index.n_manifests == 0)
		(void)fail(f, FAIL_INPUT, "'%s' is not a record: "
		    OCI_INDEX_FILE " names %zu manifests, and none is a "
		    "record's", l->folder.path, l->index.n_manifests);
	else
		(void)fail(f, FAIL_MISSING, "there is no record '%s'",
		    l->folder.path);
	if (tags[0] != '\0')
		fail_add(f, "; there are %s", tags);
	return -1;
}

static int
choose(struct record_layout *l, struct fail *f)
{
	const struct oci_descriptor *d = l->index.manifests, *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < l->index.n_manifests; i++) {
		if (!matches(l, &d[i]) || (found != NULL &&
		    same(found, &d[i])))
			continue;
		found = &d[i];
		n++;
	}
	if (n != 1)
		return refuse(l, n, f);
	l->named = *found;
	return strcmp(found->type, OCI_MANIFEST_TYPE) == 0 ? 0 :
	    fail(f, FAIL_INPUT, "'%s' is not a record: what " OCI_INDEX_FILE
	    " names is of type '%s', not '" OCI_MANIFEST_TYPE "'",
	    l->folder.path, found->type);
}

int
record_check_label(void *arg, struct fail *f)
{
	struct record_layout *l = arg;
	const char *type = l->manifest.artifact;

	(void)f;
	l->index.manifests[l->at++].artifact = type == NULL ? "" : type;
	return 0;
}

bool
record_next_label(struct record_layout *l, bool all)
{
	const struct oci_descriptor *d = l->index.manifests;
	const char *type;

	for (; l->at < l->index.n_manifests; l->at++) {
		type = d[l->at].artifact;
		if (strcmp(d[l->at].type, OCI_MANIFEST_TYPE) == 0 &&
		    (type == NULL || (all && (strcmp(type, RECORD_TYPE) == 0 ||
		    strcmp(type, RECORD_RESULT_TYPE) == 0))))
			break;
	}
	if (l->at == l->index.n_manifests)
		return false;
	l->manifest = (struct oci_manifest){ .version = 0 };
	l->named = d[l->at];
	return true;
}

int
record_wants_label(void *arg, struct fail *f)
{
	struct record_layout *l = arg;

	return needs_labels(l) && record_next_label(l, false) ? 1 :
	    choose(l, f);
}
