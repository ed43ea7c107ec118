#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "plan/fields.h"

static const struct schema_field version_field = { "xb-plan", TYPE_NUMBER,
    .unit = "" };
static const struct schema_field seal_field = { "seal", TYPE_NUMBER,
    .unit = "" };
static const struct schema_form version_form = { .fields = &version_field,
    .n = 1 };

/* Visits the plan's map, up to its seal. */
static void
visit(const struct plan *p, struct schema_pen *pen)
{
	const uint64_t version = PLAN_VERSION;

	pen->map(pen, schema_pairs(&plan_form, p, &p->extra) + 2);
	pen->key(pen, version_field.key, strlen(version_field.key));
	pen->value(pen, &version_field, &version);
	schema_visit_pairs(&plan_form, p, &p->extra, pen);
}

/* Appends the seal, the CRC-32 of all bytes before it. */
static void
put_seal(struct schema_packer *m)
{
	const uint64_t seal = crc32(0, (const Bytef *)m->out.data,
	    (uInt)m->out.size);

	m->pen.key(&m->pen, seal_field.key, strlen(seal_field.key));
	m->pen.value(&m->pen, &seal_field, &seal);
}

/* ---- the binary form ---- */

static int
finish(struct schema_packer *m, void **out, size_t *n, struct fail *f)
{
	int rc = 0;

	if (m->missing == NULL && m->out.size > m->limit)
		rc = fail(f, FAIL_INPUT, "the plan has more than %zu bytes,"
		    " the limit: too many runs of frames", m->limit);
	else if (m->missing == NULL && m->objects > MSGPACK_OBJECTS_MAX)
		rc = fail(f, FAIL_INPUT, "the plan has %ju objects, limit %d:"
		    " too many runs of frames", (uintmax_t)m->objects,
		    MSGPACK_OBJECTS_MAX);
	return schema_pack_end(m, rc, out, n, f);
}

int
plan_encode(const struct plan *p, void **out, size_t *n, struct fail *f)
{
	struct schema_packer m;

	schema_pack_begin(&m, PLAN_BYTES_MAX);
	visit(p, &m.pen);
	if (!m.full)
		put_seal(&m);
	return finish(&m, out, n, f);
}

int
plan_encode_section(const struct plan *p, enum plan_section s, void **out,
    size_t *n, struct fail *f)
{
	struct schema_packer m;

	schema_pack_begin(&m, PLAN_BYTES_MAX);
	schema_visit_field(&plan_sections[s], p, &p->extra, &m.pen);
	return finish(&m, out, n, f);
}

int
plan_compare_section(const struct plan *a, const struct plan *b,
    enum plan_section s, struct fail *f)
{
	void *one = NULL, *two = NULL;
	size_t n, m;
	int rc = -1;

	if (!plan_has(a, s) || !plan_has(b, s))
		return plan_has(a, s) != plan_has(b, s);
	if (plan_encode_section(a, s, &one, &n, f) == 0 &&
	    plan_encode_section(b, s, &two, &m, f) == 0)
		rc = n != m || memcmp(one, two, n) != 0;
	free(one);
	free(two);
	return rc;
}

/* ---- JSON ---- */

/* The seal is left out: it is one of the binary form, and would be wrong after
 * the JSON was edited. */
int
plan_to_json(const struct plan *p, char **out, size_t *n, struct fail *f)
{
	struct schema_json j;

	*out = NULL;
	if (schema_json_begin(&j, JSON_STYLE_INDENTED, f) < 0)
		return -1;
	visit(p, &j.pen);
	j.pen.end(&j.pen);
	return schema_json_end(&j, out, n, f);
}

/* A seal in the JSON, which another tool may have left there, is ignored. */
static int
translate(struct schema_translator *t, json_t *j)
{
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return fail(t->f, FAIL_INPUT, "%s: not a plan: the JSON is no"
		    " object", t->what);
	value = json_object_get(j, version_field.key);
	if (value == NULL)
		return fail(t->f, FAIL_INPUT, "%s: not a plan: the JSON has no"
		    " key 'xb-plan'", t->what);
	json_object_del(j, "seal");
	t->out.pen.map(&t->out.pen, json_object_size(j) + 1);
	if (schema_translate_pair(t, &version_form, NULL, version_field.key,
	    value) < 0)
		return -1;
	json_object_foreach(j, key, value)
		if (strcmp(key, version_field.key) != 0 &&
		    schema_translate_pair(t, &plan_form, NULL, key, value) < 0)
			return -1;
	put_seal(&t->out);
	return 0;
}

int
plan_from_json(struct plan *p, const char *text, size_t n, const char *what,
    struct fail *f)
{
	struct schema_translator t = { .words = &plan_words, .what = what,
	    .f = f };
	void *bytes;
	json_t *j;
	int rc;

	plan_init(p);
	if (n == 0)
		return fail(f, FAIL_INPUT, "no plan on %s: it is empty", what);
	if ((unsigned char)text[0] >= 0x80)
		return fail(f, FAIL_INPUT, "%s: not JSON but binary, a plan"
		    " perhaps; xb-show -j makes JSON of a plan", what);
	j = schema_json_parse(&plan_words, text, n, what, f);
	if (j == NULL)
		return -1;
	schema_pack_begin(&t.out, SIZE_MAX);
	rc = translate(&t, j);
	json_decref(j);
	if (schema_pack_end(&t.out, rc, &bytes, &n, f) < 0)
		return -1;
	rc = plan_decode(p, bytes, n, what, f);
	free(bytes);
	return rc;
}
