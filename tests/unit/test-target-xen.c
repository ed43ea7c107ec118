/* target/xen: its operations against a hypervisor made for the test. */
#include "unit.h"

#ifdef WITH_XEN
#include <stdio.h>

#include "fakexen.h"

static struct xen_target
begin(void)
{
	struct xen_target t = { .name = "xen:5", .domid = FX_DOMID,
	    .writable = true, .lock = RUNFILE_LOCK_INIT,
	    .shared_info = FX_SHARED };

	fx_begin();
	t.base.ops = &target_xen;
	t.host.name = "xen:5";
	t.host.xc = (xc_interface *)&fx;
	(void)xc_domain_getinfolist(t.host.xc, FX_DOMID, 1, &t.known);
	fx.calls = 0;
	return t;
}

static void
end(struct xen_target *t)
{
	xen_unmap_all(t);
	free(t->m2p);
	free(fx.grants);
	fx.grants = NULL;
	assert_int_equal(fx.mapped, 0);
}

static void
ok(int rc, const struct fail *f)
{
	if (rc < 0)
		unit_fail("%s", f->message);
}

static void
refused(int rc, struct fail *f, enum fail_kind kind, const char *words)
{
	assert_int_equal(rc, -1);
	if (f->kind != kind || strstr(f->message, words) == NULL)
		unit_fail("%d: '%s', without '%s'", f->kind, f->message, words);
	f->kind = FAIL_NONE;
}

/* ---- memory ---- */

static void
test_populate(void **state)
{
	static const struct {
		const char *name;
		uint64_t count;
		unsigned max_order;
		size_t runs;
		unsigned calls;
	} cases[] = {
		{ "in one piece", 1024, 18, 1, 1 },
		{ "powers of two", 1024 + 256 + 3, 18, 1, 4 },
		{ "2 MiB at most", 1024, 9, 1, 2 },
		{ "pages alone", 100, 0, 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extents p2m = EXTENTS_INIT;
		struct fail f = { 0 };
		struct xen_target t = begin();

		fx.max_order = cases[i].max_order;
		ok(xen_populate(&t.base, cases[i].count, 0, &p2m, &f), &f);
		assert_int_equal(extents_pages(&p2m), cases[i].count);
		assert_int_equal(fx_owned(), cases[i].count);
		assert_int_equal(p2m.n, cases[i].runs);
		assert_true(fx.populates >= cases[i].calls);
		assert_int_equal(fx.claim, 0);
		for (uint64_t pfn = 0; pfn < cases[i].count; pfn++)
			assert_int_equal(fx.m2p[extents_mfn(&p2m, pfn) -
			    FX_BASE], pfn);
		refused(xen_populate(&t.base, 1, 0, &p2m, &f), &f, FAIL_TARGET,
		    "pages already");
		extents_release(&p2m);
		end(&t);
	}
}

/* All or nothing, with numbers. */
static void
test_shortage(void **state)
{
	static const struct {
		const char *name;
		uint64_t count, others, max;
		bool claims;
		unsigned bits;
		enum fail_kind kind;
		const char *want;
	} cases[] = {
		{ "too small a domain", 200, 0, 100, true, 0, FAIL_TARGET,
		    "800 KiB needed, 400 KiB given, 400 KiB missing" },
		{ "found by the claim", 2000, 100, 2048, true, 0, FAIL_FULL,
		    "8000 KiB needed, 7792 KiB free, 400 KiB more claimed by "
		    "others, 208 KiB missing" },
		{ "found on the way", 2000, 100, 2048, false, 0, FAIL_FULL,
		    "8000 KiB needed, 7792 KiB free, 400 KiB more claimed by "
		    "others, 208 KiB missing" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extents p2m = EXTENTS_INIT;
		struct fail f = { 0 };
		struct xen_target t = begin();

		fx.others = cases[i].others;
		t.known.max_pages = cases[i].max;
		/* The first call is the claim, which then is unknown. */
		fx.refuse_at = cases[i].claims ? 0 : 1;
		refused(xen_populate(&t.base, cases[i].count, cases[i].bits,
		    &p2m, &f), &f, cases[i].kind, cases[i].want);
		assert_int_equal(p2m.n, 0);
		assert_int_equal(fx_owned(), 0);
		assert_int_equal(fx.claim, 0);
		end(&t);
	}
}

static void
test_map(void **state)
{
	struct extents p2m = EXTENTS_INIT;
	struct fail f = { 0 };
	struct xen_target t = begin();
	struct extent runs[2];
	unsigned char *p;

	(void)state;
	ok(xen_populate(&t.base, 16, 0, &p2m, &f), &f);
	/* Frames that it got itself need no question. */
	runs[0] = (struct extent){ 0, FX_BASE + 8, 2 };
	runs[1] = (struct extent){ 2, FX_BASE + 1, 1 };
	p = xen_map(&t.base, runs, 2, true, &f);
	assert_non_null(p);
	assert_int_equal(fx.checks, 0);
	memset(p, 0x11, 4096);
	memset(p + 8192, 0x33, 4096);
	ok(xen_unmap(&t.base, p, &f), &f);
	t.fresh = false;
	runs[0] = (struct extent){ 0, FX_BASE + 1, 1 };
	p = xen_map(&t.base, runs, 1, true, &f);
	assert_int_equal(p[0], 0x33);
	assert_int_equal(fx.checks, 1);
	refused(xen_unmap(&t.base, p + 4096, &f), &f, FAIL_BUG, "not mapped");
	ok(xen_unmap(&t.base, p, &f), &f);

	runs[1] = (struct extent){ 0, FX_BASE + 16, 1 };
	assert_null(xen_map(&t.base, runs, 2, false, &f));
	refused(-1, &f, FAIL_TARGET, "mfn 0x41010 of 'xen:5': a domain may "
	    "only use frames that it owns");
	runs[0] = (struct extent){ 0, FX_SHARED, 1 };
	p = xen_map(&t.base, runs, 1, true, &f);
	assert_non_null(p);
	extents_release(&p2m);
	end(&t);
}

/* The same refusal, whoever it is that finds a table. */
static void
test_tables_are_read_only(void **state)
{
	(void)state;
	for (int pvh = 0; pvh < 2; pvh++) {
		struct extents p2m = EXTENTS_INIT;
		struct fail f = { 0 };
		struct xen_target t = begin();
		struct extent one = { 0, FX_BASE + 3, 1 };
		unsigned level;
		bool pinned;

		ok(xen_populate(&t.base, 16, 0, &p2m, &f), &f);
		t.fresh = false;
		fx.pvh = pvh != 0;
		ok(xen_pin(&t.base, FX_BASE + 3, &f), &f);
		assert_null(xen_map(&t.base, &one, 1, true, &f));
		refused(-1, &f, FAIL_TARGET, "this one is an L4 table");
		refused(xen_clear(&t.base, &one, 1, &f), &f, FAIL_TARGET,
		    "this one is an L4 table");
		ok(xen_frame_type(&t.base, FX_BASE + 3, &level, &pinned, &f),
		    &f);
		assert_true(level == 4 && pinned);
		refused(xen_pin(&t.base, FX_BASE + 3, &f), &f, FAIL_TARGET,
		    "pinned already");
		ok(xen_unpin(&t.base, FX_BASE + 3, &f), &f);
		refused(xen_unpin(&t.base, FX_BASE + 3, &f), &f, FAIL_TARGET,
		    "it is not pinned");
		ok(xen_clear(&t.base, &one, 1, &f), &f);
		extents_release(&p2m);
		end(&t);
	}
}

static void
test_clear(void **state)
{
	(void)state;
	for (int pvh = 0; pvh < 2; pvh++) {
		struct extents p2m = EXTENTS_INIT;
		struct fail f = { 0 };
		struct xen_target t = begin();
		unsigned char *p;

		ok(xen_populate(&t.base, FX_FRAMES, 0, &p2m, &f), &f);
		fx.pvh = pvh != 0;
		p = xen_map(&t.base, p2m.v, p2m.n, true, &f);
		assert_non_null(p);
		memset(p, 0xaa, FX_FRAMES * 4096);
		ok(xen_clear(&t.base, p2m.v, p2m.n, &f), &f);
		for (size_t i = 0; i < FX_FRAMES * 4096; i += 2048)
			assert_int_equal(p[i], 0);
		assert_int_equal(fx.clears, pvh ? 1 : FX_FRAMES);
		extents_release(&p2m);
		end(&t);
	}
}

static void
test_m2p(void **state)
{
	struct extents p2m = EXTENTS_INIT;
	struct fail f = { 0 };
	struct xen_target t = begin();
	struct extent runs[2] = { { 100, FX_BASE + 5, 3 },
	    { 7, FX_BASE, 1 } }, bad = { 0, 0x10, 1 };
	uint64_t pfns[FX_FRAMES + 1000];

	(void)state;
	ok(xen_populate(&t.base, 1500, 0, &p2m, &f), &f);
	ok(xen_set_m2p(&t.base, runs, 2, &f), &f);
	assert_int_equal(fx.updates, 4);
	ok(xen_get_m2p(&t.base, FX_BASE - 600, FX_FRAMES + 1000, pfns, &f),
	    &f);
	assert_true(pfns[0] == INVALID_MFN && pfns[599] == INVALID_MFN);
	assert_int_equal(pfns[600], 7);
	assert_int_equal(pfns[601], 1);
	assert_int_equal(pfns[605], 100);
	assert_int_equal(pfns[607], 102);
	assert_int_equal(pfns[600 + 1499], 1499);
	assert_true(pfns[600 + 1500] == INVALID_MFN);
	/* Where the table has a hole, and behind its end. */
	pfns[0] = pfns[1] = 1;
	ok(xen_get_m2p(&t.base, 0x3ffff, 1, pfns, &f), &f);
	ok(xen_get_m2p(&t.base, UINT64_C(1) << 40, 1, pfns + 1, &f), &f);
	assert_true(pfns[0] == INVALID_MFN && pfns[1] == INVALID_MFN);
	refused(xen_set_m2p(&t.base, &bad, 1, &f), &f, FAIL_TARGET,
	    "frames that it owns");
	extents_release(&p2m);
	end(&t);
}

/* ---- what cannot be run on every Xen ---- */

static void
test_width(void **state)
{
	static const struct {
		int abi;
		const char *offers, *want;
		unsigned width, pin;
	} cases[] = {
		{ 4, "xen-3.0-x86_64 xen-3.0-x86_32p", NULL, 64,
		    MMUEXT_PIN_L4_TABLE },
		{ 3, "xen-3.0-x86_64 xen-3.0-x86_32p", NULL, 32,
		    MMUEXT_PIN_L3_TABLE },
		{ 3, "xen-3.0-x86_64 hvm-3.0-x86_32p", "this is a 32-bit PAE "
		    "kernel (xen-3.0-x86_32p); this hypervisor offers: "
		    "xen-3.0-x86_64", 0, 0 },
		{ 4, "hvm-3.0-x86_64", "offers: no PV ABI", 0, 0 },
		{ 0, "xen-3.0-x86_64 xen-3.0-x86_32p",
		    "offers: xen-3.0-x86_64, xen-3.0-x86_32p", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct abi *abi = &abi_rows[cases[i].abi], *is;
		struct extents p2m = EXTENTS_INIT;
		struct fail f = { 0 };
		struct xen_target t = begin();
		int rc;

		fx.offers = cases[i].offers;
		rc = xen_set_abi(&t.base, abi, &f);
		if (cases[i].want != NULL) {
			refused(rc, &f, FAIL_TARGET, cases[i].want);
			continue;
		}
		ok(rc, &f);
		assert_int_equal(fx.width, cases[i].width);
		ok(xen_abi(&t, &is, &f), &f);
		assert_ptr_equal(is, abi);
		ok(xen_populate(&t.base, 4, 0, &p2m, &f), &f);
		ok(xen_pin(&t.base, FX_BASE, &f), &f);
		assert_int_equal(fx.pin_cmd, cases[i].pin);
		fx.width = 96 - fx.width;
		t.has_abi = false;
		refused(xen_set_abi(&t.base, abi, &f), &f, FAIL_TARGET,
		    "before the first page");
		extents_release(&p2m);
		end(&t);
	}
}

static void
test_silent_pin(void **state)
{
	struct extents p2m = EXTENTS_INIT;
	struct fail f = { 0 };
	struct xen_target t = begin();

	(void)state;
	ok(xen_populate(&t.base, 4, 0, &p2m, &f), &f);
	fx.silent_pin = true;
	refused(xen_pin(&t.base, FX_BASE, &f), &f, FAIL_TARGET,
	    "took it and did nothing");
	extents_release(&p2m);
	end(&t);
}

/* ---- event channels and grants ---- */

static void
test_ports_and_grants(void **state)
{
	struct fail f = { 0 };
	struct xen_target t = begin();
	enum port_status status;
	uint32_t port, domid;
	uint64_t mfn;
	bool used;

	(void)state;
	ok(xen_alloc_port(&t.base, 3, &port, &f), &f);
	assert_int_equal(port, 1);
	ok(xen_port_status(&t.base, 1, &status, &domid, &f), &f);
	assert_true(status == PORT_UNBOUND && domid == 3);
	ok(xen_port_status(&t.base, 2, &status, &domid, &f), &f);
	assert_int_equal(status, PORT_FREE);
	ok(xen_port_status(&t.base, 4000, &status, &domid, &f), &f);
	assert_int_equal(status, PORT_FREE);
	ok(xen_alloc_port(&t.base, 0, &port, &f), &f);
	ok(xen_alloc_port(&t.base, 0, &port, &f), &f);
	refused(xen_alloc_port(&t.base, 0, &port, &f), &f, FAIL_TARGET,
	    "all its ports are in use");

	ok(xen_seed_grant(&t.base, 1, 9, 0x41000, &f), &f);
	assert_true(fx.grants[1].flags == 1 && fx.grants[1].domid == 9 &&
	    fx.grants[1].frame == 0x41000);
	ok(xen_get_grant(&t.base, 1, &used, &domid, &mfn, &f), &f);
	assert_true(used && domid == 9 && mfn == 0x41000);
	/* Its own pages need no grant. */
	ok(xen_seed_grant(&t.base, 0, FX_DOMID, 0x41000, &f), &f);
	ok(xen_get_grant(&t.base, 0, &used, &domid, &mfn, &f), &f);
	assert_false(used);
	refused(xen_seed_grant(&t.base, 0, 1, UINT64_C(1) << 32, &f), &f,
	    FAIL_TARGET, "32 bits");
	refused(xen_seed_grant(&t.base, 512, 1, 0x41000, &f), &f,
	    FAIL_TARGET, "0 to 511");
	end(&t);
}

/* ---- vcpus ---- */

static void
test_context(void **state)
{
	const struct abi *abi = &abi_rows[4];
	unsigned char context[ABI_CONTEXT_MAX] = { 0 }, back[ABI_CONTEXT_MAX];
	struct fail f = { 0 };
	struct xen_target t = begin();
	bool present;

	(void)state;
	refused(xen_unpause(&t.base, &f), &f, FAIL_TARGET, "no registers");
	ok(xen_get_context(&t.base, 0, back, &present, &f), &f);
	assert_false(present);
	refused(xen_set_context(&t.base, 2, context, &f), &f, FAIL_TARGET,
	    "has no vcpu 2: it has 2");
	refused(xen_set_context(&t.base, 0, context, &f), &f, FAIL_TARGET,
	    "cr3 is 0x0");
	abi_put(abi->context.field[CTX_GS_BASE_USER], context,
	    UINT64_C(1) << 63);
	refused(xen_set_context(&t.base, 0, context, &f), &f, FAIL_TARGET,
	    "gs_base_user is 0x8000000000000000: it must be a canonical");
	end(&t);
}

static void
test_running(void **state)
{
	const struct abi *abi = &abi_rows[4];
	unsigned char context[ABI_CONTEXT_MAX] = { 0 }, back[ABI_CONTEXT_MAX];
	struct fail f = { 0 };
	struct xen_target t = begin();
	bool present;

	(void)state;
	abi_put(abi->context.field[CTX_CR3], context, 0x41000000);
	context[5167] = 0x7f;
	ok(xen_set_context(&t.base, 0, context, &f), &f);
	ok(xen_get_context(&t.base, 0, back, &present, &f), &f);
	assert_true(present);
	assert_memory_equal(back, context, sizeof(context));
	refused(xen_set_context(&t.base, 0, context, &f), &f, FAIL_TARGET,
	    "already constructed");
	refused(xen_pause(&t.base, &f), &f, FAIL_TARGET, "paused already");
	fx.pauses = 3;
	ok(xen_unpause(&t.base, &f), &f);
	assert_int_equal(fx.pauses, 0);
	refused(xen_unpause(&t.base, &f), &f, FAIL_TARGET, "is not paused");
	ok(xen_pause(&t.base, &f), &f);
	fx.gone = true;
	refused(xen_unpause(&t.base, &f), &f, FAIL_TARGET,
	    "there is no domain 'xen:5'");
	end(&t);
}

/* ---- every call fails once ---- */

static int
all_of_it(struct xen_target *t, struct fail *f)
{
	struct extents p2m = EXTENTS_INIT;
	unsigned char context[ABI_CONTEXT_MAX] = { 0 };
	struct extent one = { 0, FX_BASE + 2, 1 };
	struct target_host host;
	struct target_info info;
	enum port_status status;
	uint32_t port, remote;
	uint64_t pfns[8];
	void *p = NULL;
	int rc = -1;

	context[4984 + 24 + 2] = 1;		/* cr3 */
	if (xen_info(&t->base, &info, f) == 0 &&
	    xen_host_info(&t->base, &host, f) == 0 &&
	    xen_set_abi(&t->base, &abi_rows[4], f) == 0 &&
	    xen_populate(&t->base, 64, 0, &p2m, f) == 0 &&
	    (p = xen_map(&t->base, p2m.v, p2m.n, true, f)) != NULL &&
	    xen_unmap(&t->base, p, f) == 0 &&
	    xen_clear(&t->base, &one, 1, f) == 0 &&
	    xen_set_m2p(&t->base, p2m.v, p2m.n, f) == 0 &&
	    xen_get_m2p(&t->base, FX_BASE, 8, pfns, f) == 0 &&
	    xen_hypercall_page(&t->base, FX_BASE + 1, f) == 0 &&
	    xen_pin(&t->base, FX_BASE, f) == 0 &&
	    xen_alloc_port(&t->base, 0, &port, f) == 0 &&
	    xen_port_status(&t->base, port, &status, &remote, f) == 0 &&
	    xen_seed_grant(&t->base, 0, 0, FX_BASE, f) == 0 &&
	    xen_set_context(&t->base, 0, context, f) == 0 &&
	    xen_unpause(&t->base, f) == 0 &&
	    xen_pause(&t->base, f) == 0)
		rc = xen_info(&t->base, &info, f);
	extents_release(&p2m);
	return rc;
}

static void
test_no_room(void **state)
{
	static const struct {
		int e;
		const char *rule;
		enum fail_kind kind;
		const char *want;
	} cases[] = {
		{ ENOMEM, NULL, FAIL_FULL, "it: the hypervisor is out of" },
		{ ENOMEM, "rule", FAIL_FULL, "it: the hypervisor is out of" },
		{ ENOSPC, NULL, FAIL_FULL, "it: the hypervisor has none left" },
		{ ENOSPC, "rule", FAIL_TARGET, "it: rule (No space" },
		{ ESRCH, "rule", FAIL_TARGET, "it: there is no such domain" },
		{ EACCES, "rule", FAIL_TARGET, "it: rule (Permission" },
		{ EACCES, NULL, FAIL_TARGET, "it: refused, as by" },
		{ EINVAL, "rule", FAIL_TARGET, "it: rule (Invalid" },
		{ EINVAL, NULL, FAIL_SYSTEM, "it: Invalid" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = { 0 };

		refused(xen_refused(cases[i].e, cases[i].rule, &f, "it"), &f,
		    cases[i].kind, cases[i].want);
	}
}

static void
test_each_call_fails_once(void **state)
{
	unsigned calls, tolerated = 0;
	struct fail f = { 0 };
	struct xen_target t = begin();

	(void)state;
	ok(all_of_it(&t, &f), &f);
	end(&t);
	calls = fx.calls;
	assert_true(calls > 20);
	for (unsigned i = 1; i <= calls; i++) {
		f = (struct fail){ 0 };
		t = begin();
		fx.refuse_at = i;
		if (all_of_it(&t, &f) == 0) {
			tolerated++;
		} else {
			assert_true(f.kind == FAIL_SYSTEM ||
			    f.kind == FAIL_TARGET || f.kind == FAIL_FULL ||
			    f.kind == FAIL_PERM);
			assert_non_null(strstr(f.message, "xen:5"));
		}
		assert_int_equal(fx.claim, 0);
		end(&t);
	}
	/* The claim alone can be done without. */
	assert_int_equal(tolerated, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_populate),
		cmocka_unit_test(test_shortage),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_tables_are_read_only),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_m2p),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_silent_pin),
		cmocka_unit_test(test_ports_and_grants),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_each_call_fails_once),
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
