#include <string.h>

#include "abi/abi.h"
#include "abi/extent.h"
#include "base/zero.h"
#include "schema/impl.h"

struct visit {
	const struct schema_extras *extra;
	struct schema_pen *pen;
};

uint64_t
schema_number(const struct schema_field *d, const void *at)
{
	if (d->optional)
		return ((const struct maybe *)at)->value;
	return *(const uint64_t *)at;
}

const char *
schema_text(const struct schema_field *d, const void *at)
{
	const struct abi *abi;

	if (d->type != TYPE_ABI)
		return *(const char *const *)at;
	abi = *(const struct abi *const *)at;
	return abi != NULL ? abi->name : NULL;
}

bool
schema_present(const struct schema_field *d, const void *at)
{
	const struct schema_kind *kind = &schema_kinds[d->type];
	const void *pointer;

	if (!d->optional && !d->nil)
		return true;
	switch (kind->none) {
	case NONE_UNSET:
		return ((const struct maybe *)at)->set;
	case NONE_NULL:
		memcpy(&pointer, at, sizeof(pointer));
		return pointer != NULL;
	case NONE_ZERO:
		return !zero_all(at, d->type == TYPE_MAP ? d->form->size :
		    kind->bytes);
	default:
		return true;
	}
}

/* Unknown keys of one map: counts them, or writes them. */
static size_t
count_extra(const struct schema_extras *x, const char *in)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		n += strcmp(x->v[i].in, in) == 0;
	return n;
}

static void
visit_extra(const struct visit *v, const char *in)
{
	for (size_t i = 0; i < v->extra->n; i++) {
		const struct schema_extra *x = &v->extra->v[i];

		if (strcmp(x->in, in) != 0)
			continue;
		v->pen->key(v->pen, x->key.data, x->key.size);
		v->pen->raw(v->pen, &x->msgpack);
	}
}

static bool
has_field(const struct schema_form *form, size_t i, const char *structure)
{
	uint32_t has;

	if (!form->has_bits)
		return form->fields[i].nil || schema_present(&form->fields[i],
		    structure + form->fields[i].offset);
	memcpy(&has, structure + form->has, sizeof(has));
	return (has >> i & 1) != 0;
}

static size_t
count_pairs(const struct visit *v, const struct schema_form *form,
    const char *structure, const char *in)
{
	size_t n = count_extra(v->extra, in);

	for (size_t i = 0; i < form->n; i++)
		n += has_field(form, i, structure);
	return n;
}

static void visit_value(const struct visit *, const struct schema_field *,
	    const char *structure, const struct schema_path *);

static void
visit_pairs(const struct visit *v, const struct schema_form *form,
    const char *structure, const struct schema_path *path, const char *in)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct schema_field *d = &form->fields[i];
		struct schema_path step = { path, d->key, strlen(d->key), 0 };

		if (!has_field(form, i, structure))
			continue;
		v->pen->key(v->pen, d->key, step.n);
		visit_value(v, d, structure, &step);
	}
	visit_extra(v, in);
}

static void
visit_map(const struct visit *v, const struct schema_form *form,
    const char *structure, const struct schema_path *path)
{
	char text[SCHEMA_PATH_MAX];
	/* The path is only needed to find unknown keys. */
	const char *in = v->extra->n > 0 ? schema_path_text(path, text) : "";

	v->pen->map(v->pen, count_pairs(v, form, structure, in));
	visit_pairs(v, form, structure, path, in);
	v->pen->end(v->pen);
}

static void
visit_list(const struct visit *v, const struct schema_field *d,
    const char *structure, const struct schema_path *path)
{
	const struct schema_field entry = schema_entry(d);
	const char *entries;
	size_t n;

	memcpy(&entries, structure + d->offset, sizeof(entries));
	memcpy(&n, structure + d->count, sizeof(n));
	v->pen->list(v->pen, n);
	for (size_t i = 0; i < n; i++) {
		struct schema_path step = { path, NULL, 0, i };

		visit_value(v, &entry, entries + i * schema_entry_bytes(d),
		    &step);
	}
	v->pen->end(v->pen);
}

static void
visit_flat(const struct visit *v, const struct schema_field *d,
    const char *structure)
{
	const struct schema_form *form = d->form;
	const char *entries;
	size_t n;

	memcpy(&entries, structure + d->offset, sizeof(entries));
	memcpy(&n, structure + d->count, sizeof(n));
	v->pen->list(v->pen, n * form->n);
	for (size_t i = 0; i < n; i++, entries += form->size)
		for (size_t k = 0; k < form->n; k++)
			v->pen->value(v->pen, &form->fields[k],
			    entries + form->fields[k].offset);
	v->pen->end(v->pen);
}

static void
visit_numbers(const struct visit *v, const struct schema_field *d,
    const char *structure)
{
	size_t n;

	memcpy(&n, structure + d->count, sizeof(n));
	v->pen->numbers(v->pen, *(uint64_t *const *)(const void *)
	    (structure + d->offset), n);
}

static void
visit_p2m(const struct visit *v, const struct extents *l)
{
	v->pen->list(v->pen, l->n);
	for (size_t i = 0; i < l->n; i++)
		v->pen->numbers(v->pen, (const uint64_t[]){ l->v[i].mfn,
		    l->v[i].count }, 2);
	v->pen->end(v->pen);
}

static void
visit_value(const struct visit *v, const struct schema_field *d,
    const char *structure, const struct schema_path *path)
{
	const void *at = structure + d->offset;

	switch (d->type) {
	case TYPE_MAP:
		visit_map(v, d->form, at, path);
		break;
	case TYPE_LIST:
	case TYPE_STRINGS:
		visit_list(v, d, structure, path);
		break;
	case TYPE_FLAT:
		visit_flat(v, d, structure);
		break;
	case TYPE_NUMBERS:
		visit_numbers(v, d, structure);
		break;
	case TYPE_P2M:
	case TYPE_GFNS:
		visit_p2m(v, at);
		break;
	default:
		v->pen->value(v->pen, d, at);
	}
}

void
schema_visit(const struct schema_form *form, const void *structure,
    const struct schema_extras *extra, struct schema_pen *pen)
{
	visit_map(&(struct visit){ extra, pen }, form, structure, NULL);
}

void
schema_visit_field(const struct schema_field *d, const void *structure,
    const struct schema_extras *extra, struct schema_pen *pen)
{
	const struct schema_path path = { NULL, d->key, strlen(d->key), 0 };

	visit_value(&(struct visit){ extra, pen }, d, structure, &path);
}

size_t
schema_pairs(const struct schema_form *form, const void *structure,
    const struct schema_extras *extra)
{
	return count_pairs(&(struct visit){ extra, NULL }, form, structure, "");
}

void
schema_visit_pairs(const struct schema_form *form, const void *structure,
    const struct schema_extras *extra, struct schema_pen *pen)
{
	visit_pairs(&(struct visit){ extra, pen }, form, structure, NULL, "");
}
