#include "abi/ptgeom.h"

/*
 * Neighbouring tables of one level.  A table's number is the first address that
 * it translates, divided by how many it translates.
 */
struct span {
	uint64_t first, last;
};

static const uint64_t extra_l2_below = UINT64_C(0xc0000000);

/* The number of the table of that level that translates va. */
static uint64_t
table_number(const struct abi *a, unsigned level, uint64_t va)
{
	return abi_linear(a, va) >> abi_shift(a, level + 1);
}

static struct span
tables_over(const struct abi *a, unsigned level, uint64_t first, uint64_t last)
{
	if (level == a->levels)
		return (struct span){ 0, 0 };
	/* Xen needs an L2 table in the last entry of L3, to put its own entries
	 * in. */
	if (a->l2_to_top && level == 2 && last < extra_l2_below)
		last = UINT32_MAX;
	return (struct span){ table_number(a, level, first),
	    table_number(a, level, last) };
}

static uint64_t
span_size(struct span s)
{
	return s.last - s.first + 1;
}

/* How many tables of s have a number below end. */
static uint64_t
span_below(struct span s, uint64_t end)
{
	if (end <= s.first)
		return 0;
	return end > s.last ? span_size(s) : end - s.first;
}

/* How many tables of s with a number below end are in t as well. */
static uint64_t
span_common_below(struct span s, struct span t, uint64_t end)
{
	struct span both = {
		s.first > t.first ? s.first : t.first,
		s.last < t.last ? s.last : t.last,
	};

	return both.first > both.last ? 0 : span_below(both, end);
}

uint64_t
ptgeom_count(const struct abi *a, uint64_t first, uint64_t last,
    uint64_t counts[ABI_LEVELS_MAX])
{
	uint64_t sum = 0;

	for (unsigned level = a->levels; level > 0; level--) {
		uint64_t n = span_size(tables_over(a, level, first, last));

		counts[a->levels - level] = n;
		sum += n;
	}
	return sum;
}

static uint64_t
frame_by_level(const struct abi *a, uint64_t first, uint64_t last,
    unsigned level, uint64_t va)
{
	uint64_t above = 0;

	for (unsigned l = a->levels; l > level; l--)
		above += span_size(tables_over(a, l, first, last));
	if (level == a->levels)
		return 0;
	return above + table_number(a, level, va) -
	    table_number(a, level, first);
}

/*
 * A table gets its frame where going up the addresses first needs it.  So the
 * tables for the addresses below have lower numbers, and of those that begin at
 * one address the lowest level comes first.
 */
static uint64_t
frame_by_first_use(const struct abi *a, uint64_t first, unsigned level,
    uint64_t va)
{
	uint64_t counts[ABI_LEVELS_MAX];
	uint64_t start;

	if (level == a->levels)
		return 0;
	start = va & ~((UINT64_C(1) << abi_shift(a, level + 1)) - 1);
	if (start <= first)
		return level;
	return ptgeom_count(a, first, start - 1, counts) + level - 1;
}

uint64_t
ptgeom_frame(const struct abi *a, uint64_t first, uint64_t last,
    unsigned level, uint64_t va)
{
	if (a->table_order == ORDER_FIRST_USE)
		return frame_by_first_use(a, first, level, va);
	return frame_by_level(a, first, last, level, va);
}

uint64_t
ptgeom_count_more(const struct abi *a, uint64_t first, uint64_t last,
    uint64_t first2, uint64_t last2, uint64_t counts[ABI_LEVELS_MAX])
{
	uint64_t sum = 0;

	for (unsigned level = a->levels; level > 0; level--) {
		struct span one = tables_over(a, level, first, last);
		struct span two = tables_over(a, level, first2, last2);
		uint64_t n = span_size(two) -
		    span_common_below(two, one, UINT64_MAX);

		counts[a->levels - level] = n;
		sum += n;
	}
	return sum;
}

uint64_t
ptgeom_frame_more(const struct abi *a, uint64_t first, uint64_t last,
    uint64_t first2, uint64_t last2, unsigned level, uint64_t va,
    bool *shared)
{
	uint64_t counts[ABI_LEVELS_MAX];
	struct span one = tables_over(a, level, first, last);
	struct span two = tables_over(a, level, first2, last2);
	uint64_t number = level == a->levels ? 0 : table_number(a, level, va);
	uint64_t frame;

	*shared = number >= one.first && number <= one.last;
	if (*shared)
		return ptgeom_frame(a, first, last, level, va);
	ptgeom_count_more(a, first, last, first2, last2, counts);
	frame = span_below(two, number) - span_common_below(two, one, number);
	for (unsigned l = a->levels; l > level; l--)
		frame += counts[a->levels - l];
	return frame;
}
