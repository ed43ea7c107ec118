/*
 * The index of a layout, with a record more.  What it holds beside records, and
 * keys that xb does not know, stay as they are; so its JSON is changed, and not
 * written anew.  A confined process does that, for the index may be hostile.
 * What comes back is read again and held against what was there: nothing of it
 * may be lost.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/impl.h"
#include "sandbox/child.h"
#include "sandbox/confine.h"

static const struct schema_words words = { .document = "it", .if_cut = "",
	.before = "", .after = "", .brief = true };

struct splice {
	const struct record_folder *folder;
	const struct oci_descriptor *added;
	void *old; size_t old_n;	/* the text of the index */
	char *more; size_t more_n;	/* of the new descriptor */
	struct child_job job;
	char *text; size_t n;		/* what came back; malloced */
};

/* ---- in the process, which ends soon and frees nothing ---- */

static bool
has_tag(json_t *d, const char *tag)
{
	const char *its = json_string_value(json_object_get(
	    json_object_get(d, "annotations"), OCI_KEY "ref.name"));

	return its != NULL && tag != NULL && strcmp(its, tag) == 0;
}

static int
add(void *arg, struct fail *f)
{
	const struct splice *s = arg;
	json_t *index = schema_json_parse(&words, s->old, s->old_n,
	    OCI_INDEX_FILE, f);
	json_t *more = schema_json_parse(&words, s->more, s->more_n, "", f);
	json_t *list = json_object_get(index, "manifests");
	char *text;

	if (index == NULL || more == NULL)
		return -1;
	for (size_t i = json_array_size(list); i-- > 0; )
		if (has_tag(json_array_get(list, i),
		    s->added->annotations.tag))
			json_array_remove(list, i);
	if (json_array_append(list, more) < 0)
		return fail(f, FAIL_INPUT, OCI_INDEX_FILE " has no list of "
		    "manifests");
	text = json_dumps(index, JSON_COMPACT | JSON_REAL_PRECISION(17));
	if (text == NULL)
		return fail_memory(f, s->old_n);
	child_send(0, text, strlen(text));
	return 0;
}

/* ---- in the caller ---- */

static int
take(void *arg, unsigned kind, const void *bytes, size_t n, struct fail *f)
{
	struct splice *s = arg;

	if (kind != 0 || s->text != NULL)
		return child_nonsense(&s->job, f);
	s->text = malloc(n + 1);
	if (s->text == NULL)
		return fail_memory(f, n);
	memcpy(s->text, bytes, n);
	s->n = n;
	return 0;
}

struct memory {
	const void *bytes[2];
	size_t n[2];
	size_t next;
};

static int
load(void *arg, const struct record_text *text, void **bytes, size_t *n,
    struct fail *f)
{
	struct memory *m = arg;
	size_t i = m->next++;

	(void)text;
	*n = m->n[i];
	*bytes = malloc(*n + 1);
	if (*bytes == NULL)
		return fail_memory(f, *n);
	memcpy(*bytes, m->bytes[i], *n);
	return 0;
}

static bool
equal(const struct oci_descriptor *a, const struct oci_descriptor *b)
{
	return strcmp(a->type, b->type) == 0 && a->size == b->size &&
	    memcmp(a->sha256, b->sha256, SHA256_BYTES) == 0 &&
	    text_equal(a->annotations.tag, b->annotations.tag) &&
	    text_equal(a->artifact, b->artifact);
}

/* Is the new index the old one, without those of the tag and with ours? */
static bool
follows(const struct oci_index *old, const struct oci_index *new,
    const struct oci_descriptor *added)
{
	const char *tag = added->annotations.tag;
	size_t k = 0;

	for (size_t i = 0; i < old->n_manifests; i++) {
		const struct oci_descriptor *d = &old->manifests[i];

		if (tag != NULL && text_equal(d->annotations.tag, tag))
			continue;
		if (k == new->n_manifests || !equal(d, &new->manifests[k++]))
			return false;
	}
	return k + 1 == new->n_manifests && equal(&new->manifests[k], added);
}

static int
check(const struct splice *s, struct fail *f)
{
	struct oci_index old = { .n_manifests = 0 }, new = old;
	struct arena a = ARENA_INIT;
	struct memory m = { { s->old, s->text }, { s->old_n, s->n }, 0 };
	const struct record_text v[] = {
		{ OCI_INDEX_FILE, NULL, &oci_index_form, &old, NULL, NULL },
		{ OCI_INDEX_FILE, NULL, &oci_index_form, &new, NULL, NULL },
	};
	const struct record_texts all = { .path = s->folder->path, .v = v,
		.n = 2, .load = load, .arg = &m, .arena = &a };
	int rc = record_read(&all, f);

	if (rc == 0 && !follows(&old, &new, s->added))
		rc = child_nonsense(&s->job, f);
	arena_release(&a);
	return rc;
}

static int
splice(struct splice *s, struct fail *f)
{
	if (record_file_read(s->folder, OCI_INDEX_FILE, &s->old, &s->old_n,
	    f) < 0 || record_write(&oci_descriptor_form, s->added, &s->more,
	    &s->more_n, f) < 0 || child_run(&s->job, f) < 0)
		return -1;
	if (s->text == NULL)
		return child_nonsense(&s->job, f);
	return s->n <= RECORD_JSON_MAX ? check(s, f) :
	    fail(f, FAIL_INPUT, "'%s': " OCI_INDEX_FILE " would have %zu "
	    "bytes, more than %d; another layout takes the record",
	    s->folder->path, s->n, RECORD_JSON_MAX);
}

int
record_index_add(const struct record_folder *folder,
    const struct oci_descriptor *added, char **text, size_t *n,
    struct fail *f)
{
	struct splice s = { .folder = folder, .added = added };
	int rc;

	s.job = (struct child_job){ .what = "the process that adds to "
		OCI_INDEX_FILE, .fd = -1, .memory = CONFINE_MEMORY,
		.way_out = "", .cpu_seconds = CHILD_SECONDS,
		.frame_max = 8 * RECORD_JSON_MAX, .work = add, .take = take,
		.arg = &s };
	rc = splice(&s, f);
	free(s.old);
	free(s.more);
	*text = s.text;
	*n = s.n;
	return rc;
}
