#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "diff/impl.h"
#include "base/hex.h"
#include "base/json-bytes.h"

/* Values have the types that they have in the JSON form of a plan. */

static json_t *
hex_string(const void *bytes, size_t n)
{
	char *text = malloc(2 * n + 1);
	json_t *j;

	if (text == NULL)
		return NULL;
	hex_put(bytes, n, text);
	j = json_string(text);
	free(text);
	return j;
}

static json_t *
address_value(uint64_t v)
{
	return json_sprintf("0x%" PRIx64, v);
}

static json_t *
numbers_value(const uint64_t *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list,
		    json_integer((json_int_t)v[i])) < 0)
			return NULL;
	return list;
}

static json_t *
text_value(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *
value_of(const struct schema_field *d, const void *at, size_t n)
{
	if (d->type == TYPE_NUMBERS)
		return numbers_value(at, n);
	if (at == NULL)
		return json_null();
	switch (d->type) {
	case TYPE_BOOL:
		return json_boolean(*(const bool *)at);
	case TYPE_TEXT:
	case TYPE_ABI:
		return text_value(schema_text(d, at));
	case TYPE_BYTES:
		return jsonbytes(((const struct bytes *)at)->data,
		    ((const struct bytes *)at)->size);
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		return hex_string(at, schema_type_bytes(d->type));
	case TYPE_ADDRESS:
		return address_value(schema_number(d, at));
	default:
		if (schema_number(d, at) > INT64_MAX)
			return json_null();	/* no frame of the domain */
		return json_integer((json_int_t)schema_number(d, at));
	}
}

/* ---- differences ---- */

static json_t *
change_object(const struct diff_item *item, const struct diff_change *c)
{
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:b}", "path", item->path,
	    "entry", text_value(item->name), "field", c->field->key,
	    "from", value_of(c->field, c->from, c->n_from),
	    "to", value_of(c->field, c->to, c->n_to),
	    "follows", c->follows);
}

static json_t *
words_object(const struct diff_item *item)
{
	static const char *const where[] = { [DIFF_FIRST] =
	    "only in the first", [DIFF_SECOND] = "only in the second" };

	return json_pack("{s:s, s:o, s:s, s:b}", "path", item->path,
	    "entry", text_value(item->name), "words", item->words != NULL ?
	    item->words : where[item->where], "follows", item->follows);
}

static int
append_item(json_t *list, const struct diff_item *item)
{
	if ((item->words != NULL || item->where != DIFF_BOTH) &&
	    json_array_append_new(list, words_object(item)) < 0)
		return -1;
	for (size_t i = 0; i < item->n; i++)
		if (json_array_append_new(list, change_object(item,
		    &item->changes[i])) < 0)
			return -1;
	return 0;
}

static json_t *
pages_object(const struct diff *d, const struct diff_pages *p)
{
	const struct layout_segment *s = plan_segment_at(d->plan, p->pfn);
	char place[CANONICAL_PLACE_BYTES];
	uint64_t va, offset = s == NULL ? 0 : (p->pfn - s->pfn) * PAGE_BYTES;
	json_t *o;

	o = json_pack("{s:I, s:I, s:o, s:s, s:o, s:o}",
	    "pfn", (json_int_t)p->pfn, "pages", (json_int_t)p->pages,
	    "va", canonical_va(d->plan, p->pfn, &va) ? address_value(va) :
	    json_null(), "place",
	    canonical_place(d->plan, p->pfn, place),
	    "segment", text_value(s == NULL ? NULL : s->kind),
	    "offset", s == NULL ? json_null() :
	    json_integer((json_int_t)offset));
	if (o == NULL || p->bytes == 0)
		return o;
	if (json_object_set_new(o, "byte", json_integer(p->byte)) < 0 ||
	    json_object_set_new(o, "from", json_integer(p->from)) < 0 ||
	    json_object_set_new(o, "to", json_integer(p->to)) < 0 ||
	    json_object_set_new(o, "bytes", json_integer(
	    (json_int_t)p->bytes)) < 0 ||
	    json_object_set_new(o, "words", text_value(p->what)) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* NULL: no memory. */
static json_t *
document(const struct diff *d)
{
	json_t *items = json_array(), *pages = json_array();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->n_items; i++)
		rc = append_item(items, &d->items[i]);
	for (size_t i = 0; rc == 0 && i < d->n_pages; i++)
		rc = json_array_append_new(pages, pages_object(d,
		    &d->pages[i]));
	if (rc == 0)
		return json_pack("{s:b, s:o, s:o}", "equal", !diff_any(d),
		    "plan", items, "pages", pages);
	json_decref(items);
	json_decref(pages);
	return NULL;
}

int
diff_json(const struct diff *d, FILE *to, struct fail *f)
{
	json_t *doc = document(d);
	/* ASCII, so that nothing in a name is obeyed by a terminal. */
	char *text = doc == NULL ? NULL : json_dumps(doc, JSON_INDENT(2) |
	    JSON_ENSURE_ASCII);

	json_decref(doc);
	if (text == NULL)
		return fail_memory(f, 1);
	fprintf(to, "%s\n", text);
	free(text);
	return 0;
}
