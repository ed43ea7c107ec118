/* A file target of a PVH guest: memory by gfn, HVM parameters, registers, and
 * what of PV it refuses; every rule, broken once. */
#include "unit.h"

#include "targetkit.h"

enum { PAGES = 512, START = 0x20, ENTRY = 0x100200 };

static const struct abi *
pvh(void)
{
	return abi_first(GUEST_PVH);
}

static void
create(struct kit *k, uint64_t pages)
{
	struct target_request r = { .where = "dom", .pages = pages,
	    .max_pages = pages, .vcpus = 2, .type = GUEST_PVH };
	char *name;

	*k = (struct kit){ .abi = pvh() };
	kit_ok(target_file.create(&r, &name, NULL, &k->f), &k->f);
	free(name);
	kit_reopen(k, TARGET_WRITE);
}

static int
populate(struct kit *k, const struct extent *runs, size_t n)
{
	struct extent copy[ABI_RANGES_MAX];
	const struct extents gfns = { .v = copy, .n = n };

	memcpy(copy, runs, n * sizeof(*runs));
	return k->t->ops->hvm->populate(k->t, pvh(), &gfns, &k->f);
}

static void
begin(struct kit *k, uint64_t pages)
{
	struct extent runs[ABI_RANGES_MAX];
	size_t n = abi_gfns(pvh(), pages, runs);

	create(k, pages);
	kit_ok(k->t->ops->set_abi(k->t, pvh(), &k->f), &k->f);
	kit_ok(populate(k, runs, n), &k->f);
}

static void
refused(struct kit *k, int rc, const char *words)
{
	kit_refused(rc, &k->f, FAIL_TARGET, words);
	k->f = (struct fail){ 0 };
}

/* ---- memory ---- */

static const struct {
	const char *want;
	struct extent runs[5];
	size_t n;
} wrong_runs[] = {
	{ "gfn 0x1ff: the memory map ascends", { { 0, 0, 512 },
	    { 511, 511, 1 } }, 2 },
	{ "gfn 0x0: the memory map ascends", { { 0xfc000, 0xfc000, 1 },
	    { 0, 0, 512 } }, 2 },
	{ "gfn 0xfee00: no range of a PVH guest's", { { 0, 0, 512 },
	    { 0xfee00, 0xfee00, 1 } }, 2 },
	{ "gfn 0xfc001: no range of a PVH guest's", { { 0, 0, 512 },
	    { 0xfc001, 0xfc001, 1 } }, 2 },
	{ "gfn 0xfc000: its run goes on beyond", { { 0, 0, 512 },
	    { 0xfc000, 0xfc000, 2 } }, 2 },
	{ "gfn 0xfeff8: its run goes on beyond", { { 0, 0, 512 },
	    { 0xfc000, 0xfc000, 1 }, { 0xfeff8, 0xfeff8, 9 } }, 3 },
	{ "gfn 0x0: a guest of that much memory", { { 1, 1, 512 },
	    { 0xfc000, 0xfc000, 1 }, { 0xfeff8, 0xfeff8, 8 } }, 3 },
	{ "gfn 0x0: a guest of that much memory", { { 0, 0, 256 },
	    { 0xfc000, 0xfc000, 1 }, { 0xfeff8, 0xfeff8, 8 },
	    { 0x100000, 0x100000, 256 } }, 4 },
	{ "gfn 0xfc000: a guest of that much memory", { { 0, 0, 512 },
	    { 0xfeff8, 0xfeff8, 8 } }, 2 },
	{ "gfn 0xfeff8: a guest of that much memory", { { 0, 0, 512 },
	    { 0xfc000, 0xfc000, 1 }, { 0xfeff8, 0xfeff8, 7 } }, 3 },
	{ "too small: 2052 KiB needed", { { 0, 0, 513 },
	    { 0xfc000, 0xfc000, 1 }, { 0xfeff8, 0xfeff8, 8 } }, 3 },
};

static void
test_populate(void **state)
{
	struct target_info info;
	struct kit k;

	(void)state;
	create(&k, PAGES);
	refused(&k, populate(&k, wrong_runs[0].runs, 1), "it has none");
	kit_ok(k.t->ops->set_abi(k.t, pvh(), &k.f), &k.f);
	for (size_t i = 0; i < COUNT(wrong_runs); i++) {
		refused(&k, populate(&k, wrong_runs[i].runs, wrong_runs[i].n),
		    wrong_runs[i].want);
		kit_ok(k.t->ops->info(k.t, &info, &k.f), &k.f);
		assert_int_equal(info.pages, 0);
	}
	kit_destroy(&k);
	begin(&k, PAGES);
	refused(&k, populate(&k, wrong_runs[2].runs, 1), "pages already");
	kit_reopen(&k, TARGET_READ);
	kit_ok(k.t->ops->info(k.t, &info, &k.f), &k.f);
	assert_int_equal(info.guest, GUEST_PVH);
	assert_int_equal(info.pages, PAGES + 9);
	assert_int_equal(info.max_pages, PAGES);
	assert_int_equal(info.shared_info_mfn, 0);
	assert_ptr_equal(info.abi, pvh());
	kit_reopen(&k, TARGET_WRITE);
	kit_destroy(&k);
}

/* Memory on both sides of the hole: 8 GiB, of which nothing is on the disk. */
static void
test_large(void **state)
{
	const struct extent all[] = { { 0, 0, 0xfc001 },
	    { 0, 0xfeff8, 8 }, { 0, 0x100000, (2 << 20) - 0xfc000 } };
	const struct extent hole[] = { { 0, 0xfc001, 1 },
	    { 0, 0xfeff7, 1 }, { 0, 0xff000, 1 }, { 0, 0xfffff, 1 },
	    { 0, 0x100000 + (2 << 20) - 0xfc000, 1 } };
	struct stat st;
	struct kit k;

	(void)state;
	begin(&k, 2 << 20);
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->owns(k.t, all, 3, &k.f), &k.f);
	for (size_t i = 0; i < COUNT(hole); i++)
		refused(&k, k.t->ops->owns(k.t, &hole[i], 1, &k.f),
		    "does not own");
	assert_int_equal(stat("dom/memory", &st), 0);
	assert_int_equal(st.st_size, UINT64_C(0x204000) << 12);
	assert_in_range(st.st_blocks, 0, 64);
	kit_destroy(&k);
}

/* ---- what is PV's alone ---- */

static void
test_pv(void **state)
{
	struct extents p2m = EXTENTS_INIT;
	const struct extent run = { 0, 0, 1 };
	const struct target_ops *ops = &target_file;
	unsigned level;
	bool pinned;
	uint64_t pfn;
	struct kit k;

	(void)state;
	begin(&k, PAGES);
	refused(&k, ops->populate(k.t, PAGES, 0, &p2m, &k.f),
	    "cannot give scattered frames to 'file:dom': that is of domains "
	    "made with --type pv, and it was made with --type pvh");
	refused(&k, ops->set_m2p(k.t, &run, 1, &k.f), "cannot set the m2p");
	refused(&k, ops->get_m2p(k.t, 0, 1, &pfn, &k.f), "cannot read the m2p");
	refused(&k, ops->hypercall_page(k.t, 0, &k.f), "hypercall page");
	refused(&k, ops->frame_type(k.t, 0, &level, &pinned, &k.f),
	    "cannot tell a type");
	refused(&k, ops->pin(k.t, 0, &k.f), "cannot pin");
	refused(&k, ops->unpin(k.t, 0, &k.f), "cannot unpin");
	kit_destroy(&k);
	create(&k, PAGES);
	refused(&k, ops->set_abi(k.t, &abi_rows[4], &k.f),
	    "cannot set an ABI of other guests");
	kit_destroy(&k);
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	refused(&k, populate(&k, &run, 1), "cannot give gfns");
	refused(&k, ops->hvm->set_param(k.t, 1, 0, &k.f),
	    "cannot set an HVM parameter");
	refused(&k, ops->hvm->get_param(k.t, 1, &pfn, &k.f),
	    "cannot read an HVM parameter");
	kit_destroy(&k);
	kit_create("dom", PAGES, 1);
	k = (struct kit){ .abi = pvh() };
	kit_reopen(&k, TARGET_WRITE);
	refused(&k, ops->set_abi(k.t, pvh(), &k.f),
	    "cannot set an ABI of other guests");
	kit_destroy(&k);
}

/* ---- parameters ---- */

static const struct {
	uint32_t param;
	uint64_t value;
	const char *want;		/* NULL: taken */
} params[] = {
	{ 1, 0xfeffc, NULL }, { 1, 0, NULL }, { 1, 0xfeffc, NULL },
	{ 1, 0xfefff, NULL }, { 1, 0xfeffc, NULL },
	{ 17, 0xfefff, NULL },
	{ 17, 0xff000, "parameter 17 of 'file:dom' to 0xff000: the domain has "
	    "no such page" },
	{ 17, 0xfeffc, "another parameter names that page" },
	{ 12, 0xfeffe000, NULL }, { 12, 0xfeffe000, NULL },
	{ 12, 0xfeffe008, "the address of a page" },
	{ 12, 0xfefff000, "another parameter names" },
	{ 5, 0xfeffd, NULL }, { 5, 0xfeffd, NULL },
	{ 5, 0xfeff8, "it is set once" }, { 5, 0, "it is set once" },
	{ 6, 0xfeffb, NULL }, { 6, 0xfeffa, "it is set once" },
	{ 2, 1, NULL }, { 18, 1, NULL }, { 18, 2, "no port that was" },
	{ 2, 0, NULL },
	{ 0, 1, "none that a builder of a PVH guest sets" },
	{ 3, 1, "none that" }, { 10, 1, "none that" }, { 35, 1, "none that" },
	{ 36, 1, "none that" }, { UINT32_MAX, 0, "none that" },
};

static void
test_params(void **state)
{
	uint64_t value;
	uint32_t port;
	struct kit k;

	(void)state;
	begin(&k, PAGES);
	kit_ok(k.t->ops->alloc_port(k.t, 0, &port, &k.f), &k.f);
	for (size_t i = 0; i < COUNT(params); i++) {
		int rc = k.t->ops->hvm->set_param(k.t, params[i].param,
		    params[i].value, &k.f);

		if (params[i].want == NULL)
			kit_ok(rc, &k.f);
		else
			refused(&k, rc, params[i].want);
		kit_reopen(&k, TARGET_WRITE);
	}
	assert_int_equal(paper_target(k.t)->state.param[1], 0xfeffc);
	assert_int_equal(paper_target(k.t)->state.param[2], 0);
	assert_int_equal(paper_target(k.t)->state.param[12], 0xfeffe000);
	kit_ok(k.t->ops->hvm->get_param(k.t, 5, &value, &k.f), &k.f);
	assert_int_equal(value, 0xfeffd);
	kit_ok(k.t->ops->hvm->get_param(k.t, UINT32_MAX, &value, &k.f), &k.f);
	assert_int_equal(value, 0);
	kit_destroy(&k);
}

/* ---- registers ---- */

#define HIGH	(UINT64_C(1) << 32)

static const struct {
	enum context_field field;
	uint64_t value;
	const char *want;		/* NULL: taken */
} contexts[] = {
	{ CTX_SI, 5, NULL }, { CTX_CS, 8, NULL }, { CTX_RFLAGS, 0, NULL },
	{ CTX_CR3, 0xfeffe000, NULL }, { CTX_FLAGS, 1, NULL },
	{ CTX_PAD, 1, "pad0 is 0x1" },
	{ CTX_FLAGS, 2, "flags is 0x2: a bit is set" },
	{ CTX_TSC_AUX, HIGH, "msr_tsc_aux is" },
	{ CTX_CR0, 0x1, "cr0 is 0x1: a PVH guest starts with PE and ET" },
	{ CTX_CR0, 0x80000011, "cr0 is" }, { CTX_CR0, 0x10, "cr0 is" },
	{ CTX_CR0, 0x51, "cr0 is" }, { CTX_CR0, 0x11 | HIGH, "cr0 is" },
	{ CTX_CR3, UINT64_C(1) << 36, "cr3 is" },
	{ CTX_CR4, 0x20, "cr4 is 0x20" }, { CTX_EFER, 0x100, "msr_efer is" },
	{ CTX_RFLAGS, 0x202, "VM, IF and TF clear" },
	{ CTX_RFLAGS, 0x102, "VM, IF and TF clear" },
	{ CTX_RFLAGS, 0x20002, "VM, IF and TF clear" },
	{ CTX_RFLAGS, 0x3002, "rflags is 0x3002: a guest does not" },
	{ CTX_RFLAGS, 0x8002, "a guest does not" },
	{ CTX_DR6, HIGH, "dr6 is" }, { CTX_DR7, HIGH, "dr7 is" },
	{ CTX_DR7, 0x2400, "dr7 is" },
	{ CTX_CS_BASE, 1, "CS's base is 0x1: a flat 32-bit code segment" },
	{ CTX_CS_LIMIT, 0xfffff, "CS's limit" },
	{ CTX_CS_AR, 0xc93, "CS's attributes" },
	{ CTX_DS_AR, 0x93, "DS's attributes is 0x93: a flat 32-bit data" },
	{ CTX_ES_BASE, 16, "ES's base" }, { CTX_SS_LIMIT, 0, "SS's limit" },
	{ CTX_TR_BASE, 16, "TR's base" }, { CTX_TR_LIMIT, 0x66, "TR's limit" },
	{ CTX_TR_AR, 0x89, "TR's attributes is 0x89: a busy" },
	{ CTX_IP, HIGH, "rip is 0x100000000: a PVH guest starts in 32-bit" },
	{ CTX_IP, 0x200000, "rip is 0x200000: the domain has no memory" },
	{ CTX_BX, HIGH, "rbx is" },
	{ CTX_BX, 0x200000, "rbx is 0x200000: it must be the address of "
	    "hvm_start_info, and the domain has no memory" },
	{ CTX_BX, 0x1fffd0, "has no memory" },
	{ CTX_BX, 0x1000, "does not begin with 0x336ec578" },
};

static void
fill_context(unsigned char *context)
{
	const struct abi_context *c = &pvh()->context;

	memset(context, 0, ABI_CONTEXT_MAX);
	for (const struct abi_constant *b = c->boot; b->value != UINT64_MAX;
	    b++)
		abi_put(c->field[b->field], context, b->value);
	abi_put(c->field[CTX_IP], context, ENTRY);
	abi_put(c->field[CTX_BX], context, START * PAGE_BYTES);
}

static void
put_magic(struct kit *k)
{
	const struct extent run = { START, START, 1 };
	unsigned char *page = k->t->ops->map(k->t, &run, 1, true, &k->f);

	kit_ok(page == NULL ? -1 : 0, &k->f);
	if (page == NULL)
		return;
	le_put(page, 4, 0x336ec578);
	kit_ok(k->t->ops->unmap(k->t, page, &k->f), &k->f);
}

static void
test_registers(void **state)
{
	unsigned char context[ABI_CONTEXT_MAX], got[ABI_CONTEXT_MAX];
	bool present;
	struct kit k;

	(void)state;
	for (size_t i = 0; i < COUNT(contexts); i++) {
		begin(&k, PAGES);
		put_magic(&k);
		fill_context(context);
		abi_put(pvh()->context.field[contexts[i].field], context,
		    contexts[i].value);
		kit_ok(k.t->ops->get_context(k.t, 0, got, &present, &k.f),
		    &k.f);
		assert_false(present);
		if (contexts[i].want == NULL)
			kit_ok(k.t->ops->set_context(k.t, 0, context, &k.f),
			    &k.f);
		else
			refused(&k, k.t->ops->set_context(k.t, 0, context,
			    &k.f), contexts[i].want);
		kit_reopen(&k, TARGET_WRITE);
		kit_ok(k.t->ops->get_context(k.t, 0, got, &present, &k.f),
		    &k.f);
		assert_int_equal(present, contexts[i].want == NULL);
		if (present)
			assert_memory_equal(got, context, pvh()->context.size);
		kit_destroy(&k);
	}
}

/* ---- states that are well formed and wrong ---- */

static void
twist_shared(struct paper_state *s)
{
	s->shared_info = 5;
}

static void
twist_m2p(struct paper_state *s)
{
	struct fail f = { 0 };

	kit_ok(extents_add(&s->m2p, 0, 0, 1, &f), &f);
}

static void
twist_type(struct paper_state *s)
{
	s->type = GUEST_PV;
	s->shared_info = 5;
	for (size_t i = 0; i < s->frames.n; i++)
		s->frames.v[i].mfn += PAPER_FIRST_FRAME;
	memset(s->param, 0, sizeof(s->param));
}

static void
twist_abi(struct paper_state *s)
{
	s->abi = &abi_rows[4];
}

static void
twist_frames(struct paper_state *s)
{
	s->frames.v[1].mfn -= 1;
}

static void
twist_hole(struct paper_state *s)
{
	s->frames.v[0].mfn += 1;
}

static void
twist_max(struct paper_state *s)
{
	s->max_pages = PAGES - 1;
}

static void
twist_page(struct paper_state *s)
{
	s->param[17] = 0xff000;
}

static void
twist_port(struct paper_state *s)
{
	s->param[18] = 7;
}

static void
twist_param(struct paper_state *s)
{
	s->param[10] = 1;
}

/* vcpu 0 with registers that it could have been given, but for one. */
static void
twist_register(struct paper_state *s, enum context_field field, uint64_t value)
{
	s->context[0] = calloc(1, ABI_CONTEXT_MAX);
	assert_non_null(s->context[0]);
	fill_context(s->context[0]);
	abi_put(pvh()->context.field[field], s->context[0], value);
}

static void
twist_cr0(struct paper_state *s)
{
	twist_register(s, CTX_CR0, 0);
}

static void
twist_rip(struct paper_state *s)
{
	twist_register(s, CTX_IP, 0xfd000000);
}

static void
twist_rbx(struct paper_state *s)
{
	twist_register(s, CTX_BX, PAGES * PAGE_BYTES - 8);
}

static const struct {
	void (*twist)(struct paper_state *);
	const char *want;
} twists[] = {
	{ twist_shared, "has shared_info, m2p or tables" },
	{ twist_m2p, "has shared_info, m2p or tables" },
	{ twist_type, "has the ABI hvm-3.0-pvh, which no domain of type pv" },
	{ twist_abi, "has the ABI xen-3.0-x86_64, which no domain of type "
	    "pvh" },
	{ twist_frames, "not the gfns of a PVH guest" },
	{ twist_hole, "not the gfns of a PVH guest" },
	{ twist_max, "512 frames, more than max_pages 511" },
	{ twist_page, "HVM parameter 17 of its state is 0xff000: the domain" },
	{ twist_port, "HVM parameter 18 of its state is 0x7: it is no port" },
	{ twist_param, "HVM parameter 10 of its state is 0x1: it is none" },
	{ twist_cr0, "cr0 of vcpu 0 in its state is 0x0: a PVH guest starts" },
	{ twist_rip, "rip of vcpu 0 in its state is 0xfd000000: the domain" },
	{ twist_rbx, "rbx of vcpu 0 in its state is 0x1ffff8: it must be" },
};

static void
twist_and_write(struct kit *k, size_t i)
{
	struct paper_target *t = paper_target(k->t);
	struct fail f = { 0 };
	void *bytes;
	size_t n;
	int fd;

	twists[i].twist(&t->state);
	kit_ok(paper_state_encode(&t->state, &bytes, &n, "file:dom", &f), &f);
	fd = open("dom/state", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	free(bytes);
}

static void
test_twisted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(twists); i++) {
		struct target *t;
		struct kit k;

		begin(&k, PAGES);
		twist_and_write(&k, i);
		kit_refused(target_open(&t, "file:dom", TARGET_LOOK, &k.f),
		    &k.f, FAIL_TARGET, twists[i].want);
		kit_destroy(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_populate),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_pv),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_twisted),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
