/*
 * A guest that lies: page tables, registers, start_info, its p2m list and what
 * the hypervisor says of its frames, in each way that could make a reader of
 * the domain work without end.  The work is counted: calls of the target.
 */
#include "unit.h"

#include <inttypes.h>

#include "canonical/canonical.h"
#include "diff/diff.h"
#include "inspect/core.h"
#include "verify/verify.h"
#include "verifydomain.h"
#include "walk/walk.h"

static const struct sample samples[] = {
	{ "xen-1.3-x86_32", 0xc0000000, 1024, 0, false, NULL },
	{ "xen-3.0-x86_32p", 0xc0000000, 1024, 0, false, "extended" },
	{ "xen-3.0-x86_64", 0xffffffff80000000, 1024, 0, false, NULL },
};

enum { P5 = 2 };			/* the sample of xen-3.0-x86_64 */

/* ---- the work is counted ---- */

static uint64_t calls, calls_max;

static void
called(void)
{
	if (++calls > calls_max)
		unit_fail("more than %" PRIu64 " calls of the target",
		    calls_max);
}

/* One run of frames is given where it is: copies take their time. */
static void *
counted_map(struct target *t, const struct extent *v, size_t n, bool writable,
    struct fail *f)
{
	struct verify_target *k = (struct verify_target *)t;

	called();
	if (n > 1 || v->mfn == VT_SHARED)
		return verify_target_ops.map(t, v, n, writable, f);
	if (v->mfn < k->base || v->mfn - k->base >= k->n ||
	    v->count > k->n - (v->mfn - k->base)) {
		fail(f, FAIL_TARGET, "a frame is not the domain's");
		return NULL;
	}
	k->mapped++;
	return vt_frame(k, v->mfn);
}

static int
counted_unmap(struct target *t, void *bytes, struct fail *f)
{
	struct verify_target *k = (struct verify_target *)t;
	uintptr_t at = (uintptr_t)bytes - (uintptr_t)k->frames;

	if (at >= k->n * 4096)
		return verify_target_ops.unmap(t, bytes, f);
	k->mapped--;
	return 0;
}

static int
counted_m2p(struct target *t, uint64_t mfn, uint64_t count, uint64_t *pfns,
    struct fail *f)
{
	called();
	return verify_target_ops.get_m2p(t, mfn, count, pfns, f);
}

static int
counted_type(struct target *t, uint64_t mfn, unsigned *level, bool *pinned,
    struct fail *f)
{
	called();
	return verify_target_ops.frame_type(t, mfn, level, pinned, f);
}

static void
begin(struct domain *d, const struct sample *s)
{
	static struct target_ops counted;

	dom_begin(d, s);
	d->k.info.hypervisor_edits = false;
	counted = verify_target_ops;
	counted.map = counted_map;
	counted.unmap = counted_unmap;
	counted.get_m2p = counted_m2p;
	counted.frame_type = counted_type;
	d->k.t.ops = &counted;
}

/* ---- lies ---- */

static uint64_t seed;

static uint64_t
any(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed >> 11;
}

/* All entries of the first table of a level. */
static void
fill(struct domain *d, unsigned level, uint64_t first, uint64_t step)
{
	unsigned bytes = d->abi->pte_bytes, n = 4096 / bytes;
	unsigned char *p = dom_page(d, dom_table_pfn(d, dom_find(d, level,
	    d->s->v_start)));

	for (unsigned i = 0; i < n; i++, first += step)
		le_put(p + (size_t)i * bytes, bytes, first);
}

static uint64_t
table_entry(struct domain *d, unsigned level)
{
	return dom_mfn(d, dom_table_pfn(d, dom_find(d, level,
	    d->s->v_start))) << 12 | 0x67;
}

/* The tables of these levels have the table below them in all their entries. */
static void
share(struct domain *d, unsigned from, unsigned to)
{
	for (unsigned l = from; l <= to && l <= d->abi->levels; l++)
		fill(d, l, table_entry(d, l - 1), 0);
}

static void
lie_loop(struct domain *d)
{
	for (unsigned l = 1; l <= d->abi->levels; l++)
		fill(d, l, table_entry(d, d->abi->levels), 0);
}

static void
lie_shared(struct domain *d)
{
	fill(d, 1, 0, 0);
	share(d, 2, ABI_LEVELS_MAX);
}

/* Large pages of frames that are nobody's: as many as tables can have. */
static void
lie_large(struct domain *d)
{
	uint64_t size = UINT64_C(4096) << d->abi->index_bits;

	fill(d, 2, 0x40000000 | 0xe7, d->abi->levels == 2 ? 0 : size);
	share(d, 3, 3);
}

static void
lie_huge(struct domain *d)
{
	if (d->abi->levels < 4)
		return;
	fill(d, 3, UINT64_C(0xe7), UINT64_C(1) << 30);
	share(d, 4, 4);
}

/* A large page of the domain's own frames, many times; mfns begin at 0x1234. */
static void
lie_large_own(struct domain *d)
{
	fill(d, 2, 0x1400000 | 0xe7, 0);
}

static void
lie_large_partly(struct domain *d)
{
	fill(d, 2, 0x1000000 | 0xe7, 0);
}

static void
lie_foreign(struct domain *d)
{
	fill(d, 1, 0x40000027, 0x2000);
	share(d, 2, 2);
}

static void
lie_beyond(struct domain *d)
{
	fill(d, 1, d->abi->pte_bytes == 4 ? 0xfffff027 :
	    UINT64_C(0xffffffffff027), 0);
	share(d, 2, 2);
}

/* Own frames, so that no page goes on from the one before. */
static void
lie_scattered(struct domain *d)
{
	unsigned bytes = d->abi->pte_bytes, n = 4096 / bytes;
	unsigned char *p = dom_page(d, dom_table_pfn(d, dom_find(d, 1,
	    d->s->v_start)));

	for (unsigned i = 0; i < n; i++)
		le_put(p + (size_t)i * bytes, bytes, dom_mfn(d, any() %
		    d->k.n) << 12 | 0x27);
	share(d, 2, 2);
}

static void
lie_any_tables(struct domain *d)
{
	for (size_t i = 0; i < d->n_tables; i++) {
		unsigned char *p = dom_page(d, dom_table_pfn(d,
		    &d->table[i]));

		for (unsigned k = 0; k < 4096; k += 8)
			le_put(p + k, 8, any() % 4 == 0 ? any() << 12 | 0xe7 :
			    dom_mfn(d, any() % d->k.n) << 12 | 0x67);
	}
}

static void
lie_root_nowhere(struct domain *d)
{
	dom_set(d, CTX_CR3, d->abi->bits == 32 ? 0xfffff000 :
	    UINT64_C(0xffffffffff000));
}

static void
lie_root_data(struct domain *d)
{
	memset(dom_page(d, KERNEL_PFN), 0xff, 4096);
	dom_set(d, CTX_CR3, abi_cr3(d->abi, dom_mfn(d, KERNEL_PFN)));
}

static void
lie_registers(struct domain *d)
{
	memset(d->k.context, 0xff, sizeof(d->k.context));
}

static unsigned char *
start_info(struct domain *d)
{
	return dom_page(d, dom_segment(d, SEG_START_INFO)->pfn);
}

static void
lie_start_info(struct domain *d)
{
	memset(start_info(d), 0xff, 4096);
}

/*
 * arch.max_pfn and arch.pfn_to_mfn_frame_list_list among it, the p2m tree that
 * a guest tells of: no reader follows it.
 */
static void
lie_shared_info(struct domain *d)
{
	memset(d->k.shared, 0xff, sizeof(d->k.shared));
}

/* Strings without an end, and the numbers as they were. */
static void
lie_strings(struct domain *d)
{
	const struct abi_field *f = d->abi->start_info;

	memset(start_info(d) + f[SI_CMD_LINE].offset, 'a',
	    4096 - f[SI_CMD_LINE].offset);
	if (abi_has(f[SI_MAGIC]))
		memset(start_info(d) + f[SI_MAGIC].offset, 'x',
		    f[SI_MAGIC].size);
}

static void
lie_list_far(struct domain *d)
{
	abi_put(d->abi->start_info[SI_NR_PT_FRAMES], start_info(d), UINT64_MAX);
	abi_put(d->abi->start_info[SI_FIRST_P2M_PFN], start_info(d), 3);
	abi_put(d->abi->start_info[SI_NR_P2M_FRAMES], start_info(d),
	    d->plan.layout.pages);
	abi_put(d->abi->start_info[SI_NR_PAGES], start_info(d), UINT64_MAX);
}

static void
lie_list_wrong(struct domain *d)
{
	for (uint64_t i = 0; i < d->plan.layout.pages; i++)
		le_put(dom_list(d, i), d->abi->p2m_entry, 2 * i);
}

static void
lie_list_same(struct domain *d)
{
	for (uint64_t i = 0; i < d->plan.layout.pages; i++)
		le_put(dom_list(d, i), d->abi->p2m_entry, dom_mfn(d, 5));
}

static void
lie_list_any(struct domain *d)
{
	for (uint64_t i = 0; i < d->plan.layout.pages; i++)
		le_put(dom_list(d, i), d->abi->p2m_entry, any());
}

/* What the hypervisor keeps, but a guest may set for frames of its own. */
static void
lie_m2p(struct domain *d)
{
	for (uint64_t i = 0; i < d->k.n; i++)
		d->k.m2p[i] = any();
}

/* ---- readers ---- */

static int
open_walk(struct domain *d, struct walk **w, struct fail *f)
{
	uint64_t root;

	*w = NULL;
	return walk_root(&d->k.t, &d->k.info, "file:/d", &root, f) < 0 ? -1 :
	    walk_open(w, &d->k.t, d->abi, root, f);
}

static int
read_core(struct domain *d, struct fail *f)
{
	struct core c = { .target = &d->k.t, .info = &d->k.info,
	    .plan = NULL, .name = "file:/d" };
	int rc;

	if (open_walk(d, &c.walk, f) < 0)
		return -1;
	rc = core_write(&c, d->want, f);
	walk_close(c.walk);
	unlink(d->want);
	return rc;
}

static int
read_alone(struct domain *d, struct fail *f)
{
	struct canonical_digests of;
	struct canonical *c;
	int rc = canonical_recover(&c, &d->k.t, "file:/d", f);

	if (rc == 0)
		rc = canonical_digests(c, &of, f);
	if (rc == 0)
		canonical_digests_release(&of);
	canonical_close(c);
	return rc;
}

static int
read_planned(struct domain *d, struct fail *f)
{
	struct canonical_digests of;
	struct canonical *c;
	int rc = canonical_open(&c, &d->k.t, &d->plan, f);

	if (rc == 0)
		rc = canonical_digests(c, &of, f);
	if (rc == 0)
		canonical_digests_release(&of);
	canonical_close(c);
	return rc;
}

/* The domain of a sample that tells no lie, which each liar is held against. */
static struct domain good;
static struct canonical *good_guest;

static void
begin_good(const struct sample *s)
{
	struct fail f = { .kind = FAIL_NONE };

	dom_begin_at(&good, s, 0x3456);
	good.k.info.hypervisor_edits = false;
	assert_int_equal(canonical_recover(&good_guest, &good.k.t,
	    "file:/good", &f), 0);
}

static void
end_good(void)
{
	canonical_close(good_guest);
	dom_end(&good);
}

static int
read_diff(struct domain *d, struct fail *f)
{
	struct canonical *c;
	struct diff diff;
	int rc = canonical_recover(&c, &d->k.t, "file:/d", f);

	diff_init(&diff);
	if (rc == 0)
		rc = diff_guests(&diff, good_guest, c, f);
	diff_release(&diff);
	canonical_close(c);
	return rc;
}

static void
take_line(void *arg, enum verify_result result, const char *check,
    const char *detail)
{
	(void)arg;
	(void)result;
	(void)check;
	assert_true(strlen(detail) < 768);
}

static int
read_verify(struct domain *d, struct fail *f)
{
	return verify_domain(&d->plan, &d->k.t, take_line, NULL, f);
}

static const struct reader {
	const char *name;
	int (*read)(struct domain *, struct fail *);
	bool walks;			/* through all tables */
} readers[] = {
	{ "core", read_core, true },
	{ "alone", read_alone, false },
	{ "planned", read_planned, false },
	{ "diff", read_diff, false },
	{ "verify", read_verify, false },
};

enum { READ_CORE, READ_ALONE };

/* ---- each lie to each reader ---- */

struct lie {
	const char *name;
	void (*tell)(struct domain *);
	bool costly;			/* only for xen-3.0-x86_64 */
	/* Words that a reader says of xen-3.0-x86_64, failed or not: */
	const char *core, *alone;
};

static const struct lie of_tables[] = {
	{ "loop", lie_loop, true, "in more than 1048576 pieces",
	    "does not begin with a page" },
	{ "shared", lie_shared, false, "link each other more than",
	    "is not mapped" },
	{ "large", lie_large, true, "questions to the target",
	    "not the domain's" },
	{ "huge", lie_huge, true, "questions to the target",
	    "not the domain's" },
	{ "large, own", lie_large_own, true, "runs of 512 frames",
	    "is not mapped" },
	{ "large, partly", lie_large_partly, false, "frames that are not",
	    "not the domain's" },
	{ "foreign", lie_foreign, true, "questions to the target",
	    "not the domain's" },
	{ "beyond", lie_beyond, true, "questions to the target",
	    "not the domain's" },
	{ "scattered", lie_scattered, false, "261632 runs of",
	    "is not mapped" },
	{ "any tables", lie_any_tables, false, "link each other more than",
	    "is not mapped" },
};

static const struct lie of_registers[] = {
	{ "root nowhere", lie_root_nowhere, false, "the top page table",
	    "not the domain's" },
	{ "root data", lie_root_data, false, "0 runs of 0 frames",
	    "cannot be translated" },
	{ "registers", lie_registers, false, "the top page table",
	    "not that of a page" },
};

static const struct lie of_start_info[] = {
	{ "start_info", lie_start_info, false, "of 1024 frames",
	    "does not begin with a page" },
	{ "shared_info", lie_shared_info, false, "of 1024 frames", "" },
	{ "strings", lie_strings, false, "of 1024 frames",
	    "its p2m list is not where start_info says" },
	{ "list far", lie_list_far, false, "of 1024 frames", "" },
};

static const struct lie of_frames[] = {
	{ "list wrong", lie_list_wrong, false, "of 1024 frames",
	    "its p2m list has mfn 0x800 for pfn 0x400" },
	{ "list same", lie_list_same, false, "of 1024 frames",
	    "its p2m list has mfn" },
	{ "list any", lie_list_any, false, "of 1024 frames",
	    "its p2m list has mfn" },
	{ "m2p", lie_m2p, false, "of 1024 frames",
	    "the hypervisor does not know the frames" },
};

static char said[4096];

static void
say(void *arg, enum say_level level, const char *message)
{
	size_t used = strlen(said);

	(void)arg;
	(void)level;
	snprintf(said + used, sizeof(said) - used, "%s\n", message);
}

static void
read_with(struct domain *d, const struct lie *l, const struct reader *r)
{
	struct walk_limit limit = walk_limit_of(&d->k.info, false);
	struct fail f = { .say = say };
	int rc;

	calls = 0;
	calls_max = r->walks ? limit.tables + limit.questions + 4 * d->k.n :
	    16 * d->k.n;
	said[0] = '\0';
	rc = r->read(d, &f);
	assert_int_equal(d->k.mapped, 0);
	if (rc == 0)
		return;
	say(NULL, SAY_WARNING, f.message);
	if (f.kind != FAIL_TARGET && f.kind != FAIL_INPUT)
		unit_fail("%s: %s: %s", l->name, r->name, f.message);
}

static void
expect(const struct lie *l, const struct reader *r)
{
	const char *want = r == &readers[READ_CORE] ? l->core :
	    r == &readers[READ_ALONE] ? l->alone : "";

	if (getenv("XB_SAID") != NULL)
		print_message("%s: %s, %" PRIu64 " calls: %s\n", l->name,
		    r->name, calls, said);
	if (strstr(said, want) == NULL)
		unit_fail("%s: %s: %s", l->name, r->name, said);
}

static void
tell(const struct lie *l, size_t sample)
{
	static struct domain d;

	begin(&d, &samples[sample]);
	snprintf(d.want, sizeof(d.want), "%s.core", d.path);
	seed = 1;
	l->tell(&d);
	for (size_t r = 0; r < COUNT(readers); r++) {
		read_with(&d, l, &readers[r]);
		if (sample == P5)
			expect(l, &readers[r]);
	}
	dom_end(&d);
}

static void
test(const struct lie *lies, size_t n)
{
	for (size_t s = 0; s < COUNT(samples); s++) {
		begin_good(&samples[s]);
		for (size_t l = 0; l < n; l++)
			if (s == P5 || !lies[l].costly)
				tell(&lies[l], s);
		end_good();
	}
}

static void
test_tables(void **state)
{
	(void)state;
	test(of_tables, COUNT(of_tables));
}

static void
test_registers(void **state)
{
	(void)state;
	test(of_registers, COUNT(of_registers));
}

static void
test_start_info(void **state)
{
	(void)state;
	test(of_start_info, COUNT(of_start_info));
}

static void
test_frames(void **state)
{
	(void)state;
	test(of_frames, COUNT(of_frames));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_start_info),
		cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
