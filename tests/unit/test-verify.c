#include "unit.h"

#include <inttypes.h>

#include "verifybreaks.h"
#include "verifyreport.h"

#define HIGH		0xffffffff80000000

/* One of each ABI, and what is special about address spaces. */
static const struct sample samples[] = {
	{ "xen-1.3-x86_32", 0xc0000000, 1024, 0, false, NULL },
	{ "xen-3.0pre-x86_32", 0xc0300000, 1280, 0, false, NULL },
	{ "xen-3.0pre-x86_64", 0xffffffffbff00000, 1280, 0, false, NULL },
	{ "xen-3.0-x86_32p", 0xc0000000, 1024, 0, false, "extended" },
	{ "xen-3.0-x86_64", HIGH, 1024, 0, false, NULL },
	{ "xen-3.0-x86_64", HIGH, 1024, 0x8000000000, true, NULL },
	/* tables of the list that the first mapping has: L2, then L1 too */
	{ "xen-3.0-x86_64", 0x40400000, 1024, 0x40000000, false, NULL },
	{ "xen-3.0-x86_64", 0x40100000, 1024, 0x40000000, false, NULL },
	/* L2 tables up to slot 3; a region to the end of the address space */
	{ "xen-3.0-x86_32p", 0, 1024, 0, false, "yes" },
	{ "xen-3.0-x86_64", 0xffffffffffc00000, 1024, 0, false, NULL },
	/* a second L3 in order of first use */
	{ "xen-3.0pre-x86_64", 0x7fffe00000, 1280, 0, false, NULL },
};

static void
run(struct domain *d, struct report *r)
{
	report_make(r, &d->plan, &d->k.t);
	assert_int_equal(d->k.mapped, 0);
}

/* ---- good domains ---- */

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		static struct report r;
		static struct domain d;

		dom_begin(&d, &samples[i]);
		run(&d, &r);
		report_show(&r, d.abi->name);
		assert_int_equal(r.rc, 0);
		assert_int_equal(report_count(&r, VERIFY_DIFFERS), 0);
		assert_int_equal(r.n, 17);
		dom_end(&d);
	}
}

/* The page as xb-load left it: the first piece ends in it. */
static void
unmake_hypercall(struct domain *d)
{
	unsigned char *page = dom_page(d, HYPERCALL_PFN);

	memset(page, 0, 4096);
	memcpy(page, d->bytes + 100 + 4096, 5000 - 4096);
}

/* A stage that has not run makes no difference, only fewer checks. */
static void
test_early(void **state)
{
	static const struct {
		enum plan_section last;
		size_t skipped;
	} rows[] = {
		{ PLAN_MEMORY, 11 }, { PLAN_PAGETABLES, 8 },
		{ PLAN_STARTINFO, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct report r;
		static struct domain d;

		dom_begin(&d, &samples[4]);
		d.plan.has &= (2u << rows[i].last) - 1;
		d.k.present[0] = d.k.info.constructed = false;
		if (rows[i].last < PLAN_STARTINFO)
			unmake_hypercall(&d);
		run(&d, &r);
		report_show(&r, d.abi->name);
		assert_int_equal(r.rc, 0);
		assert_int_equal(report_count(&r, VERIFY_SKIPPED),
		    rows[i].skipped);
		dom_end(&d);
	}
}

/* ---- one thing broken ---- */

/* Runs and finds the one check, or two, that differ. */
static void
expect(struct domain *d, const char *name, const char *check, const char *also)
{
	static struct report r;
	size_t others = 0;

	run(d, &r);
	for (size_t i = 0; i < r.n; i++)
		others += r.line[i].result == VERIFY_DIFFERS &&
		    strcmp(r.line[i].check, check) != 0 &&
		    (also == NULL || strcmp(r.line[i].check, also) != 0);
	if (others > 0 || r.rc == 0 || r.f.kind != FAIL_INPUT ||
	    strstr(report_detail(&r, check), d->want) == NULL) {
		report_show(&r, d->abi->name);
		print_error("%s: %s: wanted '%s' of %s, got '%s'\n",
		    d->abi->name, name, d->want, check,
		    report_detail(&r, check));
		_fail(__FILE__, __LINE__);
	}
}

/* The check that a row's cause falls back to where the ABI lacks the thing. */
static const char *
check_of(const struct domain *d, const struct verify_break *r)
{
	if (strcmp(r->name, "ring") == 0 && strstr(d->want, "0x77") != NULL)
		return "cleared memory";
	if (strcmp(r->name, "stub") == 0 &&
	    !d->plan.startinfo.hypercall_mfn.set)
		return "payload bytes";
	return r->check;
}

static void
test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < 7; i++)
		for (const struct verify_break *b = verify_breaks;
		    b->name != NULL; b++) {
			static struct domain d;

			dom_begin(&d, &samples[i]);
			b->cause(&d);
			expect(&d, b->name, check_of(&d, b), b->also);
			dom_end(&d);
		}
}

/* Every field of start_info. */
static void
test_start_info(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < SI_FIELDS; j++) {
			static struct domain d;
			struct abi_field f;
			unsigned char *page;
			uint64_t pfn, was;

			f = abi_named(samples[i].abi)->start_info[j];
			if (!abi_has(f) || f.size > 8)
				continue;
			dom_begin(&d, &samples[i]);
			pfn = dom_segment(&d, SEG_START_INFO)->pfn;
			page = dom_page(&d, pfn);
			was = abi_get(f, page);
			abi_put(f, page, was ^ 0x101);
			says(&d, " (va 0x%" PRIx64 "): 0x%" PRIx64
			    ", should be 0x%" PRIx64, va_of_pfn(&d, pfn) +
			    f.offset, was ^ 0x101, was);
			expect(&d, "field", "start_info", NULL);
			dom_end(&d);
		}
}

static bool
is_xens(const struct abi *a, size_t field)
{
	return a->start_info_flags != 0 &&
	    (field == CTX_CR0 || field == CTX_CR4);
}

/* Every register. */
static void
test_registers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < CTX_FIELDS; j++) {
			static struct domain d;
			const struct abi *a = abi_named(samples[i].abi);
			struct abi_field f = a->context.field[j];
			uint64_t was;

			if (!abi_has(f) || is_xens(a, j))
				continue;
			dom_begin(&d, &samples[i]);
			was = abi_get(f, d.k.context);
			abi_put(f, d.k.context, was ^ 0x110);
			says(&d, " (byte 0x%x): 0x%" PRIx64 ", should be 0x%"
			    PRIx64, f.offset, was ^ 0x110, was);
			expect(&d, "register", "registers",
			    j == CTX_CR3 ? "page tables" : NULL);
			dom_end(&d);
		}
}

static void
test_cr3(void **state)
{
	static struct domain d;

	(void)state;
	dom_begin(&d, &samples[3]);
	dom_set(&d, CTX_CR3, dom_get(&d, CTX_CR3) | 5);
	says(&d, "cr3 of vcpu 0 is 0x%" PRIx64 " (mfn 0x50", dom_get(&d,
	    CTX_CR3));
	expect(&d, "cr3", "page tables", "registers");
	dom_end(&d);
}

/* Grants, and an image's wish for a hypercall page that was not met. */
static void
test_modern(void **state)
{
	static struct domain d;

	(void)state;
	dom_begin(&d, &samples[4]);
	d.k.grant[0].mfn++;
	says(&d, "grant 0 (console): mfn 0x%" PRIx64 " for domain 3, should "
	    "be mfn 0x%" PRIx64 " for domain 3", d.k.grant[0].mfn,
	    d.k.grant[0].mfn - 1);
	expect(&d, "frame", "grants", NULL);
	d.k.grant[0].mfn--;
	d.k.grant[1].used = false;
	says(&d, "grant 1 (xenstore) is free, should be in use");
	expect(&d, "free", "grants", NULL);
	d.k.grant[1].used = true;
	d.plan.startinfo.store_port = 0;
	says(&d, "grant 1 (xenstore) is in use, should be free");
	expect(&d, "of a ring without a port", "grants", "start_info");
	d.plan.startinfo.store_port = STORE_PORT;
	d.plan.startinfo.hypercall_mfn.value++;
	says(&d, "the plan's startinfo.hypercall_mfn");
	expect(&d, "plan", "hypercall page", NULL);
	d.plan.startinfo.hypercall_mfn.set = false;
	unmake_hypercall(&d);
	says(&d, "the image asks for one at va 0x%" PRIx64,
	    va_of_pfn(&d, HYPERCALL_PFN));
	expect(&d, "none", "hypercall page", NULL);
	dom_end(&d);
}

/* What a real Xen does to a domain is no difference. */
static void
test_xens_own(void **state)
{
	static struct domain d;
	static struct report r;

	(void)state;
	dom_begin(&d, &samples[4]);
	for (uint64_t i = 0; i < d.s->region; i++) {
		unsigned char *e = dom_entry(&d, 1, va_of_pfn(&d, i));

		le_put(e, 8, le_get(e, 8) | 4 | UINT64_C(1) << 52);
	}
	for (unsigned i = 256; i < 272; i++)
		le_put(dom_page(&d, dom_segment(&d, SEG_PAGE_TABLES)->pfn) +
		    i * 8, 8, 0xdead063);
	dom_set(&d, CTX_CR0, 0x80050033);
	dom_set(&d, CTX_CR4, 0x6b0);
	dom_set(&d, CTX_RFLAGS, 0x202);
	dom_set(&d, CTX_FLAGS, 0x25);
	memset(d.k.context, 0x3f, 512);
	run(&d, &r);
	report_show(&r, d.abi->name);
	assert_int_equal(r.rc, 0);
	dom_end(&d);

	/* half of Xen's mark (USER without bit 52) is a difference, and so is
	 * an entry in the slot behind Xen's */
	dom_begin(&d, &samples[4]);
	break_pte(&d, 1, d.s->v_start, pte_of(&d, 1, d.s->v_start) | 4,
	    "other flags");
	expect(&d, "USER alone", "page tables", NULL);
	dom_end(&d);
	dom_begin(&d, &samples[4]);
	break_pte(&d, 4, 0xffff880000000000, 0x1234067,
	    "nothing should be mapped there");
	expect(&d, "slot 272", "page tables", NULL);
	dom_end(&d);
}

static void
on_paper(struct domain *d)
{
	const struct abi *a = abi_named("xen-3.0-x86_64");

	dom_begin(d, &samples[4]);
	d->k.info.hypervisor_edits = false;
	d->k.shared[a->shared_info.time[0].offset] = 0;
	d->k.shared[a->shared_info.stride - 1] = 0;
}

/* In a domain on paper nothing changes by itself: all of it is wrong there. */
static void
test_nobodys_own(void **state)
{
	static const struct { enum context_field field; uint64_t set; }
	    registers[] = { { CTX_CR0, 0x10 }, { CTX_CR4, 0x20 },
	    { CTX_RFLAGS, 2 }, { CTX_FLAGS, 1 } };
	static struct domain d;
	static struct report r;

	(void)state;
	on_paper(&d);
	run(&d, &r);
	report_show(&r, d.abi->name);
	assert_int_equal(r.rc, 0);
	break_pte(&d, 4, 0xffff820000000000, 0x1234067,
	    "nothing should be mapped there");
	expect(&d, "L4[260]", "page tables", NULL);
	dom_end(&d);

	on_paper(&d);
	break_pte(&d, 1, d.s->v_start, pte_of(&d, 1, d.s->v_start) | 4 |
	    UINT64_C(1) << 52, "other flags");
	expect(&d, "USER and bit 52", "page tables", NULL);
	dom_end(&d);

	on_paper(&d);
	d.k.shared[d.abi->shared_info.time[0].offset] = 1;
	says(&d, "(byte 0x%x): byte 0x01, should be 0x00",
	    d.abi->shared_info.time[0].offset);
	expect(&d, "time", "shared_info", NULL);
	d.k.shared[d.abi->shared_info.time[0].offset] = 0;
	d.k.shared[d.abi->shared_info.stride - 1] = 1;
	says(&d, "(byte 0x%x): byte 0x01, should be 0x00",
	    d.abi->shared_info.stride - 1);
	expect(&d, "time of a vcpu", "shared_info", NULL);
	dom_end(&d);

	for (size_t i = 0; i < COUNT(registers); i++) {
		on_paper(&d);
		dom_set(&d, registers[i].field, dom_get(&d,
		    registers[i].field) | registers[i].set);
		says(&d, "(byte 0x%x)",
		    d.abi->context.field[registers[i].field].offset);
		expect(&d, "register", "registers", NULL);
		dom_end(&d);
	}
	on_paper(&d);
	d.k.context[17] = 1;
	says(&d, "(byte 0x11): byte 0x01, should be 0x00");
	expect(&d, "FPU area", "registers", NULL);
	dom_end(&d);
}

/* In the midst of a run. */
static void
test_foreign_frame(void **state)
{
	static struct domain d;
	static struct report r;
	uint64_t pfn;

	(void)state;
	dom_begin(&d, &samples[4]);
	pfn = d.plan.memory.p2m.v[d.plan.memory.p2m.n - 2].pfn + 3;
	assert_int_equal(dom_mfn(&d, pfn - 1) + 2, dom_mfn(&d, pfn + 1));
	d.k.foreign = dom_mfn(&d, pfn);
	says(&d, "pfn 0x%" PRIx64 ": frame 0x%" PRIx64 " is not the domain's",
	    pfn, d.k.foreign);
	run(&d, &r);
	report_show(&r, d.abi->name);
	assert_non_null(strstr(report_detail(&r, "machine frames"), d.want));
	assert_int_equal(r.f.kind, FAIL_INPUT);
	dom_end(&d);
}

/* Frames that are not the domain's: said once, and no check is left out. */
static void
test_frames(void **state)
{
	static struct domain d;
	static struct report r;

	(void)state;
	dom_begin(&d, &samples[4]);
	break_foreign(&d);
	run(&d, &r);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.f.kind, FAIL_INPUT);
	assert_int_equal(r.n, 17);
	assert_non_null(strstr(report_detail(&r, "machine frames"), d.want));
	dom_end(&d);

	dom_begin(&d, &samples[4]);
	break_twice(&d);
	run(&d, &r);
	assert_int_equal(r.f.kind, FAIL_INPUT);
	assert_non_null(strstr(report_detail(&r, "machine frames"), d.want));
	dom_end(&d);
}

/* Several differences in one check are one line and a number. */
static void
test_count(void **state)
{
	static struct domain d;

	(void)state;
	dom_begin(&d, &samples[4]);
	for (uint64_t i = 0; i < 10; i++)
		dom_page(&d, d.s->region - 1 - i)[0] = 1;
	says(&d, "; 9 more");
	expect(&d, "ten pages", "cleared memory", NULL);
	dom_end(&d);
}

static void
test_refused(void **state)
{
	static struct target_ops xen;
	static struct domain d;
	static struct report r;

	(void)state;
	xen = verify_target_ops;
	xen.runs = true;
	dom_begin(&d, &samples[4]);
	d.k.info.has_run = true;
	d.k.t.ops = &xen;
	run(&d, &r);
	assert_int_equal(r.f.kind, FAIL_TARGET);
	assert_non_null(strstr(r.f.message, "'file:/d' has run: its memory is "
	    "its own"));
	assert_int_equal(r.n, 0);

	/* on paper nothing runs: launched and verified */
	d.k.t.ops = &verify_target_ops;
	d.k.info.paused = false;
	d.plan.launched = true;
	run(&d, &r);
	report_show(&r, d.abi->name);
	assert_int_equal(r.rc, 0);
	dom_end(&d);
}

/* A domain that goes away ends the work as the target's failure. */
static void
test_dying(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 12; i++) {
		static struct domain d;
		static struct report r;

		dom_begin(&d, &samples[5]);
		d.k.dying = i;
		run(&d, &r);
		assert_int_equal(r.rc, -1);
		assert_int_equal(r.f.kind, FAIL_TARGET);
		assert_string_equal(r.f.message, "the domain is gone");
		dom_end(&d);
	}
}

static void
test_missing(void **state)
{
	static struct domain d;
	static struct report r;

	(void)state;
	dom_begin(&d, &samples[4]);
	unlink(d.path);
	setenv("XB_STORE", "/nonexistent/xb", 1);
	run(&d, &r);
	assert_int_equal(r.f.kind, FAIL_MISSING);
	dom_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_start_info),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_cr3),
		cmocka_unit_test(test_modern),
		cmocka_unit_test(test_xens_own),
		cmocka_unit_test(test_nobodys_own),
		cmocka_unit_test(test_foreign_frame),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_dying),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
