#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ptgeom.h"

#include "unit.h"

/* The ABIs, the oldest first. */
#define P1 (&abi_rows[0])
#define P2 (&abi_rows[1])
#define P3 (&abi_rows[2])
#define P4 (&abi_rows[3])
#define P5 (&abi_rows[4])

#define HIGH(x)	(UINT64_C(0xffffffff00000000) + UINT64_C(x))
#define GIB	(UINT64_C(1) << 30)

/* Tables of each level by range, worked out by hand. */
static const struct {
	const char *name;
	const struct abi *abi;
	uint64_t start, end;		/* exclusive; 0: top */
	uint64_t want[ABI_LEVELS_MAX];
} counts[] = {
	{ "P1 two tables of 4 MiB", P1, 0xc0000000, 0xc0800000, { 1, 2 } },
	{ "P1 128 MiB ramdisk", P1, 0xc0000000, 0xc8800000, { 1, 34 } },
	{ "P2 starts below a line", P2, 0xc03ff000, 0xc0800000, { 1, 2 } },
	{ "P2 to the top", P2, 0xffc00000, 0x100000000, { 1, 1 } },
	{ "P3 typical", P3, HIGH(0x80000000), HIGH(0x80800000),
	    { 1, 1, 1, 4 } },
	{ "P3 upper half", P3, HIGH(0x80300000), HIGH(0x80800000),
	    { 1, 1, 1, 3 } },
	{ "P3 over 1 GiB", P3, HIGH(0xbff00000), HIGH(0xc0800000),
	    { 1, 1, 2, 5 } },
	{ "P3 over 512 GiB", P3, 0x7ffff00000, 0x8000400000, { 1, 2, 2, 3 } },
	{ "P4 at 3 GiB", P4, 0xc0000000, 0xc0800000, { 1, 1, 4 } },
	{ "P4 at 0: L2 up to slot 3", P4, 0, 0x400000, { 1, 4, 2 } },
	{ "P4 at 2 GiB: L2 up to slot 3", P4, 0x80000000, 0x80400000,
	    { 1, 2, 2 } },
	{ "P4 ends at 3 GiB", P4, 0xbfc00000, 0xc0000000, { 1, 2, 2 } },
	{ "P4 ends past 3 GiB", P4, 0xbfc00000, 0xc0400000, { 1, 2, 4 } },
	{ "P5 typical", P5, HIGH(0x80000000), HIGH(0x82800000),
	    { 1, 1, 1, 20 } },
	{ "P5 Debian's", P5, HIGH(0x80000000), HIGH(0x84c00000),
	    { 1, 1, 1, 38 } },
	{ "P5 to the top", P5, HIGH(0xffc00000), 0, { 1, 1, 1, 2 } },
};

static void
tables_of_each_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t got[ABI_LEVELS_MAX] = { 0 };
		uint64_t sum = 0, n;

		n = ptgeom_count(counts[i].abi, counts[i].start,
		    counts[i].end - 1, got);
		for (unsigned l = 0; l < ABI_LEVELS_MAX; l++) {
			sum += got[l];
			if (got[l] != counts[i].want[l])
				fail_msg("%s: %llu tables at depth %u",
				    counts[i].name, (unsigned long long)got[l],
				    l);
		}
		assert_int_equal(sum, n);
	}
}

/*
 * Orders of xb-abi(7), "Frames of the page tables": levels of frames 0, 1, ...
 * as digits.  Within a level frames ascend in address.
 */
static const struct {
	const char *name;
	const struct abi *abi;
	uint64_t start, end;
	const char *want;
} orders[] = {
	{ "P1", P1, 0xc0000000, 0xc0800000, "211" },
	{ "P2", P2, 0xc03ff000, 0xc0c00000, "2111" },
	{ "P3, 8 MiB", P3, HIGH(0x80000000), HIGH(0x80800000), "4123111" },
	{ "P3, over 1 GiB", P3, HIGH(0xbff00000), HIGH(0xc0800000),
	    "412312111" },
	{ "P3, over 512 GiB", P3, 0x7ffff00000, 0x8000200000, "4123123" },
	{ "P3, over 512 GiB, 4 MiB on", P3, 0x7ffff00000, 0x8000400000,
	    "41231231" },
	{ "P4", P4, 0xc0000000, 0xc0800000, "321111" },
	{ "P4 at 0", P4, 0, 0x400000, "3222211" },
	{ "P5", P5, HIGH(0x80000000), HIGH(0x80800000), "4321111" },
	{ "P5, over 1 GiB", P5, HIGH(0xbfe00000), HIGH(0xc0200000), "432211" },
};

/* Bytes that a table of the level covers. */
static uint64_t
reach(const struct abi *a, unsigned level)
{
	return UINT64_C(1) << abi_shift(a, level + 1);
}

/* Every table of [first, last] in frame order: 1 level a digit. */
static void
levels_in_order(const struct abi *a, uint64_t first, uint64_t last,
    char *out, size_t n)
{
	memset(out, '?', n);
	out[n] = '\0';
	for (unsigned level = 1; level <= a->levels; level++) {
		uint64_t step = reach(a, level), to = last;

		if (a->l2_to_top && level == 2 && last < 0xc0000000)
			to = UINT32_MAX;
		for (uint64_t va = first;;) {
			uint64_t frame = ptgeom_frame(a, first, last, level,
			    va);

			if (frame >= n || out[frame] != '?')
				fail_msg("%s: level %u of 0x%llx in frame %llu",
				    a->name, level, (unsigned long long)va,
				    (unsigned long long)frame);
			out[frame] = (char)('0' + level);
			va = (va & ~(step - 1)) + step;
			if (level == a->levels || va - 1 >= to)
				break;
		}
	}
}

static void
frames_in_the_order_of_the_abi(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		uint64_t unused[ABI_LEVELS_MAX];
		size_t n = ptgeom_count(orders[i].abi, orders[i].start,
		    orders[i].end - 1, unused);
		char got[64];

		assert_true(n < sizeof(got));
		levels_in_order(orders[i].abi, orders[i].start,
		    orders[i].end - 1, got, n);
		if (strcmp(got, orders[i].want) != 0)
			fail_msg("%s: %s, not %s", orders[i].name, got,
			    orders[i].want);
	}
}

/* Numbers that are the same in every run: xorshift64. */
static uint64_t
any(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* A range in pages that abi could have: in one half, below the hole. */
static void
any_range(const struct abi *a, uint64_t *seed, uint64_t *first, uint64_t *last)
{
	uint64_t limit = a->bits == 32 ? a->hole_start : UINT64_C(1) << 47;
	uint64_t size = (1 + any(seed) % 4096) * PAGE_BYTES;

	if (any(seed) % 4 == 0)
		size += any(seed) % 3 * GIB;
	*first = any(seed) % (limit - size) & ~(PAGE_BYTES - 1);
	if (any(seed) % 2 == 0)		/* near a line of an upper table */
		*first &= ~(UINT64_C(1) << (30 + any(seed) % 9)) + 1;
	*last = *first + size - 1;
	if (a->bits == 64 && any(seed) % 2 == 0) {
		*first = ~*first & ~(PAGE_BYTES - 1);
		*first -= size - PAGE_BYTES;
		*last = *first + size - 1;
	}
}

static void
every_frame_is_one_table(void **state)
{
	uint64_t seed = 0x2545f4914f6cdd1d;

	(void)state;
	for (unsigned i = 0; i < 400 * ABI_PV_COUNT; i++) {
		const struct abi *a = &abi_rows[i % ABI_PV_COUNT];
		uint64_t first, last, unused[ABI_LEVELS_MAX];
		char got[8192];
		uint64_t n;

		any_range(a, &seed, &first, &last);
		n = ptgeom_count(a, first, last, unused);
		assert_true(n < sizeof(got));
		levels_in_order(a, first, last, got, n);
		assert_null(strchr(got, '?'));
	}
}

static const struct {
	const char *name;
	uint64_t start, end, start2, end2;
	uint64_t want[ABI_LEVELS_MAX];
} more[] = {
	{ "Linux, 64 MiB", HIGH(0x80000000), HIGH(0x80400000),
	    0x8000000000, 0x8000020000, { 0, 1, 1, 1 } },
	{ "Linux, 1 GiB", HIGH(0x80000000), HIGH(0x80400000),
	    0x8000000000, 0x8000200000, { 0, 1, 1, 1 } },
	{ "Linux, 64 GiB", HIGH(0x80000000), HIGH(0x80400000),
	    0x8000000000, 0x8008000000, { 0, 1, 1, 64 } },
	{ "same L3, L2 and L1", 0x200000, 0x400000, 0x200000, 0x220000,
	    { 0, 0, 0, 0 } },
	{ "same L2", HIGH(0x80200000), HIGH(0x80400000), HIGH(0x80000000),
	    HIGH(0x80100000), { 0, 0, 0, 1 } },
	{ "same L3", HIGH(0x80000000), HIGH(0x80400000), HIGH(0x7fe00000),
	    HIGH(0x80000000), { 0, 0, 1, 1 } },
	{ "reaches into a shared L1", HIGH(0x80300000), HIGH(0x80400000),
	    HIGH(0x80000000), HIGH(0x80300000), { 0, 0, 0, 1 } },
};

/*
 * Walks the second range table by table: what is not shared is numbered from 0
 * without holes, upper levels first.
 */
static void
walk_more(size_t i, const uint64_t tables[ABI_LEVELS_MAX])
{
	uint64_t next = 0, first2 = more[i].start2, last2 = more[i].end2 - 1;

	for (unsigned level = P5->levels; level > 0; level--) {
		uint64_t found = 0, step = reach(P5, level);

		for (uint64_t va = first2; va >= first2 && va <= last2;
		    va = (va & ~(step - 1)) + step) {
			bool shared;
			uint64_t frame = ptgeom_frame_more(P5, more[i].start,
			    more[i].end - 1, first2, last2, level, va, &shared);

			if (shared) {
				assert_int_equal(frame, ptgeom_frame(P5,
				    more[i].start, more[i].end - 1, level, va));
				continue;
			}
			assert_int_equal(frame, next);
			next++;
			found++;
		}
		assert_int_equal(found, tables[P5->levels - level]);
	}
}

static void
second_range_shares_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		uint64_t got[ABI_LEVELS_MAX];
		uint64_t sum = ptgeom_count_more(P5, more[i].start,
		    more[i].end - 1, more[i].start2, more[i].end2 - 1, got);

		for (unsigned l = 0; l < ABI_LEVELS_MAX; l++)
			if (got[l] != more[i].want[l])
				fail_msg("%s: %llu tables at depth %u",
				    more[i].name, (unsigned long long)got[l],
				    l);
		assert_int_equal(sum, got[0] + got[1] + got[2] + got[3]);
		walk_more(i, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_each_level),
		cmocka_unit_test(frames_in_the_order_of_the_abi),
		cmocka_unit_test(every_frame_is_one_table),
		cmocka_unit_test(second_range_shares_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
