/*
 * The layout against the loops of the three generations of builders (xen-1.3,
 * xen-3.0pre, xen-3.0), each written down anew, on random images.
 */
#include <stdlib.h>

#include "layout-sample.h"

struct built {
	uint64_t ramdisk, p2m, tables, n_tables, start_info, stack, v_end;
	bool rejected;
};

static const uint64_t line = 0x400000;

static uint64_t
up(uint64_t x, uint64_t to)
{
	return (x + to - 1) & ~(to - 1);
}

/* Tables of a level that covers 2^s bytes, in [start, end). */
static uint64_t
c(uint64_t start, uint64_t end, unsigned s)
{
	return (up(end, UINT64_C(1) << s) - (start >> s << s)) >> s;
}

static uint64_t
required_2004(const struct abi *a, uint64_t start, uint64_t end)
{
	if (a == P1)
		return ((end - start) >> 22) + 1;
	if (a == P2)
		return ((end - start + 0x3fffff) >> 22) + 1;
	return 1 + c(start, end, 39) + c(start, end, 30) + c(start, end, 21);
}

/* xen-1.3 and xen-3.0pre: more tables are tried until they are enough. */
static struct built
build_2004(const struct plan *p, uint64_t pages)
{
	const struct abi *a = p->image.abi;
	uint64_t start = a == P1 ? p->image.kstart & ~(line - 1) :
	    p->image.virt_base;
	uint64_t n, ramdisk = p->n_modules > 0 ? p->modules[0].size : 0;
	struct built b;

	for (n = 2;; n++) {
		b.ramdisk = up(p->image.kend, PAGE_BYTES);
		b.p2m = up(b.ramdisk + ramdisk, PAGE_BYTES);
		b.tables = up(b.p2m + (a == P3 ? 8 : 4) * pages, PAGE_BYTES);
		b.start_info = b.tables + n * PAGE_BYTES;
		b.stack = b.start_info + (a == P1 ? 1 : 2) * PAGE_BYTES;
		b.v_end = up(b.stack + PAGE_BYTES, line);
		if (b.v_end - (b.stack + PAGE_BYTES) < 0x80000)
			b.v_end += line;
		if (required_2004(a, start, b.v_end) <= n)
			break;
	}
	b.n_tables = n;
	b.rejected = b.v_end - start > pages * PAGE_BYTES;
	return b;
}

/* The page tables of a region up to an inclusive end. */
static uint64_t
count_2010(const struct abi *a, uint64_t start, uint64_t end)
{
	const uint64_t mask = UINT64_MAX >> (64 - a->va_bits);
	uint64_t sum = 1;

	for (unsigned b = 21; b < (a == P4 ? 39 : 48); b += 9) {
		uint64_t m = (UINT64_C(1) << b) - 1;
		uint64_t e = end & mask;

		if (a == P4 && b == 30 && e < 0xc0000000)
			e = 0xffffffff;
		sum += (((e | m) - (start & mask & ~m)) >> b) + 1;
	}
	return sum;
}

/* xen-3.0, without notes that move segments out of the region. */
static struct built
build_2010(const struct plan *p, uint64_t pages)
{
	const struct abi *a = p->image.abi;
	uint64_t start = p->image.virt_base, at, end, x = 129, n, guess = x;
	struct built b = { .rejected = false };

	b.ramdisk = up(p->image.kend, PAGE_BYTES);
	b.p2m = b.ramdisk +
	    up(p->n_modules > 0 ? p->modules[0].size : 0, PAGE_BYTES);
	b.start_info = b.p2m + up((a == P4 ? 4 : 8) * pages, PAGE_BYTES);
	at = b.start_info + 3 * PAGE_BYTES;
	do {
		end = (at + PAGE_BYTES * guess) | 0x3fffff;
		if ((end - start) >> PAGE_BITS >= pages)
			b.rejected = true;
		n = count_2010(a, start, end);
		guess = n + x;
	} while (at + PAGE_BYTES * guess > end + 1);
	b.tables = at;
	b.n_tables = n;
	b.stack = at + n * PAGE_BYTES;
	b.v_end = end + 1;
	return b;
}

/* Numbers that are the same in every run: xorshift64. */
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t
any(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* An image that fits its address space, now and then close to a line. */
static struct plan *
any_plan(struct sample *s, const struct abi *a)
{
	static const uint64_t wide[] = { 0, 0x40000000, 0x7fff000000,
	    0xffff880000000000, HIGH(0x7ff00000), HIGH(0x80000000) };
	uint64_t base = a->bits == 32 ? any(4) << 30 : wide[any(COUNT(wide))];
	uint64_t size, kstart, kend;

	if (a->image.words || any(2) == 0)
		base += any(2048) * PAGE_BYTES;
	kstart = base + any(8192) * PAGE_BYTES;
	if (any(2) == 0)
		kstart = up(kstart, line) - any(3) * PAGE_BYTES;
	if (kstart < base)
		kstart = base;
	size = 1 + any(0x3000000);
	if (any(2) == 0)		/* near the edge of the last 512 KiB */
		size = line * (1 + any(4)) - 0x80000 - any(40) * PAGE_BYTES;
	if (!a->image.page_aligned && any(2) == 0)
		kstart += any(PAGE_BYTES);
	kend = kstart + size;
	return sample_plan(s, a, kstart, kend, base,
	    any(2) == 0 ? 0 : 1 + any(0x4000000));
}

static void
compare(const struct plan *p, uint64_t pages, const struct built *b)
{
	struct fail f = { .kind = FAIL_NONE };
	struct places l;
	char name[160];

	snprintf(name, sizeof(name), "%s kernel 0x%" PRIx64 "-0x%" PRIx64
	    " base 0x%" PRIx64 " pages %" PRIu64, p->image.abi->name,
	    p->image.kstart, p->image.kend, p->image.virt_base, pages);
	if (layout_place(p, pages, &l, &f) < 0)
		fail_msg("%s: %s", name, f.message);
	if (p->n_modules > 0)
		want(name, "ramdisk", l.at[SEG_RAMDISK].va.value, b->ramdisk);
	want(name, "p2m", l.at[SEG_P2M].va.value, b->p2m);
	want(name, "tables", l.at[SEG_PAGE_TABLES].va.value, b->tables);
	want(name, "n_tables", l.at[SEG_PAGE_TABLES].pages, b->n_tables);
	want(name, "start_info", l.at[SEG_START_INFO].va.value,
	    b->start_info);
	want(name, "stack", l.at[SEG_STACK].va.value, b->stack);
	want(name, "v_end", l.v_start + l.region * PAGE_BYTES, b->v_end);
	want(name, "rejected", l.needed > pages, b->rejected);
}

static void
same_as_the_old_loops(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000 * ABI_PV_COUNT; i++) {
		const struct abi *a = &abi_rows[i % ABI_PV_COUNT];
		uint64_t pages = 1 + any(a->frame_bits == 0 ? 0x400000 :
		    0xfffff);
		struct sample s;
		struct plan *p = any_plan(&s, a);
		struct built b = a->image.notes ?
		    build_2010(p, pages) : build_2004(p, pages);

		compare(p, pages, &b);
	}
}

/* The size that the refusal of one page names. */
static uint64_t
smallest(struct plan *p)
{
	const char *before = "the smallest memory that this plan fits is ";
	struct fail f = { .kind = FAIL_NONE };
	const char *size;

	assert_int_equal(layout_solve(p, 1, &f), -1);
	size = strstr(f.message, before);
	if (size == NULL)
		fail_msg("%s", f.message);
	return strtoull(size + strlen(before), NULL, 10) *
	    1024 / PAGE_BYTES;
}

/* Exact: the size fits, and the page before it does not. */
static void
smallest_is_smallest(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200 * ABI_PV_COUNT; i++) {
		struct fail f = { .kind = FAIL_NONE };
		struct sample s;
		struct plan *p = any_plan(&s, &abi_rows[i % ABI_PV_COUNT]);
		uint64_t least;

		p->image.mod_start_pfn = any(2) == 0;
		if (p->image.virt_base > HIGH(0))
			p->image.init_p2m = (struct maybe){ true,
			    0x8000000000 + any(512) * PAGE_BYTES };
		least = smallest(p);
		assert_int_equal(layout_solve(p, least, &f), 0);
		for (uint64_t n = 1; n <= 3 && n < least; n++) {
			f.kind = FAIL_NONE;
			assert_int_equal(layout_solve(p, least - n, &f), -1);
			assert_int_equal(f.kind, FAIL_INPUT);
		}
		arena_release(&p->arena);
	}
}

/* What layout-rules.h promises and the search stands on. */
static void
need_never_falls(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20 * ABI_PV_COUNT; i++) {
		struct sample s;
		struct plan *p = any_plan(&s, &abi_rows[i % ABI_PV_COUNT]);
		uint64_t before = 0;

		for (uint64_t pages = 1; pages < 0xfffff; pages += 1021) {
			struct fail f = { .kind = FAIL_NONE };
			struct places l;

			assert_int_equal(layout_place(p, pages, &l, &f), 0);
			assert_true(l.needed >= before);
			before = l.needed;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_the_old_loops),
		cmocka_unit_test(smallest_is_smallest),
		cmocka_unit_test(need_never_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
