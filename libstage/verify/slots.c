#include <inttypes.h>

#include "verify/tables.h"

static uint64_t
va_mask(const struct abi *a)
{
	return UINT64_MAX >> (64 - a->va_bits);
}

unsigned
verify_slot_bits(const struct abi *a, unsigned level)
{
	return abi_shift(a, level + 1);
}

uint64_t
verify_slot_va(const struct abi *a, unsigned level, uint64_t slot)
{
	uint64_t va = slot << verify_slot_bits(a, level);

	if (a->va_bits < 64 && a->bits == 64 && va >> (a->va_bits - 1) != 0)
		va |= ~va_mask(a);
	return va;
}

static void
find_slots(const struct abi *a, struct slots *s, uint64_t first, uint64_t last)
{
	for (unsigned l = 0; l <= a->levels; l++) {
		s[l].low = (first & va_mask(a)) >> verify_slot_bits(a, l);
		s[l].high = (last & va_mask(a)) >> verify_slot_bits(a, l);
	}
	/* Slot 3 of the top table must be there: abi.h, l2_to_top. */
	if (a->l2_to_top)
		s[2].high = va_mask(a) >> verify_slot_bits(a, 2);
}

static bool
is_main(const struct tables *t, unsigned level, uint64_t slot)
{
	return slot >= t->in[level].low && slot <= t->in[level].high;
}

static bool
is_extra(const struct tables *t, unsigned level, uint64_t slot)
{
	return t->separate && slot >= t->more[level].low &&
	    slot <= t->more[level].high && !is_main(t, level, slot);
}

/* How many of the slots [low, slot) of the list's range are its own. */
static uint64_t
extra_before(const struct tables *t, unsigned level, uint64_t slot)
{
	const struct slots *in = &t->in[level];
	uint64_t low = t->more[level].low, from, to;

	from = low > in->low ? low : in->low;
	to = slot < in->high + 1 ? slot : in->high + 1;
	return slot - low - (from < to ? to - from : 0);
}

/* Frames of each level one after the other; returns how many there are. */
static uint64_t
place_by_level(struct tables *t)
{
	uint64_t next = 0;

	for (unsigned l = t->abi->levels; l > 0; l--) {
		t->in[l].start = next;
		next += t->in[l].high - t->in[l].low + 1;
	}
	return next;
}

static uint64_t
place_extra(struct tables *t)
{
	uint64_t next = 0;

	for (unsigned l = t->abi->levels - 1u; t->separate && l > 0; l--) {
		t->more[l].start = next;
		next += extra_before(t, l, t->more[l].high + 1);
	}
	return next;
}

/*
 * ORDER_FIRST_USE: after the top table, each L1 comes before the tables above
 * it that it is the first to need.  Before the L1 number k lie the top, k
 * other L1s and the upper tables of the slots up to number k - 1.
 */
static uint64_t
frame_by_use(const struct tables *t, unsigned level, uint64_t slot)
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
main_frame(const struct tables *t, unsigned level, uint64_t slot)
{
	if (t->abi->table_order == ORDER_FIRST_USE)
		return frame_by_use(t, level, slot);
	return t->in[level].start + (slot - t->in[level].low);
}

uint64_t
verify_slot_pfn(const struct tables *t, unsigned level, uint64_t slot)
{
	if (is_main(t, level, slot))
		return level == 0 ? slot - t->in[0].low :
		    t->main->pfn + main_frame(t, level, slot);
	if (!is_extra(t, level, slot))
		return INVALID_MFN;
	if (level == 0)
		return t->p2m->pfn + (slot - t->more[0].low);
	return t->extra->pfn + t->more[level].start +
	    extra_before(t, level, slot);
}

bool
verify_is_table(const struct tables *t, uint64_t pfn)
{
	return segment_holds(t->main, pfn) || segment_holds(t->extra, pfn);
}

/* ---- all tables ---- */

static int
visit(struct tables *t, unsigned level, const struct slots *s,
    bool (*has)(const struct tables *, unsigned, uint64_t),
    const struct layout_segment *segment, const unsigned char *bytes,
    visit_table *use, struct fail *f)
{
	for (uint64_t slot = s->low; slot <= s->high; slot++) {
		struct table at = { .level = level, .slot = slot };
		uint64_t pfn;

		if (!has(t, level, slot))
			continue;
		pfn = verify_slot_pfn(t, level, slot);
		at.mfn = verify_mfn(t->v, pfn);
		if (bytes != NULL)
			at.bytes = bytes + (pfn - segment->pfn) * PAGE_BYTES;
		if (use(t, &at, f) < 0)
			return -1;
	}
	return 0;
}

int
verify_visit_tables(struct tables *t, visit_table *use, struct fail *f)
{
	for (unsigned l = t->abi->levels; l > 0; l--) {
		if (visit(t, l, &t->in[l], is_main, t->main, t->main_bytes,
		    use, f) < 0)
			return -1;
		if (t->separate && visit(t, l, &t->more[l], is_extra, t->extra,
		    t->extra_bytes, use, f) < 0)
			return -1;
	}
	return 0;
}

static bool
has_frames(struct verify *v, enum segment_kind kind,
    const struct layout_segment *s, uint64_t frames)
{
	uint64_t pages = s == NULL ? 0 : s->pages;

	if (pages == frames)
		return true;
	verify_differs(v, "the plan's segment '%s' has %" PRIu64
	    " pages, should have %" PRIu64, segment_name(kind), pages, frames);
	return false;
}

bool
verify_find_tables(struct verify *v, struct tables *t)
{
	const struct plan_layout *l = &v->plan->layout;

	*t = (struct tables){ .v = v, .abi = v->abi,
	    .main = plan_segment(v->plan, SEG_PAGE_TABLES),
	    .extra = plan_segment(v->plan, SEG_P2M_TABLES),
	    .p2m = plan_segment(v->plan, SEG_P2M) };
	t->separate = v->abi->init_p2m && t->p2m != NULL && t->p2m->va.set &&
	    t->p2m->pfn >= verify_region_pages(v);
	find_slots(v->abi, t->in, l->v_start, l->v_end - 1);
	if (t->separate)
		find_slots(v->abi, t->more, t->p2m->va.value,
		    t->p2m->va.value + t->p2m->pages * PAGE_BYTES - 1);
	return has_frames(v, SEG_PAGE_TABLES, t->main, place_by_level(t)) &&
	    has_frames(v, SEG_P2M_TABLES, t->extra, place_extra(t));
}
