#include "unit.h"

#include <elf.h>
#include <sys/procfs.h>
#include <sys/reg.h>

#include "inspect/core-impl.h"
#include "targetkit.h"

/* ---- headers, against the structures of the C library ---- */

static const struct walk_run one_run = { .va = 0xc0100000, .pages = 3,
	.end = WALK_MAPPED, .mfn = 0x4321, .pfn = 0x100,
	.flags = PTE_RW };

static void
test_head_wide(void **state)
{
	struct core_elf e = core_elf_of(abi_named("xen-3.0-x86_64"), 7, 2);
	unsigned char out[CORE_HEAD_MAX];
	Elf64_Ehdr h;
	Elf64_Phdr p;

	(void)state;
	assert_int_equal(core_elf_head(&e, out), sizeof(h) + sizeof(p));
	memcpy(&h, out, sizeof(h));
	memcpy(&p, out + sizeof(h), sizeof(p));
	assert_memory_equal(h.e_ident, "\177ELF\2\1\1\0", 8);
	assert_int_equal(h.e_type, ET_CORE);
	assert_int_equal(h.e_machine, EM_X86_64);
	assert_int_equal(h.e_version, 1);
	assert_int_equal(h.e_phoff, sizeof(h));
	assert_int_equal(h.e_phnum, 8);
	assert_int_equal(h.e_phentsize, sizeof(p));
	assert_int_equal(h.e_ehsize, sizeof(h));
	assert_int_equal(h.e_shnum, 0);
	assert_int_equal(p.p_type, PT_NOTE);
	assert_int_equal(p.p_offset, sizeof(h) + 8 * sizeof(p));
	assert_int_equal(p.p_filesz, 2 * (20 + sizeof(struct elf_prstatus)));
	assert_int_equal(core_elf_bytes(&e), 4096);
	assert_int_equal(core_elf_load(&e, &one_run, 0x5000, out), sizeof(p));
	memcpy(&p, out, sizeof(p));
	assert_int_equal(p.p_type, PT_LOAD);
	assert_int_equal(p.p_flags, PF_R | PF_W | PF_X);
	assert_int_equal(p.p_offset, 0x5000);
	assert_int_equal(p.p_vaddr, 0xc0100000);
	assert_int_equal(p.p_paddr, 0x100000);
	assert_int_equal(p.p_filesz, 0x3000);
	assert_int_equal(p.p_memsz, 0x3000);
}

static void
test_head_narrow(void **state)
{
	struct core_elf e = core_elf_of(abi_named("xen-3.0-x86_32p"), 7, 1);
	struct walk_run run = one_run;
	unsigned char out[CORE_HEAD_MAX];
	Elf32_Ehdr h;
	Elf32_Phdr p;

	(void)state;
	assert_int_equal(core_elf_head(&e, out), sizeof(h) + sizeof(p));
	memcpy(&h, out, sizeof(h));
	memcpy(&p, out + sizeof(h), sizeof(p));
	assert_memory_equal(h.e_ident, "\177ELF\1\1\1\0", 8);
	assert_int_equal(h.e_type, ET_CORE);
	assert_int_equal(h.e_machine, EM_386);
	assert_int_equal(h.e_phoff, sizeof(h));
	assert_int_equal(h.e_phnum, 8);
	assert_int_equal(h.e_phentsize, sizeof(p));
	assert_int_equal(p.p_type, PT_NOTE);
	assert_int_equal(p.p_filesz, 20 + 144);
	run.pfn = INVALID_MFN;
	run.flags = PTE_NX;
	assert_int_equal(core_elf_load(&e, &run, 0x5000, out), sizeof(p));
	memcpy(&p, out, sizeof(p));
	assert_int_equal(p.p_flags, PF_R);
	assert_int_equal(p.p_offset, 0x5000);
	assert_int_equal(p.p_vaddr, 0xc0100000);
	assert_int_equal(p.p_paddr, 0xffffffff);
	assert_int_equal(p.p_memsz, 0x3000);
	assert_int_equal(p.p_align, 0x1000);
}

/* 65535 headers and more do not fit e_phnum: the gABI's way out. */
static void
test_many(void **state)
{
	struct core_elf e = core_elf_of(abi_named("xen-3.0-x86_64"), 0xfffd, 1);
	unsigned char out[CORE_HEAD_MAX];
	Elf64_Ehdr h;
	Elf64_Shdr s;

	(void)state;
	core_elf_head(&e, out);
	memcpy(&h, out, sizeof(h));
	assert_int_equal(h.e_phnum, 0xfffe);
	assert_int_equal(core_elf_count(&e, out), 0);
	e = core_elf_of(abi_named("xen-3.0-x86_64"), 0xfffe, 1);
	core_elf_head(&e, out);
	memcpy(&h, out, sizeof(h));
	assert_int_equal(h.e_phnum, PN_XNUM);
	assert_int_equal(h.e_shnum, 1);
	assert_int_equal(h.e_shentsize, sizeof(s));
	assert_int_equal(h.e_shoff, sizeof(h) + 0xffff * sizeof(Elf64_Phdr));
	assert_int_equal(core_elf_count(&e, out), sizeof(s));
	memcpy(&s, out, sizeof(s));
	assert_int_equal(s.sh_info, 0xffff);
	assert_int_equal(s.sh_size, 1);
	assert_int_equal(s.sh_type, SHT_NULL);
	e = core_elf_of(abi_named("xen-1.3-x86_32"), 0x12345, 1);
	assert_int_equal(core_elf_count(&e, out), sizeof(Elf32_Shdr));
}

/* ---- registers ---- */

static const char *const wide_names[] = { "xen-3.0pre-x86_64",
	"xen-3.0-x86_64" };

static void
test_note_wide(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wide_names); i++) {
		const struct abi *a = abi_named(wide_names[i]);
		const struct abi_field *d = a->context.field;
		struct core_elf e = core_elf_of(a, 1, 1);
		unsigned char context[ABI_CONTEXT_MAX] = { 0 };
		unsigned char note[CORE_NOTE_MAX];
		struct elf_prstatus s;
		unsigned block = d[CTX_SI].offset - 104u;

		/* cpu_user_regs of 64 bits: r15, rbp, rax, rdi */
		le_put(context + block, 8, 15);
		le_put(context + block + 32, 8, 0x1b9);
		le_put(context + block + 80, 8, 0x1a8);
		le_put(context + block + 112, 8, 0x1d1);
		abi_put(d[CTX_IP], context, 0xffffffff81000000);
		abi_put(d[CTX_SI], context, 0x51);
		abi_put(d[CTX_SP], context, 0x52);
		abi_put(d[CTX_CS], context, 0xe033);
		abi_put(d[CTX_SS], context, 0xe02b);
		abi_put(d[CTX_RFLAGS], context, 0x200);
		abi_put(d[CTX_GS_BASE_KERNEL], context, 0x77);
		assert_int_equal(core_elf_note(&e, 4, context, note),
		    20 + sizeof(s));
		assert_memory_equal(note + 12, "CORE", 5);
		assert_int_equal(le_get(note + 8, 4), NT_PRSTATUS);
		memcpy(&s, note + 20, sizeof(s));
		assert_int_equal(s.pr_pid, 5);
		assert_int_equal(s.pr_reg[R15], 15);
		assert_int_equal(s.pr_reg[RBP], 0x1b9);
		assert_int_equal(s.pr_reg[RAX], 0x1a8);
		assert_int_equal(s.pr_reg[RDI], 0x1d1);
		assert_int_equal(s.pr_reg[RSI], 0x51);
		assert_int_equal(s.pr_reg[ORIG_RAX], UINT64_MAX);
		assert_int_equal(s.pr_reg[RIP], 0xffffffff81000000);
		assert_int_equal(s.pr_reg[RSP], 0x52);
		assert_int_equal(s.pr_reg[CS], 0xe033);
		assert_int_equal(s.pr_reg[SS], 0xe02b);
		assert_int_equal(s.pr_reg[EFLAGS], 0x200);
		assert_int_equal(s.pr_reg[GS_BASE], 0x77);
	}
}

static const char *const narrow_names[] = { "xen-1.3-x86_32",
	"xen-3.0pre-x86_32", "xen-3.0-x86_32p" };

/* The order of struct user_regs_struct for i386, asm/user_32.h of Linux. */
static void
test_note_narrow(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(narrow_names); i++) {
		const struct abi *a = abi_named(narrow_names[i]);
		const struct abi_field *d = a->context.field;
		struct core_elf e = core_elf_of(a, 1, 1);
		unsigned char context[ABI_CONTEXT_MAX] = { 0 };
		unsigned char note[CORE_NOTE_MAX], *r = note + 20 + 72;
		unsigned block = d[CTX_SI].offset - 12u;

		for (unsigned k = 0; k < 7; k++)
			le_put(context + block + 4 * k, 4, 0x100 + k);
		abi_put(d[CTX_IP], context, 0xc0100000);
		abi_put(d[CTX_SP], context, 0xc0200000);
		abi_put(d[CTX_CS], context, 0x819);
		abi_put(d[CTX_DS], context, 0x821);
		abi_put(d[CTX_SS], context, 0x833);
		abi_put(d[CTX_RFLAGS], context, 0x204);
		assert_int_equal(core_elf_note(&e, 0, context, note), 20 + 144);
		assert_int_equal(le_get(note + 20 + 24, 4), 1);
		for (unsigned k = 0; k < 7; k++)
			assert_int_equal(le_get(r + 4 * k, 4), 0x100 + k);
		assert_int_equal(le_get(r + 28, 4), 0x821);
		assert_int_equal(le_get(r + 44, 4), UINT32_MAX);
		assert_int_equal(le_get(r + 48, 4), 0xc0100000);
		assert_int_equal(le_get(r + 52, 4), 0x819);
		assert_int_equal(le_get(r + 56, 4), 0x204);
		assert_int_equal(le_get(r + 60, 4), 0xc0200000);
		assert_int_equal(le_get(r + 64, 4), 0x833);
	}
}

/* ---- a whole domain ---- */

static struct core
core_of(struct kit *k, struct target_info *info, struct walk **w)
{
	kit_ok(k->t->ops->info(k->t, info, &k->f), &k->f);
	kit_ok(walk_open(w, k->t, k->abi, kit_root(k), &k->f), &k->f);
	return (struct core){ .target = k->t, .info = info, .walk = *w,
	    .name = "file:dom" };
}

static void
begin(struct kit *k, const struct abi *a, unsigned vcpus)
{
	unsigned char context[ABI_CONTEXT_MAX];

	kit_begin_tables(k, a);
	for (unsigned i = 0; i < KIT_PAGES; i += 3)
		if (i < KIT_TABLES || i >= KIT_TABLES + (unsigned)a->levels)
			le_put(k->mem + i * PAGE_BYTES, 8, i + 1);
	kit_pin(k);
	kit_context(k, context);
	for (unsigned i = 0; i < vcpus; i++) {
		abi_put(a->context.field[CTX_SI], context, 0x1000 + i);
		kit_ok(k->t->ops->set_context(k->t, i, context, &k->f), &k->f);
	}
}

static void
check_file(const struct kit *k, unsigned vcpus)
{
	FILE *in = fopen("core", "r");
	unsigned char head[4096];
	size_t n, loads = k->abi->bits == 64 ? 56 : 44;

	assert_non_null(in);
	n = fread(head, 1, sizeof(head), in);
	assert_true(n > 64);
	assert_int_equal(le_get(head + 18, 2), k->abi->machine);
	assert_true(le_get(head + loads, 2) > 1);
	fclose(in);
	/* the size of the notes */
	n = k->abi->bits == 64 ? le_get(head + 64 + 32, 8) :
	    le_get(head + 52 + 16, 4);
	assert_int_equal(n, vcpus * (20u + (k->abi->bits == 64 ? 336 : 144)));
}

static void
test_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++)
		for (unsigned vcpus = 1; vcpus <= 2; vcpus++) {
			struct target_info info;
			struct walk *w;
			struct core c;
			struct kit k;

			begin(&k, &abi_rows[i], vcpus);
			c = core_of(&k, &info, &w);
			kit_ok(core_write(&c, "core", &k.f), &k.f);
			check_file(&k, vcpus);
			assert_int_equal(unlink("core"), 0);
			walk_close(w);
			kit_destroy(&k);
		}
}

/* Stopped on its way: no file, and nothing beside it. */
static void
test_stopped(void **state)
{
	struct target_info info;
	struct walk *w;
	struct stop stop;
	struct core c;
	struct kit k;

	(void)state;
	begin(&k, abi_named("xen-3.0-x86_64"), 1);
	c = core_of(&k, &info, &w);
	kit_stop(&stop);
	kit_refused(core_write(&c, "core", &k.f), &k.f, FAIL_SYSTEM,
	    "ended by a signal, Quit");
	kit_go_on(&stop);
	assert_int_equal(access("core", F_OK), -1);
	walk_close(w);
	kit_destroy(&k);	/* kit_leave() finds the folder empty */
}

static void
test_no_registers(void **state)
{
	struct target_info info;
	struct walk *w;
	struct core c;
	struct kit k;

	(void)state;
	begin(&k, abi_named("xen-3.0-x86_64"), 0);
	c = core_of(&k, &info, &w);
	kit_refused(core_write(&c, "core", &k.f), &k.f, FAIL_TARGET,
	    "vcpu 0 of 'file:dom' has no registers yet; give the plan");
	walk_close(w);
	kit_destroy(&k);
}

/* ---- where a frame is; mfn counts from a pfn of the kit here ---- */

static const struct {
	struct walk_run run[4];
	size_t n;
	uint64_t pages;			/* different ones */
} places[] = {
	{ { { .mfn = 5, .pages = 3 } }, 1, 3 },
	/* the same twice; one inside the other; overlapping; touching */
	{ { { .mfn = 5, .pages = 3 }, { .mfn = 5, .pages = 3 } }, 2, 3 },
	{ { { .mfn = 5, .pages = 9 }, { .mfn = 6, .pages = 1 } }, 2, 9 },
	{ { { .mfn = 7, .pages = 4 }, { .mfn = 5, .pages = 3 } }, 2, 6 },
	{ { { .mfn = 8, .pages = 2 }, { .mfn = 2, .pages = 1 },
	    { .mfn = 3, .pages = 5 } }, 3, 8 },
	{ { { .mfn = 100, .pages = 1 }, { .mfn = 50, .pages = 2 },
	    { .mfn = 10, .pages = 3 } }, 3, 6 },
};

/* A walk that gives such runs: the tables of a kit map them. */
static void
map_runs(struct kit *k, const struct walk_run *run, size_t n,
    const uint64_t *base)
{
	uint64_t va = k->base + KIT_MAPPED * PAGE_BYTES;

	for (size_t i = 0; i < n; i++, va += 2 * PAGE_BYTES)
		for (uint64_t p = 0; p < run[i].pages; p++, va += PAGE_BYTES)
			kit_put(k, kit_entry(k, va, 1), kit_mfn(k, *base +
			    run[i].mfn + p) << PAGE_BITS | 0x21);
}

static void
test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		const uint64_t base = 128;	/* not mapped by the kit */
		struct target_info info;
		struct walk_limit limit;
		struct core_memory m;
		struct core c;
		struct walk *w;
		struct kit k;
		uint64_t sum = 0;

		kit_begin_tables(&k, abi_named("xen-3.0-x86_64"));
		map_runs(&k, places[i].run, places[i].n, &base);
		c = core_of(&k, &info, &w);
		limit = walk_limit_of(&info, false);
		kit_ok(core_collect(&c, &limit, &m, &k.f), &k.f);
		for (size_t j = 0; j < m.n; j++)
			sum += m.runs[j].pages;
		assert_int_equal(extents_pages(&m.frames), KIT_MAPPED +
		    places[i].pages);
		for (size_t j = 0; j < places[i].n; j++)
			sum -= places[i].run[j].pages;
		assert_int_equal(sum, KIT_MAPPED);
		/* each place is taken by one frame */
		for (size_t j = 0; j < m.frames.n; j++)
			for (uint64_t p = 0; p < m.frames.v[j].count; p++)
				assert_int_equal(extents_pfn_sorted(&m.frames,
				    m.frames.v[j].mfn + p),
				    m.frames.v[j].pfn + p);
		core_memory_release(&m);
		walk_close(w);
		kit_unmap(&k);
		kit_destroy(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head_wide),
		cmocka_unit_test(test_head_narrow),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_note_wide),
		cmocka_unit_test(test_note_narrow),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_no_registers),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
