#include <stdlib.h>
#include <string.h>

#include "abi/edits.h"
#include "abi/pte.h"
#include "base/cursor.h"
#include "canonical/impl.h"
#include "walk/planned.h"

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

static uint64_t
without_xen(const struct canonical *c, const struct canonical_table *t,
    unsigned index, uint64_t e)
{
	uint64_t va;

	if (!c->info.hypervisor_edits || t->level == 0)
		return e;
	va = t->va + ((uint64_t)index << abi_shift(c->abi, t->level));
	return edits_slot(c->abi, t->level, abi_extend(c->abi, va)) ? 0 :
	    edits_unmark(c->abi, t->level, e);
}

static uint64_t
with_pfn(struct canonical *c, uint64_t e)
{
	uint64_t pfn;

	if (e == 0)
		return 0;
	pfn = canonical_pfn(c, pte_frame(e));
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
