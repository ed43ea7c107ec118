#include "walk/planned.h"

uint64_t
planned_slot_va(const struct abi *a, unsigned level, uint64_t slot)
{
	return abi_extend(a, slot << abi_shift(a, level + 1));
}

uint64_t
planned_slot(const struct abi *a, unsigned level, uint64_t va)
{
	return abi_linear(a, va) >> abi_shift(a, level + 1);
}

static void
find_slots(const struct abi *a, struct planned_slots *s, uint64_t first,
    uint64_t last)
{
	for (unsigned l = 0; l <= a->levels; l++) {
		s[l].low = planned_slot(a, l, first);
		s[l].high = planned_slot(a, l, last);
	}
	/* Slot 3 of the top table must be there: abi.h, l2_to_top. */
	if (a->l2_to_top)
		s[2].high = abi_linear(a, UINT64_MAX) >> abi_shift(a, 3);
}

static bool
is_main(const struct planned *t, unsigned level, uint64_t slot)
{
	return slot >= t->in[level].low && slot <= t->in[level].high;
}

static bool
is_extra(const struct planned *t, unsigned level, uint64_t slot)
{
	return t->separate && slot >= t->more[level].low &&
	    slot <= t->more[level].high && !is_main(t, level, slot);
}

/*
 * How many slots [low, slot) of the p2m list's range are not in the region's
 * as well: those have tables already.
 */
static uint64_t
extra_before(const struct planned *t, unsigned level, uint64_t slot)
{
	const struct planned_slots *in = &t->in[level];
	uint64_t low = t->more[level].low, from, to;

	from = low > in->low ? low : in->low;
	to = slot < in->high + 1 ? slot : in->high + 1;
	return slot - low - (from < to ? to - from : 0);
}

/*
 * Places the tables of each level behind those of the level above; returns how
 * many there are.
 */
static uint64_t
place_by_level(struct planned *t)
{
	uint64_t next = 0;

	for (unsigned l = t->abi->levels; l > 0; l--) {
		t->in[l].start = next;
		next += t->in[l].high - t->in[l].low + 1;
	}
	return next;
}

static uint64_t
place_extra(struct planned *t)
{
	uint64_t next = 0;

	for (unsigned l = t->abi->levels - 1u; t->separate && l > 0; l--) {
		t->more[l].start = next;
		next += extra_before(t, l, t->more[l].high + 1);
	}
	return next;
}

/*
 * ORDER_FIRST_USE: the tables lie in the order in which a builder that maps
 * page by page comes to need them: the top table, then the L1 of the first
 * page and the tables above it, then each further L1 with those tables above
 * it that it is the first to need.  So before L1 number k lie the top table, k
 * other L1s, and the upper tables of all slots before its own.
 */
static uint64_t
frame_by_use(const struct planned *t, unsigned level, uint64_t slot)
{
	unsigned index_bits = t->abi->index_bits;
	uint64_t l1 = slot << index_bits * (level - 1), first = t->in[1].low;
	uint64_t frame;

	if (level == t->abi->levels)
		return 0;
	if (l1 < first)
		l1 = first;
	frame = 1 + (l1 - first) + (level - 1);
	for (unsigned l = 2; l < t->abi->levels && l1 > first; l++) {
		unsigned bits = index_bits * (l - 1);

		frame += ((l1 - 1) >> bits) - (first >> bits) + 1;
	}
	return frame;
}

static uint64_t
main_frame(const struct planned *t, unsigned level, uint64_t slot)
{
	if (t->abi->table_order == ORDER_FIRST_USE)
		return frame_by_use(t, level, slot);
	return t->in[level].start + (slot - t->in[level].low);
}

static uint64_t
pfn_in(const struct layout_segment *s, uint64_t page)
{
	return s == NULL ? INVALID_MFN : s->pfn + page;
}

/* The pfn of a table (of a page, at level 0); INVALID_MFN: there is none. */
static uint64_t
pfn_of(const struct planned *t, unsigned level, uint64_t slot)
{
	if (is_main(t, level, slot))
		return level == 0 ? slot - t->in[0].low :
		    pfn_in(t->main, main_frame(t, level, slot));
	if (!is_extra(t, level, slot))
		return INVALID_MFN;
	if (level == 0)
		return t->p2m->pfn + (slot - t->more[0].low);
	return pfn_in(t->extra, t->more[level].start +
	    extra_before(t, level, slot));
}

bool
planned_is_table(const struct planned *t, uint64_t pfn)
{
	return segment_holds(t->main, pfn) || segment_holds(t->extra, pfn);
}

uint64_t
planned_entry(const struct planned *t, unsigned level, uint64_t slot,
    unsigned index, unsigned *flags)
{
	const struct abi *a = t->abi;
	uint64_t below = (slot << a->index_bits) + index, pfn = INVALID_MFN;

	if (level < a->levels || index < a->top_entries)
		pfn = pfn_of(t, level - 1, below);
	*flags = a->prot_upper;
	if (level == 1)
		*flags = planned_is_table(t, pfn) ? a->prot_table :
		    a->prot_page;
	return pfn;
}

/* ---- all tables ---- */

static int
visit(const struct planned *t, unsigned level, const struct planned_slots *s,
    bool (*has)(const struct planned *, unsigned, uint64_t),
    planned_visit *use, void *arg, struct fail *f)
{
	for (uint64_t slot = s->low; slot <= s->high; slot++) {
		const struct planned_table at = { level, slot,
		    pfn_of(t, level, slot) };

		if (has(t, level, slot) && use(arg, &at, f) < 0)
			return -1;
	}
	return 0;
}

int
planned_each(const struct planned *t, planned_visit *use, void *arg,
    struct fail *f)
{
	for (unsigned l = t->abi->levels; l > 0; l--) {
		if (visit(t, l, &t->in[l], is_main, use, arg, f) < 0)
			return -1;
		if (t->separate && visit(t, l, &t->more[l], is_extra, use, arg,
		    f) < 0)
			return -1;
	}
	return 0;
}

void
planned_tables(struct planned *t, const struct plan *p)
{
	const struct plan_layout *l = &p->layout;
	const struct abi *a = p->image.abi;

	*t = (struct planned){ .abi = a,
	    .main = plan_segment(p, SEG_PAGE_TABLES),
	    .extra = plan_segment(p, SEG_P2M_TABLES),
	    .p2m = plan_segment(p, SEG_P2M) };
	t->separate = a->init_p2m && t->p2m != NULL && t->p2m->va.set &&
	    t->p2m->pfn >= plan_region_pages(p);
	find_slots(a, t->in, l->v_start, l->v_end - 1);
	if (t->separate)
		find_slots(a, t->more, t->p2m->va.value,
		    t->p2m->va.value + t->p2m->pages * PAGE_BYTES - 1);
	t->main_pages = place_by_level(t);
	t->extra_pages = place_extra(t);
}
