#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/file/file.h"

enum { SEGMENT_ENTRIES_MAX = 8192 };

/* Arithmetic flags, bit 1, trap, interrupt, direction, alignment, ID. */
static const uint64_t rflags_allowed = 0x240fd7;
static const uint64_t rflags_if = 0x200;

struct check {
	struct paper_target *t;
	const struct abi *abi;
	const unsigned char *context;
	uint32_t vcpu;
	struct fail *f;
};

static int
refuse(const struct check *c, const char *field, uint64_t value,
    const char *rule)
{
	return paper_refuse_register(c->t, c->vcpu, field, value, rule, c->f);
}

static uint64_t
value_of(const struct check *c, enum context_field field)
{
	return abi_get(c->abi->context.field[field], c->context);
}

/* ---- addresses ---- */

static int
check_addresses(const struct check *c)
{
	const char *name;
	uint64_t value;

	if (abi_context_canonical(c->abi, c->context, &name, &value))
		return 0;
	return refuse(c, name, value, "it must be a canonical address");
}

/* ---- selectors ---- */

static bool
among(const uint16_t *list, size_t n, uint64_t selector)
{
	for (size_t i = 0; i < n && list[i] != 0; i++)
		if (list[i] == selector)
			return true;
	return false;
}

static bool
is_code(const struct abi *abi, uint64_t selector)
{
	return among(abi->context.code, 3, selector);
}

static bool
is_data(const struct abi *abi, uint64_t selector)
{
	return among(abi->context.data, 4, selector);
}

enum null_selector { NULL_NEVER, NULL_IN_64, NULL_ALWAYS };

static int
check_selectors(const struct check *c)
{
	static const struct {
		enum context_field field;
		const char *name;
		enum null_selector null;
	} data[] = {
		{ CTX_SS, "ss", NULL_NEVER },
		{ CTX_KERNEL_SS, "kernel_ss", NULL_NEVER },
		{ CTX_DS, "ds", NULL_IN_64 }, { CTX_ES, "es", NULL_IN_64 },
		{ CTX_FS, "fs", NULL_ALWAYS }, { CTX_GS, "gs", NULL_ALWAYS },
	};

	if (!is_code(c->abi, value_of(c, CTX_CS)))
		return refuse(c, "cs", value_of(c, CTX_CS), "it must be one "
		    "of the hypervisor's code segments");
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
		uint64_t selector = value_of(c, data[i].field);

		if (selector == 0 && (data[i].null == NULL_ALWAYS ||
		    (data[i].null == NULL_IN_64 && c->abi->bits == 64)))
			continue;
		if (!is_data(c->abi, selector))
			return refuse(c, data[i].name, selector, "it must be "
			    "one of the hypervisor's data segments");
	}
	return 0;
}

static int
check_callbacks(const struct check *c)
{
	static const struct {
		enum context_field cs, ip;
		const char *name;
	} all[] = {
		{ CTX_EVENT_CS, CTX_EVENT_IP, "event callback cs" },
		{ CTX_FAILSAFE_CS, CTX_FAILSAFE_IP, "failsafe callback cs" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		uint64_t cs = value_of(c, all[i].cs);

		if (!abi_has(c->abi->context.field[all[i].cs]) ||
		    is_code(c->abi, cs) ||
		    (cs == 0 && value_of(c, all[i].ip) == 0))
			continue;
		return refuse(c, all[i].name, cs, "it must be one of the "
		    "hypervisor's code segments");
	}
	return 0;
}

static int
check_traps(const struct check *c)
{
	const struct abi *abi = c->abi;
	char name[32];

	for (unsigned i = 0; i < ABI_TRAPS; i++) {
		const struct abi_trap trap = abi_trap(abi, i);
		uint64_t at = abi_get(trap.address, c->context);
		uint64_t cs = abi_get(trap.cs, c->context);

		snprintf(name, sizeof(name), "trap %u", i);
		if (!abi_canonical(abi, at))
			return refuse(c, name, at, "it must be a canonical "
			    "address");
		if (!is_code(abi, cs) && (cs != 0 || at != 0)) {
			snprintf(name, sizeof(name), "trap %u cs", i);
			return refuse(c, name, cs, "it must be one of the "
			    "hypervisor's code segments");
		}
	}
	return 0;
}

/* ---- page tables ---- */

static int
check_root(const struct check *c, const char *name, uint64_t cr3)
{
	uint64_t mfn = abi_cr3_mfn(c->abi, cr3);
	const struct table_run *table = paper_tables_find(&c->t->state.tables,
	    mfn);

	if (abi_cr3(c->abi, mfn) != cr3)
		return refuse(c, name, cr3, "it must be the machine address "
		    "of a page");
	if (table == NULL || table->level != c->abi->levels || !table->pinned)
		return refuse(c, name, cr3, "it must be the top table of page "
		    "tables that are pinned");
	return 0;
}

static int
check_roots(const struct check *c)
{
	uint64_t user = value_of(c, CTX_CR1);

	if (check_root(c, abi_has(c->abi->context.field[CTX_CR1]) ? "cr3" :
	    "pt_base", value_of(c, CTX_CR3)) < 0)
		return -1;
	if (!abi_has(c->abi->context.field[CTX_CR1]))
		return 0;
	if (user == 0 && !(value_of(c, CTX_FLAGS) & FLAG_IN_KERNEL))
		return refuse(c, "ctrlreg[1]", user, "a vcpu that does not "
		    "start in the kernel needs the user's page tables");
	return user == 0 ? 0 : check_root(c, "ctrlreg[1]", user);
}

/* ---- the rest ---- */

static int
check_flags(const struct check *c)
{
	const struct abi_context *known = &c->abi->context;
	uint64_t flags = value_of(c, CTX_FLAGS);
	uint64_t rflags = value_of(c, CTX_RFLAGS);
	uint64_t assist = value_of(c, CTX_VM_ASSIST);

	if (flags & ~known->flags)
		return refuse(c, "flags", flags, "a bit that this ABI does "
		    "not know is set");
	if (assist & ~known->vm_assist)
		return refuse(c, "vm_assist", assist, "a bit that this ABI "
		    "does not know is set");
	if (rflags & ~rflags_allowed)
		return refuse(c, "rflags", rflags, "a guest does not start "
		    "with IOPL, NT, RF, VM or a reserved bit set");
	if (!(rflags & rflags_if))
		return refuse(c, "rflags", rflags, "a guest starts with IF "
		    "set, for events are masked in shared_info");
	return 0;
}

static int
check_debug(const struct check *c)
{
	uint64_t dr6 = value_of(c, CTX_DR6), dr7 = value_of(c, CTX_DR7);

	if (dr6 >> 32 != 0)
		return refuse(c, "dr6", dr6, "its upper 32 bits must be 0");
	if (dr7 >> 32 != 0)
		return refuse(c, "dr7", dr7, "its upper 32 bits must be 0");
	if (dr7 & 0xf800)
		return refuse(c, "dr7", dr7, "bits 11 to 15 must be 0");
	return 0;
}

static int
check_descriptors(const struct check *c)
{
	uint64_t base = value_of(c, CTX_LDT_BASE);
	uint64_t ldt = value_of(c, CTX_LDT_ENTS);
	uint64_t gdt = value_of(c, CTX_GDT_ENTS);

	if (ldt > SEGMENT_ENTRIES_MAX)
		return refuse(c, "ldt_ents", ldt, "an LDT has at most 8192 "
		    "entries");
	if (base % PAGE_BYTES != 0)
		return refuse(c, "ldt_base", base, "it must be page aligned");
	if (base != 0 && abi_in_hole(c->abi, base, base))
		return refuse(c, "ldt_base", base, "it must be outside the "
		    "hypervisor's addresses");
	if (gdt > SEGMENT_ENTRIES_MAX)
		return refuse(c, "gdt_ents", gdt, "a GDT has at most 8192 "
		    "entries");
	if (gdt != 0)
		return refuse(c, "gdt_ents", gdt, "a domain in files starts "
		    "with the hypervisor's GDT");
	return 0;
}

static int
check_pv_context(struct paper_target *t, uint32_t vcpu, const void *context,
    struct fail *f)
{
	struct check c = { t, t->state.abi, context, vcpu, f };

	if (check_flags(&c) < 0 || check_addresses(&c) < 0 ||
	    check_selectors(&c) < 0 || check_callbacks(&c) < 0 ||
	    check_traps(&c) < 0 || check_roots(&c) < 0 ||
	    check_debug(&c) < 0 || check_descriptors(&c) < 0)
		return -1;
	return 0;
}

static int (*const check_context[GUEST_TYPES])(struct paper_target *,
    uint32_t vcpu, const void *context, struct fail *) = {
	[GUEST_PV] = check_pv_context, [GUEST_PVH] = paper_check_hvm_context
};

/* ---- the operations ---- */

static int
check_vcpu(struct paper_target *t, uint32_t vcpu, struct fail *f)
{
	if (t->state.abi == NULL)
		return fail(f, FAIL_TARGET, "vcpu %u of '%s' has no registers "
		    "yet: the domain has no ABI", vcpu, t->name);
	if (vcpu >= t->state.vcpus)
		return fail(f, FAIL_TARGET, "'%s' has no vcpu %u: it has %"
		    PRIu64, t->name, vcpu, t->state.vcpus);
	return 0;
}

/* A vcpu that is set up may be set up again to the same. */
static int
set_again(struct paper_target *t, uint32_t vcpu, const void *context,
    struct fail *f)
{
	if (!t->state.has_run && memcmp(t->state.context[vcpu], context,
	    t->state.abi->context.size) == 0)
		return 0;
	return fail(f, FAIL_TARGET, "cannot set vcpu %u of '%s': it is "
	    "already constructed, %s; destroy the domain and build it anew",
	    vcpu, t->name, t->state.has_run ? "and the domain has run" :
	    "with other registers");
}

int
paper_set_context(struct target *base, uint32_t vcpu, const void *context,
    struct fail *f)
{
	struct paper_target *t = paper_target(base);
	size_t size;

	if (paper_writable(t, f) < 0 || check_vcpu(t, vcpu, f) < 0)
		return -1;
	if (t->state.context[vcpu] != NULL)
		return set_again(t, vcpu, context, f);
	if (check_context[t->state.type](t, vcpu, context, f) < 0)
		return -1;
	size = t->state.abi->context.size;
	t->state.context[vcpu] = malloc(size);
	if (t->state.context[vcpu] == NULL)
		return fail_memory(f, size);
	memcpy(t->state.context[vcpu], context, size);
	return paper_save(t, f);
}

int
paper_get_context(struct target *base, uint32_t vcpu, void *context,
    bool *present, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct abi_context *form;

	if (check_vcpu(t, vcpu, f) < 0)
		return -1;
	form = &t->state.abi->context;
	*present = t->state.context[vcpu] != NULL;
	if (*present) {
		memcpy(context, t->state.context[vcpu], form->size);
		return 0;
	}
	memset(context, 0, form->size);
	abi_put(form->field[CTX_FLAGS], context, form->fresh_flags);
	return 0;
}
