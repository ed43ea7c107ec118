/* A PVH domain without what depends on where it is built: told by itself, as
 * digests, and whatever a hostile one says of itself. */
#include "pvhdomain.h"

#include "abi/edits.h"
#include "canonical/canonical.h"

static void
digests_of(struct pvh_domain *d, bool alone, struct canonical_digests *out)
{
	struct fail f = { 0 };
	struct canonical *c;

	kit_ok(alone ? canonical_recover(&c, d->k.t, "file:/dom", &f) :
	    canonical_open(&c, d->k.t, d->plan, &f), &f);
	kit_ok(canonical_digests(c, out, &f), &f);
	canonical_close(c);
}

/* The same with the plan, from the domain alone, and through bytes. */
static void
test_equal(void **state)
{
	struct canonical_digests of[3];
	struct canonical_difference diff;
	struct fail f = { 0 };
	struct pvh_domain d;
	void *bytes;
	size_t n;

	(void)state;
	pvh_begin(&d);
	digests_of(&d, false, &of[0]);
	digests_of(&d, true, &of[1]);
	assert_true(of[0].has_vcpu && of[0].has_shared_info);
	assert_int_equal(of[0].pages, PVH_PAGES);
	/* kernel, start_info, both modules, ACPI and identity table */
	assert_int_equal(of[0].n, 2 + 1 + 3 + 2 + 1 + 1);
	assert_int_equal(of[0].v[of[0].n - 1].pfn, 0xfeffe);
	kit_ok(canonical_digests_encode(&of[0], &bytes, &n, &f), &f);
	kit_ok(canonical_digests_decode(&of[2], bytes, n, "blob", &f), &f);
	free(bytes);
	for (size_t i = 1; i < COUNT(of); i++) {
		kit_ok(canonical_digests_compare(&of[0], &of[i], &diff, &f),
		    &f);
		assert_false(canonical_differs(&diff));
		canonical_difference_release(&diff);
	}
	for (size_t i = 0; i < COUNT(of); i++)
		canonical_digests_release(&of[i]);
	pvh_end(&d);
}

/* What differs where one thing is another. */
static void
test_change(void **state)
{
	struct canonical_digests was, is;
	struct canonical_difference diff;
	struct fail f = { 0 };
	struct pvh_domain d;
	uint64_t *param;

	(void)state;
	pvh_begin(&d);
	param = paper_target(d.k.t)->state.param;
	digests_of(&d, false, &was);
	/* Another event channel is that of another domain. */
	param[2] += 5;
	digests_of(&d, false, &is);
	kit_ok(canonical_digests_compare(&was, &is, &diff, &f), &f);
	assert_false(canonical_differs(&diff));
	canonical_digests_release(&is);
	param[2] = 0;
	pvh_poke(&d, PVH_PAGING, 1, 1);
	digests_of(&d, false, &is);
	kit_ok(canonical_digests_compare(&was, &is, &diff, &f), &f);
	assert_true(diff.shared_info && !diff.vcpu && !diff.pages);
	assert_int_equal(diff.n, 1);
	assert_int_equal(diff.runs[0].pfn, 0xfeff8);
	canonical_difference_release(&diff);
	canonical_digests_release(&is);
	canonical_digests_release(&was);
	pvh_end(&d);
}

static void
test_told(void **state)
{
	struct fail f = { 0 };
	const struct plan *p;
	struct canonical *c;
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	kit_ok(canonical_recover(&c, d.k.t, "file:/dom", &f), &f);
	p = canonical_plan(c);
	assert_int_equal(p->layout.pages, PVH_PAGES);
	assert_int_equal(p->layout.gfns.n, 3);
	assert_int_equal(p->layout.v_end, d.plan->layout.v_end);
	assert_int_equal(p->layout.n_segments, d.plan->layout.n_segments);
	for (size_t i = 0; i < p->layout.n_segments; i++) {
		const struct layout_segment *a = &p->layout.segments[i];
		const struct layout_segment *b = &d.plan->layout.segments[i];

		assert_string_equal(a->kind, b->kind);
		assert_int_equal(a->pfn, b->pfn);
		assert_int_equal(a->size, b->size);
		assert_int_equal(a->va.value, b->va.value);
	}
	assert_int_equal(p->n_modules, 2);
	assert_int_equal(p->modules[1].size, 0x1001);
	assert_string_equal(p->modules[1].command_line.data, "second  text");
	assert_string_equal(p->command_line.data, "console=hvc0 root=/dev/");
	assert_int_equal(plan_compare_section(p, d.plan, PLAN_STARTINFO, &f),
	    0);
	assert_int_equal(p->image.entry, d.plan->image.entry);
	canonical_close(c);
	pvh_end(&d);
}

/* ---- domains that lie ---- */

static const struct {
	uint64_t paddr;
	unsigned bytes;
	uint64_t value;
	const char *want;
} lies[] = {
	{ PVH_START, 4, 0, "does not begin with 0x336ec578" },
	{ PVH_START + 12, 4, 17, "more modules than a guest is given" },
	{ PVH_START + 12, 4, UINT32_MAX, "more modules than a guest is" },
	{ PVH_START + 16, 8, 0xfc000000, "its list of modules is at "
	    "0xfc000000, where it has no memory" },
	{ PVH_START + 16, 8, UINT64_MAX - 8, "list of modules is at" },
	{ PVH_START + 24, 8, 0x400000, "its command line is at 0x400000, "
	    "where it has no memory" },
	{ PVH_START + 24, 8, 0xfefff000, "its command line is at" },
	{ PVH_START + 80, 8, 0x3ff000, "a module of its start_info does not" },
	{ PVH_START + 88, 8, UINT64_MAX, "a module of its start_info does" },
	{ PVH_START + 128, 8, UINT64_MAX, "its command line of a module is" },
	{ PVH_START + 80, 8, PVH_START, "do not lie apart" },
};

static void
test_lies(void **state)
{
	struct canonical *c;
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	for (size_t i = 0; i < COUNT(lies); i++) {
		uint64_t was = pvh_poke(&d, lies[i].paddr, lies[i].bytes,
		    lies[i].value);
		struct fail f = { 0 };

		kit_refused(canonical_recover(&c, d.k.t, "file:/dom", &f), &f,
		    FAIL_TARGET, lies[i].want);
		pvh_poke(&d, lies[i].paddr, lies[i].bytes, was);
	}
	pvh_end(&d);
}

static void
test_registers(void **state)
{
	static const struct { uint64_t bx; const char *want; } rows[] = {
		{ PVH_START + 8, "is not that of a page" },
		{ 0x400000, "its start_info is at 0x400000, where it has no" },
		{ 0xfc000000, "its start_info is at 0xfc000000" },
		{ UINT64_MAX << 12, "its start_info is at" },
		{ PVH_FREE, "does not begin with" },
	};
	const struct abi_field bx = PVH->context.field[CTX_BX];
	struct canonical *c;
	struct paper_state *s;
	unsigned char *context;
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	s = &paper_target(d.k.t)->state;
	context = s->context[0];
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fail f = { 0 };

		abi_put(bx, context, rows[i].bx);
		kit_refused(canonical_recover(&c, d.k.t, "file:/dom", &f), &f,
		    FAIL_TARGET, rows[i].want);
	}
	abi_put(bx, context, PVH_START);
	s->context[0] = NULL;
	kit_refused(canonical_recover(&c, d.k.t, "file:/dom", &d.k.f), &d.k.f,
	    FAIL_TARGET, "is not built to the end");
	s->context[0] = context;
	pvh_end(&d);
}

/* Whatever a word of start_info is, it is told or refused. */
static void
test_any_start_info(void **state)
{
	static const uint64_t values[] = { 0, 1, 0xff, 0x102ff8, 0x3ffffd,
	    0x400000, 0xfc000000, UINT64_MAX, UINT64_MAX - 4095 };
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	for (unsigned at = 0; at < 232; at += 4)
		for (size_t i = 0; i < COUNT(values); i++) {
			uint64_t was = pvh_poke(&d, PVH_START + at, 8,
			    values[i]);
			struct fail f = { 0 };
			struct canonical *c;

			if (canonical_recover(&c, d.k.t, "file:/dom", &f) < 0)
				assert_int_equal(f.kind, FAIL_TARGET);
			canonical_close(c);
			pvh_poke(&d, PVH_START + at, 8, was);
		}
	pvh_end(&d);
}

/* Of the registers Xen changes the time stamp counter alone. */
static void
test_xens(void **state)
{
	const struct abi_field tsc = PVH->context.field[CTX_TSC];
	unsigned char xens[ABI_CONTEXT_MAX], ours[ABI_CONTEXT_MAX];

	(void)state;
	memset(xens, 0x5a, sizeof(xens));
	memset(ours, 0xa5, sizeof(ours));
	edits_copy_context(PVH, xens, ours);
	for (size_t i = 0; i < sizeof(ours); i++)
		assert_int_equal(ours[i], i - tsc.offset < tsc.size ? 0x5a :
		    0xa5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_any_start_info),
		cmocka_unit_test(test_xens),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
