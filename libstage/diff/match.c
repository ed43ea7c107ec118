#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/impl.h"

/* What names the entries of a list: fields of its form, by their keys. */
struct naming {
	const char *list;		/* how its path ends */
	const char *one, *two;		/* two may be NULL */
};

static const struct naming namings[] = {
	{ "image.payloads", "role", NULL },
	{ "image.segments", "va", NULL },
	{ "image.notes", "name", NULL },
	{ ".parts", "role", NULL },
	{ "layout.segments", "kind", NULL },
	{ "layout.load", "role", "offset" },
	{ "layout.clear", "pfn", NULL },
	{ "vcpus", "id", NULL },
};

/* How entries of the list at path are named; NULL: they have no names, and are
 * matched by number. */
static const struct naming *
naming_of(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(namings) / sizeof(namings[0]); i++) {
		size_t m = strlen(namings[i].list);

		if (n >= m && strcmp(path + n - m, namings[i].list) == 0)
			return &namings[i];
	}
	return NULL;
}

static const struct schema_field *
field_of(const struct schema_form *form, const char *key)
{
	return schema_form_field(form, key, strlen(key));
}

static const char *
value_words(const struct schema_field *d, const char *structure, char text[32])
{
	const void *at = structure + d->offset;
	const char *words;

	if (d->type == TYPE_TEXT) {
		words = schema_text(d, at);
		return words == NULL ? "" : words;
	}
	snprintf(text, 32, d->type == TYPE_ADDRESS || d->unit[0] == 'p' ?
	    "0x%" PRIx64 : "%" PRIu64, schema_number(d, at));
	return text;
}

static const char *
name_of(struct diff *d, const struct schema_form *form,
    const struct naming *how, const char *structure, size_t index,
    struct fail *f)
{
	const char *first;
	char a[32], b[32];

	if (how == NULL)
		return arena_print(&d->arena, f, "%zu", index);
	first = value_words(field_of(form, how->one), structure, a);
	if (how->two == NULL)
		return arena_print(&d->arena, f, "%s", first);
	return arena_print(&d->arena, f, "%s + %s", first,
	    value_words(field_of(form, how->two), structure, b));
}

/*
 * An entry of a list, and the entry of the other list that it is matched with.
 */
struct entry {
	const char *name;
	const char *at;
	size_t index;
	struct entry *like;		/* in the other list, or NULL */
};

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a;
	const struct entry *y = *(struct entry *const *)b;
	int r = strcmp(x->name, y->name);

	return r != 0 ? r : (x->index > y->index) - (x->index < y->index);
}

/* The entries, and pointers to them in the order of their names. */
static struct entry *
list_entries(struct diff *d, const struct schema_form *form,
    const struct naming *how, const char *at, size_t n,
    struct entry ***sorted, struct fail *f)
{
	struct entry *v = arena_array(&d->arena, n, sizeof(*v), f);

	*sorted = v == NULL ? NULL :
	    arena_array(&d->arena, n, sizeof(**sorted), f);
	if (*sorted == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct entry){ .at = at + i * form->size, .index = i };
		v[i].name = name_of(d, form, how, v[i].at, i, f);
		if (v[i].name == NULL)
			return NULL;
		(*sorted)[i] = &v[i];
	}
	if (n > 1)
		qsort(*sorted, n, sizeof(**sorted), compare_entries);
	return v;
}

/* Entries of the same name are matched in their order. */
static void
pair(struct entry *const *a, size_t n_a, struct entry *const *b, size_t n_b)
{
	size_t i = 0, j = 0;

	while (i < n_a && j < n_b) {
		int r = strcmp(a[i]->name, b[j]->name);

		if (r == 0) {
			a[i]->like = b[j];
			b[j]->like = a[i];
		}
		i += r <= 0;
		j += r >= 0;
	}
}

int
diff_match(struct diff *d, const struct schema_form *form, const char *path,
    const char *a, size_t n_a, const char *b, size_t n_b,
    struct diff_match **out, size_t *n, struct fail *f)
{
	const struct naming *how = naming_of(path);
	struct entry **by_a, **by_b;
	struct entry *x, *y;

	x = list_entries(d, form, how, a, n_a, &by_a, f);
	y = x == NULL ? NULL : list_entries(d, form, how, b, n_b, &by_b, f);
	*out = y == NULL ? NULL : arena_array(&d->arena, n_a + n_b,
	    sizeof(**out), f);
	if (*out == NULL)
		return -1;
	pair(by_a, n_a, by_b, n_b);
	*n = 0;
	for (size_t i = 0; i < n_a; i++)
		(*out)[(*n)++] = (struct diff_match){ x[i].at,
		    x[i].like == NULL ? NULL : x[i].like->at, x[i].name };
	for (size_t i = 0; i < n_b; i++)
		if (y[i].like == NULL)
			(*out)[(*n)++] = (struct diff_match){ NULL, y[i].at,
			    y[i].name };
	return 0;
}
