#include "plan-sample.h"
#include "plan/stages.h"

/* Decodes, encodes again and expects the same bytes. */
static void
round_trip(const struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan back;
	void *one, *two;
	size_t n, m;

	assert_no_fail(plan_check(p, &f), &f);
	assert_no_fail(plan_encode(p, &one, &n, &f), &f);
	assert_no_fail(plan_decode(&back, one, n, "test", &f), &f);
	assert_int_equal(back.has, p->has);
	assert_no_fail(plan_encode(&back, &two, &m, &f), &f);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	plan_release(&back);
	free(one);
	free(two);
}

/* Plan to JSON to plan to JSON: both texts and both plans are equal. */
static void
json_round_trip(const struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan back;
	char *one, *two;
	void *bytes, *again;
	size_t n, m;

	assert_no_fail(plan_to_json(p, &one, &n, &f), &f);
	assert_no_fail(plan_from_json(&back, one, n, "test", &f), &f);
	assert_no_fail(plan_to_json(&back, &two, &m, &f), &f);
	assert_int_equal(n, strlen(one));
	assert_string_equal(one, two);
	assert_no_fail(plan_encode(p, &bytes, &n, &f), &f);
	assert_no_fail(plan_encode(&back, &again, &m, &f), &f);
	assert_int_equal(n, m);
	assert_memory_equal(bytes, again, n);
	if (getenv("SHOW_JSON") != NULL)
		puts(one);
	plan_release(&back);
	free(one);
	free(two);
	free(bytes);
	free(again);
}

static void
test_round_trip(void **state)
{
	struct sample s;

	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		sample_init(&s, &abi_rows[i], false);
		round_trip(&s.plan);
		json_round_trip(&s.plan);
		plan_release(&s.plan);
	}
	sample_init(&s, abi_named("xen-3.0-x86_64"), true);
	round_trip(&s.plan);
	json_round_trip(&s.plan);
	plan_release(&s.plan);
}

static void
test_drop(void **state)
{
	static const struct {
		enum plan_section from;
		uint32_t left;		/* of a whole plan */
	} cases[] = {
		{ PLAN_LAYOUT, PLAN_BIT(PLAN_LAYOUT) - 1 },
		{ PLAN_PAGETABLES, PLAN_BIT(PLAN_PAGETABLES) - 1 },
		{ PLAN_LAUNCHED, PLAN_BIT(PLAN_LAUNCHED) - 1 },
		{ PLAN_MODULES, (PLAN_BIT(PLAN_LAYOUT) - 1) &
		    ~PLAN_BIT(PLAN_MODULES) },
		{ PLAN_SOURCES, (PLAN_BIT(PLAN_FAILED) - 1) &
		    ~PLAN_BIT(PLAN_SOURCES) },
		{ PLAN_FAILED, PLAN_BIT(PLAN_FAILED) - 1 },
	};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t failed = cases[i].from == PLAN_FAILED ? 0 :
		    PLAN_BIT(PLAN_FAILED);

		sample_init(&s, &abi_rows[4], false);
		plan_drop_from(&s.plan, cases[i].from);
		assert_int_equal(s.plan.has, (cases[i].left &
		    plan_sections_of(GUEST_PV)) | failed);
		round_trip(&s.plan);
		plan_release(&s.plan);
	}
}

/* Keys of a later version, in the plan, in a section and deep in a list. */
static void
test_extra(void **state)
{
	static const char in[] = "{\"xb-plan\": 1, \"new\": {\"msgpack\":"
	    " \"93c0cb7ff8000000000000d5017878\"}, \"failed\":"
	    " {\"why\": {\"msgpack\": \"cd0001\"}, \"stage\": \"xb-a\","
	    " \"status\": 1, \"message\": \"m\"}, \"other\":"
	    " {\"msgpack\": \"ff\"}}";
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;

	(void)state;
	assert_no_fail(plan_from_json(&p, in, strlen(in), "test", &f), &f);
	assert_int_equal(p.extra.n, 3);
	assert_string_equal(p.extra.v[0].in, "");
	assert_string_equal(p.extra.v[0].key.data, "new");
	assert_int_equal(p.extra.v[0].msgpack.size, 15);
	assert_string_equal(p.extra.v[1].in, "failed");
	assert_string_equal(p.extra.v[2].key.data, "other");
	round_trip(&p);
	json_round_trip(&p);
	plan_drop_from(&p, PLAN_FAILED);
	assert_int_equal(p.extra.n, 2);
	assert_string_equal(p.extra.v[1].key.data, "other");
	plan_release(&p);
}

static void
test_extra_in_list(void **state)
{
	struct schema_extra more[] = {
		{ "layout.segments[1]", { "aim", 3 }, { "\x91\x07", 2 } },
		{ "modules[0].parts[1]", { "x", 1 }, { "\xc3", 1 } },
		{ "vcpus[0]", { "y", 1 }, { "\xa1z", 2 } },
	};
	struct sample s;

	(void)state;
	sample_init(&s, &abi_rows[4], false);
	s.plan.extra.v = more;
	s.plan.extra.n = COUNT(more);
	round_trip(&s.plan);
	json_round_trip(&s.plan);
	plan_drop_from(&s.plan, PLAN_LAYOUT);
	assert_int_equal(s.plan.extra.n, 1);
	round_trip(&s.plan);
	plan_release(&s.plan);
}

static void
test_lookups(void **state)
{
	struct sample s;
	uint8_t digest[SHA256_BYTES];

	(void)state;
	sample_init(&s, &abi_rows[0], false);
	assert_string_equal(plan_section_name(PLAN_LAYOUT), "layout");
	assert_string_equal(plan_section_stage(PLAN_LAYOUT), "xb-layout");
	assert_int_equal(plan_segment(&s.plan, SEG_KERNEL)->pfn, KERNEL_PFN);
	assert_null(plan_segment(&s.plan, SEG_XENSTORE));
	assert_int_equal(plan_payload(&s.plan, "kernel")->size, 0x4000);
	assert_int_equal(plan_payload(&s.plan, "ramdisk.1")->sha256[0], 0x33);
	assert_null(plan_payload(&s.plan, "symtab"));
	memset(digest, 0x11, sizeof(digest));
	assert_ptr_equal(plan_source_of(&s.plan, digest), s.plan.sources);
	digest[31] = 0;
	assert_null(plan_source_of(&s.plan, digest));
	plan_release(&s.plan);
}

/* A section alone is the same bytes as in the plan. */
static void
test_section(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	void *all, *one;
	size_t n, m;

	(void)state;
	sample_init(&s, &abi_rows[3], false);
	assert_no_fail(plan_encode(&s.plan, &all, &n, &f), &f);
	for (unsigned i = 0; i < PLAN_SECTIONS; i++) {
		/* The sample is of a PV guest. */
		if (!(plan_sections_of(GUEST_PV) & PLAN_BIT(i)))
			continue;
		assert_no_fail(plan_encode_section(&s.plan,
		    (enum plan_section)i, &one, &m, &f), &f);
		assert_non_null(memmem(all, n, one, m));
		free(one);
	}
	free(all);
	plan_release(&s.plan);
}

static void
test_forgotten(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	void *bytes;
	char *text;
	size_t n;

	(void)state;
	sample_init(&s, &abi_rows[4], false);
	s.plan.image.pae = NULL;
	assert_int_equal(plan_encode(&s.plan, &bytes, &n, &f), -1);
	assert_int_equal(f.kind, FAIL_BUG);
	assert_non_null(strstr(f.message, "'pae'"));
	f = (struct fail){ .kind = FAIL_NONE };
	assert_int_equal(plan_to_json(&s.plan, &text, &n, &f), -1);
	assert_int_equal(f.kind, FAIL_BUG);
	plan_release(&s.plan);
}

/* A domain of single frames: at most 16 bytes a run, and a limit. */
static void
test_many_runs(void **state)
{
	enum { RUNS = 3 << 20 };
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	struct extents l = EXTENTS_INIT;
	void *bytes;
	size_t n;

	(void)state;
	sample_init(&s, &abi_rows[4], false);
	for (uint64_t i = 0; i < RUNS; i++)
		assert_no_fail(extents_add(&l, i, (1 << 24) - 2 * i, 1, &f),
		    &f);
	s.plan.memory.p2m = l;
	s.plan.memory.p2m.n = 1000;
	assert_no_fail(plan_encode_section(&s.plan, PLAN_MEMORY, &bytes, &n,
	    &f), &f);
	assert_true(n < 1000 * 16);
	free(bytes);
	s.plan.memory.p2m.n = RUNS;
	assert_int_equal(plan_encode(&s.plan, &bytes, &n, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_non_null(strstr(f.message, "limit 8388608"));
	extents_release(&l);
	plan_release(&s.plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_extra),
		cmocka_unit_test(test_extra_in_list),
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_section),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_many_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
