#include "unit.h"

#include "targetkit.h"
#include "walk/walk.h"

/* ---- what a range gave ---- */

enum { RUNS_MAX = 512 };

struct runs {
	struct walk_run v[RUNS_MAX];
	size_t n;
	int stop;			/* each fails at this run, from 1 on */
};

static int
take(void *arg, const struct walk_run *r, struct fail *f)
{
	struct runs *l = arg;

	assert_true(l->n < RUNS_MAX);
	l->v[l->n++] = *r;
	return (int)l->n == l->stop ? fail(f, FAIL_IO, "enough") : 0;
}

static uint64_t
pages_of_end(const struct runs *l, enum walk_end end)
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].end == end ? l->v[i].pages : 0;
	return n;
}

static struct walk *
open_walk(struct kit *k)
{
	struct walk *w;

	kit_ok(walk_open(&w, k->t, k->abi, kit_root(k), &k->f), &k->f);
	assert_false(walk_planned(w));
	assert_ptr_equal(walk_abi(w), k->abi);
	return w;
}

/* The runs follow each other, and none could be joined to the one before. */
static void
check_runs(const struct runs *l, uint64_t va, uint64_t pages)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct walk_run *r = &l->v[i], *q = r - 1;

		assert_int_equal(r->va, va);
		assert_true(r->pages > 0);
		va += r->pages * PAGE_BYTES;
		pages -= r->pages;
		if (i > 0 && r->end == WALK_MAPPED && q->end == WALK_MAPPED)
			assert_true(r->mfn != q->mfn + q->pages ||
			    r->pfn != q->pfn + q->pages ||
			    r->flags != q->flags);
		else if (i > 0)
			assert_true(r->end != q->end);
	}
	assert_int_equal(pages, 0);
}

/* ---- a good domain of each ABI ---- */

static void
check_page(struct kit *k, struct walk *w, uint64_t pfn)
{
	struct walk_path p;
	uint64_t va = kit_va(k, pfn) + 0x123;

	kit_ok(walk_address(w, va, &p, &k->f), &k->f);
	assert_int_equal(p.end, WALK_MAPPED);
	assert_int_equal(p.va, va);
	assert_int_equal(p.n, k->abi->levels);
	assert_int_equal(p.mfn, kit_mfn(k, pfn));
	assert_int_equal(p.pfn, pfn);
	for (unsigned i = 0; i < p.n; i++) {
		unsigned level = k->abi->levels - i;

		assert_int_equal(p.step[i].level, level);
		assert_int_equal(p.step[i].index, abi_index(k->abi, va,
		    level) % (i == 0 ? k->abi->top_entries : 1024u));
		assert_int_equal(p.step[i].pfn, kit_table(k, va, level));
		assert_int_equal(p.step[i].mfn, kit_mfn(k, p.step[i].pfn));
		assert_int_equal(p.step[i].entry, kit_get(k, kit_entry(k, va,
		    level)));
	}
}

static void
check_range(struct kit *k, struct walk *w)
{
	const struct walk_limit limit = { .tables = KIT_PAGES };
	static struct runs l;
	uint64_t wide = 2 * KIT_MAPPED;

	l = (struct runs){ .n = 0 };
	kit_ok(walk_range(w, k->base, wide, NULL, take, &l, &k->f), &k->f);
	check_runs(&l, k->base, wide);
	assert_int_equal(pages_of_end(&l, WALK_MAPPED), KIT_MAPPED);
	assert_int_equal(pages_of_end(&l, WALK_ABSENT), KIT_MAPPED);
	for (size_t i = 0; i + 1 < l.n; i++) {
		bool table = l.v[i].pfn >= KIT_TABLES && l.v[i].pfn -
		    KIT_TABLES < k->abi->levels;

		assert_int_equal(l.v[i].mfn, kit_mfn(k, l.v[i].pfn));
		assert_int_equal(kit_va(k, l.v[i].pfn), l.v[i].va);
		assert_int_equal((l.v[i].flags & PTE_RW) == 0, table);
	}
	/* The whole address space has these, and no others. */
	l = (struct runs){ .n = 0 };
	kit_ok(walk_all(w, &limit, take, &l, &k->f), &k->f);
	assert_int_equal(pages_of_end(&l, WALK_MAPPED), KIT_MAPPED);
	assert_int_equal(pages_of_end(&l, WALK_ABSENT), 0);
	assert_int_equal(l.v[0].va, k->base);
}

static void
test_abis(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		struct kit k;
		struct walk *w;

		kit_hold_tables(&k, &abi_rows[i]);
		kit_ok(k.t->ops->set_m2p(k.t, k.p2m.v, k.p2m.n, &k.f), &k.f);
		w = open_walk(&k);
		for (uint64_t pfn = 0; pfn < KIT_MAPPED; pfn += 5)
			check_page(&k, w, pfn);
		check_range(&k, w);
		walk_close(w);
		kit_unmap(&k);
		kit_release(&k);
	}
}

/* ---- entries that lead nowhere ---- */

static const struct bad {
	const char *abi;
	unsigned level;			/* of the entry that is changed */
	uint64_t entry, keep;		/* new value, old bits kept */
	enum walk_end end;
	unsigned ends;			/* level at which the walk ends */
	const char *why;
	uint64_t pages;			/* of a range of KIT_MAPPED: so bad */
} bad[] = {
	{ "xen-3.0-x86_64", 1, 0, 0, WALK_ABSENT, 1, NULL, 1 },
	{ "xen-3.0-x86_64", 1, 0xfffffffffff000, 0, WALK_ABSENT, 1, NULL, 1 },
	{ "xen-3.0-x86_64", 2, 0, 0, WALK_ABSENT, 2, NULL, KIT_MAPPED },
	{ "xen-3.0-x86_64", 4, 0, 0, WALK_ABSENT, 4, NULL, KIT_MAPPED },
	{ "xen-3.0-x86_64", 1, 0xffffffffff023, 0, WALK_BAD, 1,
	    "not the domain's", 1 },
	{ "xen-3.0-x86_64", 1, 0x23, 0, WALK_BAD, 1, "not the domain's", 1 },
	{ "xen-3.0-x86_64", 2, 0x5067, 0, WALK_BAD, 2, "not the domain's",
	    KIT_MAPPED },
	{ "xen-3.0-x86_64", 4, 0x5067, 0, WALK_BAD, 4, "not the domain's",
	    KIT_MAPPED },
	{ "xen-3.0-x86_64", 4, 0x80, UINT64_MAX, WALK_BAD, 4, "no large page",
	    KIT_MAPPED },
	{ "xen-3.0-x86_64", 3, 0x801ff0e7, 0, WALK_BAD, 3,
	    "multiple of its size", KIT_MAPPED },
	{ "xen-3.0-x86_64", 3, 0x800000e7, 0, WALK_BAD, 3, "not the domain's",
	    KIT_MAPPED },
	{ "xen-3.0-x86_64", 2, 0x2020e7, 0, WALK_BAD, 2, "multiple of its size",
	    KIT_MAPPED },
	{ "xen-3.0-x86_32p", 3, 0x80, UINT64_MAX, WALK_BAD, 3, "no large page",
	    KIT_MAPPED },
	{ "xen-3.0-x86_32p", 2, 0xe00000e7, 0, WALK_BAD, 2, "not the domain's",
	    KIT_MAPPED },
	{ "xen-1.3-x86_32", 2, 0xf00000e7, 0, WALK_BAD, 2, "not the domain's",
	    KIT_MAPPED },
	{ "xen-1.3-x86_32", 2, 0x4010e7, 0, WALK_BAD, 2, NULL, KIT_MAPPED },
	{ "xen-1.3-x86_32", 1, 0xfffff023, 0, WALK_BAD, 1, "not the domain's",
	    1 },
	{ "xen-3.0pre-x86_64", 1, 0, 0, WALK_ABSENT, 1, NULL, 1 },
};

static void
check_bad(const struct bad *b, struct kit *k, struct walk *w)
{
	static struct runs l;
	struct walk_path p;
	unsigned above = k->abi->levels - b->ends + 1;

	kit_ok(walk_address(w, k->base + 0xfff, &p, &k->f), &k->f);
	assert_int_equal(p.end, b->end);
	assert_int_equal(p.n, above);
	assert_int_equal(p.step[p.n - 1].level, b->ends);
	if (b->why != NULL)
		assert_non_null(strstr(p.why, b->why));
	l = (struct runs){ .n = 0 };
	kit_ok(walk_range(w, k->base, KIT_MAPPED, NULL, take, &l, &k->f),
	    &k->f);
	assert_int_equal(pages_of_end(&l, b->end), b->pages);
	assert_int_equal(pages_of_end(&l, WALK_MAPPED), KIT_MAPPED - b->pages);
	assert_int_equal(l.v[0].end, b->end);
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct kit k;
		struct walk *w;
		unsigned char *slot;

		kit_hold_tables(&k, abi_named(bad[i].abi));
		slot = kit_entry(&k, k.base, bad[i].level);
		kit_put(&k, slot, (kit_get(&k, slot) & bad[i].keep) |
		    bad[i].entry);
		w = open_walk(&k);
		check_bad(&bad[i], &k, w);
		walk_close(w);
		kit_unmap(&k);
		kit_release(&k);
	}
}

/* A top table that is nowhere. */
static void
test_bad_root(void **state)
{
	struct runs l = { .n = 0 };
	struct walk_path p;
	struct walk *w;
	struct kit k;

	(void)state;
	kit_begin(&k, abi_named("xen-3.0-x86_64"), KIT_SEED);
	kit_ok(walk_open(&w, k.t, k.abi, UINT64_C(1) << 39, &k.f), &k.f);
	kit_ok(walk_address(w, 0, &p, &k.f), &k.f);
	assert_int_equal(p.end, WALK_BAD);
	assert_int_equal(p.n, 0);
	kit_ok(walk_range(w, 0, 7, NULL, take, &l, &k.f), &k.f);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.v[0].pages, 7);
	assert_int_equal(l.v[0].end, WALK_BAD);
	walk_close(w);
	kit_destroy(&k);
}

/* ---- tables that lead to themselves ---- */

static void
test_loop(void **state)
{
	const struct walk_limit limit = { .tables = 4 };
	static struct runs l;
	struct walk *w;
	struct kit k;

	(void)state;
	kit_hold_tables(&k, abi_named("xen-3.0-x86_64"));
	for (unsigned i = 0; i < 512; i++)
		kit_put(&k, kit_slot(&k, KIT_TABLES, i),
		    kit_root(&k) << PAGE_BITS | 0x67);
	w = open_walk(&k);
	l = (struct runs){ .n = 0 };
	/* Every page of the address space is the top table. */
	kit_ok(walk_range(w, 0, 100, NULL, take, &l, &k.f), &k.f);
	assert_int_equal(l.n, 100);
	assert_int_equal(l.v[99].mfn, kit_root(&k));
	l = (struct runs){ .n = 0 };
	kit_refused(walk_all(w, &limit, take, &l, &k.f), &k.f, FAIL_TARGET,
	    "link each other more than 4 times");
	walk_close(w);
	kit_unmap(&k);
	kit_release(&k);
}

/* ---- any tables at all ---- */

static int
count_pages(void *arg, const struct walk_run *r, struct fail *f)
{
	uint64_t *at = arg;

	(void)f;
	assert_true(r->pages > 0);
	assert_true(r->end != WALK_BAD || r->why != NULL);
	if (at[0] != 0)		/* of a range: without a hole */
		assert_int_equal(r->va, at[1]);
	at[1] = r->va + r->pages * PAGE_BYTES;
	at[2] += r->pages;
	return 0;
}

/* Entries that name own frames or any, with flags or any. */
static uint64_t
any_entry(struct kit *k, uint64_t *seed)
{
	uint64_t r;

	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	r = *seed >> 20;
	if (r % 8 == 0)
		return r << 20 | (*seed & 0xfffff);
	return kit_mfn(k, r % KIT_PAGES) << PAGE_BITS | 0x63 |
	    (r % 5 == 0 ? 0x80 : 4);
}

static void
spoil(struct kit *k, uint64_t *seed)
{
	for (unsigned i = 0; i < 40; i++) {
		uint64_t pfn = KIT_TABLES + i % (k->abi->levels + 1u);
		uint64_t entry = any_entry(k, seed);

		kit_put(k, kit_slot(k, pfn, (unsigned)(*seed >> 40) %
		    abi_entries(k->abi)), entry);
	}
}

static void
test_any(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 4 * ABI_PV_COUNT; i++) {
		const struct walk_limit limit = { .tables = 400 };
		const uint64_t wide = 0x2000;
		uint64_t at[3] = { 1, 0, 0 }, all[3] = { 0, 0, 0 };
		struct walk_path p;
		struct fail f = { 0 };
		struct walk *w;
		struct kit k;

		kit_hold_tables(&k, &abi_rows[i % ABI_PV_COUNT]);
		spoil(&k, &seed);
		w = open_walk(&k);
		at[1] = k.base;
		for (uint64_t n = 0; n < 300; n++)
			kit_ok(walk_address(w, k.base + (seed >> n % 32) %
			    0x2000000, &p, &k.f), &k.f);
		kit_ok(walk_range(w, k.base, wide, NULL, count_pages, at, &k.f),
		    &k.f);
		assert_int_equal(at[2], wide);
		if (walk_all(w, &limit, count_pages, all, &f) < 0)
			assert_int_equal(f.kind, FAIL_TARGET);
		walk_close(w);
		kit_unmap(&k);
		kit_release(&k);
	}
}

static void
test_stopped(void **state)
{
	const struct walk_limit limit = { .tables = 100 };
	struct runs l = { .n = 0 };
	struct stop stop;
	struct walk *w;
	struct kit k;

	(void)state;
	kit_hold_tables(&k, abi_named("xen-3.0-x86_64"));
	w = open_walk(&k);
	kit_stop(&stop);
	kit_refused(walk_all(w, &limit, take, &l, &k.f), &k.f, FAIL_SYSTEM,
	    "ended by a signal, Quit");
	kit_go_on(&stop);
	assert_int_equal(l.n, 0);
	walk_close(w);
	kit_unmap(&k);
	kit_release(&k);
}

/* ---- arguments ---- */

static const struct {
	const char *abi;
	uint64_t va, pages;
	const char *words;		/* NULL: right */
} ranges[] = {
	{ "xen-3.0-x86_64", 0, 1, NULL },
	{ "xen-3.0-x86_64", 0xfffffffffffff000, 1, NULL },
	{ "xen-3.0-x86_64", 0x7ffffffff000, 1, NULL },
	{ "xen-3.0-x86_64", 0x7ffffffff000, 2, "leave the addresses" },
	{ "xen-3.0-x86_64", 0, UINT64_C(1) << 52, "leave the addresses" },
	{ "xen-3.0-x86_64", 0, UINT64_MAX, "leave the addresses" },
	{ "xen-3.0-x86_64", 0x7ffffffff000, UINT64_C(0xffff000000002),
	    "leave the addresses" },
	{ "xen-3.0-x86_64", 0x800000000000, 1, "leave the addresses" },
	{ "xen-3.0-x86_32p", 0xfffff000, 1, NULL },
	{ "xen-3.0-x86_32p", 0xfffff000, 2, "leave the addresses" },
	{ "xen-3.0-x86_32p", 0x100000000, 1, "leave the addresses" },
};

static void
test_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		struct runs l = { .n = 0 };
		struct fail f = { 0 };
		struct kit k;
		struct walk *w;
		int rc;

		kit_hold_tables(&k, abi_named(ranges[i].abi));
		w = open_walk(&k);
		rc = walk_range(w, ranges[i].va, ranges[i].pages, NULL, take,
		    &l, &f);
		if (ranges[i].words == NULL)
			kit_ok(rc, &f);
		else
			kit_refused(rc, &f, FAIL_USAGE, ranges[i].words);
		walk_close(w);
		kit_unmap(&k);
		kit_release(&k);
	}
}

static void
test_each_fails(void **state)
{
	struct runs l = { .stop = 2 };
	struct walk *w;
	struct kit k;

	(void)state;
	kit_hold_tables(&k, abi_named("xen-3.0-x86_32p"));
	w = open_walk(&k);
	kit_refused(walk_range(w, k.base, KIT_MAPPED, NULL, take, &l, &k.f),
	    &k.f, FAIL_IO, "enough");
	assert_int_equal(l.n, 2);
	walk_close(w);
	kit_unmap(&k);
	kit_release(&k);
}

/* ---- where it begins ---- */

static void
test_root(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		unsigned char context[ABI_CONTEXT_MAX];
		struct target_info info;
		struct fail f = { 0 };
		struct kit k;
		uint64_t root;

		kit_begin_tables(&k, &abi_rows[i]);
		kit_ok(k.t->ops->info(k.t, &info, &k.f), &k.f);
		kit_refused(walk_root(k.t, &info, "file:dom", &root, &f), &f,
		    FAIL_TARGET, "vcpu 0 of 'file:dom' has no registers yet");
		kit_pin(&k);
		kit_context(&k, context);
		kit_ok(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f);
		kit_ok(walk_root(k.t, &info, "file:dom", &root, &k.f), &k.f);
		assert_int_equal(root, kit_root(&k));
		kit_destroy(&k);
	}
}

/* A domain without an ABI has no tables either. */
static void
test_root_without_abi(void **state)
{
	struct target_info info;
	struct kit k = { .abi = NULL };
	uint64_t root;

	(void)state;
	kit_create("dom", 4, KIT_SEED);
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->info(k.t, &info, &k.f), &k.f);
	kit_refused(walk_root(k.t, &info, "file:dom", &root, &k.f), &k.f,
	    FAIL_TARGET, "has no registers yet");
	kit_destroy(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abis),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bad_root),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_each_fails),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_root_without_abi),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
