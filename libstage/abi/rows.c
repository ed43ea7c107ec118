#include "abi/abi.h"
#include "abi/pte.h"

#define KERNEL_MARKS (PTE_USER | PTE_GUEST_KERNEL)

/*
 * Flags of page-table entries.  A page that is a page table is mapped without
 * PTE_RW: Xen pins no tables that the guest can write to.
 */
#define MAPS_TABLE	(PTE_PRESENT | PTE_ACCESSED)
#define MAPS_PAGE	(MAPS_TABLE | PTE_RW)
#define MAPS_LOWER	(MAPS_PAGE | PTE_USER | PTE_DIRTY)

#define PV_HOLE		"the hypervisor's hole"

#define CTX_END { CTX_FLAGS, UINT64_MAX }	/* ends abi_context.boot */

/*
 * What several ABIs share.  Both widths of xen-3.0pre have one layout of
 * start_info, with padding behind 32-bit words.
 */
#define START_INFO_2005(w) {						\
	[SI_NR_PAGES]		= { 0, w },				\
	[SI_SHARED_INFO]	= { 8, w },				\
	[SI_FLAGS]		= { 16, 4 },				\
	[SI_CONTROLLER_EVTCHN]	= { 20, 2 },				\
	[SI_PT_BASE]		= { 24, w },				\
	[SI_NR_PT_FRAMES]	= { 32, w },				\
	[SI_MFN_LIST]		= { 40, w },				\
	[SI_MOD_START]		= { 48, w },				\
	[SI_MOD_LEN]		= { 56, w },				\
	[SI_CMD_LINE]		= { 64, 1024 },				\
	[SI_STORE_PAGE]		= { 1088, w },				\
	[SI_STORE_EVTCHN]	= { 1096, 2 },				\
}

/* Word after word; the ports and flags are 4 bytes in both widths. */
#define START_INFO_2010(w) {						\
	[SI_MAGIC]		= { 0, 32 },				\
	[SI_NR_PAGES]		= { 32, w },				\
	[SI_SHARED_INFO]	= { 32 + (w), w },			\
	[SI_FLAGS]		= { 32 + 2 * (w), 4 },			\
	[SI_STORE_MFN]		= { 32 + 3 * (w), w },			\
	[SI_STORE_EVTCHN]	= { 32 + 4 * (w), 4 },			\
	[SI_CONSOLE_MFN]	= { 32 + 5 * (w), w },			\
	[SI_CONSOLE_EVTCHN]	= { 32 + 6 * (w), 4 },			\
	[SI_PT_BASE]		= { 32 + 7 * (w), w },			\
	[SI_NR_PT_FRAMES]	= { 32 + 8 * (w), w },			\
	[SI_MFN_LIST]		= { 32 + 9 * (w), w },			\
	[SI_MOD_START]		= { 32 + 10 * (w), w },			\
	[SI_MOD_LEN]		= { 32 + 11 * (w), w },			\
	[SI_CMD_LINE]		= { 32 + 12 * (w), 1024 },		\
	[SI_FIRST_P2M_PFN]	= { 1056 + 12 * (w), w },		\
	[SI_NR_P2M_FRAMES]	= { 1056 + 13 * (w), w },		\
}

/* Page tables and lists of both 32-bit ABIs without PAE. */
#define ADDRESSES_32							\
	.bits = 32, .machine = 3, .va_bits = 32,			\
	.hole_start = 0xfc000000, .hole_last = 0xffffffff,		\
	.hole_words = PV_HOLE,						\
	.levels = 2, .pte_bytes = 4, .index_bits = 10, .top_entries = 1024,\
	.prot_page = MAPS_PAGE, .prot_table = MAPS_TABLE,		\
	.prot_upper = MAPS_LOWER,					\
	.table_order = ORDER_BY_LEVEL, .frame_bits = 32,		\
	.p2m_entry = 4, .p2m_reserved = 4, .p2m_hole = 0xffffffff,	\
	.m2p_explicit = true

#define SHARED_INFO_2005 {						\
	.size = 588, .vcpus = 32, .stride = 8, .mask = 1,		\
	.n_vcpu = { 256, 4 },						\
	.time = { { 516, 64 } },					\
}

/*
 * Fields of a vcpu context that lie alike in the two ABIs of a width: regs is
 * where flags and registers are, ldt and dr where the parts behind them are.
 */
#define CONTEXT_32(regs, ldt, dr)					\
	[CTX_FLAGS]	= { regs, 4 },					\
	[CTX_SI]	= { (regs) + 16, 4 },				\
	[CTX_IP]	= { (regs) + 36, 4 },				\
	[CTX_CS]	= { (regs) + 40, 2 },				\
	[CTX_RFLAGS]	= { (regs) + 44, 4 },				\
	[CTX_SP]	= { (regs) + 48, 4 },				\
	[CTX_SS]	= { (regs) + 52, 2 },				\
	[CTX_ES]	= { (regs) + 56, 2 }, [CTX_DS] = { (regs) + 60, 2 }, \
	[CTX_FS]	= { (regs) + 64, 2 }, [CTX_GS] = { (regs) + 68, 2 }, \
	[CTX_LDT_BASE]	= { ldt, 4 },					\
	[CTX_LDT_ENTS]	= { (ldt) + 4, 4 },				\
	[CTX_GDT_ENTS]	= { (ldt) + 72, 4 },				\
	[CTX_KERNEL_SS]	= { (ldt) + 76, 4 },				\
	[CTX_KERNEL_SP]	= { (ldt) + 80, 4 },				\
	[CTX_DR6]	= { dr, 4 }, [CTX_DR7] = { (dr) + 4, 4 },	\
	[CTX_EVENT_CS]	= { (dr) + 8, 4 },				\
	[CTX_EVENT_IP]	= { (dr) + 12, 4 },				\
	[CTX_FAILSAFE_CS] = { (dr) + 16, 4 },				\
	[CTX_FAILSAFE_IP] = { (dr) + 20, 4 },				\
	[CTX_VM_ASSIST]	= { (dr) + 24, 4 }

#define CONTEXT_64(regs, dr)						\
	[CTX_FLAGS]	= { regs, 8 },					\
	[CTX_SI]	= { (regs) + 112, 8 },				\
	[CTX_IP]	= { (regs) + 136, 8 },				\
	[CTX_CS]	= { (regs) + 144, 2 },				\
	[CTX_RFLAGS]	= { (regs) + 152, 8 },				\
	[CTX_SP]	= { (regs) + 160, 8 },				\
	[CTX_SS]	= { (regs) + 168, 2 },				\
	[CTX_ES]	= { (regs) + 176, 2 }, [CTX_DS] = { (regs) + 184, 2 }, \
	[CTX_FS]	= { (regs) + 192, 2 }, [CTX_GS] = { (regs) + 200, 2 }, \
	[CTX_LDT_BASE]	= { 4816, 8 }, [CTX_LDT_ENTS] = { 4824, 8 },	\
	[CTX_GDT_ENTS]	= { 4960, 8 },					\
	[CTX_KERNEL_SS]	= { 4968, 8 }, [CTX_KERNEL_SP] = { 4976, 8 },	\
	[CTX_DR6]	= { dr, 8 }, [CTX_DR7] = { (dr) + 8, 8 },	\
	[CTX_EVENT_IP]	= { (dr) + 16, 8 },				\
	[CTX_FAILSAFE_IP] = { (dr) + 24, 8 },				\
	[CTX_SYSCALL_IP] = { (dr) + 32, 8 },				\
	[CTX_VM_ASSIST]	= { (dr) + 40, 8 },				\
	[CTX_FS_BASE]	= { (dr) + 48, 8 },				\
	[CTX_GS_BASE_KERNEL] = { (dr) + 56, 8 },			\
	[CTX_GS_BASE_USER] = { (dr) + 64, 8 }

/* What a 32-bit guest begins with. */
#define DATA_SELECTORS(s)						\
	{ CTX_SS, s }, { CTX_DS, s }, { CTX_ES, s }, { CTX_FS, s },	\
	{ CTX_GS, s }, { CTX_KERNEL_SS, s }

/*
 * A segment register in struct hvm_hw_cpu of public/arch-x86/hvm/save.h, the
 * i-th in the order cs, ds, es, fs, gs, ss, tr.
 */
#define HVM_SEGMENT(S, i)						\
	[CTX_##S##_LIMIT] = { 768 + 4 * (i), 4 },			\
	[CTX_##S##_BASE] = { 808 + 8 * (i), 8 },			\
	[CTX_##S##_AR] = { 888 + 4 * (i), 4 }

/* Flat, present, of 4 GiB; the processor has used it (the bit "accessed"). */
#define FLAT_SEGMENT(S, ar)						\
	{ CTX_##S##_LIMIT, 0xffffffff }, { CTX_##S##_AR, ar }

#define ORDER_2005 { SEG_KERNEL, SEG_RAMDISK, SEG_P2M, SEG_PAGE_TABLES,	\
	SEG_START_INFO, SEG_XENSTORE, SEG_STACK, SEG_KINDS }
#define ORDER_2010 { SEG_KERNEL, SEG_RAMDISK, SEG_P2M, SEG_START_INFO,	\
	SEG_XENSTORE, SEG_CONSOLE, SEG_PAGE_TABLES, SEG_STACK, SEG_KINDS }

#define IMAGE_2005(width) {						\
	.version = "XEN_VER=3.0",					\
	.generic_loader = true, .words = true,				\
	.base_kstart = true,						\
	.all_sections = true, .symtab_align = (width),			\
	.unpack_ramdisk = true, .bin_word = (width),			\
}

#define IMAGE_2010(width) {						\
	.version = "XEN_VER=xen-3.0", .notes = true,			\
	.load_readable = true, .page_aligned = true,			\
	.symtab_align = (width),					\
	.bin_word = 4, .bin_typed = true,				\
}

const struct abi abi_rows[ABI_COUNT] = {
{
	.name = "xen-1.3-x86_32", .words = "32-bit non-PAE of 2004",
	ADDRESSES_32,
	.region_line = 4 << 20,		/* what one L1 table maps */
	.order = { SEG_KERNEL, SEG_RAMDISK, SEG_P2M, SEG_PAGE_TABLES,
	    SEG_START_INFO, SEG_STACK, SEG_KINDS },
	.modules = 1, .start_info_size = 292,
	.start_info = {
		[SI_NR_PAGES]		= { 0, 4 },
		[SI_SHARED_INFO]	= { 4, 4 },
		[SI_FLAGS]		= { 8, 4 },
		[SI_PT_BASE]		= { 12, 4 },
		[SI_NR_PT_FRAMES]	= { 16, 4 },
		[SI_MFN_LIST]		= { 20, 4 },
		[SI_MOD_START]		= { 24, 4 },
		[SI_MOD_LEN]		= { 28, 4 },
		[SI_CMD_LINE]		= { 32, 256 },
		[SI_CONTROLLER_EVTCHN]	= { 288, 4 },
	},
	.shared_info = {
		.size = 716, .vcpus = 1, .stride = 4, .mask = 1,
		.time = { { 392, 64 } },
	},
	.context = {
		.start_info = CTX_SI,
		.size = 2516, .flags = 0x1,
		.field = {
			[CTX_FLAGS]	= { 0, 4 },
			[CTX_SI]	= { 16, 4 },
			[CTX_DS]	= { 32, 4 }, [CTX_ES] = { 36, 4 },
			[CTX_FS]	= { 40, 4 }, [CTX_GS] = { 44, 4 },
			[CTX_IP]	= { 52, 4 }, [CTX_CS] = { 56, 4 },
			[CTX_RFLAGS]	= { 60, 4 },
			[CTX_SP]	= { 64, 4 }, [CTX_SS] = { 68, 4 },
			[CTX_LDT_BASE]	= { 2380, 4 },
			[CTX_LDT_ENTS]	= { 2384, 4 },
			[CTX_GDT_ENTS]	= { 2452, 4 },
			[CTX_KERNEL_SS]	= { 2456, 4 },
			[CTX_KERNEL_SP]	= { 2460, 4 },
			[CTX_CR3]	= { 2464, 4 },
			[CTX_DR6]	= { 2492, 4 }, [CTX_DR7] = { 2496, 4 },
			[CTX_EVENT_CS]	= { 2500, 4 },
			[CTX_EVENT_IP]	= { 2504, 4 },
			[CTX_FAILSAFE_CS] = { 2508, 4 },
			[CTX_FAILSAFE_IP] = { 2512, 4 },
		},
		.boot = {
			{ CTX_FLAGS, 0 }, { CTX_CS, 0x0819 },
			DATA_SELECTORS(0x0821),
			{ CTX_RFLAGS, 0x204 },
			{ CTX_EVENT_CS, 0x0819 }, { CTX_FAILSAFE_CS, 0x0819 },
			CTX_END
		},
		.sp_is_start_info = true,
		.trap = { 328, 8, { 4, 4 }, 0x0819 },
		.code = { 0x0819, 0x082b }, .data = { 0x0821, 0x0833 },
	},
	.image = {
		.version = "XEN_VER=1.3",
		.at_vaddr = true, .base_kstart = true,
		.symtab_align = 4, .unpack_ramdisk = true,
	},
},
{
	.name = "xen-3.0pre-x86_32", .words = "32-bit non-PAE of 2005",
	ADDRESSES_32,
	.order = ORDER_2005,
	.modules = 1, .start_info_size = 1098, .start_info = START_INFO_2005(4),
	.shared_info = SHARED_INFO_2005,
	.context = {
		.start_info = CTX_SI,
		.size = 2800, .flags = 0x7, .vm_assist = 0x7,
		.field = {
			CONTEXT_32(0, 2640, 2760),
			[CTX_CR3]	= { 2724, 4 },
			[CTX_CR0]	= { 2728, 4 }, [CTX_CR4] = { 2732, 4 },
		},
		.boot = {
			{ CTX_CS, 0xe019 },
			DATA_SELECTORS(0xe021),
			{ CTX_RFLAGS, 0x200 },
			{ CTX_EVENT_CS, 0xe019 }, { CTX_FAILSAFE_CS, 0xe019 },
			CTX_END
		},
		.trap = { 592, 8, { 4, 4 }, 0xe019 },
		.code = { 0xe019, 0xe02b }, .data = { 0xe021, 0xe033 },
	},
	.image = IMAGE_2005(4),
},
{
	.name = "xen-3.0pre-x86_64", .words = "64-bit of 2005",
	.bits = 64, .machine = 62, .va_bits = 48,
	.hole_start = 0xffff800000000000, .hole_last = 0xffff87ffffffffff,
	.hole_words = PV_HOLE,
	.levels = 4, .pte_bytes = 8, .index_bits = 9, .top_entries = 512,
	.prot_page = MAPS_PAGE | PTE_USER,
	.prot_table = MAPS_TABLE | PTE_USER, .prot_upper = MAPS_LOWER,
	.kernel_marks = KERNEL_MARKS,
	.table_order = ORDER_FIRST_USE,
	.p2m_entry = 4, .p2m_reserved = 8, .p2m_hole = 0xffffffff,
	.m2p_explicit = true,
	.order = ORDER_2005,
	.modules = 1, .start_info_size = 1098, .start_info = START_INFO_2005(8),
	.shared_info = SHARED_INFO_2005,
	.context = {
		.start_info = CTX_SI,
		.size = 5120, .fresh_flags = FLAG_IN_KERNEL,
		.flags = 0x107, .vm_assist = 0x7,
		.field = {
			CONTEXT_64(0, 5040),
			[CTX_CR3]	= { 4984, 8 },
		},
		.boot = {
			{ CTX_CS, 0xe033 },
			{ CTX_SS, 0xe02b }, { CTX_KERNEL_SS, 0xe02b },
			{ CTX_DS, 0 }, { CTX_ES, 0 }, { CTX_FS, 0 },
			{ CTX_GS, 0 },
			{ CTX_RFLAGS, 0x200 },
			CTX_END
		},
		.trap = { 720, 16, { 8, 8 }, 0xe033 },
		.code = { 0xe033, 0xe023 }, .data = { 0xe02b },
	},
	.image = IMAGE_2005(8),
},
{
	.name = "xen-3.0-x86_32p", .words = "32-bit PAE",
	.bits = 32, .machine = 3, .va_bits = 32,
	.hole_start = 0xf5800000, .hole_last = 0xffffffff,
	.hole_words = PV_HOLE,
	.levels = 3, .pte_bytes = 8, .index_bits = 9, .top_entries = 4,
	.prot_page = MAPS_PAGE, .prot_table = MAPS_TABLE,
	.prot_upper = MAPS_LOWER,
	.table_order = ORDER_BY_LEVEL, .l2_to_top = true, .cr3_folded = true,
	/*
	 * What Xen allots to a 32-bit domain: its m2p lies between hole_start
	 * and 4 GiB and has room for 44,040,192 entries of 4 bytes, and the
	 * frames end at a power of two, 2^25.
	 */
	.frame_bits = 37,
	.p2m_entry = 4, .p2m_reserved = 4, .p2m_hole = 0xffffffff,
	.mod_pfn = true, .order = ORDER_2010,
	.modules = 1, .start_info_size = 1112, .start_info = START_INFO_2010(4),
	.start_info_flags = SIF_VIRT_P2M,
	.shared_info = {
		.size = 2344, .vcpus = 32, .stride = 64, .mask = 1,
		.more_vcpus = true,
		/* wc_version, wc_sec, wc_nsec; wc_sec_hi */
		.time = { { 2304, 12 }, { 2340, 4 } }, .vcpu_time = true,
	},
	.context = {
		.start_info = CTX_SI,
		.size = 2800, .edited = true,
		.flags = 0x3d, .vm_assist = 0x3f,
		.field = {
			CONTEXT_32(512, 2632, 2772),
			[CTX_CR0]	= { 2716, 4 }, [CTX_CR1] = { 2720, 4 },
			[CTX_CR3]	= { 2728, 4 }, [CTX_CR4] = { 2732, 4 },
		},
		.boot = {
			{ CTX_FLAGS, 0x24 }, { CTX_CS, 0xe019 },
			DATA_SELECTORS(0xe021),
			{ CTX_RFLAGS, 0x200 },
			{ CTX_DR6, 0xffff0ff0 }, { CTX_DR7, 0x400 },
			CTX_END
		},
		.trap = { 584, 8, { 4, 4 }, 0 },
		.code = { 0xe019, 0xe02b }, .data = { 0xe021, 0xe033 },
	},
	.image = IMAGE_2010(4),
},
{
	.name = "xen-3.0-x86_64", .words = "64-bit",
	.bits = 64, .machine = 62, .va_bits = 48,
	.hole_start = 0xffff800000000000, .hole_last = 0xffff87ffffffffff,
	.hole_words = PV_HOLE,
	.levels = 4, .pte_bytes = 8, .index_bits = 9, .top_entries = 512,
	.prot_page = MAPS_PAGE, .prot_table = MAPS_TABLE,
	.prot_upper = MAPS_LOWER,
	.kernel_marks = KERNEL_MARKS,
	.table_order = ORDER_BY_LEVEL,
	.p2m_entry = 8, .p2m_reserved = 8, .p2m_hole = UINT64_MAX,
	.init_p2m = true,
	.mod_pfn = true, .order = ORDER_2010,
	.modules = 1, .start_info_size = 1168, .start_info = START_INFO_2010(8),
	.start_info_flags = SIF_VIRT_P2M,
	.shared_info = {
		.size = 3136, .vcpus = 32, .stride = 64, .mask = 1,
		.more_vcpus = true,
		/* wc_version, wc_sec, wc_nsec, wc_sec_hi */
		.time = { { 3072, 16 } }, .vcpu_time = true,
	},
	.context = {
		.start_info = CTX_SI,
		.size = 5168, .edited = true,
		.flags = 0x13d, .vm_assist = UINT64_C(0x10000003f),
		.field = {
			CONTEXT_64(512, 5096),
			[CTX_CR0]	= { 4984, 8 }, [CTX_CR1] = { 4992, 8 },
			[CTX_CR3]	= { 5008, 8 }, [CTX_CR4] = { 5016, 8 },
		},
		.boot = {
			{ CTX_FLAGS, 0x24 }, { CTX_CS, 0xe033 },
			{ CTX_SS, 0xe02b }, { CTX_KERNEL_SS, 0xe02b },
			{ CTX_RFLAGS, 0x200 },
			{ CTX_DR6, 0xffff0ff0 }, { CTX_DR7, 0x400 },
			CTX_END
		},
		.trap = { 720, 16, { 8, 8 }, 0 },
		.code = { 0xe033, 0xe023 }, .data = { 0xe02b },
	},
	.image = IMAGE_2010(8),
},
{
	.name = "hvm-3.0-pvh", .words = "PVH", .guest = GUEST_PVH,
	.bits = 32, .va_bits = 32,
	/* Of the first 4 GiB, what Xen's tools leave to devices. */
	.hole_start = 0xfc000000, .hole_last = 0xffffffff,
	.hole_words = "the hole below 4 GiB, where a PVH guest has no memory",
	.ranges = {
		{ 0, 0xfc000, RANGE_RAM, true },
		{ 0xfc000, 1, RANGE_ACPI, false },
		{ 0xfeff8, 8, RANGE_RESERVED, false },
		{ 0x100000, UINT64_C(1) << 32, RANGE_RAM, true },
	},
	.specials = {
		{ 0xfc000, SEG_ACPI, PARAM_NONE },
		{ 0xfeff8, SEG_KINDS, PARAM_PAGING_RING_PFN },
		{ 0xfeff9, SEG_KINDS, PARAM_MONITOR_RING_PFN },
		{ 0xfeffa, SEG_KINDS, PARAM_SHARING_RING_PFN },
		{ 0xfeffb, SEG_KINDS, PARAM_BUFIOREQ_PFN },
		{ 0xfeffc, SEG_XENSTORE, PARAM_STORE_PFN },
		{ 0xfeffd, SEG_KINDS, PARAM_IOREQ_PFN },
		{ 0xfeffe, SEG_IDENTITY, PARAM_IDENT_PT },
		{ 0xfefff, SEG_CONSOLE, PARAM_CONSOLE_PFN },
	},
	.p2m_hole = UINT64_MAX,
	.mod_pfn = true,
	.order = { SEG_KERNEL, SEG_RAMDISK, SEG_START_INFO, SEG_KINDS },
	.modules = 16,
	/* Behind hvm_start_info, and as long as a plan can have it. */
	.start_info = { [SI_CMD_LINE] = { 56, UINT16_MAX } },
	.shared_info = { .more_vcpus = true },
	.context = {
		.start_info = CTX_BX,
		.size = 1032, .flags = 0x1,	/* XEN_X86_FPU_INITIALISED */
		.field = {
			[CTX_BX]	= { 520, 8 },
			[CTX_SI]	= { 552, 8 }, [CTX_SP] = { 568, 8 },
			[CTX_IP]	= { 640, 8 }, [CTX_RFLAGS] = { 648, 8 },
			[CTX_CR0]	= { 656, 8 }, [CTX_CR3] = { 672, 8 },
			[CTX_CR4]	= { 680, 8 },
			[CTX_DR6]	= { 720, 8 }, [CTX_DR7] = { 728, 8 },
			[CTX_CS]	= { 736, 4 }, [CTX_DS] = { 740, 4 },
			[CTX_ES]	= { 744, 4 }, [CTX_FS] = { 748, 4 },
			[CTX_GS]	= { 752, 4 }, [CTX_SS] = { 756, 4 },
			HVM_SEGMENT(CS, 0), HVM_SEGMENT(DS, 1),
			HVM_SEGMENT(ES, 2), HVM_SEGMENT(SS, 5),
			HVM_SEGMENT(TR, 6),
			[CTX_FS_BASE] = { 832, 8 },
			[CTX_GS_BASE_KERNEL] = { 840, 8 },
			[CTX_EFER] = { 992, 8 }, [CTX_TSC_AUX] = { 1000, 8 },
			[CTX_TSC] = { 1008, 8 },
			[CTX_FLAGS]	= { 1024, 4 }, [CTX_PAD] = { 1028, 4 },
		},
		/* As docs/misc/pvh.pandoc of Xen has the start of a vcpu. */
		.boot = {
			{ CTX_CR0, 0x11 },	/* PE, ET */
			FLAT_SEGMENT(CS, 0xc9b), FLAT_SEGMENT(DS, 0xc93),
			FLAT_SEGMENT(ES, 0xc93), FLAT_SEGMENT(SS, 0xc93),
			{ CTX_TR_LIMIT, 0x67 }, { CTX_TR_AR, 0x8b },
			{ CTX_RFLAGS, 2 },	/* bit 1 is always 1 */
			{ CTX_DR6, 0xffff0ff0 }, { CTX_DR7, 0x400 },
			CTX_END
		},
	},
	.image = {
		.load_readable = true, .page_aligned = true, .physical = true,
	},
},
};
