#include "unit.h"

#include <inttypes.h>

#include "canonical/canonical.h"
#include "verifydomain.h"

#define HIGH		0xffffffff80000000

/* One of each ABI, and what is special about address spaces. */
static const struct sample samples[] = {
	{ "xen-1.3-x86_32", 0xc0000000, 1024, 0, false, NULL },
	{ "xen-3.0pre-x86_32", 0xc0300000, 1280, 0, false, NULL },
	{ "xen-3.0pre-x86_64", 0xffffffffbff00000, 1280, 0, false, NULL },
	{ "xen-3.0-x86_32p", 0xc0000000, 1024, 0, false, "extended" },
	{ "xen-3.0-x86_64", HIGH, 1024, 0, false, NULL },
	{ "xen-3.0-x86_64", HIGH, 1024, 0x8000000000, true, NULL },
	{ "xen-3.0-x86_64", 0x40400000, 1024, 0x40000000, false, NULL },
	{ "xen-3.0-x86_32p", 0, 1024, 0, false, "yes" },
	{ "xen-3.0-x86_64", 0xffffffffffc00000, 1024, 0, false, NULL },
};

/* Samples of xen-3.0-x86_32p and xen-3.0-x86_64; frames of two domains. */
enum { P4 = 3, P5 = 4, BASE_A = 0x1234, BASE_B = 0x3456 };

/* What Xen does to a domain when it pins its tables and takes its context. */
static void
be_xen(struct domain *d)
{
	uint64_t top = dom_segment(d, SEG_PAGE_TABLES)->pfn;

	for (uint64_t i = 0; d->abi->bits == 64 && i < d->s->region; i++) {
		unsigned char *e = dom_entry(d, 1, d->s->v_start + i * 4096);

		le_put(e, 8, le_get(e, 8) | 4 | UINT64_C(1) << 52);
	}
	for (unsigned i = 256; d->abi->bits == 64 && i < 272; i++)
		le_put(dom_page(d, top) + i * 8, 8, 0xdead063);
	if (d->abi->l2_to_top)
		le_put(dom_page(d, dom_table_pfn(d, dom_find(d, 2,
		    0xf5800000))) + abi_index(d->abi, 0xf5800000, 2) * 8, 8,
		    0xdead063);
	dom_set(d, CTX_CR0, 0x80050033);
	dom_set(d, CTX_CR4, 0x6b0);
	dom_set(d, CTX_RFLAGS, 0x202);
	dom_set(d, CTX_FLAGS, 0x25);
	dom_set(d, CTX_EVENT_CS, d->abi->context.code[0] & 3);
	memset(d->k.context, 0x3f, d->abi->context.field[CTX_FLAGS].offset);
}

/* Nobody but the builder has written anything. */
static void
be_paper(struct domain *d)
{
	const struct abi_shared_info *s = &d->abi->shared_info;

	d->k.info.hypervisor_edits = false;
	d->k.shared[s->time[0].offset] = 0;
	if (s->vcpu_time)
		d->k.shared[s->stride - 1] = 0;
	for (uint64_t pfn = d->s->region; pfn < d->plan.layout.pages; pfn++)
		if (plan_segment_at(&d->plan, pfn) == NULL)
			memset(dom_page(d, pfn), 0, 4096);
}

static void
digests_of(struct domain *d, bool alone, struct canonical_digests *out)
{
	struct fail f = { 0 };
	struct canonical *c;
	int rc;

	rc = alone ? canonical_recover(&c, &d->k.t, "file:/d", &f) :
	    canonical_open(&c, &d->k.t, &d->plan, &f);
	if (rc < 0 || canonical_digests(c, out, &f) < 0)
		unit_fail("%s: %s", d->abi->name, f.message);
	canonical_close(c);
	assert_int_equal(d->k.mapped, 0);
}

static void
assert_equal(const struct domain *d, const struct canonical_digests *a,
    const struct canonical_digests *b)
{
	char place[CANONICAL_PLACE_BYTES];
	struct canonical_difference diff;
	struct fail f = { 0 };

	assert_int_equal(canonical_digests_compare(a, b, &diff, &f), 0);
	if (diff.n > 0)
		unit_fail("%s: %" PRIu64 " pages, first %s", d->abi->name,
		    diff.differing, canonical_place(&d->plan, diff.runs[0].pfn,
		    place));
	assert_false(diff.shared_info);
	assert_false(diff.vcpu);
	assert_false(canonical_differs(&diff));
	canonical_difference_release(&diff);
}

/*
 * On Xen and on paper, in other frames, with the plan and without: equal.
 */
static void
test_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		static struct domain a, b;
		struct canonical_digests of[4];

		dom_begin_at(&a, &samples[i], BASE_A);
		dom_begin_at(&b, &samples[i], BASE_B);
		be_paper(&a);
		if (b.abi->mod_pfn)
			be_xen(&b);
		digests_of(&a, false, &of[0]);
		digests_of(&b, false, &of[1]);
		digests_of(&a, true, &of[2]);
		digests_of(&b, true, &of[3]);
		assert_true(of[0].n >= 8);
		assert_true(of[0].has_vcpu && of[0].has_shared_info);
		for (size_t j = 1; j < 4; j++)
			assert_equal(&a, &of[0], &of[j]);
		for (size_t j = 0; j < 4; j++)
			canonical_digests_release(&of[j]);
		dom_end(&a);
		dom_end(&b);
	}
}

/* What a domain alone tells is what its plan says. */
static void
test_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		const struct plan_layout *want, *got;
		static struct domain d;
		struct fail f = { 0 };
		struct canonical *c;
		size_t at = 0;

		dom_begin(&d, &samples[i]);
		assert_int_equal(canonical_recover(&c, &d.k.t, "file:/d", &f),
		    0);
		want = &d.plan.layout;
		got = &canonical_plan(c)->layout;
		assert_int_equal(got->v_start, want->v_start);
		assert_int_equal(got->v_end, want->v_end);
		assert_int_equal(got->pages, want->pages);
		assert_int_equal(got->n_segments, want->n_segments);
		for (; at < got->n_segments; at++) {
			const struct layout_segment *a = &got->segments[at];
			const struct layout_segment *b = &want->segments[at];

			assert_string_equal(a->kind, b->kind);
			assert_int_equal(a->pfn, b->pfn);
			assert_int_equal(a->pages, b->pages);
			assert_int_equal(a->va.set, b->va.set);
			assert_int_equal(a->va.value, b->va.value);
		}
		assert_int_equal(canonical_plan(c)->command_line.size, 12);
		canonical_close(c);
		dom_end(&d);
	}
}

/* ---- what is seen, and where ---- */

struct change {
	const char *name;
	void (*make)(struct domain *, unsigned char **byte);
	enum segment_kind kind;
	uint64_t page;			/* of the segment */
};

static void
of_segment(struct domain *d, enum segment_kind kind, unsigned char **byte)
{
	*byte = dom_page(d, dom_segment(d, kind)->pfn);
}

static void
change_kernel(struct domain *d, unsigned char **byte)
{
	*byte = dom_page(d, KERNEL_PFN) + 0x123;
}

static void
change_list(struct domain *d, unsigned char **byte)
{
	of_segment(d, SEG_P2M, byte);
	*byte += 5 * d->abi->p2m_entry;
}

static void
change_entry(struct domain *d, unsigned char **byte)
{
	*byte = dom_entry(d, 1, d->s->v_start);
}

static void
change_line(struct domain *d, unsigned char **byte)
{
	of_segment(d, SEG_START_INFO, byte);
	*byte += d->abi->start_info[SI_CMD_LINE].offset;
}

static void
change_shared(struct domain *d, unsigned char **byte)
{
	of_segment(d, SEG_START_INFO, byte);
	*byte += d->abi->start_info[SI_SHARED_INFO].offset + 2;
}

static void
change_stack(struct domain *d, unsigned char **byte)
{
	of_segment(d, SEG_STACK, byte);
	*byte += 4095;
}

static const struct change changes[] = {
	{ "kernel", change_kernel, SEG_KERNEL, 0 },
	{ "p2m", change_list, SEG_P2M, 0 },
	{ "start_info", change_line, SEG_START_INFO, 0 },
	{ "shared_info", change_shared, SEG_START_INFO, 0 },
	{ "stack", change_stack, SEG_STACK, 0 },
	{ "entry", change_entry, SEG_PAGE_TABLES, UINT64_MAX },
};

static void
test_change(struct domain *d, const struct change *row)
{
	struct layout_segment *s = dom_segment(d, row->kind);
	struct canonical_digests a, b;
	struct canonical_difference diff;
	struct fail f = { 0 };
	unsigned char *byte;

	digests_of(d, false, &a);
	row->make(d, &byte);
	*byte ^= 1;
	digests_of(d, false, &b);
	*byte ^= 1;
	assert_int_equal(canonical_digests_compare(&a, &b, &diff, &f), 0);
	if (diff.n != 1 || diff.differing != 1 || diff.vcpu ||
	    diff.runs[0].pfn - s->pfn >= s->pages ||
	    (row->page != UINT64_MAX && diff.runs[0].pfn != s->pfn +
	    row->page))
		unit_fail("%s: %s: %zu runs", d->abi->name, row->name, diff.n);
	assert_true(canonical_differs(&diff));
	canonical_difference_release(&diff);
	canonical_digests_release(&a);
	canonical_digests_release(&b);
}

static void
test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < COUNT(changes); j++) {
			static struct domain d;

			dom_begin(&d, &samples[i]);
			test_change(&d, &changes[j]);
			dom_end(&d);
		}
}

/* Every register that is not Xen's. */
static void
test_registers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		static struct domain d;
		struct canonical_digests a, b;

		dom_begin(&d, &samples[i]);
		digests_of(&d, false, &a);
		for (size_t j = 0; j < CTX_FIELDS; j++) {
			bool xens = j == CTX_CR0 || j == CTX_CR4;
			uint64_t was = dom_get(&d, (enum context_field)j);

			dom_set(&d, (enum context_field)j, was ^ 0x1110);
			digests_of(&d, false, &b);
			xens &= d.abi->context.edited;
			assert_int_equal(memcmp(a.vcpu, b.vcpu,
			    SHA256_BYTES) != 0,
			    abi_has(d.abi->context.field[j]) && !xens);
			canonical_digests_release(&b);
			dom_set(&d, (enum context_field)j, was);
		}
		canonical_digests_release(&a);
		dom_end(&d);
	}
}

/* What no stage has written yet is zero, whatever is in it. */
static void
test_early(void **state)
{
	static const enum plan_section last[] = { PLAN_MEMORY, PLAN_PAGETABLES,
	    PLAN_STARTINFO };
	static const enum segment_kind kinds[] = { SEG_START_INFO, SEG_P2M,
	    SEG_PAGE_TABLES, SEG_CONSOLE };
	static struct domain d;

	(void)state;
	dom_begin(&d, &samples[P5]);
	for (size_t i = 0; i < COUNT(last); i++) {
		struct canonical_digests of;
		size_t has = 0;

		d.plan.has &= (2u << last[i]) - 1;
		digests_of(&d, false, &of);
		for (size_t j = 0; j < of.n; j++)
			for (size_t k = 0; k < COUNT(kinds); k++)
				has += of.v[j].pfn - dom_segment(&d,
				    kinds[k])->pfn < dom_segment(&d,
				    kinds[k])->pages;
		assert_int_equal(has == 0, last[i] == PLAN_MEMORY);
		assert_int_equal(of.has_shared_info, last[i] ==
		    PLAN_STARTINFO);
		assert_false(of.has_vcpu);
		canonical_digests_release(&of);
		if (i + 1 < COUNT(last))
			d.plan.has |= 1u << last[i + 1];
	}
	dom_end(&d);
}

/* ---- what is refused, and what is mended ---- */

static void
refused(struct domain *d, bool alone, const char *say)
{
	struct fail f = { 0 };
	struct canonical *c;
	int rc;

	rc = alone ? canonical_recover(&c, &d->k.t, "file:/d", &f) :
	    canonical_open(&c, &d->k.t, &d->plan, &f);
	if (rc == 0 || f.kind != FAIL_TARGET ||
	    strstr(f.message, say) == NULL)
		unit_fail("wanted '%s', got '%s'", say, f.message);
	assert_null(c);
	assert_int_equal(d->k.mapped, 0);
}

/* Where domains run, one that has says nothing of its build. */
static void
test_has_run(void **state)
{
	static struct target_ops xen;
	static struct domain d;

	(void)state;
	xen = verify_target_ops;
	xen.runs = true;
	dom_begin(&d, &samples[P5]);
	d.k.info.has_run = true;
	d.k.t.ops = &xen;
	refused(&d, false, "'file:/d' has run: its memory is its own");
	refused(&d, true, "'file:/d' has run: its memory is its own");
	d.k.info.has_run = false;
	d.k.present[0] = false;
	refused(&d, true, "'xb-launch -p' sets them");
	d.k.present[0] = true;
	d.k.info.abi = NULL;
	refused(&d, true, "has no memory yet");
	dom_end(&d);
}

/* A pfn of the list whose entry another frame's number is written over. */
static void
set_list(struct domain *d, uint64_t pfn, uint64_t mfn)
{
	le_put(dom_list(d, pfn), d->abi->p2m_entry, mfn);
}

static void
test_lies(void **state)
{
	static struct domain d;
	uint64_t cr3, last;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		dom_begin(&d, &samples[i]);
		last = d.plan.layout.pages - 1;
		cr3 = dom_get(&d, CTX_CR3);
		dom_set(&d, CTX_CR3, abi_cr3(d.abi, 0x99));
		refused(&d, true, "frame 0x99 is not the domain's");
		dom_set(&d, CTX_CR3, cr3);
		dom_set(&d, CTX_SI, d.plan.startinfo.va + 8);
		refused(&d, true, "is not that of a page");
		dom_set(&d, CTX_SI, 0x1000);
		refused(&d, true, "va 0x1000 is not mapped, for entry ");
		dom_set(&d, CTX_SI, d.plan.startinfo.va);
		/* outside of the mapping nothing else knows the frame */
		set_list(&d, last, 0x5555);
		refused(&d, true, "its p2m list has mfn 0x5555 for pfn 0x");
		set_list(&d, last, dom_mfn(&d, last - 1));
		refused(&d, true, "which the hypervisor does not know as");
		dom_end(&d);
	}
}

/* A wrong entry of a mapped page is mended, and seen as a difference. */
static void
test_mended(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct canonical_digests a, b;
		struct canonical_difference diff;
		static struct domain d;
		struct fail f = { 0 };

		dom_begin(&d, &samples[i]);
		digests_of(&d, true, &a);
		set_list(&d, 3, 0x5555);
		set_list(&d, 4, dom_mfn(&d, 7));
		digests_of(&d, true, &b);
		assert_int_equal(canonical_digests_compare(&a, &b, &diff, &f),
		    0);
		assert_int_equal(diff.differing, 1);
		assert_int_equal(diff.runs[0].pfn,
		    dom_segment(&d, SEG_P2M)->pfn);
		canonical_difference_release(&diff);
		canonical_digests_release(&a);
		canonical_digests_release(&b);
		dom_end(&d);
	}
}

/* Whatever start_info says: an answer or a refusal, and nothing else. */
static void
test_any_start_info(void **state)
{
	static const uint64_t values[] = { 0, 1, 0xfff, 0x1000, 0x7fffffff,
	    0xfffff000, UINT64_MAX, UINT64_MAX / 2, 0xffffffff80000000 };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		static struct domain d;
		void *page;

		dom_begin(&d, &samples[i]);
		page = dom_page(&d, dom_segment(&d, SEG_START_INFO)->pfn);
		for (size_t j = 0; j < SI_FIELDS * COUNT(values); j++) {
			struct fail f = { 0 };
			struct abi_field field;
			struct canonical *c;
			uint64_t was;

			field = d.abi->start_info[j / COUNT(values)];
			if (!abi_has(field) || field.size > 8)
				continue;
			was = abi_get(field, page);
			abi_put(field, page, values[j % COUNT(values)]);
			if (canonical_recover(&c, &d.k.t, "file:/d", &f) < 0)
				assert_int_equal(f.kind, FAIL_TARGET);
			canonical_close(c);
			assert_int_equal(d.k.mapped, 0);
			abi_put(field, page, was);
		}
		dom_end(&d);
	}
}

/* A domain that goes away is the target's failure. */
static void
test_dying(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 12; i++) {
		static struct domain d;
		struct canonical_digests of;
		struct fail f = { 0 };
		struct canonical *c;

		dom_begin(&d, &samples[5]);
		d.k.dying = i;
		if (canonical_recover(&c, &d.k.t, "file:/d", &f) == 0 &&
		    canonical_digests(c, &of, &f) == 0)
			canonical_digests_release(&of);
		else
			assert_string_equal(f.message, "the domain is gone");
		canonical_close(c);
		dom_end(&d);
	}
}

/* ---- digests as bytes ---- */

static void
test_bytes(void **state)
{
	static struct domain d;
	struct canonical_digests a, b;
	struct fail f = { 0 };
	void *one, *two;
	size_t n, m;

	(void)state;
	dom_begin(&d, &samples[P4]);
	digests_of(&d, false, &a);
	assert_int_equal(canonical_digests_encode(&a, &one, &n, &f), 0);
	assert_int_equal(canonical_digests_decode(&b, one, n, "r", &f), 0);
	assert_equal(&d, &a, &b);
	assert_ptr_equal(b.abi, d.abi);
	assert_int_equal(canonical_digests_encode(&b, &two, &m, &f), 0);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	canonical_digests_release(&b);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(canonical_digests_decode(&b, one, i, "r", &f),
		    -1);
		assert_int_equal(f.kind, FAIL_INPUT);
		f.kind = FAIL_NONE;
	}
	free(one);
	free(two);
	canonical_digests_release(&a);
	dom_end(&d);
}

#define D32	"\xc4\x20" "0123456789abcdef0123456789abcdef"
#define HEAD	"\x87\xa8xb-guest\x01\xa3""abi\xae""xen-3.0-x86_64"
#define PAGES	"\xa5pages\x10\xa4runs"
#define TAIL	"\xabshared_info\xc0\xa4vcpu\xc0"

/* A byte at an offset of a good one, or other runs, and what is said. */
static void
test_bad_bytes(void **state)
{
	static const struct { const char *bytes; size_t n; const char *say; }
	    rows[] = {
#define ROW(s, say) { s, sizeof(s) - 1, say }
		ROW(HEAD PAGES "\x92\x02\x01\xa7""digests" D32 TAIL, NULL),
		ROW("\x80", "no map of 7 fields"),
		ROW("\xc0", "no map of 7 fields"),
		ROW("\x87\xa8xb-guest\x02\xa3""abi\xae""xen-3.0-x86_64" PAGES
		    "\x92\x02\x01\xa7""digests" D32 TAIL, "version 2"),
		ROW("\x87\xa8xb-guest\x01\xa3""abi\xae""xen-3.0-x86_65" PAGES
		    "\x92\x02\x01\xa7""digests" D32 TAIL,
		    "'abi' of the list of pages is not the name of an ABI"),
		ROW(HEAD PAGES "\x92\x10\x01\xa7""digests" D32 TAIL,
		    "'runs' of the list of pages is not ascending, inside"),
		ROW(HEAD PAGES "\x92\x02\x00\xa7""digests" D32 TAIL,
		    "'runs' of"),
		ROW(HEAD PAGES "\x92\x02\x02\xa7""digests" D32 TAIL,
		    "'runs' of"),
		ROW(HEAD PAGES "\x90\xa7""digests" D32 TAIL, "'runs' of"),
		ROW(HEAD PAGES "\x91\x02\xa7""digests" D32 TAIL,
		    "'runs' of the list of pages is not a list of pairs"),
		ROW(HEAD PAGES "\x92\x02\xc0\xa7""digests" D32 TAIL,
		    "'runs' of"),
		ROW(HEAD PAGES "\x92\x02\x01\xa7""digests\xc4\x01x" TAIL,
		    "not bytes of whole digests"),
		ROW(HEAD PAGES "\x92\x02\x01\xa7""digestz" D32 TAIL,
		    "field 5 is not 'digests'"),
		ROW(HEAD PAGES "\x92\x02\x01\xa7""digests" D32
		    "\xabshared_info\x01\xa4vcpu\xc0", "'shared_info' of the "
		    "list of pages is not a SHA-256 digest"),
		ROW(HEAD PAGES "\x92\x02\x01\xa7""digests" D32 TAIL "\xc0",
		    "1 bytes follow the end of the list of pages"),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct canonical_digests d;
		struct fail f = { 0 };
		int rc = canonical_digests_decode(&d, rows[i].bytes, rows[i].n,
		    "blob", &f);

		if (rc != (rows[i].say == NULL ? 0 : -1) || (rc < 0 &&
		    (f.kind != FAIL_INPUT || strstr(f.message,
		    rows[i].say) == NULL)))
			unit_fail("row %zu: '%s'", i, f.message);
		canonical_digests_release(&d);
	}
}

/* Any byte another one: digests, or a refusal of the input. */
static void
test_any_bytes(void **state)
{
	static const unsigned char values[] = { 0, 0x7f, 0x81, 0xc0, 0xc6, 0xcf,
	    0xdd, 0xdf, 0xff };
	static const char good[] = HEAD PAGES "\x92\x02\x01\xa7""digests" D32
	    TAIL;

	(void)state;
	for (size_t i = 0; i < (sizeof(good) - 1) * COUNT(values); i++) {
		struct canonical_digests d;
		struct fail f = { 0 };
		char bad[sizeof(good)];

		memcpy(bad, good, sizeof(good));
		bad[i / COUNT(values)] = (char)values[i % COUNT(values)];
		if (canonical_digests_decode(&d, bad, sizeof(good) - 1, "blob",
		    &f) < 0)
			assert_int_equal(f.kind, FAIL_INPUT);
		canonical_digests_release(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_has_run),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_mended),
		cmocka_unit_test(test_any_start_info),
		cmocka_unit_test(test_dying),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bad_bytes),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
