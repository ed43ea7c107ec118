/* xb-verify of a PVH domain: every rule, broken in one place, and told so. */
#include "pvhdomain.h"
#include "verifyreport.h"

/* The check differs, with these words, and no other but one more. */
static void
expect(struct pvh_domain *d, const char *check, const char *also,
    const char *words)
{
	static struct report r;
	bool said = false;

	report_make(&r, d->plan, d->k.t);
	for (size_t i = 0; i < r.n; i++) {
		if (r.line[i].result != VERIFY_DIFFERS)
			continue;
		if (strcmp(r.line[i].check, check) == 0)
			said = strstr(r.line[i].detail, words) != NULL;
		else if (also == NULL || strcmp(r.line[i].check, also) != 0)
			fail_msg("'%s': %s: %s", words, r.line[i].check,
			    r.line[i].detail);
		if (!said && strcmp(r.line[i].check, check) == 0)
			print_error("%s: %s\n", check, r.line[i].detail);
	}
	if (!said || r.f.kind != FAIL_INPUT)
		fail_msg("not said of %s: '%s' (%s)", check, words,
		    r.f.message);
}

static void
expect_good(struct pvh_domain *d)
{
	static struct report r;

	report_make(&r, d->plan, d->k.t);
	report_show(&r, "PVH");
	kit_ok(r.rc, &r.f);
	assert_int_equal(r.n, 14);
	assert_int_equal(report_count(&r, VERIFY_OK), 14);
}

/* ---- memory ---- */

static const char acpi[] = "ACPI tables", start[] = "start_info",
	cleared[] = "cleared memory";

static const struct {
	uint64_t paddr;
	unsigned bytes;
	uint64_t value;
	const char *check, *words;
} pokes[] = {
	{ PVH_KERNEL + 0x17ff, 1, 0, "payload bytes", "should be 0x" },
	{ PVH_MODULE, 1, 0x77, "payload bytes", "payload 'ramdisk'" },
	{ PVH_MODULE_2 + 0x1000, 1, 0x77, "payload bytes",
	    "byte 0x1000 of payload 'module.1'" },
	{ PVH_KERNEL + 0x1800, 1, 1, cleared, "address 0x101800: 0x01" },
	{ 0x5000, 1, 1, cleared, "address 0x5000: 0x01, should be 0" },
	{ PVH_MODULE + 0x2fff, 1, 1, cleared, "address 0x105fff" },
	{ PVH_MODULE_2 + 0x1001, 1, 1, cleared, "address 0x107001" },
	{ PVH_PAGING + 0xfff, 1, 1, cleared, "address 0xfeff8fff" },
	{ 0xfeffd000, 1, 1, cleared, "address 0xfeffd000" },
	{ PVH_IDENTITY, 4, 0, "identity table", "entry 0 (address 0xfeffe000): "
	    "0x0, should be 0xe7" },
	{ PVH_IDENTITY + 4092, 4, 0xffc000a7, "identity table", "entry 1023 "
	    "(address 0xfeffeffc): 0xffc000a7, should be 0xffc000e7" },
	{ PVH_STORE + 9, 1, 1, "rings", "address 0xfeffc009: 0x01" },
	{ PVH_CONSOLE + 0xfff, 1, 1, "rings", "address 0xfeffffff" },
	/* hvm_start_info */
	{ PVH_START, 4, 0x336ec579, start, "start_info.magic (address "
	    "0x102000): 0x336ec579, should be 0x336ec578" },
	{ PVH_START + 4, 4, 0, start, "start_info.version" },
	{ PVH_START + 8, 4, 1, start, "start_info.flags" },
	{ PVH_START + 12, 4, 3, start, "start_info.nr_modules (address "
	    "0x10200c): 0x3, should be 0x2" },
	{ PVH_START + 16, 8, 0, start, "start_info.modlist_paddr (address "
	    "0x102010): 0x0, should be 0x102050" },
	{ PVH_START + 16, 8, PVH_START + 88, start, "modlist_paddr" },
	{ PVH_START + 24, 8, 0, start, "start_info.cmdline, 24 bytes at 0x0: "
	    "outside segment 'start_info', 0x102000-0x102fff" },
	{ PVH_START + 24, 8, PVH_START + 0xfe9, start, "start_info.cmdline, 24 "
	    "bytes at 0x102fe9: outside" },
	{ PVH_START + 24, 8, PVH_START + 48, start, "something else lies" },
	{ PVH_START + 24, 8, PVH_START + 300, start, "start_info.cmdline "
	    "(address 0x10212c): byte 0x00, should be 0x63" },
	{ PVH_START + 32, 8, 0, start, "start_info.rsdp_paddr (address "
	    "0x102020): 0x0, should be 0xfc000000" },
	{ PVH_START + 40, 8, UINT64_MAX, start, "start_info.memmap, 72 bytes "
	    "at 0xffffffffffffffff: outside" },
	{ PVH_START + 40, 8, PVH_START + 168, start, "memmap[0].addr" },
	{ PVH_START + 48, 4, 2, start, "start_info.memmap_entries" },
	{ PVH_START + 52, 4, 1, start, "start_info.reserved" },
	{ PVH_START + 56 + 22, 1, 'y', start, "start_info.cmdline (address "
	    "0x10204e): byte 0x79, should be 0x2f" },
	{ PVH_START + 56 + 23, 1, 'y', start, "start_info.cmdline (address "
	    "0x10204f): byte 0x79, should be 0x00" },
	{ PVH_START + 80, 8, PVH_MODULE + 8, start, "modlist[0].paddr (address "
	    "0x102050): 0x103008, should be 0x103000" },
	{ PVH_START + 80, 8, 0xfc000000, start, "modlist[0].paddr" },
	{ PVH_START + 88, 8, 0x3000, start, "modlist[0].size" },
	{ PVH_START + 96, 8, PVH_START, start, "modlist[0].cmdline_paddr" },
	{ PVH_START + 104, 8, 1, start, "modlist[0].reserved" },
	{ PVH_START + 112, 8, PVH_MODULE, start, "modlist[1].paddr" },
	{ PVH_START + 128, 8, 0, start, "modlist[1].cmdline, 13 bytes at 0x0: "
	    "outside" },
	{ PVH_START + 128, 8, PVH_START + 56, start, "something else lies" },
	{ PVH_START + 136, 8, 1, start, "modlist[1].reserved" },
	{ PVH_START + 144, 1, 'S', start, "modlist[1].cmdline (address" },
	{ PVH_START + 157, 1, 1, start, "address 0x10209d: 0x01, should be 0" },
	{ PVH_START + 160, 8, 0x1000, start, "memmap[0].addr" },
	{ PVH_START + 168, 8, 0x400001, start, "memmap[0].size (address "
	    "0x1020a8): 0x400001, should be 0x400000" },
	{ PVH_START + 176, 4, 2, start, "memmap[0].type" },
	{ PVH_START + 180, 4, 1, start, "memmap[0].reserved" },
	{ PVH_START + 200, 4, 1, start, "memmap[1].type (address 0x1020c8): "
	    "0x1, should be 0x3" },
	{ PVH_START + 216, 8, 0x7000, start, "memmap[2].size" },
	{ PVH_START + 228, 4, 1, start, "memmap[2].reserved" },
	{ PVH_START + 232, 1, 1, start, "address 0x1020e8: 0x01, should be 0, "
	    "for nothing points there" },
	{ PVH_START + 4095, 1, 1, start, "address 0x102fff: 0x01" },
	/* ACPI: a byte of each table, its pointers, and each rule */
	{ PVH_ACPI, 1, 'r', acpi, "RSDP at 0xfc000000 should begin with 'RSD "
	    "PTR '" },
	{ PVH_ACPI + 8, 1, 0, acpi, "RSDP, 20 bytes at 0xfc000000: their sum" },
	{ PVH_ACPI + 9, 1, 'x', acpi, "RSDP, 20 bytes" },
	{ PVH_ACPI + 15, 1, 0, acpi, "RSDP.Revision" },
	{ PVH_ACPI + 16, 4, PVH_ACPI + 64, acpi, "RSDP.RsdtAddress" },
	{ PVH_ACPI + 20, 4, 20, acpi, "RSDP.Length" },
	{ PVH_ACPI + 32, 1, 0, acpi, "RSDP, 36 bytes" },
	{ PVH_ACPI + 33, 1, 1, acpi, "RSDP.Reserved" },
	{ PVH_ACPI + 40, 1, 1, acpi, "address 0xfc000028: 0x01" },
	{ PVH_ACPI + 64, 1, 'R', acpi, "a table at 0xfc000040 should begin "
	    "with 'XSDT'" },
	{ PVH_ACPI + 68, 4, 60, acpi, "XSDT.Length (address 0xfc000044): 0x3c, "
	    "should be 0x34" },
	{ PVH_ACPI + 72, 1, 2, acpi, "XSDT.Revision" },
	{ PVH_ACPI + 73, 1, 0, acpi, "XSDT, 52 bytes at 0xfc000040: their "
	    "sum is 0x" },
	{ PVH_ACPI + 128, 1, 'f', acpi, "FACS at 0xfc000080 should begin" },
	{ PVH_ACPI + 132, 4, 128, acpi, "FACS.Length" },
	{ PVH_ACPI + 192, 1, 'f', acpi, "should begin with 'FACP'" },
	{ PVH_ACPI + 196, 4, 1 << 20, acpi, "FACP.Length" },
	{ PVH_ACPI + 324, 8, 0, acpi, "FACP, 268 bytes at 0xfc0000c0: their "
	    "sum" },
	{ PVH_ACPI + 459, 1, 1, acpi, "FACP, 268 bytes" },
	{ PVH_ACPI + 464, 1, 'd', acpi, "should begin with 'DSDT'" },
	{ PVH_ACPI + 468, 4, 35, acpi, "DSDT.Length" },
	{ PVH_ACPI + 473, 1, 0, acpi, "DSDT, 36 bytes at 0xfc0001d0: their "
	    "sum" },
	{ PVH_ACPI + 512, 1, 'a', acpi, "should begin with 'APIC'" },
	{ PVH_ACPI + 516, 4, 44, acpi, "APIC.Length (address 0xfc000204): "
	    "0x2c, should be 0x44" },
	{ PVH_ACPI + 580, 1, 1, acpi, "address 0xfc000244: 0x01" },
	{ PVH_ACPI + 4095, 1, 1, acpi, "address 0xfc000fff: 0x01" },
};

static void
test_memory(void **state)
{
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	expect_good(&d);
	for (size_t i = 0; i < COUNT(pokes); i++) {
		uint64_t was = pvh_poke(&d, pokes[i].paddr, pokes[i].bytes,
		    pokes[i].value);

		expect(&d, pokes[i].check, NULL, pokes[i].words);
		pvh_poke(&d, pokes[i].paddr, pokes[i].bytes, was);
	}
	expect_good(&d);
	/* Memory that no segment has is the host's to clear. */
	pvh_poke(&d, PVH_FREE, 1, 1);
	expect_good(&d);
	pvh_end(&d);
}

/* What tables say and where they point, wrong and with a right checksum. */
static void
test_tables(void **state)
{
	static const struct {
		unsigned sum, at, bytes; /* the checksum's place, a field's */
		uint64_t value;
		const char *words;
	} rows[] = {
		{ 32, 24, 8, 0, "XSDT, 52 bytes at 0x0: outside segment "
		    "'acpi', 0xfc000000-0xfc000fff" },
		{ 32, 24, 8, PVH_ACPI + 4096 - 51, "XSDT, 52 bytes" },
		{ 32, 24, 8, PVH_ACPI + 8, "XSDT, 52 bytes at 0xfc000008: "
		    "something else lies there" },
		{ 73, 100, 8, 0, "FACP, 268 bytes at 0x0: outside" },
		{ 73, 100, 8, PVH_ACPI + 512, "should begin with 'FACP'" },
		{ 73, 108, 8, PVH_ACPI + 4048, "APIC, 68 bytes at 0xfc000fd0: "
		    "outside" },
		{ 73, 108, 8, PVH_ACPI + 192, "APIC, 68 bytes at 0xfc0000c0: "
		    "something else lies there" },
		{ 201, 324, 8, PVH_ACPI + 72, "FACS, 64 bytes at 0xfc000048: "
		    "something else" },
		{ 201, 324, 8, 0xfee00000, "FACS, 64 bytes at 0xfee00000: "
		    "outside" },
		{ 201, 332, 8, 0, "DSDT, 36 bytes at 0x0: outside" },
		{ 201, 228, 4, 1, "FACP.FIRMWARE_CTRL" },
		{ 201, 232, 4, 1, "FACP.DSDT" },
		{ 201, 301, 2, 0, "FACP.IAPC_BOOT_ARCH" },
		{ 201, 304, 4, 0x35, "FACP.Flags (address 0xfc000130): "
		    "0x35, should be 0x100035" },
		{ 521, 548, 4, 0, "APIC.LocalApicAddress" },
		{ 521, 552, 4, 1, "APIC.Flags" },
		{ 521, 556, 1, 1, "APIC[0].Type" },
		{ 521, 557, 1, 9, "APIC[0].Length" },
		{ 521, 566, 1, 7, "APIC[1].ProcessorId" },
		{ 521, 575, 1, 3, "APIC[2].ApicId (address 0xfc00023f): "
		    "0x3, should be 0x4" },
		{ 521, 576, 4, 0, "APIC[2].Flags" },
	};
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const uint64_t at = PVH_ACPI + rows[i].at;
		const uint64_t sum_at = PVH_ACPI + rows[i].sum;
		uint64_t was = pvh_poke(&d, at, rows[i].bytes,
		    rows[i].value);
		uint64_t sum = pvh_poke(&d, sum_at, 1, 0), new = sum;

		for (unsigned k = 0; k < 64; k += 8)
			new += (was >> k & 0xff) - (rows[i].value >> k & 0xff);
		pvh_poke(&d, sum_at, 1, new & 0xff);
		expect(&d, acpi, NULL, rows[i].words);
		pvh_poke(&d, sum_at, 1, sum);
		pvh_poke(&d, at, rows[i].bytes, was);
	}
	expect_good(&d);
	pvh_end(&d);
}

/* ---- the domain's state, and the plan ---- */

static uint64_t
change(void *at, uint64_t value)
{
	uint64_t was;

	memcpy(&was, at, sizeof(was));
	memcpy(at, &value, sizeof(value));
	return was;
}

static void
test_params(void **state)
{
	static const struct {
		unsigned param;
		uint64_t value;
		const char *check, *words;
	} rows[] = {
		{ 1, 0xfefff, "HVM parameters", "HVM parameter 1 is 0xfefff, "
		    "should be 0xfeffc" },
		{ 1, 0, "HVM parameters", "HVM parameter 1 is 0x0" },
		{ 2, 7, "HVM parameters", "HVM parameter 2 is 0x7" },
		{ 5, 0, "HVM parameters", "parameter 5 is 0x0" },
		{ 6, 0, "HVM parameters", "parameter 6 is 0x0" },
		{ 12, 0xfeffd000, "identity table", "HVM parameter 12 is "
		    "0xfeffd000, should be 0xfeffe000" },
		{ 17, 0, "HVM parameters", "parameter 17 is 0x0" },
		{ 18, 1, "HVM parameters", "parameter 18 is 0x1, should be "
		    "0x2" },
		{ 27, 0, "HVM parameters", "parameter 27" },
		{ 28, 0, "HVM parameters", "parameter 28" },
		{ 29, 0, "HVM parameters", "parameter 29" },
	};
	struct pvh_domain d;
	struct paper_state *s;

	(void)state;
	pvh_begin(&d);
	s = &paper_target(d.k.t)->state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t was = change(&s->param[rows[i].param], rows[i].value);

		expect(&d, rows[i].check, NULL, rows[i].words);
		change(&s->param[rows[i].param], was);
	}
	expect_good(&d);
	pvh_end(&d);
}

static void
test_state(void **state)
{
	struct pvh_domain d;
	struct paper_state *s;

	(void)state;
	pvh_begin(&d);
	s = &paper_target(d.k.t)->state;
	s->grants[0].mfn = 0xfeffc;
	expect(&d, "grants", NULL, "grant 0 (console): mfn 0xfeffc");
	s->grants[0].mfn = 0xfefff;
	s->grants[1].used = false;
	expect(&d, "grants", NULL, "grant 1 (xenstore) is free");
	s->grants[1].used = true;
	s->ports[0].remote = 5;
	expect(&d, "event channels", NULL, "xenstore port 1 is for domain 5");
	s->ports[0].remote = 0;
	s->max_pages++;
	expect_good(&d);
	s->paused = false;
	expect(&d, "state", NULL, "is not paused");
	s->paused = true;
	s->build[3] ^= 1;
	expect(&d, "domain", NULL, "build id");
	s->build[3] ^= 1;
	s->context[2] = s->context[0];
	expect(&d, "other vcpus", NULL, "vcpu 2 has a context");
	s->context[2] = NULL;
	/* A page that Xen gave and the plan has not, and the other way. */
	s->frames.v[0].count--;
	expect(&d, "memory map", "domain", "does not own");
	s->frames.v[0].count++;
	expect_good(&d);
	pvh_end(&d);
}

/* Each field of the registers: flat 32-bit segments, no paging, the entry, and
 * start_info's address. */
static void
test_registers(void **state)
{
	const struct abi_field *field = PVH->context.field;
	struct pvh_domain d;
	unsigned char *context;

	(void)state;
	pvh_begin(&d);
	context = paper_target(d.k.t)->state.context[0];
	for (size_t i = 0; i < CTX_FIELDS; i++) {
		uint64_t was = abi_get(field[i], context);
		char words[64];

		if (!abi_has(field[i]))
			continue;
		abi_put(field[i], context, was ^ 0x100);
		snprintf(words, sizeof(words), " (byte 0x%x): 0x%" PRIx64
		    ", should be 0x%" PRIx64, field[i].offset, was ^ 0x100,
		    was);
		expect(&d, "registers", NULL, words);
		abi_put(field[i], context, was);
	}
	context[1] = 1;
	expect(&d, "registers", NULL, "byte 0x01, should be 0x00");
	context[1] = 0;
	expect_good(&d);
	pvh_end(&d);
}

static struct layout_segment *
segment(struct pvh_domain *d, enum segment_kind kind)
{
	return (struct layout_segment *)plan_segment(d->plan, kind);
}

/* A plan that was not checked: what it says reaches where nothing is. */
static void
test_plan(void **state)
{
	static const char map[] = "memory map";
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	const struct {
		uint64_t *at, value;
		const char *check, *also, *words;
	} rows[] = {
		{ &d.plan->layout.gfns.v[1].count, 2, map, "domain",
		    "layout.gfns[1] is 2 pages from gfn 0xfc000, should be 1 "
		    "from gfn 0xfc000" },
		{ &d.plan->image.entry, 0x102000, map, "registers",
		    "the entry 0x102000 lies outside the kernel, "
		    "0x100000-0x101fff" },
		{ &d.plan->image.entry, 0xfffff, map, "registers",
		    "lies outside the kernel" },
		{ &segment(&d, SEG_RAMDISK)->pages, 0x2fe, map, NULL,
		    "segment 'ramdisk', 766 pages from gfn 0x103, should lie "
		    "below gfn 0x400" },
		{ &d.plan->startinfo.va, 5, start, NULL, "startinfo.va is" },
		{ &d.plan->startinfo.flags, 1, start, NULL, "startinfo.flags" },
		{ &d.plan->startinfo.shared_info_mfn, 1, start, NULL,
		    "startinfo.shared_info_mfn" },
		{ &d.plan->startinfo.mod_start, 0, start, NULL,
		    "start_info.modlist_paddr" },
		{ &d.plan->startinfo.mod_len, 0, start, NULL, "mod_len" },
		{ &d.plan->startinfo.store_mfn.value, 1, start, NULL,
		    "startinfo.store_mfn" },
		{ &d.plan->startinfo.console_mfn.value, 1, start, NULL,
		    "startinfo.console_mfn" },
		{ &d.plan->identity.gfn, 1, "identity table", NULL,
		    "identity.gfn is 0x1, should be 0xfeffe" },
		{ &d.plan->vcpus[0].ip, 1, "registers", NULL, "vcpus[0].ip" },
		{ &d.plan->vcpus[0].dr7, 1, "registers", NULL, "vcpus[0].dr7" },
	};
	expect_good(&d);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t was = change(rows[i].at, rows[i].value);

		expect(&d, rows[i].check, rows[i].also, rows[i].words);
		change(rows[i].at, was);
	}
	pvh_end(&d);
}

/* Stages that have not run are checks that are not made. */
static void
test_early(void **state)
{
	static const struct {
		enum plan_section last;
		size_t skipped;
	} rows[] = {
		{ PLAN_MEMORY, 9 }, { PLAN_IDENTITY, 8 },
		{ PLAN_STARTINFO, 2 },
	};
	struct pvh_domain d;
	struct paper_state *s;
	unsigned char *context;

	(void)state;
	pvh_begin(&d);
	s = &paper_target(d.k.t)->state;
	context = s->context[0];
	s->context[0] = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct report r;
		uint32_t has = d.plan->has;

		d.plan->has &= (2u << rows[i].last) - 1;
		report_make(&r, d.plan, d.k.t);
		kit_ok(r.rc, &r.f);
		assert_int_equal(report_count(&r, VERIFY_SKIPPED),
		    rows[i].skipped);
		d.plan->has = has;
	}
	s->context[0] = context;
	pvh_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_early),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
