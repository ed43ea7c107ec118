/* target/xen: what it does for HVM domains, against a hypervisor made for the
 * test. */
#include "unit.h"

#ifdef WITH_XEN
#include <stdio.h>

#include "fakexen.h"
#include "target/request.h"

#include <xen/hvm/params.h>
#include <xen/hvm/save.h>

static struct xen_host
begin(struct fail *f)
{
	struct xen_host h = { .f = f, .name = "xen",
	    .xc = (xc_interface *)&fx };

	fx_begin();
	return h;
}

static void
refused(int rc, struct fail *f, enum fail_kind kind, const char *words)
{
	assert_int_equal(rc, -1);
	if (f->kind != kind || strstr(f->message, words) == NULL)
		unit_fail("%d: '%s', without '%s'", f->kind, f->message, words);
	*f = (struct fail){ 0 };
}

/* ---- is it offered? ---- */

static void
test_offered(void **state)
{
	static const struct {
		uint32_t capabilities;
		const char *words;	/* NULL: it is */
	} cases[] = {
		{ 0, "no HVM domains" },
		{ XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_hap,
		    "no HVM domains" },
		{ XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_shadow,
		    "no nested paging (HAP)" },
		{ XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = { 0 };
		struct xen_host h = begin(&f);
		int rc;

		fx.capabilities = cases[i].capabilities;
		rc = xen_hvm_offered(&h, &f);
		if (cases[i].words == NULL)
			assert_int_equal(rc, 0);
		else
			refused(rc, &f, FAIL_TARGET, cases[i].words);
	}
}

/* ---- the paging pool ---- */

static void
test_pool(void **state)
{
	/* Of libxl: 256 pages a vcpu, and one a MiB of what it may grow to. */
	static const struct {
		enum guest_type type;
		uint32_t vcpus;
		uint64_t max_mib, pages;
	} cases[] = {
		{ GUEST_PV, 2, 256, 0 },
		{ GUEST_PVH, 2, 256, 768 },
		{ GUEST_PVH, 1, 1, 257 },
		{ GUEST_PVH, 128, 5 * 1024, 128 * 256 + 5 * 1024 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct target_request r = { .type = cases[i].type,
		    .vcpus = cases[i].vcpus, .pages = 256,
		    .max_pages = cases[i].max_mib * 256 };

		assert_int_equal(target_pool_pages(&r), cases[i].pages);
		r.max_pages -= 255;	/* a MiB that is begun counts */
		assert_int_equal(target_pool_pages(&r), cases[i].pages);
	}
}

static void
test_prepare(void **state)
{
	struct target_request r = { .type = GUEST_PVH, .vcpus = 2,
	    .pages = 65536, .max_pages = 65536 };
	struct fail f = { 0 };
	struct xen_host h = begin(&f);

	(void)state;
	assert_int_equal(xen_hvm_prepare(&h, &r, FX_DOMID, &f), 0);
	assert_int_equal(fx.pool, 768 * 4096);
	assert_int_equal(fx.param[HVM_PARAM_TIMER_MODE], 1);
	h = begin(&f);
	fx.refuse_at = 2;
	refused(xen_hvm_prepare(&h, &r, FX_DOMID, &f), &f, FAIL_FULL,
	    "paging tables of a new domain: 3072 KiB needed");
	for (unsigned i = 1; i < 6; i++) {
		h = begin(&f);
		fx.refuse_at = i;
		assert_int_equal(xen_hvm_prepare(&h, &r, FX_DOMID, &f), -1);
		f = (struct fail){ 0 };
	}
	assert_int_equal(fx.calls, 5);
}

/* ---- the CPU policy ---- */

#define INTEL	{ 0, ~0u, 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 }
#define AMD	{ 0, ~0u, 0xd, 0x68747541, 0x444d4163, 0x69746e65 }
#define VIA	{ 0, ~0u, 0xd, 0x746e6543, 0x736c7561, 0x48727561 }

static void
test_policy(void **state)
{
	static const struct {
		const char *name;
		xen_cpuid_leaf_t vendor, had, wanted;
	} cases[] = {
		{ "logical processors are doubled, VMX goes, HTT comes", INTEL,
		    { 1, ~0u, 7, 0x00100800, 0x21, 0 },
		    { 1, ~0u, 7, 0x00200800, 0x01, 0x10000000 } },
		{ "none are two", AMD, { 1, ~0u, 0, 0x800, 0, 0 },
		    { 1, ~0u, 0, 0x00020800, 0, 0x10000000 } },
		{ "as many as there is room for stay", AMD,
		    { 1, ~0u, 0, 0x00800000, 0, 0 },
		    { 1, ~0u, 0, 0x00800000, 0, 0x10000000 } },
		{ "Intel's cores are doubled, threads are 1", INTEL,
		    { 4, 0, 0x0c004121, 2, 3, 4 },
		    { 4, 0, 0x1c000121, 2, 3, 4 } },
		{ "no cache, no change", INTEL, { 4, 3, 0x0c004120, 0, 0, 0 },
		    { 4, 3, 0x0c004120, 0, 0, 0 } },
		{ "AMD has other leaves for it", AMD,
		    { 4, 0, 0x0c004121, 2, 3, 4 },
		    { 4, 0, 0x0c004121, 2, 3, 4 } },
		{ "CmpLegacy and SVM go", AMD,
		    { 0x80000001, ~0u, 1, 2, 0xff, 4 },
		    { 0x80000001, ~0u, 1, 2, 0xf9, 4 } },
		{ "so does TscInvariant", INTEL,
		    { 0x80000007, ~0u, 1, 2, 3, 0x300 },
		    { 0x80000007, ~0u, 1, 2, 3, 0x200 } },
		{ "AMD's threads are doubled, and bits of their ids", AMD,
		    { 0x80000008, ~0u, 1, 2, 0x3003, 4 },
		    { 0x80000008, ~0u, 1, 2, 0x4007, 4 } },
		{ "7 bits at most", AMD, { 0x80000008, ~0u, 1, 2, 0x703f, 4 },
		    { 0x80000008, ~0u, 1, 2, 0x707f, 4 } },
		{ "no bits stay none", AMD, { 0x80000008, ~0u, 1, 2, 1, 4 },
		    { 0x80000008, ~0u, 1, 2, 3, 4 } },
		{ "no room for more", AMD, { 0x80000008, ~0u, 1, 2, 0x30ff, 4 },
		    { 0x80000008, ~0u, 1, 2, 0x30ff, 4 } },
		{ "Intel has no such field", INTEL,
		    { 0x80000008, ~0u, 1, 2, 0x3003, 4 },
		    { 0x80000008, ~0u, 1, 2, 0x3003, 4 } },
		{ "nor others", VIA, { 4, 0, 0x0c004121, 2, 3, 4 },
		    { 4, 0, 0x0c004121, 2, 3, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = { 0 };
		struct xen_host h = begin(&f);

		fx.leaf[0] = cases[i].vendor;
		fx.leaf[1] = cases[i].had;
		fx.n_leaves = 2;
		assert_int_equal(xen_policy_set(&h, FX_DOMID, &f), 0);
		assert_memory_equal(&fx.leaf[0], &cases[i].vendor,
		    sizeof(fx.leaf[0]));
		if (memcmp(&fx.leaf[1], &cases[i].wanted,
		    sizeof(fx.leaf[0])) != 0)
			unit_fail("%s: eax 0x%x, ebx 0x%x, ecx 0x%x, edx 0x%x",
			    cases[i].name, fx.leaf[1].a, fx.leaf[1].b,
			    fx.leaf[1].c, fx.leaf[1].d);
	}
}

/* ---- memory ---- */

static struct xen_target
target(struct fail *f)
{
	struct xen_target t = { .name = "xen:5", .domid = FX_DOMID,
	    .writable = true, .lock = RUNFILE_LOCK_INIT,
	    .host = begin(f) };

	fx.hvm = true;
	t.base.ops = &target_xen;
	(void)xc_domain_getinfolist(t.host.xc, FX_DOMID, 1, &t.known);
	fx.calls = 0;
	return t;
}

static void
add(struct extents *gfns, uint64_t gfn, uint64_t count)
{
	struct fail f = { 0 };

	assert_int_equal(extents_add(gfns, gfn, gfn, count, &f), 0);
}

static void
test_populate(void **state)
{
	static const struct {
		const char *name;
		uint64_t low;
		unsigned max_order, calls;
	} cases[] = {
		/* A call for each power of two, one for 8 and one for 1. */
		{ "in one piece", 1024, 18, 3 },
		{ "as aligned as large", 1024 + 256 + 3, 18, 6 },
		{ "2 MiB at most: 1 call gives none", 1024, 9, 4 },
		{ "pages alone: 10 calls give none", 256, 0, 11 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extents gfns = EXTENTS_INIT;
		struct fail f = { 0 };
		struct xen_target t = target(&f);
		const struct abi *abi = abi_first(GUEST_PVH);

		add(&gfns, 0, cases[i].low);
		add(&gfns, 0xfc000, 1);
		add(&gfns, 0xfeff8, 8);
		fx.max_order = cases[i].max_order;
		assert_int_equal(xen_hvm_populate(&t.base, abi, &gfns, &f), 0);
		assert_int_equal(fx_owned(), cases[i].low + 9);
		assert_int_equal(fx.unaligned, 0);
		assert_int_equal(fx.populates, cases[i].calls);
		assert_int_equal(fx.claim, 0);
		assert_int_equal(fx.n_map, 3);
		assert_int_equal(fx.map[0].addr, 0);
		assert_int_equal(fx.map[0].size, cases[i].low * 4096);
		assert_int_equal(fx.map[0].type, 1);
		assert_int_equal(fx.map[1].addr, 0xfc000000);
		assert_int_equal(fx.map[1].type, 3);
		assert_int_equal(fx.map[2].size, 8 * 4096);
		assert_int_equal(fx.map[2].type, 2);
		refused(xen_hvm_populate(&t.base, abi, &gfns, &f), &f,
		    FAIL_TARGET, "pages already");
		extents_release(&gfns);
	}
}

static void
test_shortage(void **state)
{
	struct extents gfns = EXTENTS_INIT;
	struct fail f = { 0 };
	struct xen_target t = target(&f);

	(void)state;
	add(&gfns, 0, 1024);
	add(&gfns, 0xfeff8, 8);
	fx.others = FX_FRAMES - 600;
	refused(xen_hvm_populate(&t.base, abi_first(GUEST_PVH), &gfns, &f), &f,
	    FAIL_FULL, "too full");
	assert_int_equal(fx_owned(), 0);
	assert_int_equal(fx.claim, 0);
	for (unsigned i = 1; i < 4; i++) {
		t = target(&f);
		fx.refuse_at = i;
		if (xen_hvm_populate(&t.base, abi_first(GUEST_PVH), &gfns,
		    &f) == 0)
			continue;	/* a claim can be done without */
		f = (struct fail){ 0 };
		assert_int_equal(fx_owned(), 0);
	}
	extents_release(&gfns);
}

/* ---- registers ---- */

enum { REGISTERS = 1032 };

static void
record(unsigned code, unsigned instance, unsigned char byte, size_t n)
{
	struct hvm_save_descriptor d = { .typecode = (uint16_t)code,
	    .instance = (uint16_t)instance, .length = (uint32_t)n };

	memcpy(fx.stream + fx.stream_bytes, &d, sizeof(d));
	memset(fx.stream + fx.stream_bytes + sizeof(d), byte, n);
	fx.stream_bytes += sizeof(d) + n;
}

/* The next record of what was set has these; its bytes. */
static const unsigned char *
expect(size_t *at, unsigned code, unsigned instance, size_t n)
{
	const struct hvm_save_descriptor *d = (const void *)(fx.stream + *at);

	assert_int_equal(d->typecode, code);
	assert_int_equal(d->instance, instance);
	assert_int_equal(d->length, n);
	*at += sizeof(*d) + n;
	return (const unsigned char *)(d + 1);
}

static void
test_context(void **state)
{
	const size_t mtrr = sizeof(struct hvm_hw_mtrr);
	unsigned char registers[REGISTERS], back[REGISTERS];
	struct fail f = { 0 };
	struct xen_target t = target(&f);
	bool present = true;
	size_t at = 0;

	(void)state;
	memset(registers, 0x5a, sizeof(registers));
	record(HVM_SAVE_CODE(HEADER), 0, 0x11, 24);
	record(5, 0, 0x22, 40);
	record(HVM_SAVE_CODE(MTRR), 0, 0x33, mtrr);
	record(HVM_SAVE_CODE(MTRR), 1, 0x44, mtrr);
	record(HVM_SAVE_CODE(END), 0, 0, 0);
	assert_int_equal(xen_hvm_get_context(&t, 0, back, REGISTERS, &present,
	    &f), 0);
	assert_false(present);
	assert_int_equal(xen_hvm_set_context(&t, 0, registers, REGISTERS, &f),
	    0);
	assert_int_equal(expect(&at, HVM_SAVE_CODE(HEADER), 0, 24)[0], 0x11);
	for (unsigned i = 0; i < 2; i++) {
		struct hvm_hw_mtrr m;

		memcpy(&m, expect(&at, HVM_SAVE_CODE(MTRR), i, mtrr), mtrr);
		assert_int_equal(m.msr_mtrr_def_type, 0x806);
		assert_int_equal(m.msr_pat_cr & 0xff, i == 0 ? 0x33 : 0x44);
	}
	assert_memory_equal(expect(&at, HVM_SAVE_CODE(CPU), 0, REGISTERS),
	    registers, REGISTERS);
	(void)expect(&at, HVM_SAVE_CODE(END), 0, 0);
	assert_int_equal(at, fx.stream_bytes);
	assert_int_equal(t.known.nr_online_vcpus, 1);
	/* As Xen has it then. */
	fx.stream_bytes = 0;
	record(HVM_SAVE_CODE(CPU), 0, 0x5a, REGISTERS);
	assert_int_equal(xen_hvm_get_context(&t, 0, back, REGISTERS, &present,
	    &f), 0);
	assert_true(present);
	assert_memory_equal(back, registers, REGISTERS);
	fx.refuse_at = fx.calls + 3;
	refused(xen_hvm_set_context(&t, 0, registers, REGISTERS, &f), &f,
	    FAIL_TARGET, "refuses these registers");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_populate),
		cmocka_unit_test(test_shortage),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_offered),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_prepare),
		cmocka_unit_test(test_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
#include "leftout.h"

int
main(void)
{
	return leftout_run();
}
#endif
