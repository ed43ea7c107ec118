#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "target/window.h"
#include "build/vcpu.h"

enum {
	TRAPS		= 256,
	CONTEXT_MAX	= 5168,		/* of xen-3.0-x86_64 */
	PAE_EXTENDED_CR3 = 0x8		/* bit 3 of vm_assist */
};

bool
vcpu_inherits(const struct abi *a)
{
	/* The builders that filled in a trap table are those that did. */
	return a->context.trap.cs != 0;
}

static void
put_traps(const struct abi_context *c, unsigned char *context)
{
	unsigned char *trap = context + c->trap.offset;

	for (unsigned i = 0; c->trap.cs != 0 && i < TRAPS; i++) {
		trap[0] = (unsigned char)i;
		le_put(trap + 2, 2, c->trap.cs);
		trap += c->trap.stride;
	}
}

static uint64_t
assists(const struct plan_image *i)
{
	bool extended = strcmp(i->pae, "extended") == 0 ||
	    strcmp(i->pae, "bimodal") == 0;

	return i->abi->cr3_folded && extended ? PAE_EXTENDED_CR3 : 0;
}

int
vcpu_context(const struct plan *p, void *context, struct fail *f)
{
	const struct abi *a = p->image.abi;
	const struct abi_context *c = &a->context;
	const struct layout_segment *stack = plan_need_segment(p, SEG_STACK, f);
	uint64_t sp;

	if (stack == NULL)
		return -1;
	sp = c->sp_is_start_info ? p->startinfo.va :
	    stack->va.value + stack->pages * PAGE_BYTES;
	for (const struct abi_constant *k = c->boot; k->value != UINT64_MAX;
	    k++)
		abi_put(c->field[k->field], context, k->value);
	abi_put(c->field[CTX_IP], context, p->image.entry);
	abi_put(c->field[CTX_SP], context, sp);
	abi_put(c->field[CTX_KERNEL_SP], context, sp);
	abi_put(c->field[CTX_SI], context, p->startinfo.va);
	abi_put(c->field[CTX_CR3], context,
	    abi_cr3(a, p->pagetables.root_mfn));
	if (!vcpu_inherits(a))
		abi_put(c->field[CTX_VM_ASSIST], context, assists(&p->image));
	put_traps(c, context);
	return 0;
}

/* ---- a domain that has its context already ---- */

/*
 * Registers, with the bits that a hypervisor may change once they are set: Xen
 * raises the privilege in selectors of handlers.
 */
enum { RPL = 0x3 };

static const struct {
	enum context_field field;
	const char *name;
	uint64_t xen;
} registers[] = {
	{ CTX_FLAGS,	"flags",	0x1 },	/* FPU state is valid */
	{ CTX_IP,	"ip",		0 },
	{ CTX_SP,	"sp",		0 },
	{ CTX_SI,	"si",		0 },
	{ CTX_RFLAGS,	"flags register", 0x2 }, /* always set in a CPU */
	{ CTX_CS,	"cs",		0 },
	{ CTX_SS,	"ss",		0 },
	{ CTX_DS,	"ds",		0 },
	{ CTX_ES,	"es",		0 },
	{ CTX_FS,	"fs",		0 },
	{ CTX_GS,	"gs",		0 },
	{ CTX_KERNEL_SS, "kernel_ss",	0 },
	{ CTX_KERNEL_SP, "kernel_sp",	0 },
	{ CTX_CR1,	"cr1",		0 },
	{ CTX_CR3,	"cr3",		0 },
	{ CTX_DR6,	"dr6",		0 },
	{ CTX_DR7,	"dr7",		0 },
	{ CTX_VM_ASSIST, "vm_assist",	0 },
	{ CTX_LDT_BASE,	"ldt_base",	0 },
	{ CTX_LDT_ENTS,	"ldt_ents",	0 },
	{ CTX_GDT_ENTS,	"gdt_ents",	0 },
	{ CTX_EVENT_CS,	"event callback cs", RPL },
	{ CTX_EVENT_IP,	"event callback", 0 },
	{ CTX_FAILSAFE_CS, "failsafe callback cs", RPL },
	{ CTX_FAILSAFE_IP, "failsafe callback", 0 },
	{ CTX_SYSCALL_IP, "syscall callback", 0 },
	{ CTX_FS_BASE,	"fs_base",	0 },
	{ CTX_GS_BASE_KERNEL, "gs_base_kernel", 0 },
	{ CTX_GS_BASE_USER, "gs_base_user", 0 },
};

static int
other(const char *name, uint64_t want, uint64_t have, struct fail *f)
{
	return fail(f, FAIL_TARGET, "the domain is already constructed: its %s "
	    "is 0x%" PRIx64 ", the plan gives 0x%" PRIx64 "; destroy the "
	    "domain and begin with xb-load", name, have, want);
}

static int
same_trap(const struct abi_context *c, unsigned i, const unsigned char *want,
    const unsigned char *have, uint64_t free_rpl, struct fail *f)
{
	const struct {
		struct abi_field field;
		const char *name;
		uint64_t free;
	} parts[] = {
		{ { 0, 1 }, "vector", 0 }, { { 1, 1 }, "flags", 0 },
		{ { 2, 2 }, "cs", free_rpl }, { c->trap.address, "address", 0 },
	};
	size_t at = c->trap.offset + (size_t)i * c->trap.stride;
	char name[32];

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		uint64_t w = abi_get(parts[k].field, want + at);
		uint64_t h = abi_get(parts[k].field, have + at);

		if (((w ^ h) & ~parts[k].free) == 0)
			continue;
		snprintf(name, sizeof(name), "trap %u %s", i, parts[k].name);
		return other(name, w, h, f);
	}
	return 0;
}

static int
same_registers(const struct abi *a, const unsigned char *want,
    const unsigned char *have, bool hypervisor_edits, struct fail *f)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		struct abi_field d = a->context.field[registers[i].field];
		uint64_t w = abi_get(d, want), h = abi_get(d, have);
		uint64_t changed = hypervisor_edits ? registers[i].xen : 0;

		if (((w ^ h) & ~changed) != 0)
			return other(registers[i].name, w, h, f);
	}
	for (unsigned i = 0; i < TRAPS; i++)
		if (same_trap(&a->context, i, want, have,
		    hypervisor_edits ? RPL : 0, f) < 0)
			return -1;
	return 0;
}

static int
construct(struct target *t, const struct plan *p, bool hypervisor_edits,
    unsigned char *want, struct fail *f)
{
	const struct abi *a = p->image.abi;
	unsigned char have[CONTEXT_MAX];
	bool present;

	if (a->context.size > sizeof(have))
		return fail_bug(f, "a vcpu context larger than any known");
	if (t->ops->get_context(t, 0, have, &present, f) < 0)
		return -1;
	memset(want, 0, CONTEXT_MAX);
	if (vcpu_inherits(a))
		memcpy(want, have, a->context.size);
	if (vcpu_context(p, want, f) < 0)
		return -1;
	if (present)
		return same_registers(a, want, have, hypervisor_edits, f);
	return t->ops->set_context(t, 0, want, f);
}

/* ---- the stage ---- */

static int
describe(struct plan *p, const void *context, struct fail *f)
{
	const struct abi_field *d = p->image.abi->context.field;
	struct plan_vcpu *v = arena_array(&p->arena, 1, sizeof(*v), f);

	if (v == NULL)
		return -1;
	*v = (struct plan_vcpu){
		.ip = abi_get(d[CTX_IP], context),
		.sp = abi_get(d[CTX_SP], context),
		.si = abi_get(d[CTX_SI], context),
		.flags = abi_get(d[CTX_FLAGS], context),
		.rflags = abi_get(d[CTX_RFLAGS], context),
		.cr3 = abi_get(d[CTX_CR3], context),
		.cs = abi_get(d[CTX_CS], context),
		.ss = abi_get(d[CTX_SS], context),
		.ds = abi_get(d[CTX_DS], context),
		.kernel_ss = abi_get(d[CTX_KERNEL_SS], context),
		.kernel_sp = abi_get(d[CTX_KERNEL_SP], context),
		.dr6 = abi_get(d[CTX_DR6], context),
		.dr7 = abi_get(d[CTX_DR7], context),
		.vm_assist = abi_get(d[CTX_VM_ASSIST], context),
	};
	p->vcpus = v;
	p->n_vcpus = 1;
	plan_add(p, PLAN_VCPUS);
	return 0;
}

/* Guests wait for ever for a xenstore that does not answer. */
static int
warn_of_store(struct target *t, const struct plan *p, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;
	enum port_status status;
	uint32_t remote;

	if (!t->ops->runs || s->store_port == 0)
		return 0;
	if (t->ops->port_status(t, (uint32_t)s->store_port, &status, &remote,
	    f) < 0)
		return -1;
	if (status == PORT_UNBOUND)
		fail_warn(f, "'%s' waits for xenstore, and nobody has bound "
		    "its port %" PRIu64 ": run xb-introduce before xb-launch, "
		    "or xb-startinfo --no-store", p->memory.target.data,
		    s->store_port);
	return 0;
}

int
vcpu_launch(struct target *t, const struct target_info *info, struct plan *p,
    void *options, struct fail *f)
{
	const struct vcpu_options *o = options;
	unsigned char context[CONTEXT_MAX];

	if (construct(t, p, info->hypervisor_edits, context, f) < 0 ||
	    describe(p, context, f) < 0)
		return -1;
	if (warn_of_store(t, p, f) < 0 ||
	    (!o->leave_paused && t->ops->unpause(t, f) < 0))
		return -1;
	fail_note(f, "vcpu 0 starts at 0x%" PRIx64 "%s", p->image.entry,
	    o->leave_paused ? " once it is unpaused" : "");
	p->launched = !o->leave_paused;
	plan_add(p, PLAN_LAUNCHED);
	return 0;
}
