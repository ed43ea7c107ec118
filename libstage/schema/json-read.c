#include <inttypes.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "schema/impl.h"

/*
 * Translates JSON into the binary form, which is then read as any other.  Wrong
 * values (a number out of range, a missing key) are found when that is read;
 * only mistakes of the JSON itself are found here.
 */

static int translate_map(struct schema_translator *, const struct schema_form *,
    const struct schema_path *, json_t *);
static schema_translate_fn translate_value;

static int
from_map(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	return translate_map(t, d->form, path, j);
}

static int
from_list(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	const struct schema_field entry = schema_entry(d);

	if (!json_is_array(j))
		return schema_json_wrong(t, d, path, j);
	t->out.pen.list(&t->out.pen, json_array_size(j));
	for (size_t i = 0; i < json_array_size(j); i++) {
		const struct schema_path step = { path, NULL, 0, i };

		if (translate_value(t, &entry, &step, json_array_get(j,
		    i)) < 0)
			return -1;
	}
	return 0;
}

static schema_translate_fn *const translators[SCHEMA_TYPES] = {
	[TYPE_BOOL]	= schema_from_bool,
	[TYPE_NUMBER]	= schema_from_number,
	[TYPE_SECONDS]	= schema_from_number,
	[TYPE_ADDRESS]	= schema_from_address,
	[TYPE_TEXT]	= schema_from_text,
	[TYPE_BYTES]	= schema_from_bytes,
	[TYPE_DIGEST]	= schema_from_fixed,
	[TYPE_UUID]	= schema_from_uuid,
	[TYPE_ID]	= schema_from_fixed,
	[TYPE_ABI]	= schema_from_text,
	[TYPE_NUMBERS]	= from_list,
	[TYPE_P2M]	= from_list,
	[TYPE_GFNS]	= from_list,
	[TYPE_MAP]	= from_map,
	[TYPE_LIST]	= from_list,
	[TYPE_STRING]	= schema_from_bytes,
	[TYPE_STRINGS]	= from_list,
	[TYPE_REAL]	= schema_from_real,
	[TYPE_OCI_DIGEST] = schema_from_oci_digest,
};

static int
translate_value(struct schema_translator *t, const struct schema_field *d,
    const struct schema_path *path, json_t *j)
{
	return translators[d->type](t, d, path, j);
}

/* Appends bytes that must be exactly one msgpack object: otherwise they would
 * change the meaning of all that follows. */
static int
put_raw(struct schema_translator *t, const struct schema_path *path,
    const unsigned char *bytes, size_t n)
{
	static const struct msgpack_words words = { "\"msgpack\"", "it", "" };
	struct fail inner = { .kind = FAIL_NONE };
	char text[SCHEMA_PATH_MAX];
	size_t last_key;

	if (msgpack_check(bytes, n, &words, &last_key, &inner) < 0)
		return fail(t->f, inner.kind, "%s: '%s' is not one msgpack"
		    " object: %s", t->what, schema_path_text(path, text),
		    inner.message);
	t->out.pen.raw(&t->out.pen, &(struct bytes){ (const char *)bytes, n });
	return 0;
}

static int
from_unknown(struct schema_translator *t, const struct schema_path *path,
    json_t *j)
{
	char text[SCHEMA_PATH_MAX];
	unsigned char *bytes;
	size_t n;
	int rc;

	bytes = schema_json_unwrap(t, j, "msgpack", &n);
	if (bytes == NULL)
		return fail(t->f, FAIL_INPUT, "%s: '%s' is no key that this"
		    " version knows; a key of a later one is written"
		    " {\"msgpack\": \"HEX\"}", t->what,
		    schema_path_text(path, text));
	rc = put_raw(t, path, bytes, n);
	free(bytes);
	return rc;
}

int
schema_translate_pair(struct schema_translator *t,
    const struct schema_form *form, const struct schema_path *path,
    const char *key, json_t *j)
{
	const struct schema_path step = { path, key, strlen(key), 0 };
	const struct schema_field *d =
	    schema_form_field(form, key, strlen(key));

	if (d == NULL && t->known_only)
		return 0;
	t->out.pen.key(&t->out.pen, key, strlen(key));
	if (d == NULL)
		return from_unknown(t, &step, j);
	return translate_value(t, d, &step, j);
}

/* How many keys are translated: those that the form has, or all. */
static size_t
count_keys(const struct schema_translator *t, const struct schema_form *form,
    json_t *j)
{
	size_t n = 0;

	if (!t->known_only)
		return json_object_size(j);
	for (size_t i = 0; i < form->n; i++)
		n += json_object_get(j, form->fields[i].key) != NULL;
	return n;
}

static int
translate_map(struct schema_translator *t, const struct schema_form *form,
    const struct schema_path *path, json_t *j)
{
	static const struct schema_field map = { .type = TYPE_MAP };
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return schema_json_wrong(t, &map, path, j);
	t->out.pen.map(&t->out.pen, count_keys(t, form, j));
	json_object_foreach(j, key, value)
		if (schema_translate_pair(t, form, path, key, value) < 0)
			return -1;
	return 0;
}

/*
 * Refuses a text that would take more than 704 MiB once jansson has parsed it,
 * because jansson itself has no limit.  The weights are the bytes that jansson
 * allocates at most for each of these characters.  The longest list of a plan
 * is its p2m, where a run, "[1108614, 1],", weighs 240: three million runs
 * pass, which is a domain of 11 GiB without two frames in a row.
 */
static int
weigh(const char *s, size_t n, const char *what, struct fail *f)
{
	static const uint16_t weights[UINT8_MAX + 1] = {
		['{'] = 256, ['['] = 144, [':'] = 192, [','] = 48, ['"'] = 40,
	};
	const uint64_t limit = UINT64_C(704) << 20;
	bool string = false;
	uint64_t weight = 0;

	for (size_t i = 0; i < n; i++) {
		if (string && s[i] == '\\') {
			i++;
			continue;
		}
		if (!string || s[i] == '"')
			weight += weights[(unsigned char)s[i]];
		if (s[i] == '"')
			string = !string;
	}
	if (weight > limit)
		return fail(f, FAIL_INPUT, "%s: this JSON would take %" PRIu64
		    " MiB of memory, limit %" PRIu64 " MiB: too many values",
		    what, weight >> 20, limit >> 20);
	return 0;
}

/*
 * jansson goes on after some failures to allocate: with a string that lacks a
 * character, or writing past the end of a buffer.  So its allocations are made
 * here, and the first that fails leaves jansson for good.  Memory that it had
 * until then is not given back, for the program has none and ends.
 */
static jmp_buf out_of_memory;

static void *
allocate(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		longjmp(out_of_memory, 1);
	return p;
}

/*
 * Nobody may choose keys that collide in jansson's tables.  Left alone it takes
 * their seed from a device, which a confined program cannot open, and without
 * one from the clock.
 */
static int
seed(struct fail *f)
{
	size_t n;

	if (file_random(&n, sizeof(n), f) < 0)
		return -1;
	json_object_seed(n);
	return 0;
}

static json_t *
load(const char *text, size_t n, size_t flags, json_error_t *e,
    struct fail *f)
{
	json_t *j;

	json_set_alloc_funcs(allocate, free);
	if (setjmp(out_of_memory) != 0)
		return fail_memory_null(f, n);
	j = json_loadb(text, n, flags, e);
	/* Nothing allocates in a value that is only read. */
	json_set_alloc_funcs(malloc, free);
	return j;
}

json_t *
schema_json_parse(const struct schema_words *words, const char *text,
    size_t n, const char *what, struct fail *f)
{
	json_error_t e = { .line = 0 };
	json_t *j;

	if (weigh(text, n, what, f) < 0 || seed(f) < 0)
		return NULL;
	/* Unless messages are brief, a NUL is let through here and refused when
	 * its value is read, so that the message can name the key. */
	j = load(text, n, JSON_REJECT_DUPLICATES | (words->brief ? 0 :
	    JSON_ALLOW_NUL), &e, f);
	if (j == NULL)
		fail(f, FAIL_INPUT, words->brief ?
		    "%s is not JSON: line %d, column %d: %s" :
		    "%s: not JSON: line %d, column %d: %s", what, e.line,
		    e.column, e.text);
	return j;
}

int
schema_json_pack(struct schema_translator *t, const struct schema_form *form,
    const char *text, size_t n, void **out, size_t *size)
{
	json_t *j = schema_json_parse(t->words, text, n, t->what, t->f);
	int rc;

	*out = NULL;
	*size = 0;
	if (j == NULL)
		return -1;
	t->known_only = true;
	schema_pack_begin(&t->out, SIZE_MAX);
	if (!json_is_object(j))
		rc = fail(t->f, FAIL_INPUT, "%s is not a JSON object", t->what);
	else
		rc = translate_map(t, form, NULL, j);
	json_decref(j);
	return schema_pack_end(&t->out, rc, out, size, t->f);
}
