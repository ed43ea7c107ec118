#include <string.h>

#include "base/text.h"
#include "diff/impl.h"

bool
diff_same_bytes(const struct bytes *a, const struct bytes *b)
{
	return a->size == b->size && (a->size == 0 ||
	    memcmp(a->data, b->data, a->size) == 0);
}

static bool
same_value(const struct schema_field *d, const void *a, size_t n_a,
    const void *b, size_t n_b)
{
	switch (d->type) {
	case TYPE_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case TYPE_TEXT:
	case TYPE_ABI:
		return text_equal(schema_text(d, a), schema_text(d, b));
	case TYPE_BYTES:
		return diff_same_bytes(a, b);
	case TYPE_DIGEST:
	case TYPE_UUID:
	case TYPE_ID:
		return memcmp(a, b, schema_kinds[d->type].bytes) == 0;
	case TYPE_NUMBERS:
		return n_a == n_b && (n_a == 0 || a == NULL || b == NULL ||
		    memcmp(a, b, n_a * sizeof(uint64_t)) == 0);
	default:
		return schema_number(d, a) == schema_number(d, b);
	}
}

/* The value of a field, or its numbers; NULL: absent. */
static const void *
value_at(const struct schema_field *d, const char *structure, size_t *n)
{
	const void *at = structure + d->offset;

	*n = 0;
	if (!schema_present(d, at))
		return NULL;
	if (d->type != TYPE_NUMBERS)
		return at;
	memcpy(n, structure + d->count, sizeof(*n));
	return *(uint64_t *const *)at;
}

static bool
changed(const struct schema_field *d, const char *a, const char *b,
    struct diff_change *c)
{
	*c = (struct diff_change){ .field = d };
	c->from = value_at(d, a, &c->n_from);
	c->to = value_at(d, b, &c->n_to);
	if (c->from == NULL && c->to == NULL && d->type != TYPE_NUMBERS)
		return false;
	if ((c->from == NULL || c->to == NULL) && d->type != TYPE_NUMBERS)
		return true;
	return !same_value(d, c->from, c->n_from, c->to, c->n_to);
}

static bool
is_nested(const struct schema_field *d)
{
	return d->type == TYPE_LIST || d->type == TYPE_MAP ||
	    d->type == TYPE_P2M || d->type == TYPE_GFNS;
}

/* The fields of one map that are no maps or lists: one item. */
static int
compare_fields(struct diff *d, const struct schema_form *form, const char *path,
    const char *name, const char *a, const char *b, struct fail *f)
{
	struct diff_item *item = NULL;
	struct diff_change c;

	for (size_t i = 0; i < form->n; i++) {
		if (is_nested(&form->fields[i]) ||
		    !changed(&form->fields[i], a, b, &c))
			continue;
		if (item == NULL) {
			item = diff_item(d, path, name, f);
			if (item == NULL)
				return -1;
			item->changes = arena_array(&d->arena, form->n,
			    sizeof(*item->changes), f);
			if (item->changes == NULL)
				return -1;
		}
		item->changes[item->n++] = c;
	}
	return 0;
}

static int compare_map(struct diff *, const struct schema_form *,
	    const char *path, const char *name, const char *a, const char *b,
	    struct fail *);

static int
compare_match(struct diff *d, const struct schema_form *form, const char *path,
    const struct diff_match *m, struct fail *f)
{
	if (m->a != NULL && m->b != NULL)
		return compare_map(d, form, path, m->name, m->a, m->b, f);
	return diff_only(d, path, m->name, m->a == NULL, f);
}

static int
compare_list(struct diff *d, const struct schema_field *field, const char *path,
    const char *a, const char *b, struct fail *f)
{
	struct diff_match *m;
	const char *x, *y;
	size_t n_x, n_y, n;

	memcpy(&x, a + field->offset, sizeof(x));
	memcpy(&y, b + field->offset, sizeof(y));
	memcpy(&n_x, a + field->count, sizeof(n_x));
	memcpy(&n_y, b + field->count, sizeof(n_y));
	if (diff_match(d, field->form, path, x, n_x, y, n_y, &m, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (compare_match(d, field->form, path, &m[i], f) < 0)
			return -1;
	return 0;
}

/* The plain fields of a map, then the lists in it. */
static int
compare_map(struct diff *d, const struct schema_form *form, const char *path,
    const char *name, const char *a, const char *b, struct fail *f)
{
	if (compare_fields(d, form, path, name, a, b, f) < 0)
		return -1;
	for (size_t i = 0; i < form->n; i++) {
		const struct schema_field *field = &form->fields[i];
		const char *deeper;

		if (field->type != TYPE_LIST)
			continue;
		deeper = name == NULL ?
		    arena_print(&d->arena, f, "%s.%s", path, field->key) :
		    arena_print(&d->arena, f, "%s[%s].%s", path, name,
		    field->key);
		if (deeper == NULL ||
		    compare_list(d, field, deeper, a, b, f) < 0)
			return -1;
	}
	return 0;
}

/* A section that is one value: command_line, launched. */
static int
compare_value(struct diff *d, const struct schema_field *field, const char *a,
    const char *b, struct fail *f)
{
	const struct schema_form one = { .fields = field, .n = 1 };

	return compare_fields(d, &one, field->key, NULL, a, b, f);
}

/* How many vcpus a domain has: no plan says that. */
int
diff_vcpus(struct diff *d, struct maybe from, struct maybe to, struct fail *f)
{
	static const struct schema_field field = { "vcpus", TYPE_NUMBER,
		.optional = true, .unit = "" };
	struct maybe *v;

	if (!from.set || !to.set)
		return 0;
	v = arena_array(&d->arena, 2, sizeof(*v), f);
	if (v == NULL)
		return -1;
	v[0] = from;
	v[1] = to;
	return compare_value(d, &field, (const char *)&v[0],
	    (const char *)&v[1], f);
}

int
diff_section(struct diff *d, enum plan_section s, const struct plan *a,
    const struct plan *b, struct fail *f)
{
	const struct schema_field *field = &plan_sections[s];
	const char *x = (const char *)a, *y = (const char *)b;

	if (field->type == TYPE_MAP)
		return compare_map(d, field->form, field->key, NULL,
		    x + field->offset, y + field->offset, f);
	if (field->type == TYPE_LIST)
		return compare_list(d, field, field->key, x, y, f);
	return compare_value(d, field, x, y, f);
}
