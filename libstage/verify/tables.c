#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/edits.h"
#include "abi/pte.h"
#include "verify/impl.h"
#include "walk/planned.h"

/* The page tables of the domain, held against those that are planned. */
struct built {
	struct verify *v;
	const struct abi *abi;
	struct planned planned;
	unsigned char *main, *extra;	/* mapped, or NULL */
	uint64_t mappings;
};

static uint64_t
expected_entry(const struct built *t, const struct planned_table *at,
    unsigned index)
{
	unsigned flags;
	uint64_t pfn = planned_entry(&t->planned, at->level, at->slot, index,
	    &flags);

	return pfn == INVALID_MFN ? 0 :
	    verify_mfn(t->v, pfn) << PAGE_BITS | flags;
}

static bool
same_entry(const struct built *t, unsigned level, uint64_t got,
    uint64_t want)
{
	return got == want || (t->v->info.hypervisor_edits &&
	    edits_unmark(t->abi, level, got) == want);
}

static bool
is_table_mfn(const struct built *t, uint64_t mfn)
{
	uint64_t pfn = verify_pfn(t->v, mfn);

	return pfn != INVALID_MFN && planned_is_table(&t->planned, pfn);
}

static const char *
explain(const struct built *t, unsigned level, uint64_t got, uint64_t want)
{
	bool present = (got & PTE_PRESENT) != 0;

	if (level == 1 && present && (got & PTE_RW) != 0 &&
	    is_table_mfn(t, pte_frame(got)))
		return "a writable mapping of a page table";
	if (level > 1 && present && (got & PTE_PSE) != 0)
		return "a large page";
	if (want == 0)
		return "nothing should be mapped there";
	if (!present)
		return "nothing is mapped there";
	if (((got ^ want) & PTE_FRAME) != 0)
		return "another frame";
	return "other flags";
}

static void
entry_differs(const struct built *t, const struct planned_table *at,
    unsigned index, uint64_t slot, uint64_t got, uint64_t want)
{
	if (t->v->differences > 0) {
		verify_differs(t->v, "one more");
		return;
	}
	verify_differs(t->v, "va 0x%" PRIx64 ", L%u entry %u (mfn 0x%" PRIx64
	    "): 0x%" PRIx64 ", should be 0x%" PRIx64 ": %s",
	    planned_slot_va(t->abi, at->level - 1, slot), at->level, index,
	    verify_mfn(t->v, at->pfn), got, want,
	    explain(t, at->level, got, want));
}

static const unsigned char *
bytes_of(const struct built *t, uint64_t pfn)
{
	const struct planned *p = &t->planned;

	if (segment_holds(p->main, pfn))
		return t->main + (pfn - p->main->pfn) * PAGE_BYTES;
	return t->extra + (pfn - p->extra->pfn) * PAGE_BYTES;
}

static int
check_table(void *arg, const struct planned_table *at, struct fail *f)
{
	struct built *t = arg;
	const struct abi *a = t->abi;
	const unsigned char *bytes = bytes_of(t, at->pfn);
	bool top = at->level == a->levels;

	(void)f;
	for (unsigned i = 0; i < abi_entries(a); i++) {
		uint64_t slot = (at->slot << a->index_bits) + i, want, got;
		bool used = !top || i < a->top_entries;

		if (used && t->v->info.hypervisor_edits && edits_slot(a,
		    at->level, planned_slot_va(a, at->level - 1, slot)))
			continue;
		want = expected_entry(t, at, i);
		got = abi_entry(a, bytes, i);
		if (!same_entry(t, at->level, got, want))
			entry_differs(t, at, i, slot, got, want);
		t->mappings += at->level == 1 && (got & PTE_PRESENT) != 0;
	}
	return 0;
}

/* ---- the check ---- */

static void
check_plan_values(struct built *t)
{
	const struct plan_pagetables *p = &t->v->plan->pagetables;
	uint64_t extra = t->planned.extra == NULL ? 0 : t->planned.extra->pages;
	bool s = t->planned.separate;

	verify_plan_value(t->v, "pagetables.root_mfn", p->root_mfn,
	    verify_mfn(t->v, t->planned.main->pfn));
	if (t->planned.main->va.set)
		verify_plan_value(t->v, "pagetables.pt_base", p->pt_base,
		    t->planned.main->va.value);
	verify_plan_value(t->v, "pagetables.frames", p->frames,
	    t->planned.main->pages);
	verify_plan_value(t->v, "pagetables.first_p2m_pfn", p->first_p2m_pfn,
	    s ? t->planned.p2m->pfn : 0);
	verify_plan_value(t->v, "pagetables.p2m_frames", p->p2m_frames,
	    s ? t->planned.p2m->pages + extra : 0);
}

/* Once vcpu 0 has a context, its cr3 must name the top table. */
static int
check_cr3(struct built *t, struct fail *f)
{
	unsigned char context[ABI_CONTEXT_MAX];
	struct verify *v = t->v;
	uint64_t cr3, want =
	    abi_cr3(v->abi, verify_mfn(v, t->planned.main->pfn));
	bool present;

	if (v->target->ops->get_context(v->target, 0, context, &present, f) < 0)
		return -1;
	cr3 = abi_get(v->abi->context.field[CTX_CR3], context);
	if (present && cr3 != want)
		verify_differs(v, "cr3 of vcpu 0 is 0x%" PRIx64 " (mfn 0x%"
		    PRIx64 "), should be 0x%" PRIx64 " (mfn 0x%" PRIx64 ")",
		    cr3, abi_cr3_mfn(v->abi, cr3), want,
		    abi_cr3_mfn(v->abi, want));
	return 0;
}

/*
 * A PAE guest without the feature of an extended cr3 has a register of 32
 * bits, which holds an address below 4 GiB.
 */
static void
check_low_root(struct built *t)
{
	uint64_t mfn = verify_mfn(t->v, t->planned.main->pfn);

	if (t->abi->cr3_folded && mfn > 0xfffff &&
	    strcmp(t->v->plan->image.pae, "yes") == 0)
		verify_differs(t->v, "the top table lies in machine frame 0x%"
		    PRIx64 ", should be below 0x100000", mfn);
}

static int
unmap_tables(struct built *t, struct fail *f)
{
	int rc = 0;

	if (t->main != NULL)
		rc |= verify_unmap(t->v, t->main, f);
	if (t->extra != NULL)
		rc |= verify_unmap(t->v, t->extra, f);
	return rc;
}

static int
map_tables(struct built *t, struct fail *f)
{
	const struct layout_segment *main = t->planned.main;
	const struct layout_segment *extra = t->planned.extra;

	if (verify_map(t->v, main->pfn, main->pages, &t->main, f) < 0)
		return -1;
	if (extra == NULL)
		return 0;
	return verify_map(t->v, extra->pfn, extra->pages, &t->extra, f);
}

static bool
has_pages(struct verify *v, enum segment_kind kind,
    const struct layout_segment *s, uint64_t should)
{
	uint64_t pages = s == NULL ? 0 : s->pages;

	if (pages == should)
		return true;
	verify_differs(v, "the plan's segment '%s' has %" PRIu64
	    " pages, should have %" PRIu64, segment_name(kind), pages, should);
	return false;
}

/* False, with the difference reported: the segments have not the room. */
static bool
find_tables(struct verify *v, struct built *t)
{
	struct planned *p = &t->planned;

	*t = (struct built){ .v = v, .abi = v->abi };
	planned_tables(p, v->plan);
	return has_pages(v, SEG_PAGE_TABLES, p->main, p->main_pages) &&
	    has_pages(v, SEG_P2M_TABLES, p->extra, p->extra_pages);
}

static void
describe(const struct built *t)
{
	char text[128];
	size_t used = 0;

	for (unsigned l = t->abi->levels; l > 0; l--)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%" PRIu64 " L%u", l == t->abi->levels ? "" : ", ",
		    t->planned.in[l].high - t->planned.in[l].low + 1, l);
	if (t->planned.extra != NULL)
		snprintf(text + used, sizeof(text) - used, ", %" PRIu64
		    " for the p2m list", t->planned.extra->pages);
	verify_detail(t->v, "%" PRIu64 " pages mapped by tables: %s",
	    t->mappings, text);
}

int
verify_tables(struct verify *v, struct fail *f)
{
	struct built t;
	int rc;

	if (!find_tables(v, &t))
		return 0;
	check_plan_values(&t);
	check_low_root(&t);
	if (check_cr3(&t, f) < 0)
		return -1;
	rc = map_tables(&t, f);
	if (rc == 0)
		rc = planned_each(&t.planned, check_table, &t, f);
	if (unmap_tables(&t, f) < 0 || rc < 0)
		return -1;
	describe(&t);
	return 0;
}

/* ---- the frame types of the tables, at the hypervisor ---- */

static int
check_type(void *arg, const struct planned_table *at, struct fail *f)
{
	struct built *t = arg;
	struct target *target = t->v->target;
	bool top = at->level == t->abi->levels, pinned;
	uint64_t mfn = verify_mfn(t->v, at->pfn);
	unsigned level;

	if (target->ops->frame_type(target, mfn, &level, &pinned, f) < 0)
		return -1;
	if (level != at->level)
		verify_differs(t->v, "machine frame 0x%" PRIx64 " (table of "
		    "va 0x%" PRIx64 "): used as L%u table, should be L%u", mfn,
		    planned_slot_va(t->abi, at->level, at->slot), level,
		    at->level);
	if (top && !pinned)
		verify_differs(t->v, "machine frame 0x%" PRIx64 ", the top "
		    "table: not pinned, should be", mfn);
	return 0;
}

int
verify_types(struct verify *v, struct fail *f)
{
	struct built t;

	if (!find_tables(v, &t))
		return 0;
	if (planned_each(&t.planned, check_type, &t, f) < 0)
		return -1;
	return verify_detail(v, "%" PRIu64 " tables typed, the top one pinned",
	    t.planned.main_pages + t.planned.extra_pages);
}
