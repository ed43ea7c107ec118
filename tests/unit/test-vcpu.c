/*
 * vcpu contexts byte by byte for each ABI, as in xb-abi(7), and launching
 * again.  P1 to P5 in names are the ABIs in the order of abi_rows.
 */
#include "unit.h"

#include <stdio.h>

#include "base/le.h"
#include "faketarget.h"
#include "planmaker.h"
#include "build/vcpu.h"

enum { PAGES = 0x300, BASE = 0x123000, ROOT = 0x123456 };
#define V5 UINT64_C(0xffffffff80000000)

struct want {
	unsigned offset, size;
	uint64_t value;
};

/* start_info at page 0x22b, boot stack at 0x233, entry at 0x200123. */
static const struct context {
	const char *abi;
	uint64_t v_start, sp;
	unsigned trap, stride, cs;	/* cs 0: no trap table */
	struct want want[20];
} contexts[] = {
	{ "xen-1.3-x86_32", 0xc0000000, 0xc022b000, 328, 8, 0x0819, {
		{ 16, 4, 0xc022b000 }, { 52, 4, 0xc0200123 },
		{ 56, 4, 0x0819 }, { 60, 4, 0x204 }, { 64, 4, 0xc022b000 },
		{ 68, 4, 0x0821 }, { 32, 4, 0x0821 }, { 36, 4, 0x0821 },
		{ 40, 4, 0x0821 }, { 44, 4, 0x0821 }, { 2456, 4, 0x0821 },
		{ 2460, 4, 0xc022b000 }, { 2464, 4, 0x23456000 },
		{ 2500, 4, 0x0819 }, { 2508, 4, 0x0819 } } },
	{ "xen-3.0pre-x86_32", 0xc0000000, 0xc0234000, 592, 8, 0xe019, {
		{ 16, 4, 0xc022b000 }, { 36, 4, 0xc0200123 },
		{ 40, 2, 0xe019 }, { 44, 4, 0x200 }, { 48, 4, 0xc0234000 },
		{ 52, 2, 0xe021 }, { 56, 2, 0xe021 }, { 60, 2, 0xe021 },
		{ 64, 2, 0xe021 }, { 68, 2, 0xe021 }, { 2716, 4, 0xe021 },
		{ 2720, 4, 0xc0234000 }, { 2724, 4, 0x23456000 },
		{ 2768, 4, 0xe019 }, { 2776, 4, 0xe019 } } },
	{ "xen-3.0pre-x86_64", V5, V5 + 0x234000, 720, 16, 0xe033, {
		{ 0, 8, 4 }, { 112, 8, V5 + 0x22b000 },
		{ 136, 8, V5 + 0x200123 }, { 144, 2, 0xe033 },
		{ 152, 8, 0x200 }, { 160, 8, V5 + 0x234000 },
		{ 168, 2, 0xe02b }, { 4968, 8, 0xe02b },
		{ 4976, 8, V5 + 0x234000 }, { 4984, 8, 0x123456000 } } },
	{ "xen-3.0-x86_32p", 0xc0000000, 0xc0234000, 584, 8, 0, {
		{ 512, 4, 0x24 }, { 528, 4, 0xc022b000 },
		{ 548, 4, 0xc0200123 }, { 552, 2, 0xe019 },
		{ 556, 4, 0x200 }, { 560, 4, 0xc0234000 },
		{ 564, 2, 0xe021 }, { 568, 2, 0xe021 }, { 572, 2, 0xe021 },
		{ 576, 2, 0xe021 }, { 580, 2, 0xe021 }, { 2708, 4, 0xe021 },
		{ 2712, 4, 0xc0234000 }, { 2728, 4, 0x23456001 },
		{ 2772, 4, 0xffff0ff0 }, { 2776, 4, 0x400 } } },
	{ "xen-3.0-x86_64", V5, V5 + 0x234000, 720, 16, 0, {
		{ 512, 8, 0x24 }, { 624, 8, V5 + 0x22b000 },
		{ 648, 8, V5 + 0x200123 }, { 656, 2, 0xe033 },
		{ 664, 8, 0x200 }, { 672, 8, V5 + 0x234000 },
		{ 680, 2, 0xe02b }, { 4968, 8, 0xe02b },
		{ 4976, 8, V5 + 0x234000 }, { 5008, 8, 0x123456000 },
		{ 5096, 8, 0xffff0ff0 }, { 5104, 8, 0x400 } } },
};

struct built {
	const struct context *c;
	struct maker m;
	struct fake k;
	struct vcpu_options o;
	struct fail f;
};

static void
begin(struct built *b, const struct context *c)
{
	struct plan *p = &b->m.plan;

	*b = (struct built){ .c = c };
	maker_begin(&b->m, c->abi, c->v_start, c->v_start + 0x400000, PAGES);
	maker_mapped(&b->m, SEG_START_INFO, 0x22b, 1);
	maker_mapped(&b->m, SEG_STACK, 0x233, 1);
	fake_begin(&b->k, p->image.abi, BASE, PAGES, 1);
	maker_memory(&b->m, &b->k.own);
	p->image.entry = c->v_start + 0x200123;
	/* With two levels there is no such frame: cr3 shows the cut. */
	p->pagetables.root_mfn = p->image.abi->levels == 2 ?
	    ROOT & 0xfffff : ROOT;
	p->startinfo.va = c->v_start + 0x22b000;
	p->has |= PLAN_BIT(PLAN_PAGETABLES) | PLAN_BIT(PLAN_STARTINFO);
}

static void
end(struct built *b)
{
	fake_end(&b->k);
	maker_end(&b->m);
}

static int
launch(struct built *b)
{
	b->f.kind = FAIL_NONE;
	return vcpu_launch(&b->k.t, &b->k.info, &b->m.plan, &b->o, &b->f);
}

static void
must_launch(struct built *b)
{
	if (launch(b) < 0)
		unit_fail("%s: %s", b->c->abi, b->f.message);
}

static void
expected(const struct context *c, unsigned char *bytes)
{
	memset(bytes, 0, FAKE_CONTEXT);
	for (const struct want *w = c->want; w->size != 0; w++)
		le_put(bytes + w->offset, w->size, w->value);
	for (unsigned i = 0; c->cs != 0 && i < 256; i++) {
		bytes[c->trap + i * c->stride] = (unsigned char)i;
		le_put(bytes + c->trap + i * c->stride + 2, 2, c->cs);
	}
}

static void
whole_contexts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(contexts); i++) {
		unsigned char want[FAKE_CONTEXT];
		struct built b;

		begin(&b, &contexts[i]);
		must_launch(&b);
		expected(&contexts[i], want);
		for (unsigned j = 0; j < b.m.plan.image.abi->context.size; j++)
			if (b.k.context[j] != want[j])
				unit_fail("%s: byte %u is 0x%02x, not 0x%02x",
				    contexts[i].abi, j, b.k.context[j],
				    want[j]);
		assert_true(b.k.running);
		end(&b);
	}
}

static void
sections(void **state)
{
	const struct plan_vcpu *v;
	struct built b;

	(void)state;
	begin(&b, &contexts[4]);
	b.o.leave_paused = true;
	must_launch(&b);
	assert_false(b.k.running);
	assert_false(b.m.plan.launched);
	assert_true(plan_has(&b.m.plan, PLAN_LAUNCHED));
	assert_true(plan_has(&b.m.plan, PLAN_VCPUS));
	assert_int_equal(b.m.plan.n_vcpus, 1);
	v = &b.m.plan.vcpus[0];
	assert_int_equal(v->id, 0);
	assert_int_equal(v->ip, V5 + 0x200123);
	assert_int_equal(v->sp, V5 + 0x234000);
	assert_int_equal(v->si, V5 + 0x22b000);
	assert_int_equal(v->flags, 0x24);
	assert_int_equal(v->rflags, 0x200);
	assert_int_equal(v->cr3, 0x123456000);
	assert_int_equal(v->cs, 0xe033);
	assert_int_equal(v->ss, 0xe02b);
	assert_int_equal(v->ds, 0);
	assert_int_equal(v->kernel_ss, 0xe02b);
	assert_int_equal(v->kernel_sp, V5 + 0x234000);
	assert_int_equal(v->dr6, 0xffff0ff0);
	assert_int_equal(v->dr7, 0x400);
	assert_int_equal(v->vm_assist, 0);
	end(&b);
}

static void
pae_assists(void **state)
{
	static const struct {
		unsigned context;
		const char *pae;
		unsigned offset;
		uint64_t want;
	} cases[] = {
		{ 3, "no", 2796, 0 }, { 3, "yes", 2796, 0 },
		{ 3, "extended", 2796, 8 }, { 3, "bimodal", 2796, 8 },
		{ 4, "extended", 5136, 0 }, { 1, "bimodal", 2784, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct built b;

		begin(&b, &contexts[cases[i].context]);
		b.m.plan.image.pae = cases[i].pae;
		must_launch(&b);
		assert_int_equal(le_get(b.k.context + cases[i].offset, 4),
		    cases[i].want);
		end(&b);
	}
}

/* ---- again ---- */

static const struct change {
	const char *name;
	unsigned context, offset;
	unsigned char set;		/* bits set in that byte afterwards */
	const char *refused;		/* words, or NULL: the same registers */
} changes[] = {
	{ "nothing, P1",	0, 0, 0, NULL },
	{ "nothing, P2",	1, 0, 0, NULL },
	{ "nothing, P3",	2, 0, 0, NULL },
	{ "nothing, P4",	3, 0, 0, NULL },
	{ "nothing, P5",	4, 0, 0, NULL },
	{ "FPU state",		4, 24, 0x7f, NULL },
	{ "Xen's cr0",		4, 4984, 0x3b, NULL },
	{ "Xen's cr4",		4, 5016, 0x60, NULL },
	{ "FPU valid",		4, 512, 0x01, NULL },
	{ "the bit that is always set", 4, 664, 0x02, NULL },
	{ "another rip",	4, 649, 0x80, "its ip is" },
	{ "another rsp",	4, 673, 0x08, "its sp is" },
	{ "another cr3",	4, 5010, 0x02, "its cr3 is" },
	{ "a callback",		4, 5112, 0x01, "its event callback is" },
	{ "a GDT",		4, 4960, 0x01, "its gdt_ents is" },
	{ "an LDT",		4, 4817, 0x10, "its ldt_base is" },
	{ "the user's tables",	4, 4993, 0x10, "its cr1 is" },
	{ "fs_base",		4, 5144, 0x01, "its fs_base is" },
	{ "gs_base_kernel",	4, 5152, 0x01, "its gs_base_kernel is" },
	{ "gs_base_user",	4, 5160, 0x01, "its gs_base_user is" },
	{ "a trap's vector",	4, 720 + 16 * 3, 0x03, "trap 3 vector is" },
	{ "a trap's flags",	4, 720 + 16 * 3 + 1, 0x03, "trap 3 flags is" },
	{ "a trap's address",	4, 720 + 16 * 255 + 8, 0x01,
	    "trap 255 address is" },
	{ "a trap's selector",	3, 584 + 8 * 3 + 2, 0x04, "trap 3 cs is" },
	{ "a callback's selector", 3, 2780, 0x04, "event callback cs is" },
	{ "Xen's privilege in a trap", 4, 720 + 16 * 3 + 2, 0x03, NULL },
	{ "Xen's privilege in a callback", 3, 2780, 0x01, NULL },
	{ "another esi, P1",	0, 17, 0x01, "its si is" },
	{ "another gs, P2",	1, 68, 0x02, "its gs is" },
};

static void
again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		const struct change *c = &changes[i];
		unsigned char was[FAKE_CONTEXT];
		struct built b;
		int rc;

		begin(&b, &contexts[c->context]);
		b.o.leave_paused = true;
		must_launch(&b);
		b.k.context[c->offset] |= c->set;
		memcpy(was, b.k.context, sizeof(was));
		b.o.leave_paused = false;
		rc = launch(&b);
		if (rc != (c->refused == NULL ? 0 : -1))
			unit_fail("%s: %d %s", c->name, rc, b.f.message);
		if (c->refused != NULL) {
			assert_int_equal(b.f.kind, FAIL_TARGET);
			assert_non_null(strstr(b.f.message, c->refused));
			assert_non_null(strstr(b.f.message,
			    "already constructed"));
		}
		assert_int_equal(b.k.running, c->refused == NULL);
		assert_memory_equal(was, b.k.context, sizeof(was));
		end(&b);
	}
}

/* On paper nothing changes by itself. */
static void
again_on_paper(void **state)
{
	static const struct change paper[] = {
		{ "nothing", 4, 0, 0, NULL },
		{ "FPU valid", 4, 512, 0x01, "its flags is 0x25" },
		{ "always set", 4, 664, 0x02, "its flags register is 0x202" },
		{ "a trap's privilege", 4, 720 + 16 * 3 + 2, 0x03,
		    "trap 3 cs is 0x3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(paper); i++) {
		struct built b;
		int rc;

		begin(&b, &contexts[paper[i].context]);
		b.k.info.hypervisor_edits = false;
		b.o.leave_paused = true;
		must_launch(&b);
		b.k.context[paper[i].offset] |= paper[i].set;
		rc = launch(&b);
		if (paper[i].refused == NULL ? rc != 0 :
		    rc == 0 || strstr(b.f.message, paper[i].refused) == NULL)
			unit_fail("%s: %d %s", paper[i].name, rc, b.f.message);
		end(&b);
	}
}

/* The older builders kept what the hypervisor had; zero where it is fresh. */
static void
starting_contents(void **state)
{
	static const struct {
		unsigned context, offset;
		bool kept;
	} cases[] = {
		{ 0, 2384, true }, { 1, 2728, true }, { 2, 5080, true },
		{ 3, 2632, false }, { 4, 4816, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char bytes[FAKE_CONTEXT] = { 0 };
		struct built b;

		begin(&b, &contexts[cases[i].context]);
		bytes[cases[i].offset] = 0x5a;
		if (!vcpu_inherits(b.m.plan.image.abi))
			memset(bytes, 0, sizeof(bytes));
		vcpu_context(&b.m.plan, bytes);
		assert_int_equal(bytes[cases[i].offset],
		    cases[i].kept ? 0x5a : 0);
		end(&b);
	}
}

/* ---- the store ---- */

static void
hear(void *arg, enum say_level level, const char *message)
{
	if (level == SAY_WARNING)
		snprintf(arg, 512, "%s", message);
}

static void
unanswered_store(void **state)
{
	static const struct {
		const char *name;
		bool runs;		/* a target whose domains do */
		uint64_t port;
		enum port_status status;
		bool warned;
	} cases[] = {
		{ "unbound", true, 1, PORT_UNBOUND, true },
		{ "bound", true, 1, PORT_BOUND, false },
		{ "no store", true, 0, PORT_UNBOUND, false },
		{ "a domain on paper", false, 1, PORT_UNBOUND, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned paused = 0; paused < 2; paused++) {
			struct target_ops ops = fake_ops;
			char heard[512] = "";
			struct built b;

			begin(&b, &contexts[4]);
			ops.runs = cases[i].runs;
			b.k.t.ops = &ops;
			b.k.port[1].status = cases[i].status;
			b.m.plan.startinfo.store_port = cases[i].port;
			b.o.leave_paused = paused;
			b.f.say = hear;
			b.f.say_arg = heard;
			must_launch(&b);
			if ((strstr(heard, "xb-introduce") != NULL) !=
			    cases[i].warned)
				unit_fail("%s: '%s'", cases[i].name, heard);
			end(&b);
		}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_contexts),
		cmocka_unit_test(sections),
		cmocka_unit_test(pae_assists),
		cmocka_unit_test(again),
		cmocka_unit_test(again_on_paper),
		cmocka_unit_test(starting_contents),
		cmocka_unit_test(unanswered_store),
	};

	return cmocka_run_group_tests_name("vcpu", tests, NULL, NULL);
}
