#include <inttypes.h>

#include "base/cursor.h"
#include "target/file/file.h"

/*
 * What Xen asks of the registers of an HVM vcpu when it takes them, and how
 * docs/misc/pvh.pandoc of Xen has the start of a PVH guest.
 */

#define WIDE	(~UINT64_C(0xffffffff))
#define FLAT(s, ar, words) \
	{ CTX_##s##_BASE, #s "'s base", UINT64_MAX, 0, words }, \
	{ CTX_##s##_LIMIT, #s "'s limit", UINT64_MAX, 0xffffffff, words }, \
	{ CTX_##s##_AR, #s "'s attributes", UINT64_MAX, ar, words }

static const char code[] = "a flat 32-bit code segment has base 0, limit "
    "0xffffffff and attributes 0xc9b";
static const char data[] = "a flat 32-bit data segment has base 0, limit "
    "0xffffffff and attributes 0xc93";
static const char tss[] = "a busy 32-bit TSS has base 0, limit 0x67 and "
    "attributes 0x8b";

/* These bits of the register have that value. */
static const struct rule {
	enum context_field field;
	const char *name;
	uint64_t bits, value;
	const char *words;
} rules[] = {
	{ CTX_PAD, "pad0", UINT64_MAX, 0, "it must be 0" },
	{ CTX_FLAGS, "flags", ~UINT64_C(1), 0, "a bit is set that the "
	    "hypervisor does not know" },
	{ CTX_TSC_AUX, "msr_tsc_aux", WIDE, 0, "it has 32 bits" },
	{ CTX_CR0, "cr0", UINT64_MAX, 0x11, "a PVH guest starts with PE and "
	    "ET set, and no other bit" },
	{ CTX_CR3, "cr3", UINT64_MAX << 36, 0, "processors need not have "
	    "physical addresses of more than 36 bits" },
	{ CTX_CR4, "cr4", UINT64_MAX, 0, "a PVH guest starts with all bits "
	    "clear" },
	{ CTX_EFER, "msr_efer", UINT64_MAX, 0, "a PVH guest starts in 32-bit "
	    "mode, with all bits clear" },
	{ CTX_RFLAGS, "rflags", 0x20300, 0, "a PVH guest starts with VM, IF "
	    "and TF clear" },
	{ CTX_RFLAGS, "rflags", ~UINT64_C(0x240fd7), 0, "a guest does not "
	    "start with IOPL, NT, RF or a reserved bit set" },
	{ CTX_DR6, "dr6", WIDE, 0, "its upper 32 bits must be 0" },
	{ CTX_DR7, "dr7", WIDE | 0xf800, 0, "its upper 32 bits and bits 11 to "
	    "15 must be 0" },
	FLAT(CS, 0xc9b, code), FLAT(DS, 0xc93, data), FLAT(ES, 0xc93, data),
	FLAT(SS, 0xc93, data),
	{ CTX_TR_BASE, "TR's base", UINT64_MAX, 0, tss },
	{ CTX_TR_LIMIT, "TR's limit", UINT64_MAX, 0x67, tss },
	{ CTX_TR_AR, "TR's attributes", UINT64_MAX, 0x8b, tss },
	{ CTX_IP, "rip", WIDE, 0, "a PVH guest starts in 32-bit mode" },
	{ CTX_BX, "rbx", WIDE, 0, "a PVH guest starts in 32-bit mode" },
};

int
paper_refuse_register(const struct paper_target *t, uint32_t vcpu,
    const char *name, uint64_t value, const char *rule, struct fail *f)
{
	return fail(f, FAIL_TARGET, "cannot set vcpu %u of '%s': %s is 0x%"
	    PRIx64 ": %s", vcpu, t->name, name, value, rule);
}

enum { START_BYTES = 56 };		/* of hvm_start_info */
static const uint64_t start_magic = 0x336ec578;

static bool
has_page(const struct paper_target *t, uint64_t paddr)
{
	return extents_find_mfn(&t->state.frames, paddr / PAGE_BYTES) != NULL;
}

/* *magic is the word at that address. */
static int
read_magic(struct paper_target *t, uint64_t paddr, uint64_t *magic,
    struct fail *f)
{
	const uint64_t gfn = paddr / PAGE_BYTES;
	const struct extent run = { gfn, gfn,
	    (paddr + 3) / PAGE_BYTES - gfn + 1 };
	unsigned char *map = paper_map(&t->base, &run, 1, false, f);

	if (map == NULL)
		return -1;
	*magic = le_get(map + paddr % PAGE_BYTES, 4);
	return paper_unmap(&t->base, map, f);
}

static int
check_start(struct paper_target *t, uint32_t vcpu, uint64_t ip,
    uint64_t bx, struct fail *f)
{
	uint64_t magic;

	if (!has_page(t, ip))
		return paper_refuse_register(t, vcpu, "rip", ip, "the domain "
		    "has no memory there", f);
	if (!has_page(t, bx) || !has_page(t, bx + START_BYTES - 1))
		return paper_refuse_register(t, vcpu, "rbx", bx, "it must be "
		    "the address of hvm_start_info, and the domain has no "
		    "memory there", f);
	if (read_magic(t, bx, &magic, f) < 0)
		return -1;
	return magic == start_magic ? 0 : paper_refuse_register(t, vcpu,
	    "rbx", bx, "it must be the address of hvm_start_info, and what is "
	    "there does not begin with 0x336ec578", f);
}

int
paper_check_hvm_context(struct paper_target *t, uint32_t vcpu,
    const void *context, struct fail *f)
{
	const struct abi_field *field = t->state.abi->context.field;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		uint64_t value = abi_get(field[rules[i].field], context);

		if ((value & rules[i].bits) != rules[i].value)
			return paper_refuse_register(t, vcpu, rules[i].name,
			    value, rules[i].words, f);
	}
	return check_start(t, vcpu, abi_get(field[CTX_IP], context),
	    abi_get(field[CTX_BX], context), f);
}
