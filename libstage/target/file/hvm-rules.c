#include <stddef.h>

#include "target/file/file.h"

/* ---- memory ---- */

bool
paper_hvm_frames(const struct paper_state *s, uint64_t *pages)
{
	uint64_t all = extents_pages(&s->frames);
	uint64_t beside = abi_pages_beside(s->abi);
	struct extent want[ABI_RANGES_MAX];
	size_t n;

	*pages = all < beside ? 0 : all - beside;
	if (*pages == 0)
		return false;
	n = abi_gfns(s->abi, *pages, want);
	for (size_t i = 0; i < n; i++) {
		const struct extent *e = extents_find_mfn(&s->frames,
		    want[i].mfn);

		/* Runs that follow each other are one in a state. */
		if (e == NULL || want[i].count > e->count -
		    (want[i].mfn - e->mfn))
			return false;
	}
	return true;
}

/* ---- parameters ---- */

static const struct {
	enum { UNKNOWN, GFN, PORT, ADDRESS } kind;
	bool once;			/* Xen takes no other value after it */
} params[PAPER_PARAMS] = {
	[PARAM_STORE_PFN] = { GFN, false },
	[PARAM_STORE_PORT] = { PORT, false },
	[PARAM_IOREQ_PFN] = { GFN, true },
	[PARAM_BUFIOREQ_PFN] = { GFN, true },
	[PARAM_IDENT_PT] = { ADDRESS, false },
	[PARAM_CONSOLE_PFN] = { GFN, false },
	[PARAM_CONSOLE_PORT] = { PORT, false },
	[PARAM_PAGING_RING_PFN] = { GFN, false },
	[PARAM_MONITOR_RING_PFN] = { GFN, false },
	[PARAM_SHARING_RING_PFN] = { GFN, false },
};

static const char *
port_wrong(const struct paper_state *s, uint64_t port)
{
	return port <= s->n_ports ? NULL : "it is no port that was allocated";
}

/* The page that a parameter names; INVALID_MFN: none. */
static uint64_t
page_of(uint64_t param, uint64_t value)
{
	if (value == 0 || params[param].kind == PORT)
		return INVALID_MFN;
	return params[param].kind == ADDRESS ? value / PAGE_BYTES : value;
}

static const char *
page_wrong(const struct paper_state *s, uint64_t param, uint64_t gfn)
{
	if (extents_find_mfn(&s->frames, gfn) == NULL)
		return "the domain has no such page";
	for (uint64_t i = 0; i < PAPER_PARAMS; i++)
		if (i != param && page_of(i, s->param[i]) == gfn)
			return "another parameter names that page";
	return NULL;
}

const char *
paper_param_wrong(const struct paper_state *s, uint64_t param, uint64_t value)
{
	if (s->type != GUEST_PVH)
		return "a PV guest has none";
	if (param >= PAPER_PARAMS || params[param].kind == UNKNOWN)
		return "it is none that a builder of a PVH guest sets";
	if (params[param].once && s->param[param] != 0 &&
	    s->param[param] != value)
		return "it is set once, and has another value";
	if (value == 0)
		return NULL;
	if (params[param].kind == PORT)
		return port_wrong(s, value);
	if (params[param].kind == ADDRESS && value % PAGE_BYTES != 0)
		return "it must be the address of a page";
	return page_wrong(s, param, page_of(param, value));
}

/* ---- registers ---- */

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

enum { START_BYTES = 56 };		/* of hvm_start_info */

static bool
has_page(const struct paper_state *s, uint64_t paddr)
{
	return extents_find_mfn(&s->frames, paddr / PAGE_BYTES) != NULL;
}

bool
paper_hvm_context_wrong(const struct paper_state *s, const void *context,
    struct paper_wrong *w)
{
	const struct abi_field *field = s->abi->context.field;
	const uint64_t ip = abi_get(field[CTX_IP], context);
	const uint64_t bx = abi_get(field[CTX_BX], context);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		*w = (struct paper_wrong){ r->name,
		    abi_get(field[r->field], context), r->words };
		if ((w->value & r->bits) != r->value)
			return true;
	}
	*w = (struct paper_wrong){ "rip", ip, "the domain has no memory "
	    "there" };
	if (!has_page(s, ip))
		return true;
	*w = (struct paper_wrong){ "rbx", bx, "it must be the address of "
	    "hvm_start_info, and the domain has no memory there" };
	return !has_page(s, bx) || !has_page(s, bx + START_BYTES - 1);
}
