#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"
#include "base/cursor.h"
#include "abi/ptgeom.h"

enum { PTE_PRESENT = 0x1, PTE_USER = 0x4 };

#define PTE_BIT52	(UINT64_C(1) << 52)	/* Xen's mark */
#define PTE_FRAME	UINT64_C(0x000ffffffffff000)

/* ---- which page is which table ---- */

/* A range of addresses that has tables of its own. */
struct mapped {
	uint64_t first, last;
};

struct finder {
	struct canonical *c;
	struct mapped main, list;
	bool separate;			/* the list has a range of its own */
};

static const uint64_t l2_to_top_below = UINT64_C(0xc0000000);

static void
set_table(const struct pfn_run *s, struct canonical_table *tables,
    uint64_t index, unsigned level, uint64_t va)
{
	if (index < s->pages)
		tables[index] = (struct canonical_table){ level, va };
}

static void
place_table(struct finder *g, bool list, unsigned level, uint64_t va)
{
	struct canonical *c = g->c;
	bool shared = true;
	uint64_t index, start;

	start = va & ~((UINT64_C(1) << abi_shift(c->abi, level + 1)) - 1);
	if (level == c->abi->levels)
		start = 0;
	if (!list)
		index = ptgeom_frame(c->abi, g->main.first, g->main.last,
		    level, va);
	else
		index = ptgeom_frame_more(c->abi, g->main.first, g->main.last,
		    g->list.first, g->list.last, level, va, &shared);
	if (shared)
		set_table(&c->main, c->tables, index, level, start);
	else
		set_table(&c->more, c->tables + c->main.pages, index, level,
		    start);
}

/* Every table of one level, ascending. */
static void
place_level(struct finder *g, bool list, unsigned level)
{
	const struct abi *a = g->c->abi;
	struct mapped r = list ? g->list : g->main;
	uint64_t mask = (UINT64_C(1) << abi_shift(a, level + 1)) - 1;

	if (a->l2_to_top && level == 2 && r.last < l2_to_top_below)
		r.last = UINT32_MAX;
	for (uint64_t va = r.first; level < a->levels; va = (va | mask) + 1) {
		place_table(g, list, level, va);
		if ((va | mask) >= r.last)
			break;
	}
	if (level == a->levels)
		place_table(g, list, level, r.first);
}

static void
find_ranges(struct finder *g)
{
	const struct plan *p = g->c->plan;
	const struct layout_segment *s = plan_segment(p, SEG_P2M);

	g->main = (struct mapped){ p->layout.v_start,
	    abi_wrap(g->c->abi, p->layout.v_end - 1) };
	g->separate = g->c->abi->init_p2m && s != NULL && s->va.set &&
	    s->pfn >= canonical_region(p);
	if (g->separate)
		g->list = (struct mapped){ s->va.value,
		    s->va.value + s->pages * PAGE_BYTES - 1 };
}

static struct pfn_run
run_of(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? (struct pfn_run){ 0, 0 } :
	    (struct pfn_run){ s->pfn, s->pages };
}

int
canonical_find_tables(struct canonical *c, struct fail *f)
{
	struct finder g = { .c = c };
	uint64_t pages;

	c->main = run_of(c->plan, SEG_PAGE_TABLES);
	c->more = run_of(c->plan, SEG_P2M_TABLES);
	pages = c->main.pages + c->more.pages;
	c->tables = calloc(pages + 1, sizeof(*c->tables));
	if (c->tables == NULL)
		return fail_memory(f, (pages + 1) * sizeof(*c->tables));
	find_ranges(&g);
	for (unsigned level = c->abi->levels; level > 0; level--) {
		place_level(&g, false, level);
		if (g.separate)
			place_level(&g, true, level);
	}
	return 0;
}

bool
canonical_table_at(const struct canonical *c, uint64_t pfn, struct canonical_table *t)
{
	if (pfn - c->main.pfn < c->main.pages)
		*t = c->tables[pfn - c->main.pfn];
	else if (pfn - c->more.pfn < c->more.pages)
		*t = c->tables[c->main.pages + (pfn - c->more.pfn)];
	else
		return false;
	return t->level != 0;
}

/* ---- entries ---- */

/* Does an entry stand for addresses that are the hypervisor's own? */
static bool
is_xens(const struct canonical *c, const struct canonical_table *t, unsigned index)
{
	const struct abi *a = c->abi;
	uint64_t first = t->va + ((uint64_t)index << abi_shift(a, t->level));

	if (t->level == a->levels && a->bits == 64 &&
	    first >> (a->va_bits - 1) != 0)
		first |= UINT64_MAX << a->va_bits;
	return first >= a->hole_start && first +
	    ((UINT64_C(1) << abi_shift(a, t->level)) - 1) <= a->hole_last;
}

static uint64_t
without_xen(const struct canonical *c, const struct canonical_table *t,
    unsigned index, uint64_t e)
{
	const uint64_t marks = PTE_USER | PTE_BIT52;

	if (!c->info.hypervisor_edits || t->level == 0)
		return e;
	if (is_xens(c, t, index))
		return 0;
	if (t->level == 1 && c->abi->bits == 64 && (e & PTE_PRESENT) != 0 &&
	    (e & marks) == marks)
		return e & ~marks;
	return e;
}

static uint64_t
with_pfn(struct canonical *c, uint64_t e)
{
	uint64_t pfn;

	if (e == 0)
		return 0;
	pfn = canonical_pfn(c, (e & PTE_FRAME) >> PAGE_BITS);
	return (e & ~PTE_FRAME) | (pfn == INVALID_MFN ? PTE_FRAME :
	    pfn << PAGE_BITS);
}

void
canonical_form_table(struct canonical *c, const struct layout_segment *s,
    uint64_t index, unsigned char *page)
{
	unsigned bytes = c->abi->pte_bytes;
	struct canonical_table t = { 0 };

	(void)canonical_table_at(c, s->pfn + index, &t);
	for (unsigned i = 0; i < abi_entries(c->abi); i++, page += bytes)
		le_put(page, bytes, with_pfn(c, without_xen(c, &t, i,
		    le_get(page, bytes))));
}
