/* The memory of a file target: frames, mappings, m2p, the hypercall page. */
#include "unit.h"

#include "targetkit.h"

/* ---- scatter ---- */

enum { DOMAIN_MAX = 1 << 24 };

static void
check_scatter(uint64_t seed, uint64_t pages, uint64_t limit)
{
	struct extents p2m = EXTENTS_INIT;
	uint64_t pfn = 0;
	size_t falling = 0, single = 0;
	struct fail f = { 0 };

	kit_ok(paper_scatter(seed, pages, limit, &p2m, &f), &f);
	assert_true(p2m.n <= PAPER_RUNS_MAX);
	for (size_t i = 0; i < p2m.n; i++) {
		const struct extent *e = &p2m.v[i];

		assert_int_equal(e->pfn, pfn);
		assert_true(e->pfn != e->mfn);
		assert_true(e->mfn >= PAPER_FIRST_FRAME);
		assert_true(e->mfn + e->count <= limit);
		pfn += e->count;
		single += e->count == 1;
		falling += i > 0 && e->mfn + e->count == e[-1].mfn;
	}
	assert_int_equal(pfn, pages);
	if (pages >= 4096 && limit - pages > 100000) {
		assert_true(p2m.n > 100);
		assert_true(single > 20 && single < p2m.n);
		assert_true(falling > 10);
	}
	kit_ok(extents_sort_by_mfn(&p2m, &f), &f);
	extents_release(&p2m);
}

static void
test_scatter(void **state)
{
	const uint64_t small = UINT64_C(1) << 20;
	const uint64_t sizes[] = { 1, 2, 3, 63, 64, 1024, 4096, 16384, 65536,
		262144, paper_scatter_room(small) - 1,
		paper_scatter_room(small),
		DOMAIN_MAX, PAPER_PAGES_MAX };
	const uint64_t limits[] = { small, 2 * small, 4 * small,
		PAPER_FRAMES_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < COUNT(limits); k++)
			for (uint64_t seed = 0; seed < 20; seed++)
				if (sizes[i] <= paper_scatter_room(limits[k]))
					check_scatter(seed, sizes[i],
					    limits[k]);
	/* Enough seeds for a block to fall on its own pfn. */
	for (uint64_t seed = 0; seed < 2000; seed++)
		check_scatter(seed, 4096, small);
}

static void
test_scatter_seeds(void **state)
{
	struct extents a = EXTENTS_INIT, b = EXTENTS_INIT, c = EXTENTS_INIT;
	struct fail f = { 0 };

	(void)state;
	kit_ok(paper_scatter(7, 65536, PAPER_FRAMES_MAX, &a, &f), &f);
	kit_ok(paper_scatter(7, 65536, PAPER_FRAMES_MAX, &b, &f), &f);
	kit_ok(paper_scatter(8, 65536, PAPER_FRAMES_MAX, &c, &f), &f);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.v, b.v, a.n * sizeof(*a.v));
	assert_true(a.n != c.n ||
	    memcmp(a.v, c.v, a.n * sizeof(*a.v)) != 0);
	/* Machine addresses on both sides of 4 GiB. */
	kit_ok(extents_sort_by_mfn(&a, &f), &f);
	assert_true(a.v[0].mfn < 1 << 20 && a.v[a.n - 1].mfn > 1 << 20);
	extents_release(&a);
	extents_release(&b);
	extents_release(&c);
}

/* ---- memory ---- */

static int
populate(uint64_t max, const struct abi *abi, uint64_t count, unsigned bits,
    struct extents *p2m, struct fail *f)
{
	struct target *t;
	int rc;

	kit_create("dom", max, KIT_SEED);
	kit_ok(target_open(&t, "file:dom", TARGET_WRITE, f), f);
	if (abi != NULL)
		kit_ok(t->ops->set_abi(t, abi, f), f);
	rc = t->ops->populate(t, count, bits, p2m, f);
	if (rc < 0) {
		struct fail g = { 0 };

		kit_ok(t->ops->destroy(t, &g), &g);
		target_close(t);
		return -1;
	}
	kit_ok(t->ops->destroy(t, f), f);
	target_close(t);
	return rc;
}

static void
test_populate(void **state)
{
	static const struct {
		const char *name;
		uint64_t max;
		int abi;
		uint64_t count;
		unsigned bits;
		const char *want;
	} cases[] = {
		{ "all", 64, 4, 64, 0, NULL },
		{ "less", 64, 4, 1, 0, NULL },
		{ "1 GiB, limited", 262144, 3, 262144, 32, NULL },
		{ "no ABI", 64, -1, 64, 0, "the ABI is set before the first "
		    "page" },
		{ "too many", 64, 4, 65, 0, "260 KiB needed, 256 KiB given, "
		    "4 KiB missing" },
		{ "4 GiB of xen-1.3-x86_32", 1 << 20, 0, 1 << 20, 0,
		    "must lie below 0x100000000, and only 4190144 KiB" },
		{ "below 1 MiB", 64, 4, 64, 20,
		    "must lie below 0x100000, and only 0 KiB" },
		{ "4 GiB below 4 GiB", 1 << 20, 3, 1 << 20, 32,
		    "must lie below 0x100000000" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extents p2m = EXTENTS_INIT;
		struct fail f = { 0 };
		int rc = populate(cases[i].max, cases[i].abi < 0 ? NULL :
		    &abi_rows[cases[i].abi], cases[i].count, cases[i].bits,
		    &p2m, &f);

		if (cases[i].want != NULL) {
			kit_refused(rc, &f, FAIL_TARGET, cases[i].want);
			assert_int_equal(p2m.n, 0);
			continue;
		}
		kit_ok(rc, &f);
		assert_int_equal(extents_pages(&p2m), cases[i].count);
		for (size_t e = 0; cases[i].bits == 32 && e < p2m.n; e++)
			assert_true(p2m.v[e].mfn + p2m.v[e].count <= 1 << 20);
		extents_release(&p2m);
	}
}

static void
test_populate_once(void **state)
{
	struct extents p2m = EXTENTS_INIT;
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_ok(k.t->ops->set_abi(k.t, &abi_rows[4], &k.f), &k.f);
	kit_refused(k.t->ops->set_abi(k.t, &abi_rows[3], &k.f), &k.f,
	    FAIL_TARGET, "set before the first page");
	k.f.kind = FAIL_NONE;
	kit_refused(k.t->ops->populate(k.t, 1, 0, &p2m, &k.f), &k.f,
	    FAIL_TARGET, "has 256 pages already; destroy the domain");
	kit_destroy(&k);
}

/* Every page written through one mapping reads back through another. */
static void
test_map(void **state)
{
	struct extent back[KIT_PAGES];
	unsigned char *mem;
	struct stat st;
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_map(&k);
	for (unsigned i = 0; i < KIT_PAGES; i++)
		memset(k.mem + i * PAGE_BYTES, (int)(i % 251 + 1), PAGE_BYTES);
	kit_unmap(&k);
	kit_reopen(&k, TARGET_READ);
	for (unsigned i = 0; i < KIT_PAGES; i++)
		back[i] = (struct extent){ 0, kit_mfn(&k, KIT_PAGES - 1 - i),
		    1 };
	mem = k.t->ops->map(k.t, back, KIT_PAGES, false, &k.f);
	assert_non_null(mem);
	for (unsigned i = 0; i < KIT_PAGES; i++) {
		unsigned char want = (unsigned char)((KIT_PAGES - 1 - i) %
		    251 + 1);

		assert_int_equal(mem[i * PAGE_BYTES], want);
		assert_int_equal(mem[(i + 1) * PAGE_BYTES - 1], want);
	}
	kit_ok(k.t->ops->unmap(k.t, mem, &k.f), &k.f);
	/* Sparse: no more blocks than pages, some for the file system. */
	assert_int_equal(stat("dom/memory", &st), 0);
	assert_true(st.st_blocks * 512 < 4 * KIT_PAGES * 4096);
	kit_reopen(&k, TARGET_WRITE);
	kit_destroy(&k);
}

static void
test_map_refused(void **state)
{
	struct target_info info;
	struct extent e;
	struct kit k;
	void *p;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_ok(k.t->ops->info(k.t, &info, &k.f), &k.f);
	e = (struct extent){ 0, 0x123, 1 };
	kit_refused(k.t->ops->map(k.t, &e, 1, false, &k.f) == NULL ? -1 : 0,
	    &k.f, FAIL_TARGET, "cannot map mfn 0x123 of 'file:dom': a domain "
	    "may only use frames that it owns");
	k.f.kind = FAIL_NONE;
	/* One frame past the end of a run; a count that wraps. */
	e = k.p2m.v[0];
	e.count++;
	kit_refused(k.t->ops->map(k.t, &e, 1, false, &k.f) == NULL ? -1 : 0,
	    &k.f, FAIL_TARGET, "does not own");
	k.f.kind = FAIL_NONE;
	e.count = UINT64_MAX;
	kit_refused(k.t->ops->map(k.t, &e, 1, false, &k.f) == NULL ? -1 : 0,
	    &k.f, FAIL_TARGET, "does not own");
	k.f.kind = FAIL_NONE;
	e = (struct extent){ 0, info.shared_info_mfn, 2 };
	kit_refused(k.t->ops->map(k.t, &e, 1, true, &k.f) == NULL ? -1 : 0,
	    &k.f, FAIL_TARGET, "does not own");
	k.f.kind = FAIL_NONE;
	e.count = 1;
	p = k.t->ops->map(k.t, &e, 1, true, &k.f);
	assert_non_null(p);
	memset(p, 1, PAGE_BYTES);
	kit_ok(k.t->ops->unmap(k.t, p, &k.f), &k.f);
	kit_refused(k.t->ops->unmap(k.t, p, &k.f), &k.f, FAIL_BUG,
	    "was not mapped");
	kit_destroy(&k);
}

/* Pages from pfn on, and again the first of the domain. */
static unsigned char *
replace(struct kit *k, uint64_t pfn, uint64_t pages, uint64_t again)
{
	struct extents runs = EXTENTS_INIT;
	unsigned char *p;

	kit_ok(extents_slice(&k->p2m, pfn, pages, &runs, &k->f), &k->f);
	kit_ok(extents_slice(&k->p2m, 0, again, &runs, &k->f), &k->f);
	p = k->t->ops->replace(k->t, runs.v, runs.n, &k->f);
	extents_release(&runs);
	return p;
}

static void
all_pages(const struct kit *k, unsigned from, unsigned to, unsigned char want)
{
	for (unsigned i = from; i < to; i++)
		for (unsigned b = 0; b < PAGE_BYTES; b += 4095)
			assert_int_equal(k->mem[i * PAGE_BYTES + b], want);
}

/* What is written anew is there after the unmap, and not before; two at once
 * do not meet. */
static void
test_replace(void **state)
{
	const uint64_t most = target_file.replace_max, half = most / 2;
	unsigned char *one, *two;
	struct extent foreign = { 0, 1, 1 };
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_map(&k);
	memset(k.mem, 0xaa, KIT_PAGES * PAGE_BYTES);
	one = replace(&k, 30, half, 0);
	two = replace(&k, 30 + half, 1, 0);
	assert_true(one != NULL && two != NULL);
	memset(one, 1, half * PAGE_BYTES);
	memset(two, 2, PAGE_BYTES);
	all_pages(&k, 0, KIT_PAGES, 0xaa);
	kit_ok(k.t->ops->unmap(k.t, one, &k.f), &k.f);
	kit_ok(k.t->ops->unmap(k.t, two, &k.f), &k.f);
	all_pages(&k, 0, 30, 0xaa);
	all_pages(&k, 30, 30 + (unsigned)half, 1);
	all_pages(&k, 30 + (unsigned)half, 31 + (unsigned)half, 2);
	all_pages(&k, 31 + (unsigned)half, KIT_PAGES, 0xaa);
	kit_refused(k.t->ops->replace(k.t, &foreign, 1, &k.f) == NULL ? -1 :
	    0, &k.f, FAIL_TARGET, "does not own");
	k.f.kind = FAIL_NONE;
	kit_refused(replace(&k, 0, KIT_PAGES, most + 1 - KIT_PAGES) == NULL ?
	    -1 : 0, &k.f, FAIL_BUG, "too many frames");
	k.f.kind = FAIL_NONE;
	/* What replace() gave is not written where nobody unmaps it. */
	one = replace(&k, 0, 1, 0);
	assert_non_null(one);
	memset(one, 3, PAGE_BYTES);
	kit_reopen(&k, TARGET_WRITE);
	kit_map(&k);
	all_pages(&k, 0, 30, 0xaa);
	kit_destroy(&k);
}

static void
test_clear(void **state)
{
	struct extents runs = EXTENTS_INIT;
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_map(&k);
	memset(k.mem, 0xaa, KIT_PAGES * PAGE_BYTES);
	kit_ok(extents_slice(&k.p2m, 30, 100, &runs, &k.f), &k.f);
	kit_ok(k.t->ops->clear(k.t, runs.v, runs.n, &k.f), &k.f);
	for (unsigned i = 0; i < KIT_PAGES; i++)
		for (unsigned b = 0; b < PAGE_BYTES; b += 4095)
			assert_int_equal(k.mem[i * PAGE_BYTES + b],
			    i >= 30 && i < 130 ? 0 : 0xaa);
	runs.v[runs.n - 1].mfn = 1;
	kit_refused(k.t->ops->clear(k.t, runs.v, runs.n, &k.f), &k.f,
	    FAIL_TARGET, "cannot clear mfn 0x1");
	extents_release(&runs);
	kit_destroy(&k);
}

/* ---- m2p ---- */

static void
check_m2p(struct kit *k, uint64_t pfn, uint64_t want)
{
	uint64_t got[3];
	uint64_t mfn = kit_mfn(k, pfn);

	kit_ok(k->t->ops->get_m2p(k->t, mfn - 1, 3, got, &k->f), &k->f);
	assert_int_equal(got[1], want);
}

static void
test_m2p(void **state)
{
	struct extent e;
	struct kit k;

	(void)state;
	for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
		kit_begin(&k, &abi_rows[a], KIT_SEED);
		for (uint64_t pfn = 0; pfn < KIT_PAGES; pfn++)
			check_m2p(&k, pfn, abi_rows[a].m2p_explicit ?
			    INVALID_MFN : pfn);
		kit_ok(k.t->ops->set_m2p(k.t, k.p2m.v, k.p2m.n, &k.f), &k.f);
		for (uint64_t pfn = 0; pfn < KIT_PAGES; pfn++)
			check_m2p(&k, pfn, pfn);
		/* One frame in the middle of a run, and back again. */
		e = (struct extent){ 7777, kit_mfn(&k, 77), 1 };
		kit_ok(k.t->ops->set_m2p(k.t, &e, 1, &k.f), &k.f);
		kit_reopen(&k, TARGET_WRITE);
		for (uint64_t pfn = 0; pfn < KIT_PAGES; pfn++)
			check_m2p(&k, pfn, pfn == 77 ? 7777 : pfn);
		e.pfn = 77;
		kit_ok(k.t->ops->set_m2p(k.t, &e, 1, &k.f), &k.f);
		check_m2p(&k, 77, 77);
		e.mfn = 5;
		kit_refused(k.t->ops->set_m2p(k.t, &e, 1, &k.f), &k.f,
		    FAIL_TARGET, "cannot update the m2p of mfn 0x5");
		kit_destroy(&k);
	}
}

/* Random updates against an array. */
static void
test_m2p_model(void **state)
{
	uint64_t model[KIT_PAGES];
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[0], KIT_SEED);
	for (unsigned i = 0; i < KIT_PAGES; i++)
		model[i] = INVALID_MFN;
	srand(1);
	for (unsigned round = 0; round < 200; round++) {
		uint64_t first = (uint64_t)rand() % KIT_PAGES;
		uint64_t n = 1 + (uint64_t)rand() % (KIT_PAGES - first);
		uint64_t shift = (uint64_t)rand() % 4;
		struct extents runs = EXTENTS_INIT;

		kit_ok(extents_slice(&k.p2m, first, n, &runs, &k.f), &k.f);
		for (size_t i = 0; i < runs.n; i++)
			runs.v[i].pfn += shift;
		for (uint64_t i = first; i < first + n; i++)
			model[i] = i + shift;
		kit_ok(k.t->ops->set_m2p(k.t, runs.v, runs.n,
		    &k.f), &k.f);
		for (uint64_t i = 0; i < KIT_PAGES; i++)
			check_m2p(&k, i, model[i]);
		extents_release(&runs);
	}
	kit_destroy(&k);
}

/* ---- the hypercall page ---- */

static void
test_hypercall_page(void **state)
{
	/* Stubs 5 and 23: 64-bit, then 32-bit; what follows is 0xcc. */
	static const struct {
		unsigned abi, stub, size;
		unsigned char bytes[16];
	} cases[] = {
		{ 4, 5, 14, { 0x51, 0x41, 0x53, 0xb8, 5, 0, 0, 0, 0x0f, 0x05,
		    0x41, 0x5b, 0x59, 0xc3 } },
		{ 4, 23, 11, { 0x51, 0x41, 0x53, 0x50, 0xb8, 23, 0, 0, 0,
		    0x0f, 0x05 } },
		{ 3, 5, 8, { 0xb8, 5, 0, 0, 0, 0xcd, 0x82, 0xc3 } },
		{ 3, 23, 8, { 0x50, 0xb8, 23, 0, 0, 0, 0xcd, 0x82 } },
		{ 3, 127, 8, { 0xb8, 127, 0, 0, 0, 0xcd, 0x82, 0xc3 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const unsigned char *stub;
		struct kit k;

		kit_begin(&k, &abi_rows[cases[i].abi], KIT_SEED);
		kit_map(&k);
		kit_ok(k.t->ops->hypercall_page(k.t, kit_mfn(&k, 3), &k.f),
		    &k.f);
		stub = k.mem + 3 * PAGE_BYTES + cases[i].stub * 32;
		assert_memory_equal(stub, cases[i].bytes, cases[i].size);
		for (unsigned b = cases[i].size; b < 32; b++)
			assert_int_equal(stub[b], 0xcc);
		kit_refused(k.t->ops->hypercall_page(k.t, 9, &k.f), &k.f,
		    FAIL_TARGET, "cannot make a hypercall page of mfn 0x9");
		kit_destroy(&k);
	}
}

static bool
zero(const struct kit *k, uint64_t pfn, uint64_t pages)
{
	bool all = true;

	for (uint64_t i = 0; i < pages && all; i++)
		all = k->t->ops->known_zero(k->t,
		    &(struct extent){ .mfn = kit_mfn(k, pfn + i), .count = 1 },
		    1);
	return all;
}

/* Writes to pages 8, 16 and 24, a way each. */
static void
write_three_ways(struct kit *k)
{
	const struct target_ops *ops = k->t->ops;
	struct extent page = { .mfn = kit_mfn(k, 8), .count = 1 };
	unsigned char *map = ops->map(k->t, &page, 1, true, &k->f);

	assert_non_null(map);
	map[9] = 1;
	kit_ok(ops->unmap(k->t, map, &k->f), &k->f);
	page.mfn = kit_mfn(k, 16);
	map = ops->replace(k->t, &page, 1, &k->f);
	assert_non_null(map);
	memset(map, 1, PAGE_BYTES);
	kit_ok(ops->unmap(k->t, map, &k->f), &k->f);
	kit_ok(ops->hypercall_page(k->t, kit_mfn(k, 24), &k->f), &k->f);
}

static void
test_known_zero(void **state)
{
	struct extents all = EXTENTS_INIT;
	struct kit k;

	(void)state;
	for (unsigned held = 0; held < 2; held++) {
		(held ? kit_hold(&k, &abi_rows[4]) :
		    kit_begin(&k, &abi_rows[4], KIT_SEED));
		assert_true(zero(&k, 0, KIT_PAGES));
		write_three_ways(&k);
		assert_true(zero(&k, 0, 8) && zero(&k, 9, 7) &&
		    zero(&k, 17, 7) && zero(&k, 25, KIT_PAGES - 25));
		assert_false(zero(&k, 8, 1) || zero(&k, 16, 1) ||
		    zero(&k, 24, 1));
		kit_ok(extents_slice(&k.p2m, 0, KIT_PAGES, &all, &k.f), &k.f);
		assert_false(k.t->ops->known_zero(k.t, all.v, all.n));
		extents_release(&all);
		(held ? kit_release(&k) : kit_destroy(&k));
	}
}

/* ---- memory that goes away ---- */

static void
cut(const struct kit *k)
{
	assert_int_equal(ftruncate(paper_target(k->t)->memory, 8192), 0);
}

static void
read_it(const struct kit *k)
{
	unsigned sum = 0;

	for (size_t i = 0; i < KIT_PAGES; i++)
		sum += *(volatile unsigned char *)(k->mem + i * PAGE_BYTES);
	assert_int_equal(sum, 0);
}

static void
write_it(const struct kit *k)
{
	memset(k->mem, 0x5a, KIT_PAGES * PAGE_BYTES);
}

/* The kernel writes for us, and sends no signal. */
static void
read_into_it(const struct kit *k)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	assert_int_equal(read(fd, k->mem, PAGE_BYTES), -1);
	assert_int_equal(errno, EFAULT);
	close(fd);
}

static void
leave_it(const struct kit *k)
{
	(void)k;
}

static void
test_cut_off(void **state)
{
	static void (*const use[])(const struct kit *) = { read_it, write_it,
	    read_into_it, leave_it };

	(void)state;
	for (size_t i = 0; i < COUNT(use); i++)
		for (unsigned writable = 0; writable < 2; writable++) {
			struct kit k;
			void *other;

			if (!writable && (use[i] == write_it ||
			    use[i] == read_into_it))
				continue;
			kit_begin(&k, &abi_rows[4], KIT_SEED);
			k.mem = k.t->ops->map(k.t, k.p2m.v, k.p2m.n, writable,
			    &k.f);
			other = k.t->ops->map(k.t, k.p2m.v, 1, false, &k.f);
			assert_true(k.mem != NULL && other != NULL);
			cut(&k);
			use[i](&k);
			kit_refused(k.t->ops->unmap(k.t, k.mem, &k.f), &k.f,
			    FAIL_IO, "the memory of 'file:dom' was cut off at "
			    "0x2000 while it was in use");
			/* A mapping that is left is released with the
			 * target. */
			kit_destroy(&k);
		}
}

/* Without mappings what was there before is in force again. */
static void
test_signal_is_given_back(void **state)
{
	struct sigaction was, is;
	struct kit k;
	void *other;

	(void)state;
	assert_int_equal(sigaction(SIGBUS, NULL, &was), 0);
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_map(&k);
	other = k.t->ops->map(k.t, k.p2m.v, 1, false, &k.f);
	kit_unmap(&k);
	sigaction(SIGBUS, NULL, &is);
	assert_true(is.sa_sigaction != was.sa_sigaction);
	kit_ok(k.t->ops->unmap(k.t, other, &k.f), &k.f);
	sigaction(SIGBUS, NULL, &is);
	assert_true(is.sa_sigaction == was.sa_sigaction);
	kit_destroy(&k);
}

static void
test_pin_of_what_was_cut_off(void **state)
{
	struct kit k;

	(void)state;
	kit_begin_tables(&k, &abi_rows[4]);
	kit_unmap(&k);
	cut(&k);
	kit_refused(k.t->ops->pin(k.t, kit_root(&k), &k.f), &k.f, FAIL_IO,
	    "the memory of 'file:dom' was cut off");
	kit_destroy(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scatter),
		cmocka_unit_test(test_scatter_seeds),
		cmocka_unit_test(test_populate),
		cmocka_unit_test(test_populate_once),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_map_refused),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_m2p),
		cmocka_unit_test(test_m2p_model),
		cmocka_unit_test(test_hypercall_page),
		cmocka_unit_test(test_known_zero),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_signal_is_given_back),
		cmocka_unit_test(test_pin_of_what_was_cut_off),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
