/*
 * start_info and shared_info byte by byte for each ABI, as in xb-abi(7); ports,
 * rings and grants.
 */
#include "unit.h"

#include "base/le.h"
#include "faketarget.h"
#include "planmaker.h"
#include "build/ports.h"
#include "build/startinfo.h"

enum { PAGES = 0x500, BASE = 0x100000 };
#define V5 UINT64_C(0xffffffff80000000)

struct want {
	unsigned offset, size;
	uint64_t value;
};

/*
 * One layout for all: ramdisk 0x209 (5000 bytes), p2m 0x20b, start_info 0x22b,
 * xenstore 0x22c, console 0x22d, tables 0x22e + 5, stack 0x233, mapped up to
 * 0x400, as in xb-abi(7), "What lies apart", without notes.  Offsets and sizes
 * stand here once more, so that a wrong row of abi_rows is found.
 */
static const struct page {
	const char *abi;
	uint64_t v_start;
	bool magic, store, console;
	unsigned command, command_size;
	struct want want[18];
} pages[] = {
	{ "xen-1.3-x86_32", 0xc0000000, false, false, false, 32, 256, {
		{ 0, 4, PAGES }, { 4, 4, 0x7777000 }, { 8, 4, 0 },
		{ 12, 4, 0xc022e000 }, { 16, 4, 5 }, { 20, 4, 0xc020b000 },
		{ 24, 4, 0xc0209000 }, { 28, 4, 5000 }, { 288, 4, 1 } } },
	{ "xen-3.0pre-x86_32", 0xc0000000, false, true, false, 64, 1024, {
		{ 0, 4, PAGES }, { 8, 4, 0x7777000 }, { 16, 4, 0 },
		{ 20, 2, 2 }, { 24, 4, 0xc022e000 }, { 32, 4, 5 },
		{ 40, 4, 0xc020b000 }, { 48, 4, 0xc0209000 },
		{ 56, 4, 5000 }, { 1088, 4, 0xc022c000 }, { 1096, 2, 1 } } },
	{ "xen-3.0pre-x86_64", V5, false, true, false, 64, 1024, {
		{ 0, 8, PAGES }, { 8, 8, 0x7777000 }, { 16, 4, 0 },
		{ 20, 2, 2 }, { 24, 8, V5 + 0x22e000 }, { 32, 8, 5 },
		{ 40, 8, V5 + 0x20b000 }, { 48, 8, V5 + 0x209000 },
		{ 56, 8, 5000 }, { 1088, 8, V5 + 0x22c000 },
		{ 1096, 2, 1 } } },
	{ "xen-3.0-x86_32p", 0xc0000000, true, true, true, 80, 1024, {
		{ 32, 4, PAGES }, { 36, 4, 0x7777000 }, { 40, 4, 0x10 },
		{ 44, 4, BASE + 0x22c }, { 48, 4, 1 },
		{ 52, 4, BASE + 0x22d }, { 56, 4, 2 },
		{ 60, 4, 0xc022e000 }, { 64, 4, 5 }, { 68, 4, 0xc020b000 },
		{ 72, 4, 0xc0209000 }, { 76, 4, 5000 } } },
	{ "xen-3.0-x86_64", V5, true, true, true, 128, 1024, {
		{ 32, 8, PAGES }, { 40, 8, 0x7777000 }, { 48, 4, 0x10 },
		{ 56, 8, BASE + 0x22c }, { 64, 4, 1 },
		{ 72, 8, BASE + 0x22d }, { 80, 4, 2 },
		{ 88, 8, V5 + 0x22e000 }, { 96, 8, 5 },
		{ 104, 8, V5 + 0x20b000 }, { 112, 8, V5 + 0x209000 },
		{ 120, 8, 5000 } } },
};

struct built {
	struct maker m;
	struct fake k;
	struct startinfo_options o;
	struct fail f;
};

static void
add_segments(struct maker *m, const struct page *c, bool ramdisk)
{
	struct plan *p = &m->plan;

	if (ramdisk)
		maker_mapped(m, SEG_RAMDISK, 0x209, 2)->size = 5000;
	maker_mapped(m, SEG_P2M, 0x20b, 0x20);
	maker_mapped(m, SEG_START_INFO, 0x22b, 1);
	if (c->store)
		maker_mapped(m, SEG_XENSTORE, 0x22c, 1);
	if (c->console)
		maker_mapped(m, SEG_CONSOLE, 0x22d, 1);
	maker_mapped(m, SEG_PAGE_TABLES, 0x22e, 5);
	maker_mapped(m, SEG_STACK, 0x233, 1);
	p->pagetables = (struct plan_pagetables){ .root_mfn = BASE + 0x22e,
	    .pt_base = c->v_start + 0x22e000, .frames = 5,
	    .p2m = c->v_start + 0x20b000 };
	plan_add(p, PLAN_PAGETABLES);
}

static void
begin_with(struct built *b, const struct page *c, bool ramdisk)
{
	*b = (struct built){ 0 };
	maker_begin(&b->m, c->abi, c->v_start, c->v_start + 0x400000, PAGES);
	add_segments(&b->m, c, ramdisk);
	fake_begin(&b->k, b->m.plan.image.abi, BASE, PAGES, 1);
	maker_memory(&b->m, &b->k.own);
}

static void
begin(struct built *b, const struct page *c)
{
	begin_with(b, c, true);
}

static void
end(struct built *b)
{
	fake_end(&b->k);
	maker_end(&b->m);
}

static int
build(struct built *b)
{
	b->f.kind = FAIL_NONE;
	return startinfo_build(&b->k.t, &b->k.info, &b->m.plan, &b->o, &b->f);
}

static void
must_build(struct built *b)
{
	if (build(b) < 0)
		unit_fail("%s", b->f.message);
}

static void
must_refuse(struct built *b, enum fail_kind kind, const char *words)
{
	assert_int_equal(build(b), -1);
	assert_int_equal(b->f.kind, kind);
	if (strstr(b->f.message, words) == NULL)
		unit_fail("'%s' is not in '%s'", words, b->f.message);
}

static void
set_command_line(struct built *b, const char *text)
{
	b->m.plan.command_line = (struct bytes){ text, strlen(text) };
}

/* The whole page as it must be: what the table does not name is zero. */
static void
expected(const struct page *c, const char *command_line, unsigned char *page)
{
	memset(page, 0, 4096);
	if (c->magic)
		memcpy(page, c->abi, strlen(c->abi));
	for (const struct want *w = c->want; w->size != 0; w++)
		le_put(page + w->offset, w->size, w->value);
	memcpy(page + c->command, command_line, strlen(command_line));
}

static void
whole_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		unsigned char want[4096], *got;
		struct built b;

		begin(&b, &pages[i]);
		set_command_line(&b, "console=hvc0 root=/dev/xvda");
		must_build(&b);
		expected(&pages[i], "console=hvc0 root=/dev/xvda", want);
		got = fake_page(&b.k, 0x22b);
		for (unsigned j = 0; j < 4096; j++)
			if (got[j] != want[j])
				unit_fail("%s: byte %u is 0x%02x, not 0x%02x",
				    pages[i].abi, j, got[j], want[j]);
		end(&b);
	}
}

static void
command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		char text[1025] = "";
		unsigned limit = pages[i].command_size - 1;
		struct built b;

		memset(text, 'x', limit);
		begin(&b, &pages[i]);
		set_command_line(&b, text);
		must_build(&b);
		assert_memory_equal(fake_page(&b.k, 0x22b) + pages[i].command,
		    text, limit + 1);
		end(&b);
	}
}

/* xen-3.0-x86_64 with MOD_START_PFN, then INIT_P2M, as in xb-abi(7). */
static void
ramdisks(void **state)
{
	const struct page *c = &pages[4];
	struct layout_segment *s;
	struct built b;

	(void)state;
	begin_with(&b, c, false);
	must_build(&b);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 48, 4), 0x10);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 112, 8), 0);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 120, 8), 0);
	end(&b);

	begin_with(&b, c, false);
	s = maker_segment(&b.m, SEG_RAMDISK, 0x400, 2, 0);
	s->size = 5000;
	must_build(&b);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 48, 4), 0x18);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 112, 8), 0x400);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 120, 8), 0x2000);
	assert_int_equal(b.m.plan.startinfo.flags, 0x18);
	end(&b);

	begin(&b, c);
	b.m.plan.pagetables.p2m = 0x8000000000;
	b.m.plan.pagetables.first_p2m_pfn = 0x400;
	b.m.plan.pagetables.p2m_frames = 0x23;
	must_build(&b);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 104, 8),
	    0x8000000000);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 1152, 8), 0x400);
	assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 1160, 8), 0x23);
	end(&b);
}

/* ---- shared_info, rings, grants ---- */

static const struct {
	unsigned size, slots, stride, n_vcpu;
} shared[] = {
	{ 716, 1, 4, 0 }, { 588, 32, 8, 256 }, { 588, 32, 8, 256 },
	{ 2344, 32, 64, 0 }, { 3136, 32, 64, 0 },
};

static void
shared_infos(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		unsigned char want[4096] = { 0 };
		struct built b;

		memset(want + shared[i].size, FAKE_STALE,
		    4096 - shared[i].size);
		for (unsigned v = 0; v < shared[i].slots; v++)
			want[v * shared[i].stride + 1] = 1;
		if (shared[i].n_vcpu != 0)
			want[shared[i].n_vcpu] = 2;
		begin(&b, &pages[i]);
		must_build(&b);
		assert_memory_equal(b.k.shared, want, 4096);
		assert_int_equal(b.m.plan.startinfo.shared_info_mfn,
		    FAKE_SHARED);
		/* Xen keeps its time there from then on. */
		memset(b.k.shared, 0x55, 4096);
		b.k.info.constructed = true;
		must_build(&b);
		assert_int_equal(b.k.shared[1], 0x55);
		end(&b);
	}
}

static void
rings_and_grants(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		const struct page *c = &pages[i];
		bool grants = c->console;
		struct built b;

		begin(&b, c);
		b.o.store.domid = (struct maybe){ true, 3 };
		b.o.console.domid = (struct maybe){ true, 4 };
		must_build(&b);
		assert_int_equal(fake_page(&b.k, 0x22c)[4095],
		    c->store ? 0 : FAKE_STALE);
		assert_int_equal(fake_page(&b.k, 0x22d)[4095],
		    c->console ? 0 : FAKE_STALE);
		assert_int_equal(b.m.plan.startinfo.store_mfn.set, c->store);
		assert_int_equal(b.m.plan.startinfo.console_mfn.set,
		    c->console);
		assert_int_equal(b.k.grant[0].used, grants);
		assert_int_equal(b.k.grant[1].used, grants);
		if (grants) {
			assert_int_equal(b.k.grant[0].domid, 4);
			assert_int_equal(b.k.grant[0].mfn, BASE + 0x22d);
			assert_int_equal(b.k.grant[1].domid, 3);
			assert_int_equal(b.k.grant[1].mfn, BASE + 0x22c);
		}
		assert_int_equal(b.k.console_mfn, grants ? BASE + 0x22d : 0);
		assert_int_equal(b.k.console_port, grants ?
		    b.m.plan.startinfo.console_port : 0);
		end(&b);
	}
}

/* Port 0 and no grant, of an earlier run neither; the console as ever. */
static void
no_xenstore(void **state)
{
	struct built b;

	(void)state;
	for (unsigned earlier = 0; earlier < 2; earlier++) {
		begin(&b, &pages[4]);
		if (earlier)
			must_build(&b);
		b.o.store.port = (struct maybe){ true, 0 };
		must_build(&b);
		assert_int_equal(b.m.plan.startinfo.store_port, 0);
		assert_int_equal(le_get(fake_page(&b.k, 0x22b) + 64, 4), 0);
		assert_false(b.k.grant[1].used);
		assert_true(b.k.grant[0].used);
		assert_int_equal(b.m.plan.startinfo.console_port,
		    earlier ? 2 : 1);
		end(&b);
	}
}

/* ---- ports ---- */

static const struct port_case {
	const char *name;
	enum port_status status;	/* of port 5 */
	uint32_t remote;
	struct maybe given;
	uint64_t earlier, limit, taken;
	uint64_t want;			/* ~0: refused */
	enum fail_kind kind;
	const char *words;
} port_cases[] = {
	{ "a new one", PORT_FREE, 0, { false, 0 }, 0, 0xffff, 0, 3, 0, "" },
	{ "none", PORT_FREE, 0, { true, 0 }, 0, 0xffff, 0, 0, 0, "" },
	{ "given and unbound", PORT_UNBOUND, 3, { true, 5 }, 0, 0xffff, 0, 5,
	    0, "" },
	{ "given and bound", PORT_BOUND, 3, { true, 5 }, 0, 0xffff, 0, 5, 0,
	    "" },
	{ "given and free", PORT_FREE, 0, { true, 5 }, 0, 0xffff, 0,
	    UINT64_MAX, FAIL_TARGET,
	    "no event channel port 5 for the xenstore ring" },
	{ "given and something else", PORT_OTHER, 0, { true, 5 }, 0, 0xffff,
	    0, UINT64_MAX, FAIL_TARGET, "no event channel port 5" },
	{ "given for another domain", PORT_UNBOUND, 9, { true, 5 }, 0, 0xffff,
	    0, UINT64_MAX, FAIL_TARGET, "waits for domain 9" },
	{ "given and over 16 bits", PORT_FREE, 0, { true, 0x10000 }, 0,
	    0xffff, 0, UINT64_MAX, FAIL_INPUT, "the limit is 65535" },
	{ "given twice", PORT_UNBOUND, 3, { true, 5 }, 0, 0xffff, 5,
	    UINT64_MAX, FAIL_INPUT, "cannot serve both rings" },
	{ "kept", PORT_UNBOUND, 3, { false, 0 }, 5, 0xffff, 0, 5, 0, "" },
	{ "bound meanwhile", PORT_BOUND, 3, { false, 0 }, 5, 0xffff, 0, 3, 0,
	    "" },
	{ "gone meanwhile", PORT_FREE, 0, { false, 0 }, 5, 0xffff, 0, 3, 0,
	    "" },
	{ "of another backend", PORT_UNBOUND, 9, { false, 0 }, 5, 0xffff, 0,
	    3, 0, "" },
	{ "of a run whose plan is gone", PORT_UNBOUND, 3, { false, 0 }, 0,
	    0xffff, 0, 5, 0, "" },
	{ "which the other ring has", PORT_UNBOUND, 3, { false, 0 }, 0,
	    0xffff, 5, 3, 0, "" },
};

static void
ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(port_cases); i++) {
		const struct port_case *c = &port_cases[i];
		struct port_wish w = { "xenstore", 3, c->given, c->earlier,
		    c->taken, c->limit, 0 };
		struct fail f = { 0 };
		uint64_t port = UINT64_MAX;
		struct fake k;

		fake_begin(&k, &abi_rows[4], BASE, 1, 1);
		/* 1 and 2 are somebody's; 3 and 4 are free or in the way. */
		k.port[1].status = k.port[2].status = PORT_BOUND;
		if (c->want == 5)
			k.port[3].status = k.port[4].status = PORT_OTHER;
		k.port[5].status = c->status;
		k.port[5].remote = c->remote;
		if (port_take(&k.t, &w, &port, &f) < 0)
			port = UINT64_MAX;
		if (port != c->want || f.kind != c->kind ||
		    strstr(f.message, c->words) == NULL)
			unit_fail("%s: port %llu, %d '%s'", c->name,
			    (unsigned long long)port, (int)f.kind, f.message);
		if (c->want == 3) {
			assert_int_equal(k.port[3].remote, 3);
			assert_int_equal(w.newest, 3);
		}
		fake_end(&k);
	}
}

static void
again_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		unsigned char *was = malloc(PAGES * 4096);
		struct plan first;
		struct fail f;
		struct built b;

		begin(&b, &pages[i]);
		b.o.store.domid = (struct maybe){ true, 3 };
		must_build(&b);
		memcpy(was, b.k.frames, PAGES * 4096);
		first = b.m.plan;
		b.o = (struct startinfo_options){ 0 };
		must_build(&b);
		assert_memory_equal(was, b.k.frames, PAGES * 4096);
		assert_int_equal(plan_compare_section(&first, &b.m.plan,
		    PLAN_STARTINFO, &f), 0);
		/* As after xb-load was run again: the section is gone. */
		b.m.plan.has &= ~PLAN_BIT(PLAN_STARTINFO);
		b.m.plan.startinfo = (struct plan_startinfo){ 0 };
		b.o.store.domid = (struct maybe){ true, 3 };
		must_build(&b);
		assert_memory_equal(was, b.k.frames, PAGES * 4096);
		free(was);
		end(&b);
	}
}

/* ---- the hypercall page ---- */

static void
hypercall_pages(void **state)
{
	const struct page *c = &pages[4];
	struct built b;

	(void)state;
	begin(&b, c);
	must_build(&b);
	assert_int_equal(b.k.hypercall_mfn, 0);
	assert_false(b.m.plan.startinfo.hypercall_mfn.set);
	b.m.plan.image.hypercall_page = (struct maybe){ true, V5 + 0x201000 };
	must_build(&b);
	assert_int_equal(b.k.hypercall_mfn, BASE + 0x201);
	assert_int_equal(b.m.plan.startinfo.hypercall_mfn.value,
	    BASE + 0x201);
	end(&b);
}

static void
shared_info_too_high(void **state)
{
	struct built b;

	(void)state;
	begin(&b, &pages[3]);
	b.k.info.shared_info_mfn = 0x100000;
	must_refuse(&b, FAIL_TARGET, "holds at most 0xfffff");
	end(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_pages),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(ramdisks),
		cmocka_unit_test(shared_infos),
		cmocka_unit_test(rings_and_grants),
		cmocka_unit_test(no_xenstore),
		cmocka_unit_test(ports),
		cmocka_unit_test(again_is_the_same),
		cmocka_unit_test(hypercall_pages),
		cmocka_unit_test(shared_info_too_high),
	};

	return cmocka_run_group_tests_name("startinfo", tests, NULL, NULL);
}
