/* What xb-layout refuses or warns about, and the words of it. */
#include "layout-sample.h"

/*
 * Images and sizes.  A field left at 0 stands for a kernel from 1 to 2 MiB
 * above a base of 3 GiB or the last 2 GiB, entered at its start, in 64 MiB.
 */
struct refusal {
	const char *name;
	const struct abi *abi;
	uint64_t kstart, kend, base, entry;
	uint64_t hypercall_page, init_p2m, ramdisk, pages;
	const char *words;		/* NULL: accepted */
};

static const struct refusal refusals[] = {
	{ .name = "nothing wrong", .abi = P5 },

	/* the kernel's addresses */
	{ .name = "base above kernel", .abi = P5, .base = HIGH(0x80101000),
	    .words = "'image.virt_base' is 0xffffffff80101000, above 'kstart', "
	    "0xffffffff80100000" },
	{ .name = "base above kernel", .abi = P2, .base = 0xc0101000,
	    .words = "above 'kstart'" },
	{ .name = "base in a page", .abi = P5, .base = HIGH(0x80000800),
	    .words = "'image.virt_base' is 0xffffffff80000800, not page "
	    "aligned: 0x800 bytes past a multiple of 4096" },
	{ .name = "base in a page", .abi = P2, .base = 0xc0000001,
	    .words = "'image.virt_base' is 0xc0000001, not page aligned" },
	{ .name = "kernel in a page", .abi = P5, .kstart = HIGH(0x80100010),
	    .words = "'image.kstart' is 0xffffffff80100010, not page aligned" },
	{ .name = "kernel in a page", .abi = P4, .kstart = 0xc0100010,
	    .words = "'image.kstart' is 0xc0100010, not page aligned" },
	{ .name = "kernel in a page, 2004", .abi = P1, .kstart = 0xc0100010 },
	{ .name = "kernel in a page, 2005", .abi = P3,
	    .kstart = HIGH(0x80100010) },
	{ .name = "no kernel", .abi = P5, .kend = HIGH(0x80100000),
	    .words = "'image.kend' is 0xffffffff80100000, not above" },
	{ .name = "entry below", .abi = P5, .entry = HIGH(0x800fffff),
	    .words = "'image.entry' is 0xffffffff800fffff, outside the "
	    "kernel" },
	{ .name = "entry one past", .abi = P5, .entry = HIGH(0x80200000),
	    .words = "outside the kernel, 0xffffffff80100000 to "
	    "0xffffffff801fffff" },
	{ .name = "entry in the hole", .abi = P5,
	    .entry = 0xffff800000001000, .words = "'image.entry' is "
	    "0xffff800000001000, in the hypervisor's hole, 0xffff800000000000 "
	    "to 0xffff87ffffffffff" },
	{ .name = "entry is no address", .abi = P5, .entry = 0x800000000000,
	    .words = "'image.entry' is 0x800000000000, no address of a 64-bit "
	    "guest" },
	{ .name = "base is no address", .abi = P5, .base = 0x800000000000,
	    .kstart = 0x800000000000, .kend = 0x800000001000,
	    .words = "'image.virt_base' is 0x800000000000, no address" },
	{ .name = "base is no address", .abi = P4, .base = 0x1c0000000,
	    .kstart = 0x1c0100000, .kend = 0x1c0200000,
	    .words = "'image.virt_base' is 0x1c0000000, no address of a "
	    "32-bit PAE guest" },

	/* the region against the address space */
	{ .name = "in the hole", .abi = P5, .base = 0xffff800000000000,
	    .kstart = 0xffff800000000000, .kend = 0xffff800000001000,
	    .words = "'image.virt_base' is 0xffff800000000000, in the "
	    "hypervisor's hole" },
	{ .name = "in the hole, P1", .abi = P1, .kstart = 0xfc000000,
	    .kend = 0xfc100000, .words = "'image.kstart' is 0xfc000000, in the "
	    "hypervisor's hole" },
	{ .name = "into the hole", .abi = P4, .base = 0xf5000000,
	    .kstart = 0xf5000000, .kend = 0xf5400000, .pages = 0x100000,
	    .words = "needs 12288 KiB from 0xf5000000 on, but only 8192 KiB "
	    "lie between that address and the hypervisor's hole" },
	{ .name = "up to the hole", .abi = P4, .base = 0xf5000000,
	    .kstart = 0xf5000000, .kend = 0xf5400000, .pages = 0x8000 },
	{ .name = "into the hole, P2", .abi = P2, .base = 0xfbc00000,
	    .kstart = 0xfbc00000, .kend = 0xfbff0000,
	    .words = "the hypervisor's hole" },
	{ .name = "p2m into the hole", .abi = P4, .base = 0xf0000000,
	    .kstart = 0xf0000000, .kend = 0xf0100000, .pages = 0x1ffffff,
	    .words = "the hypervisor's hole; a smaller ramdisk or less memory "
	    "makes it shorter" },
	{ .name = "over the end of the lower half", .abi = P5,
	    .base = 0x7fffffc00000, .kstart = 0x7fffffc00000,
	    .kend = 0x7fffffff0000, .words = "half of the address space" },
	{ .name = "over the top", .abi = P5, .base = 0xffffffffffc00000,
	    .kstart = 0xffffffffffc00000, .kend = 0xffffffffffff0000,
	    .words = "half of the address space" },
	{ .name = "up to the top", .abi = P5, .base = 0xffffffffffc00000,
	    .kstart = 0xffffffffffc00000, .kend = 0xffffffffffd00000 },
	{ .name = "up to the top", .abi = P3, .base = 0xffffffffffc00000,
	    .kstart = 0xffffffffffc00000, .kend = 0xffffffffffd00000 },
	{ .name = "kernel of half the space", .abi = P5, .base = 0x1000,
	    .kstart = 0x1000, .kend = 0x7ffffffff000,
	    .words = "half of the address space" },

	/* the hypercall page, in the layout of 64 MiB */
	{ .name = "hypercall page in the kernel", .abi = P5,
	    .hypercall_page = HIGH(0x80101000) },
	{ .name = "hypercall page in the gap below", .abi = P5,
	    .hypercall_page = HIGH(0x80000000) },
	{ .name = "hypercall page in the padding", .abi = P5,
	    .hypercall_page = HIGH(0x803ff000) },
	{ .name = "hypercall page in a page", .abi = P5,
	    .hypercall_page = HIGH(0x80101010),
	    .words = "'image.hypercall_page' is 0xffffffff80101010, not page "
	    "aligned" },
	{ .name = "hypercall page below", .abi = P5,
	    .hypercall_page = HIGH(0x7ffff000), .words = "lies outside the "
	    "initial mapping, 0xffffffff80000000 to 0xffffffff803fffff" },
	{ .name = "hypercall page above", .abi = P5,
	    .hypercall_page = HIGH(0x80400000), .words = "lies outside" },
	{ .name = "hypercall page far above", .abi = P4,
	    .hypercall_page = 0xf0000000, .words = "lies outside" },
	{ .name = "hypercall page past all addresses", .abi = P4,
	    .hypercall_page = UINT64_MAX - 4095,
	    .words = "'image.hypercall_page' is 0xfffffffffffff000, no "
	    "address" },
	{ .name = "hypercall page on p2m", .abi = P5,
	    .hypercall_page = HIGH(0x8021f000),
	    .words = "lies on the segment 'p2m', pfn 0x200 to 0x21f" },
	{ .name = "hypercall page on start_info", .abi = P5,
	    .hypercall_page = HIGH(0x80220000), .words = "'start_info'" },
	{ .name = "hypercall page on xenstore", .abi = P5,
	    .hypercall_page = HIGH(0x80221000), .words = "'xenstore'" },
	{ .name = "hypercall page on console", .abi = P5,
	    .hypercall_page = HIGH(0x80222000), .words = "'console'" },
	{ .name = "hypercall page on the first table", .abi = P5,
	    .hypercall_page = HIGH(0x80223000),
	    .words = "lies on the segment 'page_tables', pfn 0x223 to 0x227" },
	{ .name = "hypercall page on the last table", .abi = P5,
	    .hypercall_page = HIGH(0x80227000), .words = "'page_tables'" },
	{ .name = "hypercall page on the stack", .abi = P5,
	    .hypercall_page = HIGH(0x80228000), .words = "'stack'" },

	/* INIT_P2M */
	{ .name = "Linux's p2m", .abi = P5, .init_p2m = 0x8000000000 },
	{ .name = "p2m up to the region", .abi = P5,
	    .init_p2m = HIGH(0x7ffe0000) },
	{ .name = "p2m in tables of the region", .abi = P5,
	    .base = HIGH(0x80100000), .kstart = HIGH(0x80100000),
	    .kend = HIGH(0x80200000), .init_p2m = HIGH(0x80000000) },
	{ .name = "p2m into the region", .abi = P5,
	    .init_p2m = HIGH(0x7ffe1000), .words = "the p2m list at INIT_P2M "
	    "0xffffffff7ffe1000 to 0xffffffff80000fff overlaps the initial "
	    "mapping, 0xffffffff80000000 to 0xffffffff803fffff" },
	{ .name = "p2m around the region", .abi = P5, .pages = 0x1000000,
	    .init_p2m = HIGH(0x7ffff000), .words = "overlaps" },
	{ .name = "p2m in the kernel", .abi = P5, .init_p2m = HIGH(0x80101000),
	    .words = "INIT_P2M 0xffffffff80101000 lies inside the kernel" },
	{ .name = "p2m in the region", .abi = P5, .init_p2m = HIGH(0x80300000),
	    .words = "overlaps" },
	{ .name = "p2m in a page", .abi = P5, .init_p2m = 0x8000000001,
	    .words = "INIT_P2M 0x8000000001 is not page aligned" },
	{ .name = "p2m in the hole", .abi = P5, .init_p2m = 0xffff800000000000,
	    .words = "INIT_P2M 0xffff800000000000 lies in the hypervisor's" },
	{ .name = "p2m is no address", .abi = P5, .init_p2m = 0x800000000000,
	    .words = "INIT_P2M 0x800000000000 is not an address" },
	{ .name = "p2m towards the hole", .abi = P5,
	    .init_p2m = 0x7ffffffff000, .words = "runs towards the "
	    "hypervisor's hole" },
	{ .name = "p2m wraps", .abi = P5, .init_p2m = 0xfffffffffffff000,
	    .words = "the p2m list of 0x20000 bytes at INIT_P2M "
	    "0xfffffffffffff000 runs past the end" },
	{ .name = "p2m not of this ABI", .abi = P3, .init_p2m = 1 },

	/* the size */
	{ .name = "no memory", .abi = P5, .pages = INVALID_MFN,
	    .words = "memory is too small: 4096 KiB needed, 0 KiB given, "
	    "4096 KiB missing; the smallest memory that this plan fits is "
	    "4096 KiB (-m 4M)" },
	{ .name = "a page too few", .abi = P5, .pages = 1023,
	    .words = "4096 KiB needed, 4092 KiB given, 4 KiB missing" },
	{ .name = "smallest is no MiB", .abi = P5, .pages = 1024,
	    .init_p2m = 0x8000000000, .words = "4120 KiB needed, 4096 KiB "
	    "given, 24 KiB missing; the smallest memory that this plan fits "
	    "is 4120 KiB (-m 4120K)" },
	{ .name = "smallest is a GiB", .abi = P5, .kend = HIGH(0xbf800000),
	    .words = "is 1048576 KiB (-m 1G)" },
	{ .name = "too small", .abi = P5, .ramdisk = 0x10000000,
	    .words = "266240 KiB needed, 65536 KiB given, 200704 KiB missing" },
	/* with the p2m list of 64 MiB it would end at 260 MiB */
	{ .name = "a longer p2m list needs another 4 MiB", .abi = P5,
	    .ramdisk = 0x10080000,
	    .words = "270336 KiB needed, 65536 KiB given, 204800 KiB missing" },
	{ .name = "no size fits", .abi = P2, .ramdisk = 0x3be00000,
	    .words = "the initial mapping needs" },
	{ .name = "its p2m list does not fit", .abi = P2,
	    .ramdisk = 0x3bc00000, .words = "983040 KiB needed, 65536 KiB "
	    "given, 917504 KiB missing; and with more the plan is refused "
	    "too: the initial mapping needs 987136 KiB" },
	{ .name = "ramdisk of 2^64 - 1", .abi = P5, .ramdisk = UINT64_MAX,
	    .words = "half of the address space" },
	{ .name = "over what the ABI can have", .abi = P1, .pages = 0x100000,
	    .words = "memory of 4194304 KiB is more than a 'xen-1.3-x86_32' "
	    "domain can have: at most 4194300 KiB" },
	{ .name = "as much as the ABI can have", .abi = P2, .pages = 0xfffff },
	{ .name = "over what the m2p has entries for", .abi = P4,
	    .pages = 0x2000000,
	    .words = "memory of 134217728 KiB is more than a 'xen-3.0-x86_32p' "
	    "domain can have: at most 134217724 KiB, for machine addresses of "
	    "37 bits" },
	{ .name = "as much as the m2p has entries for", .abi = P4,
	    .pages = 0x1ffffff },
	{ .name = "over what any can have", .abi = P5,
	    .pages = UINT64_C(1) << 32, .words = "at most 17179869180 KiB" },
	{ .name = "as much as any can have", .abi = P5,
	    .pages = UINT32_MAX, .init_p2m = 0x8000000000 },
};

static struct plan *
refusal_plan(struct sample *s, const struct refusal *r)
{
	const uint64_t high = r->abi->bits == 32 ? 0xc0000000 :
	    HIGH(0x80000000);
	struct plan *p = sample_plan(s, r->abi,
	    r->kstart != 0 ? r->kstart : high + 0x100000,
	    r->kend != 0 ? r->kend : high + 0x200000,
	    r->base != 0 ? r->base : high, r->ramdisk);

	if (r->entry != 0)
		p->image.entry = r->entry;
	p->image.hypercall_page = (struct maybe){ r->hypercall_page != 0,
	    r->hypercall_page };
	p->image.init_p2m = (struct maybe){ r->init_p2m != 0, r->init_p2m };
	return p;
}

static void
refused_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct fail f = { .kind = FAIL_NONE };
		struct sample s;
		struct plan *p = refusal_plan(&s, r);
		uint64_t pages = r->pages == INVALID_MFN ? 0 :
		    r->pages != 0 ? r->pages : 16384;
		int rc = check_and_solve(p, pages, &f);

		if (r->words == NULL && rc < 0)
			fail_msg("%s: %s", r->name, f.message);
		if (r->words != NULL) {
			want(r->name, "status", f.kind, FAIL_INPUT);
			want_text(r->name, f.message, r->words);
		}
		want(r->name, "section", plan_has(p, PLAN_LAYOUT),
		    r->words == NULL);
		arena_release(&p->arena);
	}
}

/* Segments and ramdisk parts that do not lie where they can be loaded. */
static const struct {
	const char *name;
	struct image_segment seg[2];
	struct module_part part[2];
	uint64_t module;
	const char *words;
} lists[] = {
	{ "fits", { { 0xc0100000, 0x1000, "kernel", 0, 0x1000 },
	    { 0xc0101000, 0xff000, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } },
	    { 12, { false, 0 }, { .role = "b", .size = 4 } } }, 16, NULL },
	{ "below the kernel", { { 0xc00fffff, 0x1000, "kernel", 0, 0 },
	    { 0xc0101000, 0, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } } }, 16,
	    "'image.segments[0]', 0x1000 bytes at 0xc00fffff" },
	{ "above the kernel", { { 0xc0100000, 0, "kernel", 0, 0 },
	    { 0xc01fffff, 2, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } } }, 16,
	    "'image.segments[1]', 0x2 bytes at 0xc01fffff" },
	{ "overlap", { { 0xc0100000, 0x1001, "kernel", 0, 0 },
	    { 0xc0101000, 0, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } } }, 16,
	    "is not between 0xc0101001" },
	{ "file more than memory", { { 0xc0100000, 1, "kernel", 0, 2 },
	    { 0xc0101000, 0, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } } }, 16,
	    "'image.segments[0].filesz' is 2, more than 'memsz', 1" },
	{ "sum wraps", { { 0xc0100000, UINT64_MAX, "kernel", 0, 0 },
	    { 0xc0101000, 0, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } } }, 16,
	    "'image.segments[0]', 0xffffffffffffffff bytes" },
	{ "part past the end", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } },
	    { 12, { false, 0 }, { .role = "b", .size = 5 } } }, 16,
	    "'modules[0].parts[1]', 5 bytes at offset 12" },
	{ "parts overlap", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } },
	    { 9, { false, 0 }, { .role = "b", .size = 5 } } }, 16,
	    "is not between offset 10 and the module's end, 16" },
	{ "part wraps", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 10 } },
	    { UINT64_MAX, { false, 0 }, { .role = "b", .size = 5 } } }, 16,
	    "'modules[0].parts[1]', 5 bytes at offset 18446744073709551615" },
	{ "empty part", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 16 } },
	    { 16, { false, 0 }, { .role = "b", .size = 0 } } }, 16,
	    "'modules[0].parts[1]' is empty" },
	{ "gap between parts", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 4 } },
	    { 8, { false, 0 }, { .role = "b", .size = 8 } } }, 16,
	    "is at offset 8, not at the next multiple of 4 from offset 4" },
	{ "gap at the start", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 4, { false, 0 }, { .role = "a", .size = 4 } },
	    { 8, { false, 0 }, { .role = "b", .size = 8 } } }, 16,
	    "is at offset 4, not at the next multiple of 4 from offset 0" },
	{ "gap at the end", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a", .size = 4 } },
	    { 4, { false, 0 }, { .role = "b", .size = 8 } } }, 16,
	    "'modules[0].parts' end at offset 12, the module at 16" },
	{ "empty", { { 0xc0100000, 1, "kernel", 0, 0 },
	    { 0xc0101000, 1, "kernel", 0, 0 } },
	    { { 0, { false, 0 }, { .role = "a" } } }, 0,
	    "'modules[0].size' is 0" },
};

static void
refused_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct fail f = { .kind = FAIL_NONE };
		struct sample s;
		struct plan *p = sample_plan(&s, P2, 0xc0100000, 0xc0200000,
		    0xc0000000, 16);
		struct image_segment seg[2];
		struct module_part part[2];

		memcpy(seg, lists[i].seg, sizeof(seg));
		memcpy(part, lists[i].part, sizeof(part));
		p->image.segments = seg;
		p->image.n_segments = 2;
		s.module = (struct plan_module){ .size = lists[i].module,
		    .parts = part,
		    .n_parts = part[1].payload.role != NULL ? 2 : 1 };
		want(lists[i].name, "accepted",
		    check_and_solve(p, 16384, &f) == 0, lists[i].words == NULL);
		if (lists[i].words != NULL)
			want_text(lists[i].name, f.message, lists[i].words);
		arena_release(&p->arena);
	}
}

static void
refused_second_module(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	struct plan *p = sample_plan(&s, P5, 0x100000, 0x200000, 0, 10);
	struct plan_module two[2] = { s.module, s.module };
	struct module_part other = *s.module.parts;

	(void)state;
	p->modules = two;
	p->n_modules = 2;
	other.payload.role = "other";	/* no role twice */
	two[1].parts = &other;
	assert_int_equal(check_and_solve(p, 16384, &f), -1);
	want_text("two modules", f.message,
	    "2 modules: a guest is told of one");
}

/* Keeps the last warning. */
static void
hear(void *arg, enum say_level level, const char *message)
{
	if (level == SAY_WARNING)
		snprintf(arg, 1024, "%s", message);
}

/*
 * 4 MiB are mapped, so of 64 MiB 60 are left; with 20 MiB of ramdisk the
 * region is 24 MiB and 40 are left, which is just enough.
 */
static void
warnings(void **state)
{
	static const struct {
		const char *name;
		const struct abi *abi;
		uint64_t ramdisk, pages, init_p2m;
		const char *words;
	} cases[] = {
		{ "no ramdisk", P5, 0, 1024, 0, "" },
		{ "just enough", P5, 20 << 20, 16704, 0, "" },
		{ "a page too few", P5, 20 << 20, 16703, 0,
		    "the ramdisk of 20480 KiB leaves the guest 42236 KiB, of "
		    "which Linux takes half to unpack it into; -m 66816K "
		    "leaves enough" },
		{ "more is not allowed", P1, 500 << 20, 0xfffff, 0, "" },
		{ "INIT_P2M above", P5, 0, 16384, HIGH(0x90000000),
		    "INIT_P2M 0xffffffff90000000 is not used: it lies above" },
		{ "INIT_P2M of 32 bits", P4, 0, 16384, 0x1000,
		    "INIT_P2M 0x1000 is not used: the ABI has no p2m list" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t base = cases[i].abi->bits == 32 ? 0xc0000000 :
		    HIGH(0x80000000);
		char heard[1024] = "";
		struct fail f = { .say = hear, .say_arg = heard };
		struct sample s;
		struct plan *p = sample_plan(&s, cases[i].abi,
		    base + 0x100000, base + 0x200000, base, cases[i].ramdisk);

		p->image.init_p2m = (struct maybe){ cases[i].init_p2m != 0,
		    cases[i].init_p2m };
		if (layout_solve(p, cases[i].pages, &f) < 0)
			fail_msg("%s: %s", cases[i].name, f.message);
		if (cases[i].words[0] == '\0')
			assert_string_equal(heard, "");
		else
			want_text(cases[i].name, heard, cases[i].words);
		arena_release(&p->arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_words),
		cmocka_unit_test(refused_lists),
		cmocka_unit_test(refused_second_module),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
