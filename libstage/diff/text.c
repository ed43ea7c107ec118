#include <inttypes.h>
#include <string.h>

#include "diff/impl.h"
#include "base/escape.h"

struct text {
	const struct diff *d;
	bool all;
	FILE *to;
};

static void
put_escaped(const struct text *t, const char *s)
{
	escape_to(t->to, s, strlen(s));
}

/* ---- values ---- */

enum { DIGEST_SHOWN = 6 };

static void
put_number(const struct text *t, const struct schema_field *d, uint64_t v)
{
	if (strcmp(d->unit, "mfn") == 0 && v == INVALID_MFN)
		fputs("no frame of the domain", t->to);
	else if (strcmp(d->unit, "mfn") == 0)
		fprintf(t->to, "pfn 0x%" PRIx64, v);
	else if (d->type == TYPE_ADDRESS || strcmp(d->unit, "pfn") == 0)
		fprintf(t->to, "0x%" PRIx64, v);
	else
		fprintf(t->to, "%" PRIu64, v);
}

static void
put_quoted(const struct text *t, const struct bytes *b)
{
	putc('"', t->to);
	escape_to(t->to, b->data, b->size);
	putc('"', t->to);
}

static void
put_digest(const struct text *t, const uint8_t *bytes)
{
	for (size_t i = 0; i < DIGEST_SHOWN; i++)
		fprintf(t->to, "%02x", bytes[i]);
	fputs("...", t->to);
}

static void
put_numbers(const struct text *t, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(t->to, "%s%" PRIu64, i > 0 ? " + " : "", v[i]);
	if (n == 0)
		fputs("none", t->to);
}

static void
put_value(const struct text *t, const struct schema_field *d, const void *at,
    size_t n)
{
	const char *words;

	if (d->type == TYPE_NUMBERS) {
		put_numbers(t, at, n);
		return;
	}
	if (at == NULL) {
		fputs("none", t->to);
		return;
	}
	switch (d->type) {
	case TYPE_BOOL:
		fputs(*(const bool *)at ? "true" : "false", t->to);
		break;
	case TYPE_TEXT:
	case TYPE_ABI:
		words = schema_text(d, at);
		put_escaped(t, words == NULL ? "none" : words);
		break;
	case TYPE_BYTES:
		put_quoted(t, at);
		break;
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		put_digest(t, at);
		break;
	default:
		put_number(t, d, schema_number(d, at));
	}
}

static void
put_size(const struct text *t, uint64_t pages)
{
	if (pages % 256 == 0)
		fprintf(t->to, "%" PRIu64 " MiB", pages / 256);
	else
		fprintf(t->to, "%" PRIu64 " KiB", pages * 4);
}

/* Says behind two numbers what they mean: MiB, or how far a segment moved. */
static void
put_remark(const struct text *t, const struct diff_item *item,
    const struct diff_change *c)
{
	uint64_t from, to;

	if (c->from == NULL || c->to == NULL || c->field->type != TYPE_NUMBER)
		return;
	from = schema_number(c->field, c->from);
	to = schema_number(c->field, c->to);
	if (strcmp(item->path, "layout") == 0 &&
	    strcmp(c->field->key, "pages") == 0) {
		fputs(" (", t->to);
		put_size(t, from);
		fputs(" -> ", t->to);
		put_size(t, to);
		putc(')', t->to);
	} else if (strcmp(item->path, "layout.segments") == 0 &&
	    strcmp(c->field->key, "pfn") == 0) {
		fprintf(t->to, " (moved by %s%" PRIu64 " page%s)",
		    to < from ? "-" : "", to < from ? from - to : to - from,
		    to - from == 1 || from - to == 1 ? "" : "s");
	}
}

/* ---- items ---- */

static void
put_change(const struct text *t, const struct diff_item *item,
    const struct diff_change *c)
{
	put_value(t, c->field, c->from, c->n_from);
	fputs(" -> ", t->to);
	put_value(t, c->field, c->to, c->n_to);
	put_remark(t, item, c);
}

/* The fields of a section: a line each. */
static void
put_fields(const struct text *t, const struct diff_item *item, bool follows)
{
	for (size_t i = 0; i < item->n; i++) {
		const struct diff_change *c = &item->changes[i];

		if (c->follows != follows)
			continue;
		fputs(item->path, t->to);
		if (strcmp(c->field->key, item->path) != 0)
			fprintf(t->to, ".%s", c->field->key);
		fputs(": ", t->to);
		put_change(t, item, c);
		putc('\n', t->to);
	}
}

/* A note has one value: the name of the field is left out. */
static bool
is_value(const struct diff_item *item, const struct diff_change *c)
{
	return strcmp(item->path, "image.notes") == 0 &&
	    (strcmp(c->field->key, "text") == 0 ||
	    strcmp(c->field->key, "number") == 0);
}

/* A segment's address that moved as far as its pfn is left out. */
static bool
goes_along(const struct diff_item *item, const struct diff_change *c)
{
	const struct diff_change *pfn = diff_change_of(item, "pfn");

	if (strcmp(item->path, "layout.segments") != 0 || pfn == NULL ||
	    strcmp(c->field->key, "va") != 0 || c->from == NULL ||
	    c->to == NULL)
		return false;
	return schema_number(c->field, c->to) -
	    schema_number(c->field, c->from) ==
	    (schema_number(pfn->field, pfn->to) -
	    schema_number(pfn->field, pfn->from)) * PAGE_BYTES;
}

/* What changed in an entry of a list: one line. */
static void
put_entry(const struct text *t, const struct diff_item *item, bool follows)
{
	const char *between = ": ";

	for (size_t i = 0; i < item->n; i++) {
		const struct diff_change *c = &item->changes[i];

		if (c->follows != follows || goes_along(item, c))
			continue;
		if (between[0] == ':') {
			fprintf(t->to, "%s ", item->path);
			put_escaped(t, item->name);
		}
		fputs(between, t->to);
		if (!is_value(item, c))
			fprintf(t->to, "%s ", c->field->key);
		put_change(t, item, c);
		between = ", ";
	}
	if (between[0] != ':')
		putc('\n', t->to);
}

static void
put_words(const struct text *t, const struct diff_item *item)
{
	put_escaped(t, item->path);
	if (item->name != NULL) {
		putc(' ', t->to);
		put_escaped(t, item->name);
	}
	fprintf(t->to, ": %s\n", item->words);
}

static void
put_item(const struct text *t, const struct diff_item *item, bool follows)
{
	if (item->words != NULL) {
		if (item->follows == follows)
			put_words(t, item);
	} else if (item->name != NULL) {
		put_entry(t, item, follows);
	} else {
		put_fields(t, item, follows);
	}
}

static bool
any_follows(const struct diff *d)
{
	for (size_t i = 0; i < d->n_items; i++) {
		if (d->items[i].follows)
			return true;
		for (size_t j = 0; j < d->items[i].n; j++)
			if (d->items[i].changes[j].follows)
				return true;
	}
	return false;
}

/* ---- pages ---- */

enum { RUNS_SHOWN = 8 };		/* of a segment */

static void
put_pages(const struct text *t, const struct diff_pages *p)
{
	char place[CANONICAL_PLACE_BYTES];

	fprintf(t->to, "%s ", p->pages == 1 ? "page differs at" :
	    "pages differ from");
	put_escaped(t, canonical_place(t->d->plan, p->pfn, place));
	if (p->what != NULL) {
		fprintf(t->to, ", %s", p->what);
	} else if (p->bytes > 0) {
		fprintf(t->to, ", byte 0x%x: %02x -> %02x", p->byte, p->from,
		    p->to);
	}
	if (p->pages > 1 && p->bytes > 0)
		fprintf(t->to, "; %" PRIu64 " bytes in %" PRIu64 " pages",
		    p->bytes, p->pages);
	else if (p->pages > 1)
		fprintf(t->to, "; %" PRIu64 " pages", p->pages);
	else if (p->bytes > 1 && p->what == NULL)
		fprintf(t->to, "; %" PRIu64 " bytes in the page", p->bytes);
	putc('\n', t->to);
}

/* How many runs from number i on lie in the same segment. */
static size_t
same_segment(const struct diff *d, size_t i)
{
	const struct layout_segment *s = plan_segment_at(d->plan,
	    d->pages[i].pfn);
	size_t n = 1;

	while (i + n < d->n_pages && plan_segment_at(d->plan,
	    d->pages[i + n].pfn) == s)
		n++;
	return n;
}

static void
put_rest(const struct text *t, const struct diff_pages *p, size_t n)
{
	const struct layout_segment *s = plan_segment_at(t->d->plan, p->pfn);
	uint64_t pages = 0;

	for (size_t i = 0; i < n; i++)
		pages += p[i].pages;
	fprintf(t->to, "and %" PRIu64 " more page%s %s", pages,
	    pages == 1 ? "" : "s", s == NULL ? "outside of segments" : "of ");
	if (s != NULL)
		put_escaped(t, s->kind);
	fprintf(t->to, ", in %zu place%s (-v shows them)\n", n,
	    n == 1 ? "" : "s");
}

static void
put_all_pages(const struct text *t)
{
	const struct diff *d = t->d;

	for (size_t i = 0, n; i < d->n_pages; i += n) {
		size_t shown;

		n = same_segment(d, i);
		shown = t->all || n <= RUNS_SHOWN + 1 ? n : RUNS_SHOWN;
		for (size_t j = 0; j < shown; j++)
			put_pages(t, &d->pages[i + j]);
		if (shown < n)
			put_rest(t, d->pages + i + shown, n - shown);
	}
}

void
diff_text(const struct diff *d, bool all, FILE *to)
{
	const struct text t = { d, all, to };

	for (size_t i = 0; i < d->n_items; i++)
		put_item(&t, &d->items[i], false);
	put_all_pages(&t);
	if (!all || !any_follows(d))
		return;
	fputs("which follows from that:\n", to);
	for (size_t i = 0; i < d->n_items; i++)
		put_item(&t, &d->items[i], true);
}
