#include <string.h>

#include "diff/impl.h"
#include "plan/pvh.h"

/* What page tables, start_info and registers must be by layout and image. */

static const struct layout_segment no_segment;

static const struct layout_segment *
segment(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? &no_segment : s;
}

static uint64_t
va_of(const struct plan *p, enum segment_kind kind)
{
	return segment(p, kind)->va.set ? segment(p, kind)->va.value : 0;
}

static bool
list_apart(const struct plan *p)
{
	return plan_segment(p, SEG_P2M) != NULL &&
	    segment(p, SEG_P2M)->pfn >= plan_region_pages(p);
}

static uint64_t
first_p2m(const struct plan *p)
{
	return list_apart(p) ? segment(p, SEG_P2M)->pfn : 0;
}

static uint64_t
frames_p2m(const struct plan *p)
{
	return list_apart(p) ? segment(p, SEG_P2M)->pages +
	    segment(p, SEG_P2M_TABLES)->pages : 0;
}

static bool
by_pfn(const struct plan *p)
{
	return plan_segment(p, SEG_RAMDISK) != NULL &&
	    !segment(p, SEG_RAMDISK)->va.set;
}

static uint64_t
flags(const struct plan *p)
{
	return p->image.abi->start_info_flags | (by_pfn(p) ? SIF_MOD_PFN : 0);
}

static uint64_t
mod_start(const struct plan *p)
{
	if (plan_guest(p) == GUEST_PVH)
		return p->n_modules == 0 ? 0 : va_of(p, SEG_START_INFO) +
		    plan_pvh_start(p, p->layout.pages).modules;
	return by_pfn(p) ? segment(p, SEG_RAMDISK)->pfn :
	    va_of(p, SEG_RAMDISK);
}

static uint64_t
mod_len(const struct plan *p)
{
	if (plan_guest(p) == GUEST_PVH)
		return p->n_modules * PVH_MODULE_BYTES;
	return by_pfn(p) ? segment(p, SEG_RAMDISK)->pages * PAGE_BYTES :
	    segment(p, SEG_RAMDISK)->size;
}

static uint64_t
entry(const struct plan *p)
{
	return p->image.entry;
}

static uint64_t
stack_top(const struct plan *p)
{
	if (p->image.abi->context.sp_is_start_info)
		return va_of(p, SEG_START_INFO);
	return abi_wrap(p->image.abi, va_of(p, SEG_STACK) + PAGE_BYTES);
}

static uint64_t
cr3(const struct plan *p)
{
	return abi_cr3(p->image.abi, segment(p, SEG_PAGE_TABLES)->pfn);
}

enum part { OTHER, PFN, VA, PAGES };

static const struct derived {
	const char *section, *key;
	enum part part;			/* which part of the segment the field
					 * is; OTHER: what value() gives */
	enum segment_kind kind;
	uint64_t (*value)(const struct plan *);
} derived[] = {
	{ "pagetables", "root_mfn", PFN, SEG_PAGE_TABLES, NULL },
	{ "pagetables", "pt_base", VA, SEG_PAGE_TABLES, NULL },
	{ "pagetables", "frames", PAGES, SEG_PAGE_TABLES, NULL },
	{ "pagetables", "p2m", VA, SEG_P2M, NULL },
	{ "pagetables", "first_p2m_pfn", .value = first_p2m },
	{ "pagetables", "p2m_frames", .value = frames_p2m },
	{ "startinfo", "va", VA, SEG_START_INFO, NULL },
	{ "startinfo", "flags", .value = flags },
	{ "startinfo", "store_mfn", PFN, SEG_XENSTORE, NULL },
	{ "startinfo", "console_mfn", PFN, SEG_CONSOLE, NULL },
	{ "startinfo", "hypercall_mfn", .value = plan_hypercall_pfn },
	{ "startinfo", "mod_start", .value = mod_start },
	{ "startinfo", "mod_len", .value = mod_len },
	{ "vcpus", "ip", .value = entry },
	{ "vcpus", "sp", .value = stack_top },
	{ "vcpus", "kernel_sp", .value = stack_top },
	{ "vcpus", "si", VA, SEG_START_INFO, NULL },
	{ "vcpus", "bx", VA, SEG_START_INFO, NULL },
	{ "vcpus", "cr3", .value = cr3 },
};

static uint64_t
wanted(const struct derived *x, const struct plan *p)
{
	switch (x->part) {
	case PFN:
		return segment(p, x->kind)->pfn;
	case VA:
		return va_of(p, x->kind);
	case PAGES:
		return segment(p, x->kind)->pages;
	default:
		return x->value(p);
	}
}

static bool
is_derived(const struct derived *x, const struct diff_change *c,
    const struct plan *a, const struct plan *b)
{
	return strcmp(c->field->key, x->key) == 0 && c->from != NULL &&
	    c->to != NULL &&
	    schema_number(c->field, c->from) == wanted(x, a) &&
	    schema_number(c->field, c->to) == wanted(x, b);
}

void
diff_mark_derived(struct diff *d, size_t first, const struct plan *a,
    const struct plan *b)
{
	for (size_t i = first; i < d->n_items; i++)
		for (size_t k = 0; k < sizeof(derived) / sizeof(derived[0]);
		    k++) {
			struct diff_item *item = &d->items[i];

			if (!diff_under(item, derived[k].section))
				continue;
			for (size_t j = 0; j < item->n; j++)
				if (is_derived(&derived[k],
				    &item->changes[j], a, b))
					item->changes[j].follows = true;
		}
}
