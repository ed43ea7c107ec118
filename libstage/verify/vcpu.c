#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/edits.h"
#include "verify/impl.h"

static const char *const names[CTX_FIELDS] = {
	[CTX_FLAGS] = "flags",
	[CTX_IP] = "ip", [CTX_SP] = "sp", [CTX_SI] = "si",
	[CTX_BX] = "bx",
	[CTX_RFLAGS] = "rflags",
	[CTX_CS] = "cs", [CTX_SS] = "ss", [CTX_DS] = "ds", [CTX_ES] = "es",
	[CTX_FS] = "fs", [CTX_GS] = "gs",
	[CTX_KERNEL_SS] = "kernel_ss", [CTX_KERNEL_SP] = "kernel_sp",
	[CTX_LDT_BASE] = "ldt_base", [CTX_LDT_ENTS] = "ldt_ents",
	[CTX_GDT_ENTS] = "gdt_ents",
	[CTX_CR0] = "cr0", [CTX_CR1] = "cr1", [CTX_CR3] = "cr3",
	[CTX_CR4] = "cr4",
	[CTX_DR6] = "dr6", [CTX_DR7] = "dr7",
	[CTX_EVENT_CS] = "event_callback_cs",
	[CTX_EVENT_IP] = "event_callback_ip",
	[CTX_FAILSAFE_CS] = "failsafe_callback_cs",
	[CTX_FAILSAFE_IP] = "failsafe_callback_ip",
	[CTX_SYSCALL_IP] = "syscall_callback_ip",
	[CTX_VM_ASSIST] = "vm_assist",
	[CTX_FS_BASE] = "fs_base", [CTX_GS_BASE_KERNEL] = "gs_base_kernel",
	[CTX_GS_BASE_USER] = "gs_base_user",
	[CTX_CS_BASE] = "cs_base", [CTX_CS_LIMIT] = "cs_limit",
	[CTX_CS_AR] = "cs_ar",
	[CTX_DS_BASE] = "ds_base", [CTX_DS_LIMIT] = "ds_limit",
	[CTX_DS_AR] = "ds_ar",
	[CTX_ES_BASE] = "es_base", [CTX_ES_LIMIT] = "es_limit",
	[CTX_ES_AR] = "es_ar",
	[CTX_SS_BASE] = "ss_base", [CTX_SS_LIMIT] = "ss_limit",
	[CTX_SS_AR] = "ss_ar",
	[CTX_TR_BASE] = "tr_base", [CTX_TR_LIMIT] = "tr_limit",
	[CTX_TR_AR] = "tr_ar",
	[CTX_EFER] = "efer", [CTX_TSC_AUX] = "tsc_aux", [CTX_TSC] = "tsc",
	[CTX_PAD] = "pad0",
};

/* A PVH guest starts without paging. */
static const char *const addresses[GUEST_TYPES] = {
	[GUEST_PV] = "va", [GUEST_PVH] = "address"
};

static uint64_t
vm_assist(const struct verify *v)
{
	const char *pae = v->plan->image.pae;

	if (v->abi->cr3_folded && (strcmp(pae, "extended") == 0 ||
	    strcmp(pae, "bimodal") == 0))
		return ASSIST_PAE_EXTENDED_CR3;
	return 0;
}

static void
expect_traps(const struct abi *a, unsigned char *want)
{
	for (unsigned i = 0; a->context.trap.cs != 0 && i < ABI_TRAPS; i++) {
		const struct abi_trap trap = abi_trap(a, i);

		abi_put(trap.vector, want, i);
		abi_put(trap.cs, want, a->context.trap.cs);
	}
}

static void
expect_context(struct verify *v, unsigned char *want)
{
	const struct abi_context *c = &v->abi->context;
	const struct layout_segment *tables, *stack;
	uint64_t si = verify_va(v, SEG_START_INFO), sp = 0;

	memset(want, 0, c->size);
	stack = plan_segment(v->plan, SEG_STACK);
	if (c->sp_is_start_info)
		sp = si;
	else if (stack != NULL)
		sp = stack->va.value + PAGE_BYTES;
	tables = plan_segment(v->plan, SEG_PAGE_TABLES);
	expect_traps(v->abi, want);
	abi_put(c->field[CTX_FLAGS], want, c->fresh_flags);
	abi_put(c->field[CTX_IP], want, v->plan->image.entry);
	abi_put(c->field[CTX_SP], want, sp);
	abi_put(c->field[c->start_info], want, si);
	abi_put(c->field[CTX_KERNEL_SP], want, sp);
	abi_put(c->field[CTX_VM_ASSIST], want, vm_assist(v));
	if (tables != NULL)
		abi_put(c->field[CTX_CR3], want,
		    abi_cr3(v->abi, verify_mfn(v, tables->pfn)));
	for (const struct abi_constant *k = c->boot; k->value != UINT64_MAX;
	    k++)
		abi_put(c->field[k->field], want, k->value);
}

static void
check_plan_values(struct verify *v, const unsigned char *want)
{
	const unsigned char *vcpu = (const void *)&v->plan->vcpus[0];

	for (size_t i = 0; i < PLAN_REGISTERS; i++) {
		const struct plan_register *r = &plan_registers[i];
		char name[32];
		uint64_t is;

		snprintf(name, sizeof(name), "vcpus[0].%s", names[r->field]);
		memcpy(&is, vcpu + r->offset, sizeof(is));
		verify_plan_value(v, name, is,
		    abi_get(v->abi->context.field[r->field], want));
	}
}

int
verify_registers(struct verify *v, struct fail *f)
{
	unsigned char got[ABI_CONTEXT_MAX] = { 0 }, want[ABI_CONTEXT_MAX];
	const struct verify_names fields = { v->abi->context.field, names,
	    CTX_FIELDS };
	bool present;

	if (v->plan->n_vcpus == 0 || v->plan->vcpus[0].id != 0)
		return verify_differs(v, "the plan's vcpus do not begin with "
		    "vcpu 0");
	if (v->target->ops->get_context(v->target, 0, got, &present, f) < 0)
		return -1;
	if (!present)
		return verify_differs(v, "vcpu 0 has no context, should have "
		    "one");
	expect_context(v, want);
	check_plan_values(v, want);
	if (v->info.hypervisor_edits)
		edits_copy_context(v->abi, got, want);
	verify_structure(v, "vcpu 0", "byte", 0, &fields, got, want,
	    v->abi->context.size);
	return verify_detail(v, "vcpu 0 starts at %s 0x%" PRIx64 ", %d bytes "
	    "of context", addresses[v->abi->guest], v->plan->image.entry,
	    v->abi->context.size);
}

int
verify_other_vcpus(struct verify *v, struct fail *f)
{
	unsigned char context[ABI_CONTEXT_MAX];
	bool present;

	if (v->info.vcpus <= 1)
		return verify_skip(v, "the domain has none");
	for (uint32_t i = 1; i < v->info.vcpus; i++) {
		if (v->target->ops->get_context(v->target, i, context,
		    &present, f) < 0)
			return -1;
		if (present)
			verify_differs(v, "vcpu %" PRIu32 " has a context, "
			    "should have none", i);
	}
	return verify_detail(v, "%" PRIu32 " without a context",
	    v->info.vcpus - 1);
}
