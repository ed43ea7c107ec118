/*
 * Page tables and p2m lists: spot values that were worked out by hand from the
 * rules in xb-abi(7), then a walk over everything that is mapped.
 */
#include "unit.h"

#include "base/le.h"
#include "faketarget.h"
#include "build/pv/pgtable.h"
#include "planmaker.h"

#define TOP(x) (UINT64_C(0xffffffff00000000) + (x))

/* The ABIs in the order of abi_rows. */
enum { P1, P2, P3, P4, P5 };

/* What xb-abi(7) says of paging, written down again: the tests' own copy. */
static const struct paging {
	const char *abi;
	unsigned levels, bits, pte, p2m;
	uint64_t rw, ro;
} paging[] = {
	{ "xen-1.3-x86_32",	2, 10, 4, 4, 0x23, 0x21 },
	{ "xen-3.0pre-x86_32",	2, 10, 4, 4, 0x23, 0x21 },
	{ "xen-3.0pre-x86_64",	4, 9, 8, 4, 0x27, 0x25 },
	{ "xen-3.0-x86_32p",	3, 9, 8, 4, 0x23, 0x21 },
	{ "xen-3.0-x86_64",	4, 9, 8, 8, 0x23, 0x21 },
};

struct spot {
	unsigned level;
	uint64_t va, want;
};

static const struct row {
	const char *name;
	unsigned abi;
	uint64_t v_start, v_end, pages;
	uint64_t p2m, tables, n_tables;	/* first pfn, first pfn, count */
	uint64_t list_va, more, n_more;	/* INIT_P2M; its own tables */
	uint64_t base;			/* mfn - pfn */
	struct spot spot[8];
} rows[] = {
	{ "P1 typical", P1, 0xc0000000, 0xc0800000, 16384, 0x46a, 0x47a, 3,
	    0, 0, 0, 0x1000, {
		{ 2, 0xc0000000, 0x0147b067 }, { 2, 0xc0400000, 0x0147c067 },
		{ 1, 0xc0000000, 0x01000023 }, { 1, 0xc0479000, 0x01479023 },
		{ 1, 0xc047a000, 0x0147a021 }, { 1, 0xc047c000, 0x0147c021 },
		{ 1, 0xc047d000, 0x0147d023 }, { 2, 0xc0800000, 0 } } },
	{ "P2 no initrd", P2, 0xc0100000, 0xc0400000, 16384, 0x246, 0x256, 2,
	    0, 0, 0, 0x1000, {
		{ 2, 0xc0000000, 0x01257067 }, { 1, 0xc0100000, 0x01000023 },
		{ 1, 0xc00ff000, 0 }, { 1, 0xc0355000, 0x01255023 },
		{ 1, 0xc0356000, 0x01256021 }, { 1, 0xc0358000, 0x01258023 },
		{ 1, 0xc03ff000, 0x012ff023 } } },
	{ "P2 start just below a line", P2, 0xc03ff000, 0xc0800000, 16384,
	    0x201, 0x211, 3, 0, 0, 0, 0x1000, {
		{ 2, 0xc0000000, 0x01212067 }, { 2, 0xc0400000, 0x01213067 },
		{ 1, 0xc03ff000, 0x01000023 } } },
	{ "P3 typical", P3, TOP(0x80000000), TOP(0x80800000), 16384, 0x46a,
	    0x48a, 7, 0, 0, 0, 0x1000, {
		{ 4, TOP(0x80000000), 0x148d067 },
		{ 3, TOP(0x80000000), 0x148c067 },
		{ 2, TOP(0x80000000), 0x148b067 },
		{ 2, TOP(0x80200000), 0x148e067 },
		{ 1, TOP(0x80000000), 0x1000027 },
		{ 1, TOP(0x8048a000), 0x148a025 },
		{ 1, TOP(0x80490000), 0x1490025 },
		{ 1, TOP(0x80491000), 0x1491027 } } },
	/* L4, L1, L2, L3, L1, L2, L1, L1, L1 */
	{ "P3 crosses 1 GiB", P3, TOP(0xbff00000), TOP(0xc0800000), 32768,
	    0x500, 0x540, 9, 0, 0, 0, 0x1000, {
		{ 3, TOP(0xbff00000), 0x1542067 },
		{ 3, TOP(0xc0000000), 0x1545067 },
		{ 2, TOP(0xbff00000), 0x1541067 },
		{ 2, TOP(0xc0000000), 0x1544067 },
		{ 2, TOP(0xc0200000), 0x1546067 },
		{ 4, TOP(0xc0000000), 0x1543067 } } },
	{ "P3 crosses 512 GiB", P3, 0x7ffff00000, 0x8000400000, 16384, 0xfe,
	    0x11e, 8, 0, 0, 0, 0x1000, {
		{ 4, 0x7ffff00000, 0x1121067 }, { 4, 0x8000000000, 0x1124067 },
		{ 3, 0x8000000000, 0x1123067 }, { 2, 0x8000000000, 0x1122067 },
		{ 2, 0x8000200000, 0x1125067 } } },
	{ "P4 typical", P4, 0xc0000000, 0xc0800000, 16384, 0x46a, 0x47d, 6,
	    0, 0, 0, 0x1000, {
		{ 3, 0xc0000000, 0x147e067 }, { 3, 0x80000000, 0 },
		{ 2, 0xc0000000, 0x147f067 }, { 2, 0xc0600000, 0x1482067 },
		{ 1, 0xc047c000, 0x147c023 }, { 1, 0xc047d000, 0x147d021 },
		{ 1, 0xc0482000, 0x1482021 }, { 1, 0xc0483000, 0x1483023 } } },
	{ "P4 base 0: empty L2 tables up to the top", P4, 0, 0x400000, 16384,
	    0x346, 0x359, 7, 0, 0, 0, 0x1000, {
		{ 3, 0, 0x135a067 }, { 3, 0x40000000, 0x135b067 },
		{ 3, 0x80000000, 0x135c067 }, { 3, 0xc0000000, 0x135d067 },
		{ 2, 0xc0000000, 0 }, { 2, 0x200000, 0x135f067 },
		{ 1, 0x35d000, 0x135d021 }, { 1, 0x360000, 0x1360023 } } },
	{ "P5 typical", P5, TOP(0x80000000), TOP(0x82800000), 16384, 0x246a,
	    0x248d, 23, 0, 0, 0, 0x1000, {
		{ 4, TOP(0x80000000), 0x348e067 },
		{ 3, TOP(0x80000000), 0x348f067 },
		{ 2, TOP(0x80000000), 0x3490067 },
		{ 2, TOP(0x82600000), 0x34a3067 },
		{ 1, TOP(0x8248d000), 0x348d021 },
		{ 1, TOP(0x824a4000), 0x34a4023 } } },
	{ "P5 base 0", P5, 0, 0x400000, 4096, 0x10, 0x1b, 5, 0, 0, 0, 0x1000, {
		{ 4, 0, 0x101c067 }, { 1, 0, 0x1000023 },
		{ 1, 0x1f000, 0x101f021 } } },
	{ "P5 to the top of the address space", P5, TOP(0xffc00000), 0, 4096,
	    0x10, 0x1b, 5, 0, 0, 0, 0x1000, {
		{ 4, TOP(0xffc00000), 0x101c067 },
		{ 2, TOP(0xffe00000), 0x101f067 },
		{ 1, TOP(0xfffff000), 0x13ff023 } } },
	{ "P5 V3, INIT_P2M", P5, TOP(0x80000000), TOP(0x80400000), 16384,
	    0x400, 0x20e, 5, 0x8000000000, 0x420, 3, 0x100000, {
		{ 4, 0x8000000000, 0x100420067 },
		{ 3, 0x8000000000, 0x100421067 },
		{ 2, 0x8000000000, 0x100422067 },
		{ 1, 0x8000000000, 0x100400023 },
		{ 1, 0x800001f000, 0x10041f023 }, { 1, 0x8000020000, 0 },
		{ 1, TOP(0x8020e000), 0x10020e021 },
		{ 4, TOP(0x80000000), 0x10020f067 } } },
};

struct built {
	const struct row *row;
	const struct paging *paging;
	struct maker m;
	struct fake k;
	struct fail f;
};

static const struct row *
first_row(unsigned abi)
{
	const struct row *r = rows;

	while (r->abi != abi)
		r++;
	return r;
}

static uint64_t
list_pages(const struct row *r)
{
	unsigned reserved = r->abi == P3 || r->abi == P5 ? 8 : 4;

	return (r->pages * reserved + 4095) / 4096;
}

static void
begin(struct built *b, const struct row *r, uint64_t steps)
{
	*b = (struct built){ .row = r, .paging = &paging[r->abi] };
	maker_begin(&b->m, b->paging->abi, r->v_start, r->v_end, r->pages);
	if (r->list_va == 0)
		maker_mapped(&b->m, SEG_P2M, r->p2m, list_pages(r));
	maker_mapped(&b->m, SEG_PAGE_TABLES, r->tables, r->n_tables);
	if (r->list_va != 0) {
		maker_segment(&b->m, SEG_P2M, r->p2m, list_pages(r),
		    r->list_va);
		maker_segment(&b->m, SEG_P2M_TABLES, r->more, r->n_more, 0);
	}
	fake_begin(&b->k, b->m.plan.image.abi, r->base, r->pages, steps);
	maker_memory(&b->m, &b->k.own);
}

static void
end(struct built *b)
{
	fake_end(&b->k);
	maker_end(&b->m);
}

static int
build(struct built *b)
{
	b->f.kind = FAIL_NONE;
	return pgtable_build(&b->k.t, &b->k.info, &b->m.plan, NULL, &b->f);
}

static void
must_build(struct built *b)
{
	if (build(b) < 0)
		unit_fail("%s: %s", b->row->name, b->f.message);
}

/* The test's own walk, from the frame that cr3 will name. */
static unsigned
slot(const struct paging *g, unsigned level, uint64_t va)
{
	return (unsigned)(va >> (12 + g->bits * (level - 1))) &
	    ((1u << g->bits) - 1);
}

static uint64_t
entry(struct built *b, unsigned level, uint64_t va)
{
	const struct paging *g = b->paging;
	uint64_t mfn = extents_mfn(&b->k.own, b->row->tables), e = 0;

	for (unsigned l = g->levels; l >= level; l--) {
		unsigned char *table = fake_frame(&b->k, mfn);

		if (table == NULL)
			unit_fail("%s: no table at level %u", b->row->name, l);
		e = le_get(table + slot(g, l, va) * g->pte, g->pte);
		if (e == 0)
			break;
		mfn = e >> 12;
	}
	return e;
}

static void
spot_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct built b;

		begin(&b, &rows[i], 1);
		must_build(&b);
		for (const struct spot *s = rows[i].spot;
		    s < rows[i].spot + 8 && s->level != 0; s++)
			if (entry(&b, s->level, s->va) != s->want)
				unit_fail("%s: L%u of 0x%llx is 0x%llx, not "
				    "0x%llx", rows[i].name, s->level,
				    (unsigned long long)s->va,
				    (unsigned long long)entry(&b, s->level,
				    s->va), (unsigned long long)s->want);
		end(&b);
	}
}

static bool
is_table(const struct row *r, uint64_t pfn)
{
	return (pfn >= r->tables && pfn < r->tables + r->n_tables) ||
	    (pfn >= r->more && pfn < r->more + r->n_more);
}

/* Present leaves and tables below the table in mfn. */
static void
count(struct built *b, unsigned level, uint64_t mfn, uint64_t *leaves,
    uint64_t *tables)
{
	const struct paging *g = b->paging;
	const unsigned char *table = fake_frame(&b->k, mfn);

	++*tables;
	for (unsigned i = 0; i < 1u << g->bits; i++) {
		uint64_t e = le_get(table + i * g->pte, g->pte);

		if (e != 0 && level > 1)
			count(b, level - 1, e >> 12, leaves, tables);
		else if (e != 0)
			++*leaves;
	}
}

static void
check_range(struct built *b, uint64_t va, uint64_t pfn, uint64_t n)
{
	const struct paging *g = b->paging;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t want = extents_mfn(&b->k.own, pfn + i) << 12 |
		    (is_table(b->row, pfn + i) ? g->ro : g->rw);

		if (entry(b, 1, va + i * 4096) != want)
			unit_fail("%s: pfn 0x%llx", b->row->name,
			    (unsigned long long)(pfn + i));
	}
}

/* Every page of the ranges is mapped as it must be, and nothing else is. */
static void
whole_walk(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		uint64_t leaves = 0, tables = 0;
		uint64_t mapped = (r->v_end - r->v_start) / 4096;
		uint64_t list = r->list_va == 0 ? 0 : list_pages(r);
		struct built b;

		begin(&b, r, 37);
		must_build(&b);
		check_range(&b, r->v_start, 0, mapped);
		check_range(&b, r->list_va, r->p2m, list);
		count(&b, b.paging->levels, extents_mfn(&b.k.own, r->tables),
		    &leaves, &tables);
		assert_int_equal(leaves, mapped + list);
		assert_int_equal(tables, r->n_tables + r->n_more);
		end(&b);
	}
}

static void
p2m_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		unsigned w = paging[r->abi].p2m;
		uint64_t per = 4096 / w, n = list_pages(r) * per;
		struct built b;

		begin(&b, r, 37);
		must_build(&b);
		for (uint64_t j = 0; j < n; j++) {
			const unsigned char *page = fake_page(&b.k,
			    r->p2m + j / per);
			uint64_t want = j < r->pages ?
			    extents_mfn(&b.k.own, j) : 0;

			if (le_get(page + j % per * w, w) != want)
				unit_fail("%s: p2m entry %llu", r->name,
				    (unsigned long long)j);
		}
		assert_int_equal(b.k.m2p_runs, r->abi <= P3 ? 37 : 0);
		end(&b);
	}
}

static void
section(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		const struct plan_pagetables *t;
		struct built b;

		begin(&b, r, 1);
		must_build(&b);
		t = &b.m.plan.pagetables;
		assert_true(plan_has(&b.m.plan, PLAN_PAGETABLES));
		assert_int_equal(t->root_mfn, r->base + r->tables);
		assert_int_equal(t->root_mfn, b.k.pinned);
		assert_int_equal(t->pt_base, r->v_start + r->tables * 4096);
		assert_int_equal(t->frames, r->n_tables);
		assert_int_equal(t->p2m, r->list_va != 0 ? r->list_va :
		    r->v_start + r->p2m * 4096);
		assert_int_equal(t->first_p2m_pfn, r->list_va ? r->p2m : 0);
		assert_int_equal(t->p2m_frames, r->list_va ?
		    list_pages(r) + r->n_more : 0);
		end(&b);
	}
}

static void
again_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		unsigned char *was = malloc(r->pages * 4096);
		struct built b;

		begin(&b, r, 5);
		must_build(&b);
		b.k.table_mfn = b.k.pinned;
		b.k.n_tables = 1;
		memcpy(was, b.k.frames, r->pages * 4096);
		must_build(&b);
		assert_int_equal(b.k.unpins, 1);
		assert_int_equal(b.k.pins, 2);
		assert_memory_equal(was, b.k.frames, r->pages * 4096);
		free(was);
		end(&b);
	}
}

/* ---- a domain that is constructed ---- */

static const struct change {
	const char *name;
	unsigned abi;			/* in the first row of that ABI */
	unsigned level;
	uint64_t va, set;		/* bits set in that entry */
	int rc;
} changes[] = {
	{ "nothing",			P5, 1, TOP(0x80000000), 0, 0 },
	{ "Xen's marks on an L1 entry",	P5, 1, TOP(0x80000000),
	    UINT64_C(0x10000000000004), 0 },
	{ "Xen's own L4 slot",		P5, 4, 0xffff800000000000,
	    0x12345067, 0 },
	{ "Xen's slot behind the hole",	P5, 4, 0xffff880000000000,
	    0x12345067, -1 },
	{ "USER alone",			P5, 1, TOP(0x80000000), 0x4, -1 },
	{ "a writable table",		P5, 1, TOP(0x8248d000), 0x2, -1 },
	{ "another frame",		P5, 1, TOP(0x80001000), 0x8000, -1 },
	{ "one more mapping",		P5, 1, TOP(0x827ff000) , 0x80, -1 },
	{ "nothing, PAE",		P4, 1, 0xc0000000, 0, 0 },
	{ "Xen's L2 slots, PAE",	P4, 2, 0xf5800000, 0x123067, 0 },
	{ "the slot before them",	P4, 2, 0xf5600000, 0x123067, -1 },
	{ "no marks are Xen's in PAE",	P4, 1, 0xc0000000,
	    UINT64_C(0x10000000000004), -1 },
	{ "nothing, P1",		P1, 1, 0xc0000000, 0, 0 },
	{ "dirty, P1",			P1, 1, 0xc0000000, 0x40, -1 },
};

static unsigned char *
entry_at(struct built *b, unsigned level, uint64_t va)
{
	const struct paging *g = b->paging;
	uint64_t mfn = level == g->levels ? extents_mfn(&b->k.own,
	    b->row->tables) : entry(b, level + 1, va) >> 12;

	return fake_frame(&b->k, mfn) + slot(g, level, va) * g->pte;
}

static void
constructed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		const struct change *c = &changes[i];
		const struct row *r = first_row(c->abi);
		unsigned char *at;
		struct built b;

		begin(&b, r, 1);
		must_build(&b);
		b.k.info.constructed = true;
		b.k.table_mfn = b.k.pinned;
		b.k.n_tables = r->n_tables;
		at = entry_at(&b, c->level, c->va);
		le_put(at, b.paging->pte, le_get(at, b.paging->pte) | c->set);
		if (build(&b) != c->rc)
			unit_fail("%s: %s", c->name, b.f.message);
		if (c->rc < 0) {
			assert_int_equal(b.f.kind, FAIL_TARGET);
			assert_non_null(strstr(b.f.message,
			    "already constructed"));
		}
		assert_int_equal(b.k.pins, 1);
		assert_int_equal(b.k.unpins, 0);
		end(&b);
	}
}

/* ---- refusals: nothing is written ---- */

static void
expect_refusal(struct built *b, enum fail_kind kind, const char *words)
{
	assert_int_equal(build(b), -1);
	assert_int_equal(b->f.kind, kind);
	if (strstr(b->f.message, words) == NULL)
		unit_fail("'%s' is not in '%s'", words, b->f.message);
	assert_int_equal(b->k.maps, 0);
	assert_int_equal(b->k.pins, 0);
	assert_false(plan_has(&b->m.plan, PLAN_PAGETABLES));
}

/* plan_check() refuses frames above these. */
static void
highest_frames(void **state)
{
	static const struct {
		unsigned abi;
		uint64_t base;
	} cases[] = {
		{ P1, 0x100000 - 16384 }, { P2, 0x100000 - 16384 },
		{ P3, 0xffffffff - 16384 }, { P4, 0xffffffff - 16384 },
		{ P5, 0xfffffffff },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct row r = *first_row(cases[i].abi);
		struct built b;

		r.base = cases[i].base;
		begin(&b, &r, 1);
		must_build(&b);
		end(&b);
	}
}

static void
old_pae_needs_a_low_root(void **state)
{
	struct row r = rows[6];
	struct built b;

	(void)state;
	r.base = 0x100000;
	begin(&b, &r, 1);
	must_build(&b);
	end(&b);
	begin(&b, &r, 1);
	b.m.plan.image.pae = "yes";
	expect_refusal(&b, FAIL_TARGET, "PAE=yes");
	end(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(spot_values),
		cmocka_unit_test(whole_walk),
		cmocka_unit_test(p2m_lists),
		cmocka_unit_test(section),
		cmocka_unit_test(again_is_the_same),
		cmocka_unit_test(constructed),
		cmocka_unit_test(highest_frames),
		cmocka_unit_test(old_pae_needs_a_low_root),
	};

	return cmocka_run_group_tests_name("pgtable", tests, NULL, NULL);
}
