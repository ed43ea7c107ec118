#include <string.h>

#include "base/le.h"
#include "build/pv/pgtable-impl.h"
#include "abi/edits.h"
#include "abi/ptgeom.h"

/* Most calls ask for the pfn after the last one. */
static uint64_t
mfn_of_pfn(struct tables *g, uint64_t pfn)
{
	return extents_mfn_near(g->p2m, &g->near, pfn);
}

static bool
meets(const struct range *r, uint64_t first, uint64_t last)
{
	return first <= r->last && last >= r->first;
}

struct range
tables_main(const struct tables *g, unsigned level)
{
	struct range r = g->main;

	if (g->abi->l2_to_top && level == 2 && r.last < 0xc0000000)
		r.last = 0xffffffff;
	return r;
}

uint64_t
tables_pfn(const struct tables *g, unsigned level, uint64_t va)
{
	bool shared;
	uint64_t i = ptgeom_frame_more(g->abi, g->main.first, g->main.last,
	    g->list.first, g->list.last, level, va, &shared);

	return (shared ? g->frames->pfn : g->more->pfn) + i;
}

static uint64_t
page_entry(struct tables *g, uint64_t va)
{
	const struct range *r = meets(&g->main, va, va) ? &g->main : &g->list;
	uint64_t pfn;

	/* Outside of the region only a p2m list that lies there is mapped. */
	if (r == &g->list && !(g->separate && meets(r, va, va)))
		return 0;
	pfn = r->pfn + ((va - r->first) >> PAGE_BITS);
	return mfn_of_pfn(g, pfn) << PAGE_BITS |
	    (segment_holds(g->frames, pfn) || segment_holds(g->more, pfn) ?
	    g->abi->prot_table : g->abi->prot_page);
}

/* The entry of that level for [va, last]; 0: no table is below it. */
static uint64_t
upper_entry(struct tables *g, unsigned level, uint64_t va, uint64_t last)
{
	struct range r = tables_main(g, level - 1);

	if (!meets(&r, va, last)) {
		if (!g->separate || !meets(&g->list, va, last))
			return 0;
		r = g->list;
	}
	if (va < r.first)
		va = r.first;
	return mfn_of_pfn(g, tables_pfn(g, level - 1, va)) << PAGE_BITS |
	    g->abi->prot_upper;
}

/* The first address that entry i translates, in the table of va. */
static uint64_t
entry_va(const struct abi *a, unsigned level, uint64_t va, unsigned i)
{
	unsigned shift = abi_shift(a, level);
	unsigned above = shift + a->index_bits;
	uint64_t at = (uint64_t)i << shift;

	return level == a->levels ? abi_extend(a, at) :
	    (va >> above << above) | at;
}

void
tables_fill(struct tables *g, unsigned level, uint64_t va,
    unsigned char page[TABLE_BYTES])
{
	const struct abi *a = g->abi;
	unsigned n = level == a->levels ? a->top_entries : abi_entries(a);
	uint64_t mask = (UINT64_C(1) << abi_shift(a, level)) - 1;

	memset(page, 0, TABLE_BYTES);
	for (unsigned i = 0; i < n; i++, page += a->pte_bytes) {
		uint64_t at = entry_va(a, level, va, i);

		le_put(page, a->pte_bytes, level == 1 ? page_entry(g, at) :
		    upper_entry(g, level, at, at | mask));
	}
}

void
tables_strip(const struct abi *a, unsigned level, uint64_t va,
    const unsigned char *want, unsigned char *have)
{
	unsigned n = level == a->levels ? a->top_entries : abi_entries(a);

	for (unsigned i = 0; i < n; i++) {
		uint64_t w = le_get(want, a->pte_bytes);
		uint64_t e = le_get(have, a->pte_bytes);

		if (edits_slot(a, level, entry_va(a, level, va, i)) ||
		    edits_unmark(a, level, e) == w)
			le_put(have, a->pte_bytes, w);
		want += a->pte_bytes;
		have += a->pte_bytes;
	}
}
