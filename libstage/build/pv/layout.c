#include <inttypes.h>
#include <string.h>

#include "build/layout-rules.h"
#include "abi/ptgeom.h"

enum {
	LINE_PAGES = 1024,	/* a region ends at a multiple of 4 MiB */
	SPARE_PAGES = 128	/* at least 512 KiB follow the stack */
};

static bool
ramdisk_mapped(const struct plan *p)
{
	return !p->image.mod_start_pfn || !p->image.abi->mod_pfn;
}

/* Bytes of a segment in a domain of that many pages; 0: it has none. */
static uint64_t
segment_size(const struct plan *p, enum segment_kind kind, uint64_t pages,
    uint64_t tables)
{
	switch (kind) {
	case SEG_KERNEL:
		return p->image.kend -
		    p->image.kstart / PAGE_BYTES * PAGE_BYTES;
	case SEG_RAMDISK:
		return p->n_modules == 0 ? 0 : p->modules[0].size;
	case SEG_P2M:
		return p->image.abi->p2m_reserved * pages;
	case SEG_PAGE_TABLES:
	case SEG_P2M_TABLES:
		return tables * PAGE_BYTES;
	default:
		return PAGE_BYTES;
	}
}

/* Puts the mapped segments in the order of the ABI; returns their end. */
static uint64_t
put_region(const struct plan *p, uint64_t pages, uint64_t tables,
    struct places *l)
{
	const struct plan_image *image = &p->image;
	uint64_t cursor = 0;

	for (const enum segment_kind *k = image->abi->order; *k != SEG_KINDS;
	    k++) {
		if (*k == SEG_RAMDISK && !ramdisk_mapped(p))
			continue;
		if (*k == SEG_P2M && layout_p2m_apart(image))
			continue;
		if (*k == SEG_KERNEL)
			cursor = (image->kstart - l->v_start) / PAGE_BYTES;
		cursor = layout_put(l, *k, cursor,
		    segment_size(p, *k, pages, tables));
	}
	return cursor;
}

/* Pages between the start of the region and the hole or the last address. */
static uint64_t
room(const struct abi *a, uint64_t v_start)
{
	uint64_t end = a->bits == 32 ? a->hole_start :
	    UINT64_C(1) << (a->va_bits - 1);

	if (v_start > a->hole_last)
		end = 0;		/* 2^64, so the difference is right */
	return (end - v_start) / PAGE_BYTES;
}

static int
fail_room(const struct plan_image *image, const struct places *l,
    uint64_t most, struct fail *f)
{
	return fail(f, FAIL_INPUT, "the initial mapping needs %" PRIu64
	    " KiB from 0x%" PRIx64 " on, but only %" PRIu64 " KiB lie between "
	    "that address and %s; a smaller ramdisk or less memory makes it "
	    "shorter", l->region * 4, l->v_start, most * 4,
	    image->abi->bits == 32 ? "the hypervisor's hole" :
	    "the end of its half of the address space");
}

/*
 * The smallest region that ends at a multiple of 4 MiB and holds everything,
 * the page tables that map it included.  Builders searched for it in different
 * ways; they all find this one, since more tables never make it shorter.
 */
static int
place_region(const struct plan *p, uint64_t pages, struct places *l,
    struct fail *f)
{
	const struct abi *a = p->image.abi;
	const uint64_t base = l->v_start / PAGE_BYTES;
	const uint64_t most = room(a, l->v_start);
	uint64_t tables = 0, counted = 0;

	do {
		uint64_t end;

		tables = counted;
		end = base + put_region(p, pages, tables, l) + SPARE_PAGES;
		l->region = (end + LINE_PAGES - 1) / LINE_PAGES * LINE_PAGES -
		    base;
		if (l->region > most)
			return fail_room(&p->image, l, most, f);
		counted = ptgeom_count(a, l->v_start,
		    l->v_start + l->region * PAGE_BYTES - 1, l->tables);
	} while (counted > tables);

	layout_map(l);
	l->needed = l->region;
	return 0;
}

static void
place_p2m_tables(const struct plan *p, uint64_t pages, struct places *l)
{
	const struct layout_segment *list = &l->at[SEG_P2M];
	uint64_t tables = ptgeom_count_more(p->image.abi, l->v_start,
	    l->v_start + l->region * PAGE_BYTES - 1, list->va.value,
	    list->va.value + list->pages * PAGE_BYTES - 1, l->p2m_tables);

	l->needed = layout_put(l, SEG_P2M_TABLES, l->needed,
	    segment_size(p, SEG_P2M_TABLES, pages, tables));
}

static int
place(const struct plan *p, uint64_t pages, struct places *l, struct fail *f)
{
	memset(l, 0, sizeof(*l));
	l->v_start = plan_region_start(&p->image);
	if (place_region(p, pages, l, f) < 0)
		return -1;
	if (!ramdisk_mapped(p))
		l->needed = layout_put(l, SEG_RAMDISK, l->needed,
		    segment_size(p, SEG_RAMDISK, pages, 0));
	if (layout_p2m_apart(&p->image)) {
		l->needed = layout_put(l, SEG_P2M, l->needed,
		    segment_size(p, SEG_P2M, pages, 0));
		l->at[SEG_P2M].va = p->image.init_p2m;
	}
	if (layout_check_p2m(&p->image, l, f) < 0)
		return -1;
	if (layout_p2m_apart(&p->image))
		place_p2m_tables(p, pages, l);
	return 0;
}

const struct layout_rules layout_pv = { "mapped at start", place,
	layout_check_image, layout_check_hypercall };
