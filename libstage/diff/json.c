#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "diff/impl.h"

/* ---- values ---- */

static json_t *
address_value(uint64_t v)
{
	return json_sprintf("0x%" PRIx64, v);
}

static json_t *
text_value(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static bool
is_none(const struct schema_field *d, const void *at)
{
	if (d->type == TYPE_NUMBERS)
		return false;
	if (at == NULL)
		return true;
	if (d->type == TYPE_TEXT || d->type == TYPE_ABI)
		return schema_text(d, at) == NULL;
	/* no frame of the domain */
	return d->type == TYPE_NUMBER && schema_number(d, at) > INT64_MAX;
}

/* Values have the types that they have in the JSON form of a plan. */
static json_t *
value_of(const struct schema_field *d, const void *at, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };	/* of memory */
	struct schema_json w;
	size_t bytes;
	char *text;
	json_t *j;

	if (is_none(d, at))
		return json_null();
	if (schema_json_begin(&w, true, &f) < 0)
		return NULL;
	if (d->type == TYPE_NUMBERS)
		w.pen.numbers(&w.pen, at, n);
	else
		w.pen.value(&w.pen, d, at);
	if (schema_json_end(&w, &text, &bytes, &f) < 0)
		return NULL;
	j = json_loadb(text, bytes, JSON_DECODE_ANY, NULL);
	free(text);
	return j;
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
