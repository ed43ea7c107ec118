#include <string.h>

#include "plan/schema.h"

/* A walk over a plan in memory, in the order of the document. */
struct visit {
	const struct plan *plan;
	struct plan_pen *pen;
};

uint64_t
plan_field_number(const struct plan_field *d, const void *at)
{
	if (d->optional)
		return ((const struct maybe *)at)->value;
	return *(const uint64_t *)at;
}

const char *
plan_field_text(const struct plan_field *d, const void *at)
{
	const struct abi *abi;

	if (d->type == TYPE_TEXT)
		return *(const char *const *)at;
	abi = *(const struct abi *const *)at;
	return abi != NULL ? abi->name : NULL;
}

static bool
is_present(const struct plan_field *d, const void *at)
{
	if (!d->optional)
		return true;
	if (d->type == TYPE_BYTES)
		return ((const struct bytes *)at)->data != NULL;
	return ((const struct maybe *)at)->set;
}

/* Unknown keys of one map: counts them, or writes them. */
static size_t
count_extra(const struct plan *p, const char *in)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_extra; i++)
		n += strcmp(p->extra[i].in, in) == 0;
	return n;
}

static void
visit_extra(const struct visit *v, const char *in)
{
	const struct plan *p = v->plan;

	for (size_t i = 0; i < p->n_extra; i++) {
		if (strcmp(p->extra[i].in, in) != 0)
			continue;
		v->pen->key(v->pen, p->extra[i].key.data, p->extra[i].key.size);
		v->pen->raw(v->pen, &p->extra[i].msgpack);
	}
}

static void visit_value(const struct visit *, const struct plan_field *,
	    const char *structure, const struct plan_path *);

static void
visit_map(const struct visit *v, const struct plan_form *form,
    const char *structure, const struct plan_path *path)
{
	char text[PLAN_PATH_MAX];
	const char *in = "";
	size_t n = 0;

	if (v->plan->n_extra > 0) {
		in = plan_path_text(path, text);
		n = count_extra(v->plan, in);
	}
	for (size_t i = 0; i < form->n; i++)
		n += is_present(&form->fields[i],
		    structure + form->fields[i].offset);
	v->pen->map(v->pen, n);
	for (size_t i = 0; i < form->n; i++) {
		const struct plan_field *d = &form->fields[i];
		struct plan_path step = { path, d->key, strlen(d->key), 0 };

		if (!is_present(d, structure + d->offset))
			continue;
		v->pen->key(v->pen, d->key, strlen(d->key));
		visit_value(v, d, structure, &step);
	}
	if (v->plan->n_extra > 0)
		visit_extra(v, in);
	v->pen->end(v->pen);
}

static void
visit_list(const struct visit *v, const struct plan_field *d,
    const char *structure, const struct plan_path *path)
{
	const char *entries;
	size_t n;

	memcpy(&entries, structure + d->offset, sizeof(entries));
	memcpy(&n, structure + d->count, sizeof(n));
	v->pen->list(v->pen, n);
	for (size_t i = 0; i < n; i++) {
		struct plan_path step = { path, NULL, 0, i };

		visit_map(v, d->form, entries + i * d->form->size, &step);
	}
	v->pen->end(v->pen);
}

static void
visit_numbers(const struct visit *v, const struct plan_field *d,
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
visit_value(const struct visit *v, const struct plan_field *d,
    const char *structure, const struct plan_path *path)
{
	const void *at = structure + d->offset;

	switch (d->type) {
	case TYPE_MAP:
		visit_map(v, d->form, at, path);
		break;
	case TYPE_LIST:
		visit_list(v, d, structure, path);
		break;
	case TYPE_NUMBERS:
		visit_numbers(v, d, structure);
		break;
	case TYPE_P2M:
		visit_p2m(v, at);
		break;
	default:
		v->pen->value(v->pen, d, at);
	}
}

void
plan_visit_section(const struct plan *p, enum plan_section s,
    struct plan_pen *pen)
{
	const struct plan_field *d = &plan_sections[s];
	const struct plan_path path = { NULL, d->key, strlen(d->key), 0 };
	const struct visit v = { p, pen };

	visit_value(&v, d, (const char *)p, &path);
}

void
plan_visit(const struct plan *p, struct plan_pen *pen)
{
	static const struct plan_field version = { "xb-plan", TYPE_NUMBER,
	    .unit = "" };
	const struct visit v = { p, pen };
	const uint64_t one = PLAN_VERSION;
	size_t n = 2 + count_extra(p, "");

	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		n += plan_has(p, (enum plan_section)s);
	pen->map(pen, n);
	pen->key(pen, version.key, strlen(version.key));
	pen->value(pen, &version, &one);
	for (unsigned s = 0; s < PLAN_SECTIONS; s++) {
		if (!plan_has(p, (enum plan_section)s))
			continue;
		pen->key(pen, plan_sections[s].key,
		    strlen(plan_sections[s].key));
		plan_visit_section(p, (enum plan_section)s, pen);
	}
	visit_extra(&v, "");
	pen->seal(pen);
	pen->end(pen);
}
