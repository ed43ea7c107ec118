#include <inttypes.h>
#include <string.h>

#include "diff/impl.h"

/* ---- values ---- */

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
static void
put_value(struct schema_json *w, const char *key, const struct schema_field *d,
    const void *at, size_t n)
{
	if (is_none(d, at)) {
		json_put_text(&w->json, key, NULL);
		return;
	}
	json_put_key(&w->json, key, strlen(key));
	if (d->type == TYPE_NUMBERS)
		w->pen.numbers(&w->pen, at, n);
	else
		w->pen.value(&w->pen, d, at);
}

/* ---- differences ---- */

/* Where a difference is, in one text: image.notes[ENTRY].number. */
static void
put_path(struct json_writer *j, const struct diff_item *item, const char *field)
{
	const char *name = item->name != NULL ? item->name : "";
	char path[1024];

	snprintf(path, sizeof(path), "%.200s%s%.500s%s%s%.200s", item->path,
	    item->name != NULL ? "[" : "", name, item->name != NULL ? "]" : "",
	    field[0] != '\0' ? "." : "", field);
	json_put_text(j, "path", path);
	json_put_text(j, "in", item->path);
	json_put_text(j, "entry", item->name);
}

static void
put_change(struct schema_json *w, const struct diff_item *item,
    const struct diff_change *c)
{
	struct json_writer *j = &w->json;

	json_put_map(j, NULL);
	put_path(j, item, c->field->key);
	json_put_text(j, "field", c->field->key);
	put_value(w, "from", c->field, c->from, c->n_from);
	put_value(w, "to", c->field, c->to, c->n_to);
	json_put_bool(j, "follows", c->follows);
	json_put_end(j);
}

static void
put_words(struct json_writer *j, const struct diff_item *item)
{
	json_put_map(j, NULL);
	put_path(j, item, "");
	json_put_text(j, "words", item->words);
	json_put_bool(j, "follows", item->follows);
	json_put_end(j);
}

static void
put_item(struct schema_json *w, const struct diff_item *item)
{
	if (item->words != NULL)
		put_words(&w->json, item);
	for (size_t i = 0; i < item->n; i++)
		put_change(w, item, &item->changes[i]);
}

static void
put_bytes(struct json_writer *j, const struct diff_pages *p)
{
	json_put_number(j, "byte", p->byte);
	json_put_number(j, "from", p->from);
	json_put_number(j, "to", p->to);
	json_put_number(j, "bytes", p->bytes);
	json_put_text(j, "words", p->what);
}

static void
put_pages(struct json_writer *j, const struct diff *d,
    const struct diff_pages *p)
{
	const struct layout_segment *s = plan_segment_at(d->plan, p->pfn);
	char place[CANONICAL_PLACE_BYTES];
	uint64_t va;

	json_put_map(j, NULL);
	json_put_number(j, "pfn", p->pfn);
	json_put_number(j, "pages", p->pages);
	if (canonical_va(d->plan, p->pfn, &va))
		json_put_print(j, "va", "\"0x%" PRIx64 "\"", va);
	else
		json_put_text(j, "va", NULL);
	json_put_text(j, "place", canonical_place(d->plan, p->pfn, place));
	json_put_text(j, "segment", s == NULL ? NULL : s->kind);
	if (s != NULL)
		json_put_number(j, "offset", (p->pfn - s->pfn) * PAGE_BYTES);
	else
		json_put_text(j, "offset", NULL);
	if (p->bytes != 0)
		put_bytes(j, p);
	json_put_end(j);
}

void
diff_json(const struct diff *d, FILE *to)
{
	struct schema_json w;
	struct json_writer *j = &w.json;

	schema_json_on(&w, to, JSON_STYLE_INDENTED);
	json_put_map(j, NULL);
	json_put_bool(j, "equal", !diff_any(d));
	json_put_list(j, "plan");
	for (size_t i = 0; i < d->n_items; i++)
		put_item(&w, &d->items[i]);
	json_put_end(j);
	json_put_list(j, "pages");
	for (size_t i = 0; i < d->n_pages; i++)
		put_pages(j, d, &d->pages[i]);
	json_put_end(j);
	json_put_end(j);
	putc('\n', to);
}
