/* Page tables in a file target: every rule, broken once. */
#include "unit.h"

#include "targetkit.h"

/* Sets of ABIs: a bit for each, in the order of abi_rows. */
enum { P3 = 4, P4 = 8, P5 = 16, ALL = 31, WIDE = P3 | P4 | P5 };

static uint64_t
l1(struct kit *k, uint64_t pfn)
{
	return kit_get(k, kit_entry(k, kit_va(k, pfn), 1));
}

static void
set_l1(struct kit *k, uint64_t pfn, uint64_t entry)
{
	kit_put(k, kit_entry(k, kit_va(k, pfn), 1), entry);
}

static uint64_t
to_frame(struct kit *k, uint64_t pfn, uint64_t bits)
{
	return kit_mfn(k, pfn) << PAGE_BITS | bits;
}

/* ---- what is wrong with a table ---- */

static void
l1_foreign(struct kit *k)
{
	set_l1(k, 3, 0x10023);
}

static void
upper_foreign(struct kit *k)
{
	kit_put(k, kit_entry(k, k->base, 2), 0x10067);
}

static void
root_writable(struct kit *k)
{
	set_l1(k, KIT_TABLES, l1(k, KIT_TABLES) | 2);
}

static void
lowest_writable(struct kit *k)
{
	uint64_t pfn = kit_table(k, k->base, 1);

	set_l1(k, pfn, l1(k, pfn) | 2);
}

/* The alias is met before the table that it aliases. */
static void
alias_writable(struct kit *k)
{
	set_l1(k, 0, to_frame(k, KIT_TABLES, 0x23));
}

static void
large_page(struct kit *k)
{
	unsigned char *slot = kit_entry(k, k->base, 2);

	kit_put(k, slot, kit_get(k, slot) | 0x80);
}

static void
write_through(struct kit *k)
{
	set_l1(k, 5, l1(k, 5) | 0x8);
}

static void
cache_disable(struct kit *k)
{
	unsigned char *slot = kit_entry(k, k->base, k->abi->levels);

	kit_put(k, slot, kit_get(k, slot) | 0x10);
}

static void
global(struct kit *k)
{
	set_l1(k, 5, l1(k, 5) | 0x100);
}

static void
pat(struct kit *k)
{
	set_l1(k, 5, l1(k, 5) | 0x80);
}

static void
bit_62(struct kit *k)
{
	set_l1(k, 5, l1(k, 5) | UINT64_C(1) << 62);
}

static void
pae_top_no_execute(struct kit *k)
{
	unsigned char *slot = kit_entry(k, k->base, 3);

	kit_put(k, slot, kit_get(k, slot) | UINT64_C(1) << 63);
}

static void
not_present(struct kit *k)
{
	set_l1(k, 7, l1(k, 7) & ~UINT64_C(1));
}

static void
hole_first(struct kit *k)
{
	unsigned level = k->abi->levels == 3 ? 2 : k->abi->levels;

	kit_put(k, kit_entry(k, k->abi->hole_start, level),
	    to_frame(k, 100, 0x67));
}

static void
hole_last(struct kit *k)
{
	unsigned level = k->abi->levels == 3 ? 2 : k->abi->levels;

	kit_put(k, kit_entry(k, k->abi->hole_last, level),
	    to_frame(k, 100, 0x67));
}

/* The root again, one level further down. */
static void
root_below(struct kit *k)
{
	kit_put(k, kit_slot(k, KIT_TABLES, 1), to_frame(k, KIT_TABLES, 0x67));
}

/* An L1 table where an L2 table belongs. */
static void
l1_as_l2(struct kit *k)
{
	kit_put(k, kit_slot(k, KIT_TABLES, 1), to_frame(k,
	    kit_table(k, k->base, 1), 0x67));
}

static void
pae_slot_empty(struct kit *k)
{
	kit_put(k, kit_slot(k, KIT_TABLES, 3), 0);
}

static void
pae_slot_shared(struct kit *k)
{
	kit_put(k, kit_slot(k, KIT_TABLES, 0),
	    kit_get(k, kit_slot(k, KIT_TABLES, 3)));
}

static void
pae_fifth(struct kit *k)
{
	kit_put(k, kit_slot(k, KIT_TABLES, 4),
	    kit_get(k, kit_slot(k, KIT_TABLES, 3)));
}

static const struct {
	const char *name;
	unsigned abis;
	void (*break_it)(struct kit *);
	const char *want;
} bad_tables[] = {
	{ "L1 to a foreign frame", ALL, l1_foreign,
	    "entry 3 = 0x10023: it names a frame that the domain does not "
	    "own" },
	{ "L2 to a foreign frame", ALL, upper_foreign,
	    "does not own" },
	{ "root mapped writable", ALL, root_writable,
	    "entry 64 = 0x" },
	{ "L1 table mapped writable", ALL, lowest_writable,
	    "a page table must not be mapped writable" },
	{ "writable alias", ALL, alias_writable,
	    "a page table must not be mapped writable" },
	{ "large page", ALL, large_page, "no large pages" },
	{ "PWT", ALL, write_through, "only the bits present" },
	{ "PCD on top", ALL, cache_disable, "only the bits present" },
	{ "GLOBAL", ALL, global, "only the bits present" },
	{ "PAT", ALL, pat, "only the bits present" },
	{ "bit 62", WIDE, bit_62, "only the bits present" },
	{ "NX in a PAE top entry", P4, pae_top_no_execute,
	    "only the bits present" },
	{ "not present, not 0", ALL, not_present, "must be 0" },
	{ "first slot of the hole", ALL, hole_first,
	    "the slot is the hypervisor's" },
	{ "last slot of the hole", ALL, hole_last,
	    "the slot is the hypervisor's" },
	{ "root below itself", ALL, root_below, "one level only" },
	{ "L1 as L2", P3 | P4 | P5, l1_as_l2, "" },
	{ "PAE slot 3 empty", P4, pae_slot_empty, "needs a table" },
	{ "PAE slot 3 shared", P4, pae_slot_shared, "in that slot only" },
	{ "PAE fifth entry", P4, pae_fifth, "top table ends" },
};

static void
test_bad_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_tables); i++)
		for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
			struct kit k;
			unsigned level;
			bool pinned;
			int rc;

			if (!(bad_tables[i].abis & 1u << a))
				continue;
			kit_begin_tables(&k, &abi_rows[a]);
			bad_tables[i].break_it(&k);
			kit_unmap(&k);
			rc = k.t->ops->pin(k.t, kit_root(&k), &k.f);
			if (rc == 0)
				print_error("%s: %s\n", abi_rows[a].name,
				    bad_tables[i].name);
			kit_refused(rc, &k.f, FAIL_TARGET, bad_tables[i].want);
			/* Nothing was typed. */
			k.f.kind = FAIL_NONE;
			kit_reopen(&k, TARGET_WRITE);
			kit_ok(k.t->ops->frame_type(k.t, kit_root(&k), &level,
			    &pinned, &k.f), &k.f);
			assert_int_equal(level, 0);
			kit_destroy(&k);
		}
}

/* ---- what is right ---- */

static void
nothing(struct kit *k)
{
	(void)k;
}

static void
user_and_software(struct kit *k)
{
	set_l1(k, 5, l1(k, 5) | 0xe04);
}

static void
no_execute(struct kit *k)
{
	set_l1(k, 5, l1(k, 5) | UINT64_C(0xbff) << 52);
}

static void
unmapped_hole(struct kit *k)
{
	set_l1(k, 9, 0);
}

static void
shared_info(struct kit *k)
{
	struct target_info info;

	kit_ok(k->t->ops->info(k->t, &info, &k->f), &k->f);
	set_l1(k, 9, info.shared_info_mfn << PAGE_BITS | 0x23);
}

static void
alias_read_only(struct kit *k)
{
	set_l1(k, 0, to_frame(k, KIT_TABLES, 0x21));
}

/* One L1 table under two L2 entries. */
static void
l1_twice(struct kit *k)
{
	unsigned char *slot = kit_entry(k, k->base, 2);

	kit_put(k, slot + k->abi->pte_bytes, kit_get(k, slot));
}

static const struct {
	const char *name;
	unsigned abis;
	void (*change)(struct kit *);
} good_tables[] = {
	{ "as built", ALL, nothing },
	{ "user and software bits", ALL, user_and_software },
	{ "NX and high software bits", WIDE, no_execute },
	{ "an empty entry", ALL, unmapped_hole },
	{ "shared_info", ALL, shared_info },
	{ "a table mapped read-only twice", ALL, alias_read_only },
	{ "an L1 table linked twice", ALL, l1_twice },
};

static void
check_types(struct kit *k)
{
	for (uint64_t pfn = 0; pfn < KIT_PAGES; pfn++) {
		bool table = pfn - KIT_TABLES < k->abi->levels, pinned;
		unsigned level;

		kit_ok(k->t->ops->frame_type(k->t, kit_mfn(k, pfn), &level,
		    &pinned, &k->f), &k->f);
		assert_int_equal(level, !table ? 0 :
		    k->abi->levels - (pfn - KIT_TABLES));
		assert_int_equal(pinned, pfn == KIT_TABLES);
	}
}

static void
test_good_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good_tables); i++)
		for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
			struct kit k;

			if (!(good_tables[i].abis & 1u << a))
				continue;
			kit_begin_tables(&k, &abi_rows[a]);
			good_tables[i].change(&k);
			kit_pin(&k);
			check_types(&k);
			kit_reopen(&k, TARGET_READ);
			check_types(&k);
			kit_reopen(&k, TARGET_WRITE);
			kit_destroy(&k);
		}
}

static void
refuse_use(struct kit *k, uint64_t mfn)
{
	struct extent run = { 0, mfn, 1 };

	kit_refused(k->t->ops->map(k->t, &run, 1, true, &k->f) == NULL ? -1 :
	    0, &k->f, FAIL_TARGET, "cannot map writable mfn");
	k->f.kind = FAIL_NONE;
	kit_refused(k->t->ops->clear(k->t, &run, 1, &k->f), &k->f,
	    FAIL_TARGET, "is not written to");
	k->f.kind = FAIL_NONE;
	kit_refused(k->t->ops->hypercall_page(k->t, mfn, &k->f), &k->f,
	    FAIL_TARGET, "is not written to");
	k->f.kind = FAIL_NONE;
	kit_ok(k->t->ops->map(k->t, &run, 1, false, &k->f) == NULL ? -1 : 0,
	    &k->f);
}

static void
test_tables_in_use(void **state)
{
	struct extent run;
	unsigned level;
	bool pinned;
	struct kit k;

	(void)state;
	kit_hold_tables(&k, &abi_rows[4]);
	kit_refused(k.t->ops->pin(k.t, kit_root(&k), &k.f), &k.f, FAIL_TARGET,
	    "and this program maps it so");
	k.f.kind = FAIL_NONE;
	kit_pin(&k);
	for (uint64_t i = 0; i < 4; i++)
		refuse_use(&k, kit_mfn(&k, KIT_TABLES + i));
	/* A run that only ends on a table. */
	kit_refused(k.t->ops->map(k.t, k.p2m.v, k.p2m.n, true, &k.f) == NULL ?
	    -1 : 0, &k.f, FAIL_TARGET, "cannot map writable");
	k.f.kind = FAIL_NONE;
	run = (struct extent){ 0, kit_root(&k), 1 };
	kit_refused(k.t->ops->replace(k.t, &run, 1, &k.f) == NULL ? -1 : 0,
	    &k.f, FAIL_TARGET, "cannot map writable");
	k.f.kind = FAIL_NONE;
	kit_refused(k.t->ops->pin(k.t, kit_root(&k), &k.f), &k.f, FAIL_TARGET,
	    "pinned already");
	k.f.kind = FAIL_NONE;
	kit_refused(k.t->ops->unpin(k.t, kit_mfn(&k, 65), &k.f), &k.f,
	    FAIL_TARGET, "it is not pinned");
	k.f.kind = FAIL_NONE;
	kit_refused(k.t->ops->pin(k.t, 5, &k.f), &k.f, FAIL_TARGET,
	    "does not own");
	k.f.kind = FAIL_NONE;
	kit_ok(k.t->ops->unpin(k.t, kit_root(&k), &k.f), &k.f);
	kit_ok(k.t->ops->frame_type(k.t, kit_mfn(&k, 66), &level, &pinned,
	    &k.f), &k.f);
	assert_int_equal(level, 0);
	run = (struct extent){ 0, kit_root(&k), 1 };
	kit_ok(k.t->ops->map(k.t, &run, 1, true, &k.f) == NULL ? -1 : 0,
	    &k.f);
	kit_release(&k);
}

/* Two roots over the same lower tables: each keeps them in use. */
static void
test_two_roots(void **state)
{
	const uint64_t second = 100;
	unsigned level;
	bool pinned;
	struct kit k;

	(void)state;
	kit_hold_tables(&k, &abi_rows[4]);
	set_l1(&k, second, l1(&k, second) & ~UINT64_C(2));
	memcpy(k.mem + second * PAGE_BYTES, k.mem + KIT_TABLES * PAGE_BYTES,
	    PAGE_BYTES);
	kit_pin(&k);
	kit_ok(k.t->ops->pin(k.t, kit_mfn(&k, second), &k.f), &k.f);
	kit_ok(k.t->ops->unpin(k.t, kit_root(&k), &k.f), &k.f);
	kit_ok(k.t->ops->frame_type(k.t, kit_root(&k), &level, &pinned, &k.f),
	    &k.f);
	assert_int_equal(level, 0);
	kit_ok(k.t->ops->frame_type(k.t, kit_mfn(&k, KIT_TABLES + 1), &level,
	    &pinned, &k.f), &k.f);
	assert_int_equal(level, 3);
	assert_false(pinned);
	kit_ok(k.t->ops->unpin(k.t, kit_mfn(&k, second), &k.f), &k.f);
	kit_ok(k.t->ops->frame_type(k.t, kit_mfn(&k, KIT_TABLES + 1), &level,
	    &pinned, &k.f), &k.f);
	assert_int_equal(level, 0);
	kit_release(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_tables),
		cmocka_unit_test(test_good_tables),
		cmocka_unit_test(test_tables_in_use),
		cmocka_unit_test(test_two_roots),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
