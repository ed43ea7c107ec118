#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/edits.h"
#include "build/vcpu.h"

bool
vcpu_inherits(const struct abi *a)
{
	/* The builders that filled in a trap table are those that read the
	 * context from the hypervisor first. */
	return a->context.trap.cs != 0;
}

static void
put_traps(const struct abi *a, void *context)
{
	for (unsigned i = 0; a->context.trap.cs != 0 && i < ABI_TRAPS; i++) {
		const struct abi_trap trap = abi_trap(a, i);

		abi_put(trap.vector, context, i);
		abi_put(trap.cs, context, a->context.trap.cs);
	}
}

static uint64_t
assists(const struct plan_image *i)
{
	bool extended = strcmp(i->pae, "extended") == 0 ||
	    strcmp(i->pae, "bimodal") == 0;

	return i->abi->cr3_folded && extended ?
	    ASSIST_PAE_EXTENDED_CR3 : 0;
}

void
vcpu_context(const struct plan *p, void *context)
{
	const struct abi *a = p->image.abi;
	const struct abi_context *c = &a->context;
	const struct layout_segment *stack = plan_segment(p, SEG_STACK);
	uint64_t sp = c->sp_is_start_info ? p->startinfo.va :
	    stack == NULL ? 0 : stack->va.value + stack->pages * PAGE_BYTES;

	for (const struct abi_constant *k = c->boot; k->value != UINT64_MAX;
	    k++)
		abi_put(c->field[k->field], context, k->value);
	abi_put(c->field[CTX_IP], context, p->image.entry);
	abi_put(c->field[CTX_SP], context, sp);
	abi_put(c->field[CTX_KERNEL_SP], context, sp);
	abi_put(c->field[c->start_info], context, p->startinfo.va);
	abi_put(c->field[CTX_CR3], context,
	    abi_cr3(a, p->pagetables.root_mfn));
	if (!vcpu_inherits(a))
		abi_put(c->field[CTX_VM_ASSIST], context, assists(&p->image));
	put_traps(a, context);
}

/* ---- a domain that has its context already ---- */

static const struct {
	enum context_field field;
	const char *name;
} registers[] = {
	{ CTX_FLAGS,	"flags" },
	{ CTX_IP,	"ip" },
	{ CTX_SP,	"sp" },
	{ CTX_SI,	"si" },
	{ CTX_BX,	"bx" },
	{ CTX_RFLAGS,	"flags register" },
	{ CTX_CS,	"cs" },
	{ CTX_SS,	"ss" },
	{ CTX_DS,	"ds" },
	{ CTX_ES,	"es" },
	{ CTX_FS,	"fs" },
	{ CTX_GS,	"gs" },
	{ CTX_KERNEL_SS, "kernel_ss" },
	{ CTX_KERNEL_SP, "kernel_sp" },
	{ CTX_CR0,	"cr0" },
	{ CTX_CR1,	"cr1" },
	{ CTX_CR3,	"cr3" },
	{ CTX_CR4,	"cr4" },
	{ CTX_DR6,	"dr6" },
	{ CTX_DR7,	"dr7" },
	{ CTX_VM_ASSIST, "vm_assist" },
	{ CTX_LDT_BASE,	"ldt_base" },
	{ CTX_LDT_ENTS,	"ldt_ents" },
	{ CTX_GDT_ENTS,	"gdt_ents" },
	{ CTX_EVENT_CS,	"event callback cs" },
	{ CTX_EVENT_IP,	"event callback" },
	{ CTX_FAILSAFE_CS, "failsafe callback cs" },
	{ CTX_FAILSAFE_IP, "failsafe callback" },
	{ CTX_SYSCALL_IP, "syscall callback" },
	{ CTX_FS_BASE,	"fs_base" },
	{ CTX_GS_BASE_KERNEL, "gs_base_kernel" },
	{ CTX_GS_BASE_USER, "gs_base_user" },
};

static int
same_field(struct abi_field d, const char *name, const void *want,
    const void *have, struct fail *f)
{
	if (abi_get(d, want) == abi_get(d, have))
		return 0;
	return fail(f, FAIL_TARGET, "the domain is already constructed: its %s "
	    "is 0x%" PRIx64 ", the plan gives 0x%" PRIx64 "; destroy the "
	    "domain and begin with xb-load", name, abi_get(d, have),
	    abi_get(d, want));
}

/* There are 256 traps: only one that differs is given a name, for the
 * message. */
static int
same_trap(const struct abi *a, unsigned i, const void *want, const void *have,
    struct fail *f)
{
	const struct abi_trap trap = abi_trap(a, i);
	const struct {
		struct abi_field field;
		const char *name;
	} parts[] = {
		{ trap.vector, "vector" }, { trap.flags, "flags" },
		{ trap.cs, "cs" }, { trap.address, "address" },
	};
	char name[32];

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		if (abi_get(parts[k].field, want) ==
		    abi_get(parts[k].field, have))
			continue;
		snprintf(name, sizeof(name), "trap %u %s", i, parts[k].name);
		return same_field(parts[k].field, name, want, have, f);
	}
	return 0;
}

static int
same_registers(const struct abi *a, const void *want, const void *have,
    struct fail *f)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (same_field(a->context.field[registers[i].field],
		    registers[i].name, want, have, f) < 0)
			return -1;
	for (unsigned i = 0; a->context.trap.stride > 0 && i < ABI_TRAPS; i++)
		if (same_trap(a, i, want, have, f) < 0)
			return -1;
	return 0;
}

static int
construct(struct target *t, const struct plan *p, bool hypervisor_edits,
    unsigned char *want, struct fail *f)
{
	const struct abi *a = p->image.abi;
	unsigned char have[ABI_CONTEXT_MAX];
	bool present;

	if (t->ops->get_context(t, 0, have, &present, f) < 0)
		return -1;
	memset(want, 0, ABI_CONTEXT_MAX);
	if (vcpu_inherits(a))
		memcpy(want, have, a->context.size);
	vcpu_context(p, want);
	if (!present)
		return t->ops->set_context(t, 0, want, f);
	if (hypervisor_edits)
		edits_copy_context(a, want, have);
	return same_registers(a, want, have, f);
}

/* ---- the stage ---- */

static int
describe(struct plan *p, const void *context, struct fail *f)
{
	struct plan_vcpu *v = arena_array(&p->arena, 1, sizeof(*v), f);

	if (v == NULL)
		return -1;
	plan_vcpu_read(v, p->image.abi, context);
	p->vcpus = v;
	p->n_vcpus = 1;
	plan_add(p, PLAN_VCPUS);
	return 0;
}

/* A guest waits for ever for a xenstore that does not answer. */
static int
warn_of_store(struct target *t, const struct plan *p, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;
	enum port_status status;
	uint32_t remote;

	/* xenstored binds the port of a domain that is introduced. */
	if (!t->ops->runs || s->store_port == 0 || plan_has(p, PLAN_INTRODUCED))
		return 0;
	if (t->ops->port_status(t, (uint32_t)s->store_port, &status, &remote,
	    f) < 0)
		return -1;
	if (status == PORT_UNBOUND)
		fail_warn(f, "'%s' waits for xenstore, and nobody has bound "
		    "its port %" PRIu64 ": run xb-introduce before xb-launch, "
		    "or xb-startinfo --no-xenstore", p->memory.target.data,
		    s->store_port);
	return 0;
}

int
vcpu_launch(struct target *t, const struct target_info *info, struct plan *p,
    void *options, struct fail *f)
{
	const struct vcpu_options *o = options;
	unsigned char context[ABI_CONTEXT_MAX];

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
