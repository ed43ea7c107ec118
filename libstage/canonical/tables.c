#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"
#include "base/cursor.h"
#include "walk/planned.h"

enum { PTE_PRESENT = 0x1, PTE_USER = 0x4 };

#define PTE_BIT52	(UINT64_C(1) << 52)	/* Xen's mark */
#define PTE_FRAME	UINT64_C(0x000ffffffffff000)

/* ---- which page is which table ---- */

static struct pfn_run
run_of(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? (struct pfn_run){ 0, 0 } :
	    (struct pfn_run){ s->pfn, s->pages };
}

static struct canonical_table *
table_of(const struct canonical *c, uint64_t pfn)
{
	if (pfn - c->main.pfn < c->main.pages)
		return &c->tables[pfn - c->main.pfn];
	if (pfn - c->more.pfn < c->more.pages)
		return &c->tables[c->main.pages + (pfn - c->more.pfn)];
	return NULL;
}

static int
note_table(void *arg, const struct planned_table *at, struct fail *f)
{
	struct canonical *c = arg;
	struct canonical_table *t = table_of(c, at->pfn);

	(void)f;
	if (t != NULL)
		*t = (struct canonical_table){ at->level,
		    planned_slot_va(c->abi, at->level, at->slot) };
	return 0;
}

int
canonical_find_tables(struct canonical *c, struct fail *f)
{
	struct planned planned;
	uint64_t pages;

	c->main = run_of(c->plan, SEG_PAGE_TABLES);
	c->more = run_of(c->plan, SEG_P2M_TABLES);
	pages = c->main.pages + c->more.pages;
	c->tables = calloc(pages + 1, sizeof(*c->tables));
	if (c->tables == NULL)
		return fail_memory(f, (pages + 1) * sizeof(*c->tables));
	planned_tables(&planned, c->plan);
	return planned_each(&planned, note_table, c, f);
}

bool
canonical_table_at(const struct canonical *c, uint64_t pfn,
    struct canonical_table *t)
{
	const struct canonical_table *at = table_of(c, pfn);

	if (at == NULL || at->level == 0)
		return false;
	*t = *at;
	return true;
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
canonical_bring_table(struct canonical *c, const struct layout_segment *s,
    uint64_t index, unsigned char *page)
{
	unsigned bytes = c->abi->pte_bytes;
	struct canonical_table t = { 0 };

	(void)canonical_table_at(c, s->pfn + index, &t);
	for (unsigned i = 0; i < abi_entries(c->abi); i++, page += bytes)
		le_put(page, bytes, with_pfn(c, without_xen(c, &t, i,
		    le_get(page, bytes))));
}
