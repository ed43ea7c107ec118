#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "plan/json.h"
#include "plan/msgpack.h"
#include "base/msgpack-check.h"

/*
 * JSON into the binary form, by the schema; plan_decode() then reads that as
 * it reads any plan.  What is wrong with a value as such (its range, a key
 * that lacks) is found there, and only what JSON can get wrong is found here.
 */

static int translate_map(struct plan_translator *, const struct plan_form *,
    const struct plan_path *, json_t *);

static int
from_map(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	return translate_map(t, d->form, path, j);
}

static int
from_list(struct plan_translator *t, const struct plan_field *d,
    const struct plan_path *path, json_t *j)
{
	if (!json_is_array(j))
		return plan_json_wrong(t, d->type, path, j);
	plan_json_note(t, msgpack_pack_array(&t->to, json_array_size(j)));
	for (size_t i = 0; i < json_array_size(j); i++) {
		const struct plan_path step = { path, NULL, 0, i };

		if (translate_map(t, d->form, &step, json_array_get(j, i)) < 0)
			return -1;
	}
	return 0;
}

static plan_translate_fn *const translators[PLAN_TYPES] = {
	[TYPE_BOOL]	= plan_from_bool,
	[TYPE_NUMBER]	= plan_from_number,
	[TYPE_SECONDS]	= plan_from_number,
	[TYPE_ADDRESS]	= plan_from_address,
	[TYPE_TEXT]	= plan_from_text,
	[TYPE_BYTES]	= plan_from_bytes,
	[TYPE_DIGEST]	= plan_from_fixed,
	[TYPE_UUID]	= plan_from_fixed,
	[TYPE_ID]	= plan_from_fixed,
	[TYPE_ABI]	= plan_from_text,
	[TYPE_NUMBERS]	= plan_from_numbers,
	[TYPE_P2M]	= plan_from_p2m,
	[TYPE_MAP]	= from_map,
	[TYPE_LIST]	= from_list,
};

/* Exactly one msgpack object goes in, or what follows would shift. */
static int
put_raw(struct plan_translator *t, const struct plan_path *path,
    const unsigned char *bytes, size_t n)
{
	static const struct walk_words words = { "\"msgpack\"", "it", "" };
	struct fail inner = { .kind = FAIL_NONE };
	char text[PLAN_PATH_MAX];
	size_t last_key;

	if (plan_walk(bytes, n, &words, &last_key, &inner) < 0)
		return fail(t->f, inner.kind, "%s: '%s' is not one msgpack"
		    " object: %s", t->what, plan_path_text(path, text),
		    inner.message);
	plan_json_note(t, msgpack_sbuffer_write(&t->out, (const char *)bytes,
	    n));
	return 0;
}

static int
from_unknown(struct plan_translator *t, const struct plan_path *path,
    json_t *j)
{
	char text[PLAN_PATH_MAX];
	unsigned char *bytes;
	size_t n;
	int rc;

	bytes = plan_json_unwrap(t, j, "msgpack", &n);
	if (bytes == NULL)
		return fail(t->f, FAIL_INPUT, "%s: '%s' is no key that this"
		    " version knows; a key of a later one is written"
		    " {\"msgpack\": \"HEX\"}", t->what,
		    plan_path_text(path, text));
	rc = put_raw(t, path, bytes, n);
	free(bytes);
	return rc;
}

static int
translate_pair(struct plan_translator *t, const struct plan_form *form,
    const struct plan_path *path, const char *key, json_t *j)
{
	const struct plan_path step = { path, key, strlen(key), 0 };
	const struct plan_field *d = plan_form_field(form, key, strlen(key));

	plan_json_text(t, key, strlen(key));
	if (d == NULL)
		return from_unknown(t, &step, j);
	return translators[d->type](t, d, &step, j);
}

static int
translate_map(struct plan_translator *t, const struct plan_form *form,
    const struct plan_path *path, json_t *j)
{
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return plan_json_wrong(t, TYPE_MAP, path, j);
	plan_json_note(t, msgpack_pack_map(&t->to, json_object_size(j)));
	json_object_foreach(j, key, value)
		if (translate_pair(t, form, path, key, value) < 0)
			return -1;
	return 0;
}

/* The outermost map: xb-plan first; a seal that other tools left is stale. */
static int
translate_top(struct plan_translator *t, json_t *j)
{
	static const struct plan_field version = { .key = "xb-plan",
	    .type = TYPE_NUMBER, .unit = "" };
	const struct plan_path step = { NULL, "xb-plan", 7, 0 };
	const char *key;
	json_t *value;

	if (json_object_get(j, "xb-plan") == NULL)
		return fail(t->f, FAIL_INPUT, "%s: not a plan: the JSON has no"
		    " key 'xb-plan'", t->what);
	json_object_del(j, "seal");
	plan_json_note(t, msgpack_pack_map(&t->to, json_object_size(j) + 1));
	plan_json_text(t, "xb-plan", 7);
	if (plan_from_number(t, &version, &step, json_object_get(j,
	    "xb-plan")) < 0)
		return -1;
	json_object_foreach(j, key, value)
		if (strcmp(key, "xb-plan") != 0 && translate_pair(t,
		    &plan_form_top, NULL, key, value) < 0)
			return -1;
	return plan_put_seal(&t->to, &t->out) < 0 || t->full ?
	    fail_memory(t->f, t->out.size) : 0;
}

/*
 * Refuses a text that would take more than 704 MiB as jansson's objects, by
 * what one of each takes at most: jansson knows no limit.
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

static json_t *
parse(const char *text, size_t n, const char *what, struct fail *f)
{
	json_error_t e;
	json_t *j;

	if (n > 0 && (unsigned char)text[0] >= 0x80) {
		fail(f, FAIL_INPUT, "%s: not JSON but binary, a plan perhaps;"
		    " xb-show -j makes JSON of a plan", what);
		return NULL;
	}
	if (weigh(text, n, what, f) < 0)
		return NULL;
	/* A NUL is refused with its key, where values are read. */
	j = json_loadb(text, n, JSON_REJECT_DUPLICATES |
	    JSON_ALLOW_NUL, &e);
	if (j == NULL) {
		fail(f, FAIL_INPUT, "%s: not JSON: line %d, column %d: %s",
		    what, e.line, e.column, e.text);
		return NULL;
	}
	if (!json_is_object(j)) {
		fail(f, FAIL_INPUT, "%s: not a plan: the JSON is no object",
		    what);
		json_decref(j);
		return NULL;
	}
	return j;
}

static int
translate(const char *s, size_t n, const char *what, msgpack_sbuffer *out,
    struct fail *f)
{
	struct plan_translator t = { .what = what, .f = f };
	json_t *j = parse(s, n, what, f);
	int rc;

	if (j == NULL)
		return -1;
	msgpack_sbuffer_init(&t.out);
	msgpack_packer_init(&t.to, &t.out, msgpack_sbuffer_write);
	rc = translate_top(&t, j);
	json_decref(j);
	*out = t.out;
	return rc;
}

int
plan_from_json(struct plan *p, const char *text, size_t n, const char *what,
    struct fail *f)
{
	msgpack_sbuffer out = { 0, NULL, 0 };
	int rc;

	plan_init(p);
	if (n == 0)
		return fail(f, FAIL_INPUT, "no plan on %s: it is empty", what);
	rc = translate(text, n, what, &out, f);
	if (rc == 0)
		rc = plan_decode(p, out.data, out.size, what, f);
	msgpack_sbuffer_destroy(&out);
	return rc;
}
