#include "report-plans.h"

static struct payload kernel_payload[] = {
	{ "kernel", 60956672, { 0x3f, 0xa9, 0x01, 0xcc, 0x5b, 0x77 } },
};
static struct image_segment kernel_segments[] = {
	{ KERNEL64 + 0x1000000, 0x1d4c3a8, "kernel", 0x200000, 0x1d4c3a8 },
	{ KERNEL64 + 0x2e00000, 0x1c00000, "kernel", 0x2000000, 0x86d000 },
};
static struct image_note kernel_notes[] = {
	{ "GUEST_OS", 6, { 0 }, BYTES("linux") },
	{ "GUEST_VERSION", 7, { 0 }, BYTES("2.6") },
	{ "XEN_VERSION", 5, { 0 }, BYTES("xen-3.0") },
	{ "VIRT_BASE", 3, AT_VA(KERNEL64), { 0 } },
	{ "INIT_P2M", 15, AT_VA(0x8000000000), { 0 } },
	{ "ENTRY", 1, AT_VA(KERNEL64 + 0x30791c0), { 0 } },
	{ "FEATURES", 10, { 0 }, BYTES("!writable_page_tables") },
	{ "type 19", 19, { 0 }, { 0 } },
};
static struct module_part ramdisk_parts[] = {
	{ 0, { false, 0 }, { "ramdisk", 1149344, { 0x77, 0x10, 0x2b } } },
};
struct plan_module ramdisk[] = { { .size = 1149344, .parts = ramdisk_parts,
    .n_parts = 1 } };
struct plan_source sources[] = {
	{ .sha256 = { 0x3f, 0xa9, 0x01, 0xcc, 0x5b, 0x77 },
	    .path = BYTES("/root/.cache/xb/blobs/sha256/3fa901cc5b77") },
	{ .sha256 = { 0x77, 0x10, 0x2b },
	    .path = BYTES("/boot/initrd.img") },
};
/* Debian's vmlinuz 6.1.192 at 256 MiB. */
struct layout_segment debian_segments[] = {
	{ "kernel", 0x1000, 0x3a00, 60817408, AT_VA(KERNEL64 + 0x1000000) },
	{ "start_info", 0x4a00, 1, 1168, AT_VA(KERNEL64 + 0x4a00000) },
	{ "xenstore", 0x4a01, 1, 4096, AT_VA(KERNEL64 + 0x4a01000) },
	{ "console", 0x4a02, 1, 4096, AT_VA(KERNEL64 + 0x4a02000) },
	{ "page_tables", 0x4a03, 0x29, 0x29000, AT_VA(KERNEL64 + 0x4a03000) },
	{ "stack", 0x4a2c, 1, 4096, AT_VA(KERNEL64 + 0x4a2c000) },
	{ "ramdisk", 0x4c00, 0x119, 1149344, { 0 } },
	{ "p2m", 0x4d19, 0x80, 0x80000, AT_VA(0x8000000000) },
	{ "p2m_tables", 0x4d99, 3, 0x3000, { 0 } },
};
static uint64_t debian_tables[] = { 1, 1, 1, 38 };
static uint64_t debian_p2m_tables[] = { 0, 1, 1, 1 };
static struct load_piece debian_load[] = {
	{ "kernel", 0x200000, 0x1d4c3a8, 0x1000000 },
	{ "kernel", 0x2000000, 0x86d000, 0x2e00000 },
	{ "ramdisk", 0, 1149344, 0x4c00000 },
};
static struct pfn_run debian_clear[] = { { 0, 0x1000 }, { 0x366d, 0x1393 },
    { 0x4a2c, 0x1d4 } };
static struct extent debian_p2m[] = {
	{ 0, 0x100000, 0x4000 }, { 0x4000, 0x20000, 0xbfff },
	{ 0xffff, 0x3ffff, 1 },
};
static struct plan_vcpu debian_vcpu[] = { {
	.ip = KERNEL64 + 0x30791c0, .sp = KERNEL64 + 0x4a2d000,
	.si = KERNEL64 + 0x4a00000, .flags = 0x24, .rflags = 0x200,
	.cr3 = 0x20a03000, .cs = 0xe033, .ss = 0xe02b,
	.kernel_ss = 0xe02b, .kernel_sp = KERNEL64 + 0x4a2d000,
	.dr6 = 0xffff0ff0, .dr7 = 0x400,
} };
struct plan
debian_parsed(void)
{
	return (struct plan){
		.has = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_MODULES) |
		    PLAN_BIT(PLAN_COMMAND_LINE) | PLAN_BIT(PLAN_SOURCES),
		.image = {
			.abi = abi_named("xen-3.0-x86_64"),
			.format = "elf", .container = "bzimage", .codec = "xz",
			.notes_from = "program headers",
			.virt_base = KERNEL64,
			.kstart = KERNEL64 + 0x1000000,
			.kend = KERNEL64 + 0x4a00000,
			.entry = KERNEL64 + 0x30791c0,
			.hypercall_page = AT_VA(KERNEL64 + 0x2e01000),
			.init_p2m = AT_VA(0x8000000000),
			.mod_start_pfn = true, .pae = "yes",
			.features_supported = 0x8803,
			.features_required = 1,
			LIST(payloads, n_payloads, kernel_payload),
			LIST(segments, n_segments, kernel_segments),
			LIST(notes, n_notes, kernel_notes),
		},
		LIST(modules, n_modules, ramdisk),
		.command_line = BYTES("console=hvc0 root=/dev/ram0"),
		LIST(sources, n_sources, sources),
	};
}

struct plan
debian_laid_out(void)
{
	struct plan p = debian_parsed();

	p.has |= PLAN_BIT(PLAN_LAYOUT);
	p.layout = (struct plan_layout){
		.pages = 65536, .v_start = KERNEL64,
		.v_end = KERNEL64 + 0x4c00000,
		LIST(segments, n_segments, debian_segments),
		LIST(tables, n_tables, debian_tables),
		LIST(p2m_tables, n_p2m_tables, debian_p2m_tables),
		LIST(load, n_load, debian_load),
		LIST(clear, n_clear, debian_clear),
	};
	return p;
}

struct plan
debian_launched(void)
{
	struct plan p = debian_laid_out();

	p.has |= PLAN_BIT(PLAN_MEMORY) | PLAN_BIT(PLAN_PAGETABLES) |
	    PLAN_BIT(PLAN_STARTINFO) | PLAN_BIT(PLAN_VCPUS) |
	    PLAN_BIT(PLAN_LAUNCHED);
	p.memory = (struct plan_memory){
		.target = BYTES("file:/home/me/demo"),
		.uuid = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x81,
		    2, 3, 4, 5, 6, 7, 8 },
		.build = { 0xb0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		    15 },
		.p2m = { debian_p2m, COUNT(debian_p2m), COUNT(debian_p2m) },
	};
	p.pagetables = (struct plan_pagetables){
		.root_mfn = 0x20a03, .pt_base = KERNEL64 + 0x4a03000,
		.frames = 0x29, .p2m = 0x8000000000, .first_p2m_pfn = 0x4d19,
		.p2m_frames = 0x83,
	};
	p.startinfo = (struct plan_startinfo){
		.va = KERNEL64 + 0x4a00000, .flags = 0x18,
		.shared_info_mfn = 0x7777,
		.store_mfn = AT_VA(0x20a01), .console_mfn = AT_VA(0x20a02),
		.store_port = 1, .console_port = 2,
		.mod_start = 0x4c00, .mod_len = 0x119000,
		.hypercall_mfn = AT_VA(0x102e01),
	};
	p.vcpus = debian_vcpu;
	p.n_vcpus = 1;
	return p;
}

/* xb-abi(7), "One kernel in five ABIs": xen-1.3-x86_32. */
static struct layout_segment p1_segments[] = {
	{ "kernel", 0x100, 0x246, 0x245678, AT_VA(0xc0100000) },
	{ "ramdisk", 0x346, 0x124, 0x123456, AT_VA(0xc0346000) },
	{ "p2m", 0x46a, 0x10, 0x10000, AT_VA(0xc046a000) },
	{ "page_tables", 0x47a, 3, 0x3000, AT_VA(0xc047a000) },
	{ "start_info", 0x47d, 1, 292, AT_VA(0xc047d000) },
	{ "stack", 0x47e, 1, 4096, AT_VA(0xc047e000) },
};
static uint64_t p1_tables[] = { 1, 2 };
static struct load_piece small_load[] = {
	{ "kernel", 0x1000, 0x245678, 0x100000 },
	{ "ramdisk", 0, 0x123456, 0x346000 },
};
static struct pfn_run p1_clear[] = { { 0, 0x100 }, { 0x47f, 0x381 } };
static struct plan_vcpu p1_vcpu[] = { {
	.ip = 0xc0100000, .sp = 0xc047d000, .si = 0xc047d000, .rflags = 0x204,
	.cr3 = 0x2347a000, .cs = 0x819, .ss = 0x821, .ds = 0x821,
	.kernel_ss = 0x821, .kernel_sp = 0xc047d000,
} };
struct plan
p1_registers(void)
{
	return (struct plan){
		.has = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
		    PLAN_BIT(PLAN_VCPUS),
		.image = {
			.abi = abi_named("xen-1.3-x86_32"),
			.format = "elf", .container = "none", .codec = "gzip",
			.notes_from = "__xen_guest", .virt_base = 0xc0000000,
			.kstart = 0xc0100000, .kend = 0xc0345678,
			.entry = 0xc0100000, .pae = "no",
		},
		.layout = {
			.pages = 16384, .v_start = 0xc0000000,
			.v_end = 0xc0800000,
			LIST(segments, n_segments, p1_segments),
			LIST(tables, n_tables, p1_tables),
			LIST(load, n_load, small_load),
			LIST(clear, n_clear, p1_clear),
		},
		.vcpus = p1_vcpu, .n_vcpus = 1,
	};
}

/* xb-abi(7), "One kernel in five ABIs": xen-3.0-x86_32p. */
static struct layout_segment p4_segments[] = {
	{ "kernel", 0x100, 0x246, 0x245678, AT_VA(0xc0100000) },
	{ "ramdisk", 0x346, 0x124, 0x123456, AT_VA(0xc0346000) },
	{ "p2m", 0x46a, 0x10, 0x10000, AT_VA(0xc046a000) },
	{ "start_info", 0x47a, 1, 1104, AT_VA(0xc047a000) },
	{ "xenstore", 0x47b, 1, 4096, AT_VA(0xc047b000) },
	{ "console", 0x47c, 1, 4096, AT_VA(0xc047c000) },
	{ "page_tables", 0x47d, 6, 0x6000, AT_VA(0xc047d000) },
	{ "stack", 0x483, 1, 4096, AT_VA(0xc0483000) },
};
static uint64_t p4_tables[] = { 1, 1, 4 };
static struct pfn_run p4_clear[] = { { 0, 0x100 }, { 0x484, 0x37c } };
struct plan
p4_laid_out(uint64_t pages)
{
	return (struct plan){
		.has = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT),
		.image = {
			.abi = abi_named("xen-3.0-x86_32p"),
			.format = "elf", .container = "none", .codec = "none",
			.notes_from = "section headers",
			.virt_base = 0xc0000000,
			.kstart = 0xc0100000, .kend = 0xc0345678,
			.entry = 0xc0100000, .pae = "extended",
			.features_supported = UINT64_C(1) << 40,
		},
		.layout = {
			.pages = pages, .v_start = 0xc0000000,
			.v_end = 0xc0800000,
			LIST(segments, n_segments, p4_segments),
			LIST(tables, n_tables, p4_tables),
			LIST(load, n_load, small_load),
			LIST(clear, n_clear, p4_clear),
		},
	};
}

/* A small unikernel at 0: xb-abi(7), "A region from 0", xen-3.0-x86_64. */
static struct layout_segment tiny_segments[] = {
	{ "kernel", 0, 16, 0x10000, AT_VA(0) },
	{ "p2m", 16, 8, 0x8000, AT_VA(0x10000) },
	{ "start_info", 24, 1, 1168, AT_VA(0x18000) },
	{ "xenstore", 25, 1, 4096, AT_VA(0x19000) },
	{ "console", 26, 1, 4096, AT_VA(0x1a000) },
	{ "page_tables", 27, 5, 0x5000, AT_VA(0x1b000) },
	{ "stack", 32, 1, 4096, AT_VA(0x20000) },
};
static uint64_t tiny_tables[] = { 1, 1, 1, 2 };
struct plan
tiny_laid_out(void)
{
	return (struct plan){
		.has = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT),
		.image = {
			.abi = abi_named("xen-3.0-x86_64"),
			.format = "elf", .container = "none", .codec = "none",
			.notes_from = "section headers",
			.kstart = 0, .kend = 0x10000, .pae = "no",
		},
		.layout = {
			.pages = 4096, .v_start = 0, .v_end = 0x400000,
			LIST(segments, n_segments, tiny_segments),
			LIST(tables, n_tables, tiny_tables),
		},
	};
}
