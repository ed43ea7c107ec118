#include <stdlib.h>
#include <string.h>

#include "diff/impl.h"
#include "build/layout.h"

static void
mark_field(struct diff_item *item, const char *key)
{
	struct diff_change *c = diff_change_of(item, key);

	if (c != NULL)
		c->follows = true;
}

/* ---- layout ---- */

/*
 * Is the plan's layout what xb-layout makes of it?  The plan is left as it
 * was; what solving took of its arena is freed with the plan.
 */
static int
is_solved(struct plan *p, bool *solved, struct fail *f)
{
	const struct plan was = *p;
	struct fail why = { .kind = FAIL_NONE };
	int rc = layout_solve(p, was.layout.pages, &why) < 0 ? 1 :
	    plan_compare_section(&was, p, PLAN_LAYOUT, f);

	p->layout = was.layout;
	*solved = rc == 0;
	return rc < 0 ? -1 : 0;
}

/*
 * The size of a domain was given to its builder.  Of a domain without a plan,
 * so was where it begins, and the sizes of kernel and ramdisk.  The rest of the
 * layout follows.
 */
static bool
is_given(const struct diff_item *item, const struct diff_change *c, bool alone)
{
	static const struct { const char *path, *name, *key; } given[] = {
		{ "layout", NULL, "pages" }, { "layout", NULL, "v_start" },
		{ "layout.segments", "kernel", "pages" },
		{ "layout.segments", "kernel", "pfn" },
		{ "layout.segments", "ramdisk", "size" },
	};
	size_t n = alone ? sizeof(given) / sizeof(given[0]) : 1;

	for (size_t i = 0; i < n; i++)
		if (strcmp(item->path, given[i].path) == 0 &&
		    (c == NULL || strcmp(c->field->key, given[i].key) == 0) &&
		    (given[i].name == NULL || (item->name != NULL &&
		    strcmp(item->name, given[i].name) == 0)))
			return c != NULL || item->name != NULL;
	return false;
}

static bool
any_given(const struct diff *d, size_t first)
{
	for (size_t i = first; i < d->n_items; i++) {
		const struct diff_item *item = &d->items[i];

		if (item->words != NULL && is_given(item, NULL, true))
			return true;
		for (size_t j = 0; j < item->n; j++)
			if (is_given(item, &item->changes[j], true))
				return true;
	}
	return false;
}

static void
mark_not_given(struct diff *d, size_t first, bool alone)
{
	for (size_t i = first; i < d->n_items; i++) {
		struct diff_item *item = &d->items[i];

		if (!diff_under(item, "layout"))
			continue;
		if (item->words != NULL)
			item->follows = !is_given(item, NULL, alone);
		for (size_t j = 0; j < item->n; j++)
			item->changes[j].follows = !is_given(item,
			    &item->changes[j], alone);
	}
}

/* ---- what is computed from notes ---- */

static const struct { const char *note, *key; } noted[] = {
	{ "ENTRY", "entry" }, { "HYPERCALL_PAGE", "hypercall_page" },
	{ "VIRT_BASE", "virt_base" }, { "PADDR_OFFSET", "paddr_offset" },
	{ "FEATURES", "features_supported" },
	{ "FEATURES", "features_required" },
	{ "SUPPORTED_FEATURES", "features_supported" },
	{ "PAE_MODE", "pae" }, { "HV_START_LOW", "hv_start_low" },
	{ "INIT_P2M", "init_p2m" }, { "MOD_START_PFN", "mod_start_pfn" },
};

static bool
note_differs(const struct diff *d, size_t first, const char *name)
{
	for (size_t i = first; i < d->n_items; i++)
		if (strcmp(d->items[i].path, "image.notes") == 0 &&
		    strcmp(d->items[i].name, name) == 0)
			return true;
	return false;
}

static struct diff_item *
find_item(struct diff *d, size_t first, const char *path)
{
	for (size_t i = first; i < d->n_items; i++)
		if (strcmp(d->items[i].path, path) == 0)
			return &d->items[i];
	return NULL;
}

static void
mark_noted(struct diff *d, size_t first)
{
	struct diff_item *image = find_item(d, first, "image");

	for (size_t i = 0; image != NULL &&
	    i < sizeof(noted) / sizeof(noted[0]); i++)
		if (note_differs(d, first, noted[i].note))
			mark_field(image, noted[i].key);
}

/*
 * The size of a ramdisk and the offsets of its parts follow from the sizes of
 * the parts.
 */
static void
mark_modules(struct diff *d, size_t first)
{
	bool parts = false;

	for (size_t i = first; i < d->n_items; i++)
		parts |= strstr(d->items[i].path, "].parts") != NULL;
	for (size_t i = first; parts && i < d->n_items; i++) {
		struct diff_item *item = &d->items[i];

		if (strcmp(item->path, "modules") == 0)
			mark_field(item, "size");
		else if (diff_under(item, "modules"))
			mark_field(item, "offset");
	}
}

/* A PVH guest's start_info is as long as what it tells. */
static bool
line_counts(struct diff *d, size_t first, const struct plan *p)
{
	return p->image.abi->start_info_size == 0 &&
	    find_item(d, first, "command_line") != NULL;
}

/* ---- all of it ---- */

static bool
all_follow(const struct diff_item *item)
{
	if (item->n == 0)
		return item->follows;
	for (size_t i = 0; i < item->n; i++)
		if (!item->changes[i].follows)
			return false;
	return true;
}

/*
 * Where every difference is marked, none is left to be the cause of the
 * others: all of them are told then.
 */
static void
settle(struct diff *d, size_t first)
{
	bool cause = d->n_pages > 0;

	for (size_t i = first; i < d->n_items; i++) {
		d->items[i].follows = all_follow(&d->items[i]);
		cause |= !d->items[i].follows;
	}
	for (size_t i = first; !cause && i < d->n_items; i++) {
		d->items[i].follows = false;
		for (size_t j = 0; j < d->items[i].n; j++)
			d->items[i].changes[j].follows = false;
	}
}

int
diff_follows(struct diff *d, size_t first, struct plan *a, struct plan *b,
    bool alone, struct fail *f)
{
	bool one = false, two = false;

	if (d->n_items == first)
		return 0;
	if (plan_has(a, PLAN_LAYOUT) && plan_has(b, PLAN_LAYOUT)) {
		if (!alone && (is_solved(a, &one, f) < 0 ||
		    is_solved(b, &two, f) < 0))
			return -1;
		if (alone ? any_given(d, first) || line_counts(d, first, a) :
		    one && two)
			mark_not_given(d, first, alone);
		diff_mark_derived(d, first, a, b);
	}
	mark_noted(d, first);
	mark_modules(d, first);
	settle(d, first);
	return 0;
}
