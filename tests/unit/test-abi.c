/*
 * The ABI rows: those of xen-3.0 against Xen's public headers, all of them
 * against each other and against the worked values of their time.
 */
#include "unit.h"

#include <string.h>

#include "abi/abi.h"
#include "plan/pvh.h"

/* The foreign headers align 64-bit words only outside strict ISO C. */
#undef __STRICT_ANSI__
#include <xen/xen.h>
#include <xen/foreign/x86_32.h>
#include <xen/foreign/x86_64.h>
#include <xen/hvm/save.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/params.h>


static const struct abi *
row(const char *name)
{
	const struct abi *a = abi_named(name);

	assert_non_null(a);
	return a;
}

struct place {
	const char *name;
	int id;
	size_t offset, size;
};

#define AT(id, type, member) \
	{ #id, id, offsetof(struct type, member), \
	    sizeof(((struct type *)0)->member) }

#define START_INFO(arch) {						\
	AT(SI_MAGIC, start_info_##arch, magic),				\
	AT(SI_NR_PAGES, start_info_##arch, nr_pages),			\
	AT(SI_SHARED_INFO, start_info_##arch, shared_info),		\
	AT(SI_FLAGS, start_info_##arch, flags),				\
	AT(SI_STORE_MFN, start_info_##arch, store_mfn),			\
	AT(SI_STORE_EVTCHN, start_info_##arch, store_evtchn),		\
	AT(SI_CONSOLE_MFN, start_info_##arch, console.domU.mfn),	\
	AT(SI_CONSOLE_EVTCHN, start_info_##arch, console.domU.evtchn),	\
	AT(SI_PT_BASE, start_info_##arch, pt_base),			\
	AT(SI_NR_PT_FRAMES, start_info_##arch, nr_pt_frames),		\
	AT(SI_MFN_LIST, start_info_##arch, mfn_list),			\
	AT(SI_MOD_START, start_info_##arch, mod_start),			\
	AT(SI_MOD_LEN, start_info_##arch, mod_len),			\
	AT(SI_CMD_LINE, start_info_##arch, cmd_line),			\
	AT(SI_FIRST_P2M_PFN, start_info_##arch, first_p2m_pfn),		\
	AT(SI_NR_P2M_FRAMES, start_info_##arch, nr_p2m_frames),		\
}

#define CTX(id, arch, member) AT(id, vcpu_guest_context_##arch, member)
#define CONTEXT(arch, ip, sp, si, flags_)				\
	CTX(CTX_FLAGS, arch, flags),					\
	CTX(CTX_IP, arch, user_regs.ip), CTX(CTX_SP, arch, user_regs.sp), \
	CTX(CTX_SI, arch, user_regs.si),				\
	CTX(CTX_RFLAGS, arch, user_regs.flags_),			\
	CTX(CTX_CS, arch, user_regs.cs), CTX(CTX_SS, arch, user_regs.ss), \
	CTX(CTX_DS, arch, user_regs.ds), CTX(CTX_ES, arch, user_regs.es), \
	CTX(CTX_FS, arch, user_regs.fs), CTX(CTX_GS, arch, user_regs.gs), \
	CTX(CTX_KERNEL_SS, arch, kernel_ss),				\
	CTX(CTX_KERNEL_SP, arch, kernel_sp),				\
	CTX(CTX_LDT_BASE, arch, ldt_base), CTX(CTX_LDT_ENTS, arch, ldt_ents), \
	CTX(CTX_GDT_ENTS, arch, gdt_ents),				\
	CTX(CTX_CR0, arch, ctrlreg[0]), CTX(CTX_CR1, arch, ctrlreg[1]),	\
	CTX(CTX_CR3, arch, ctrlreg[3]), CTX(CTX_CR4, arch, ctrlreg[4]),	\
	CTX(CTX_DR6, arch, debugreg[6]), CTX(CTX_DR7, arch, debugreg[7]), \
	CTX(CTX_EVENT_IP, arch, event_callback_eip),			\
	CTX(CTX_FAILSAFE_IP, arch, failsafe_callback_eip),		\
	CTX(CTX_VM_ASSIST, arch, vm_assist)

static void
check_places(const struct abi_field *have, int fields,
    const struct place *want, size_t n)
{
	int found = 0;

	for (size_t i = 0; i < n; i++) {
		struct abi_field d = have[want[i].id];

		print_message("%s\n", want[i].name);
		assert_int_equal(d.offset, want[i].offset);
		assert_int_equal(d.size, want[i].size);
	}
	for (int i = 0; i < fields; i++)
		found += abi_has(have[i]);
	assert_int_equal(found, n);
}

static void
start_info_is_that_of_the_public_headers(void **state)
{
	static const struct place w32[] = START_INFO(x86_32);
	static const struct place w64[] = START_INFO(x86_64);

	(void)state;
	check_places(row("xen-3.0-x86_32p")->start_info, SI_FIELDS, w32,
	    COUNT(w32));
	check_places(row("xen-3.0-x86_64")->start_info, SI_FIELDS, w64,
	    COUNT(w64));
	assert_int_equal(row("xen-3.0-x86_32p")->start_info_size,
	    sizeof(struct start_info_x86_32));
	assert_int_equal(row("xen-3.0-x86_64")->start_info_size,
	    sizeof(struct start_info_x86_64));
}

static void
context_is_that_of_the_public_headers(void **state)
{
	static const struct place w32[] = {
		CONTEXT(x86_32, eip, esp, esi, eflags),
		CTX(CTX_EVENT_CS, x86_32, event_callback_cs),
		CTX(CTX_FAILSAFE_CS, x86_32, failsafe_callback_cs),
	};
	static const struct place w64[] = {
		CONTEXT(x86_64, rip, rsp, rsi, rflags),
		CTX(CTX_SYSCALL_IP, x86_64, syscall_callback_eip),
		CTX(CTX_FS_BASE, x86_64, fs_base),
		CTX(CTX_GS_BASE_KERNEL, x86_64, gs_base_kernel),
		CTX(CTX_GS_BASE_USER, x86_64, gs_base_user),
	};

	(void)state;
	check_places(row("xen-3.0-x86_32p")->context.field, CTX_FIELDS, w32,
	    COUNT(w32));
	check_places(row("xen-3.0-x86_64")->context.field, CTX_FIELDS, w64,
	    COUNT(w64));
	assert_int_equal(row("xen-3.0-x86_32p")->context.size,
	    sizeof(struct vcpu_guest_context_x86_32));
	assert_int_equal(row("xen-3.0-x86_64")->context.size,
	    sizeof(struct vcpu_guest_context_x86_64));
	assert_int_equal(row("xen-3.0-x86_32p")->context.trap.offset,
	    offsetof(struct vcpu_guest_context_x86_32, trap_ctxt));
	assert_int_equal(row("xen-3.0-x86_64")->context.trap.offset,
	    offsetof(struct vcpu_guest_context_x86_64, trap_ctxt));
}

static void
shared_info_is_that_of_the_public_headers(void **state)
{
	const struct abi_shared_info *s32 =
	    &row("xen-3.0-x86_32p")->shared_info;
	const struct abi_shared_info *s64 = &row("xen-3.0-x86_64")->shared_info;

	(void)state;
	assert_int_equal(s32->size, sizeof(struct shared_info_x86_32));
	assert_int_equal(s64->size, sizeof(struct shared_info_x86_64));
	assert_int_equal(s32->stride, sizeof(struct vcpu_info_x86_32));
	assert_int_equal(s64->stride, sizeof(struct vcpu_info_x86_64));
	assert_int_equal(s32->time[0].offset,
	    offsetof(struct shared_info_x86_32, wc_version));
	assert_int_equal(s32->time[1].offset,
	    offsetof(struct shared_info_x86_32, arch.wc_sec_hi));
	assert_int_equal(s64->time[0].offset,
	    offsetof(struct shared_info_x86_64, wc_version));
}

#define HVM(id, member)	AT(id, hvm_hw_cpu, member)
#define HVM_SEGMENT(ID, s)						\
	HVM(CTX_##ID##_BASE, s##_base), HVM(CTX_##ID##_LIMIT, s##_limit), \
	HVM(CTX_##ID##_AR, s##_arbytes)

static void
pvh_is_that_of_the_public_headers(void **state)
{
	static const struct place cpu[] = {
		HVM(CTX_BX, rbx), HVM(CTX_SI, rsi), HVM(CTX_SP, rsp),
		HVM(CTX_IP, rip), HVM(CTX_RFLAGS, rflags),
		HVM(CTX_CR0, cr0), HVM(CTX_CR3, cr3), HVM(CTX_CR4, cr4),
		HVM(CTX_DR6, dr6), HVM(CTX_DR7, dr7),
		HVM(CTX_CS, cs_sel), HVM(CTX_DS, ds_sel), HVM(CTX_ES, es_sel),
		HVM(CTX_FS, fs_sel), HVM(CTX_GS, gs_sel), HVM(CTX_SS, ss_sel),
		HVM_SEGMENT(CS, cs), HVM_SEGMENT(DS, ds), HVM_SEGMENT(ES, es),
		HVM_SEGMENT(SS, ss), HVM_SEGMENT(TR, tr),
		HVM(CTX_FS_BASE, fs_base), HVM(CTX_GS_BASE_KERNEL, gs_base),
		HVM(CTX_EFER, msr_efer), HVM(CTX_TSC_AUX, msr_tsc_aux),
		HVM(CTX_TSC, tsc),
		HVM(CTX_FLAGS, flags), HVM(CTX_PAD, pad0),
	};
	/* In the order of xg_dom_x86.c, SPECIALPAGE_PAGING and on. */
	static const uint16_t params[] = { 0, HVM_PARAM_PAGING_RING_PFN,
	    HVM_PARAM_MONITOR_RING_PFN, HVM_PARAM_SHARING_RING_PFN,
	    HVM_PARAM_BUFIOREQ_PFN, HVM_PARAM_STORE_PFN, HVM_PARAM_IOREQ_PFN,
	    HVM_PARAM_IDENT_PT, HVM_PARAM_CONSOLE_PFN };
	const struct abi *a = row("hvm-3.0-pvh");

	(void)state;
	check_places(a->context.field, CTX_FIELDS, cpu, COUNT(cpu));
	assert_int_equal(a->context.size, sizeof(struct hvm_hw_cpu));
	assert_int_equal(a->context.flags, XEN_X86_FPU_INITIALISED);
	for (size_t i = 0; i < COUNT(params); i++)
		assert_int_equal(a->specials[i].param, params[i]);
	assert_int_equal(a->specials[COUNT(params)].gfn, 0);
	assert_int_equal(PARAM_STORE_PORT, HVM_PARAM_STORE_EVTCHN);
	assert_int_equal(PARAM_CONSOLE_PORT, HVM_PARAM_CONSOLE_EVTCHN);
	assert_int_equal(PVH_START_MAGIC, XEN_HVM_START_MAGIC_VALUE);
	assert_int_equal(RANGE_RAM, XEN_HVM_MEMMAP_TYPE_RAM);
	assert_int_equal(RANGE_RESERVED, XEN_HVM_MEMMAP_TYPE_RESERVED);
	assert_int_equal(RANGE_ACPI, XEN_HVM_MEMMAP_TYPE_ACPI);
	assert_int_equal(PVH_START_BYTES, sizeof(struct hvm_start_info));
	assert_int_equal(PVH_MODULE_BYTES, sizeof(struct hvm_modlist_entry));
	assert_int_equal(PVH_RANGE_BYTES,
	    sizeof(struct hvm_memmap_table_entry));
}

static void
every_row_fits_its_own_structures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		const struct abi *a = &abi_rows[i];

		print_message("%s\n", a->name);
		assert_ptr_equal(abi_named(a->name), a);
		assert_non_null(strstr(abi_names(), a->name));
		for (int s = 0; s < SI_FIELDS; s++)
			assert_in_range(a->start_info[s].offset +
			    a->start_info[s].size, 0, a->start_info_size);
		for (int c = 0; c < CTX_FIELDS; c++)
			assert_in_range(a->context.field[c].offset +
			    a->context.field[c].size, 0, a->context.size);
		assert_in_range(a->context.trap.offset +
		    256u * a->context.trap.stride, 0, a->context.size);
		assert_true(a->context.size <= ABI_CONTEXT_MAX);
		assert_int_equal((uint64_t)a->levels * a->index_bits +
		    PAGE_BITS >= a->va_bits, 1);
		assert_int_equal(a->pte_bytes << a->index_bits, PAGE_BYTES);
	}
	assert_null(abi_named("xen-9"));
	assert_null(abi_named(""));
}

static void
cr3_folds_like_xen_pfn_to_cr3(void **state)
{
	const struct abi *p4 = row("xen-3.0-x86_32p");
	const struct abi *p5 = row("xen-3.0-x86_64");

	(void)state;
	assert_int_equal(abi_cr3(p4, 0x123456), 0x23456001);
	assert_int_equal(abi_cr3_mfn(p4, 0x23456001), 0x123456);
	assert_int_equal(abi_cr3(p5, 0x123456), 0x123456000);
	assert_int_equal(abi_cr3_mfn(p5, 0x123456000), 0x123456);
}

static void
addresses_are_ours_or_the_hypervisors(void **state)
{
	static const struct {
		const char *abi;
		uint64_t va;
		bool canonical, hole;
	} cases[] = {
		{ "xen-3.0-x86_64", 0, true, false },
		{ "xen-3.0-x86_64", 0x00007fffffffffff, true, false },
		{ "xen-3.0-x86_64", 0x0000800000000000, false, false },
		{ "xen-3.0-x86_64", 0xffff7fffffffffff, false, false },
		{ "xen-3.0-x86_64", 0xffff800000000000, true, true },
		{ "xen-3.0-x86_64", 0xffff87ffffffffff, true, true },
		{ "xen-3.0-x86_64", 0xffff880000000000, true, false },
		{ "xen-3.0-x86_64", 0xffffffffffffffff, true, false },
		{ "xen-3.0-x86_32p", 0xf57fffff, true, false },
		{ "xen-3.0-x86_32p", 0xf5800000, true, true },
		{ "xen-3.0-x86_32p", 0x100000000, false, false },
		{ "xen-1.3-x86_32", 0xfbffffff, true, false },
		{ "xen-1.3-x86_32", 0xfc000000, true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct abi *a = row(cases[i].abi);

		print_message("%s 0x%llx\n", cases[i].abi,
		    (unsigned long long)cases[i].va);
		assert_int_equal(abi_canonical(a, cases[i].va),
		    cases[i].canonical);
		assert_int_equal(abi_in_hole(a, cases[i].va, cases[i].va),
		    cases[i].hole);
	}
	assert_true(abi_in_hole(row("xen-3.0-x86_64"), 0x1000, UINT64_MAX));
}

static void
frames_of_a_32_bit_domain_have_m2p_entries(void **state)
{
	const struct abi *a = row("xen-3.0-x86_32p");
	/* From HYPERVISOR_VIRT_START_PAE, arch-x86/xen-x86_32.h, to 4 GiB. */
	const uint64_t entries = (0x100000000 - 0xf5800000) / 4;

	(void)state;
	assert_true(abi_frame_end(a) <= entries);
	assert_true(2 * abi_frame_end(a) > entries);
}

static void
fields_are_written_in_their_own_width(void **state)
{
	const struct abi *a = row("xen-3.0pre-x86_64");
	unsigned char page[4096];

	(void)state;
	memset(page, 0xff, sizeof(page));
	abi_put(a->start_info[SI_CONTROLLER_EVTCHN], page, 0x12345678);
	assert_int_equal(abi_get(a->start_info[SI_CONTROLLER_EVTCHN], page),
	    0x5678);
	assert_int_equal(page[19], 0xff);
	assert_int_equal(page[22], 0xff);
	/* a field that the ABI lacks is not written and reads as 0 */
	memset(page, 0xff, sizeof(page));
	abi_put(a->start_info[SI_STORE_MFN], page, 7);
	assert_int_equal(page[0], 0xff);
	assert_int_equal(abi_get(a->start_info[SI_STORE_MFN], page), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_info_is_that_of_the_public_headers),
		cmocka_unit_test(context_is_that_of_the_public_headers),
		cmocka_unit_test(shared_info_is_that_of_the_public_headers),
		cmocka_unit_test(pvh_is_that_of_the_public_headers),
		cmocka_unit_test(every_row_fits_its_own_structures),
		cmocka_unit_test(cr3_folds_like_xen_pfn_to_cr3),
		cmocka_unit_test(addresses_are_ours_or_the_hypervisors),
		cmocka_unit_test(frames_of_a_32_bit_domain_have_m2p_entries),
		cmocka_unit_test(fields_are_written_in_their_own_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
