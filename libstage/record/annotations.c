#include <string.h>

#include "base/utf8.h"
#include "record/impl.h"

/* Those of OCI that xb-record gives to nobody but itself. */
static const char *const ours[] = { "created", "title", "version", "ref.name" };

/* The others that OCI has under OCI_KEY. */
static const char *const known[] = { "authors", "url", "documentation",
	"source", "revision", "vendor", "licenses", "description",
	"base.digest", "base.name" };

#define HAS(list, word)	has((list), sizeof(list) / sizeof((list)[0]), (word))

static bool
has(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

static bool
key_good(const char *key, size_t n)
{
	return n > 0 && n <= 255 && key[0] != '.' &&
	    strspn(key, RECORD_NAME_CHARACTERS "/") >= n;
}

/* Keys that begin so are OCI's own. */
static int
check_reserved(const char *key, struct fail *f)
{
	static const char reserved[] = "org.opencontainers.";
	const char *rest = key + strlen(OCI_KEY);
	bool image = strncmp(key, OCI_KEY, strlen(OCI_KEY)) == 0;

	if (strncmp(key, reserved, strlen(reserved)) != 0)
		return 0;
	if (image && HAS(ours, rest))
		return fail(f, FAIL_USAGE, "--annotation: xb-record sets '%s' "
		    "itself", key);
	return image && HAS(known, rest) ? 0 : fail(f, FAIL_USAGE,
	    "--annotation: OCI has no key '%s', and keeps those that begin "
	    "with '%s' to itself", key, reserved);
}

int
record_annotation_parse(const char *text, struct record_annotation *list,
    size_t *n, struct arena *a, struct fail *f)
{
	size_t key = strcspn(text, "="), at;
	struct record_annotation *v = &list[*n];

	if (text[key] == '\0' || !key_good(text, key) ||
	    !utf8_valid(text, strlen(text), &at))
		return fail(f, FAIL_USAGE, "--annotation '%s' is not "
		    "KEY=VALUE: a key of 1 to 255 of A-Z a-z 0-9 . _ / -, as "
		    "org.example.job, and a value of UTF-8", text);
	if (*n == RECORD_ANNOTATIONS_MAX)
		return fail(f, FAIL_USAGE, "more than %d times --annotation",
		    RECORD_ANNOTATIONS_MAX);
	v->key = arena_bytes(a, text, key, f);
	v->value = text + key + 1;
	if (v->key == NULL || check_reserved(v->key, f) < 0)
		return -1;
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i].key, v->key) == 0)
			return fail(f, FAIL_USAGE, "--annotation '%s' twice",
			    v->key);
	++*n;
	return 0;
}

/* ---- their JSON ---- */

enum { ALL = RECORD_ANNOTATIONS_MAX + 8, ROWS = 16 };

/* A manifest with the annotations that a record was given. */
struct annotated {
	struct oci_manifest manifest;
	const char *values[ALL];
};

int
record_write_manifest(const struct oci_manifest *m,
    const struct record_annotation *v, size_t n, char **text, size_t *size,
    struct fail *f)
{
	struct annotated all = { .manifest = *m };
	struct schema_field rows[ROWS], keys[ALL];
	const struct schema_form pairs = { .size = sizeof(all.values),
		.fields = keys, .n = n };
	const struct schema_form form = { .size = sizeof(all), .fields = rows,
		.n = oci_manifest_form.n };

	*text = NULL;
	if (n > ALL || form.n > ROWS)
		return fail_bug(f, "more annotations than there is room for");
	memcpy(rows, oci_manifest_form.fields, form.n * sizeof(rows[0]));
	for (size_t i = 0; i < form.n; i++)
		if (strcmp(rows[i].key, "annotations") == 0) {
			rows[i].offset = offsetof(struct annotated, values);
			rows[i].form = &pairs;
		}
	for (size_t i = 0; i < n; i++) {
		keys[i] = (struct schema_field){ v[i].key, TYPE_STRING,
			.offset = i * sizeof(all.values[0]) };
		all.values[i] = v[i].value;
	}
	return record_write(&form, &all, text, size, f);
}
