#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>

#include "verifybreaks.h"

void
says(struct domain *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->want, sizeof(d->want), fmt, ap);
	va_end(ap);
}

uint64_t
va_of_pfn(struct domain *d, uint64_t pfn)
{
	return d->s->v_start + pfn * 4096;
}

static void
break_payload(struct domain *d)
{
	unsigned char *p = dom_page(d, KERNEL_PFN) + 0x123;

	*p ^= 0xff;
	says(d, "va 0x%" PRIx64 " (pfn 0x10, mfn 0x%" PRIx64 "): 0x%02x, "
	    "should be 0x%02x, byte 0x187 of payload 'kernel'",
	    va_of_pfn(d, KERNEL_PFN) + 0x123, dom_mfn(d, KERNEL_PFN), *p,
	    *p ^ 0xff);
}

static void
break_ramdisk(struct domain *d)
{
	uint64_t pfn = dom_segment(d, SEG_RAMDISK)->pfn + 1;
	unsigned char *p = dom_page(d, pfn) + (RAMDISK_BYTES - 1) % 4096;

	*p ^= 1;
	says(d, "should be 0x%02x, byte 0x%x of payload 'ramdisk' in '%s'",
	    *p ^ 1, RAMDISK_BYTES - 1, d->ramdisk_path);
}

/* A plan whose load list has nothing, and a domain that got nothing. */
static void
break_load_list(struct domain *d)
{
	d->plan.layout.n_load = 0;
	memset(dom_page(d, KERNEL_PFN), 0, 4096);
	says(d, "va 0x%" PRIx64 " (pfn 0x10, mfn 0x%" PRIx64 "): 0x00, "
	    "should be 0x%02x, byte 0x64 of payload 'kernel'",
	    va_of_pfn(d, KERNEL_PFN), dom_mfn(d, KERNEL_PFN), d->bytes[100]);
}

/* The file is another one now. */
static void
break_source(struct domain *d)
{
	int fd = open(d->path, O_WRONLY);

	if (pwrite(fd, "!", 1, 5) != 1)
		abort();
	close(fd);
	says(d, "'%s' is not what xb-parse read", d->path);
}

static void
break_tail(struct domain *d)
{
	uint64_t pfn = dom_segment(d, SEG_RAMDISK)->pfn + 1;

	dom_page(d, pfn)[RAMDISK_BYTES % 4096] = 7;
	says(d, "pfn 0x%" PRIx64, pfn);
}

static void
break_gap(struct domain *d)
{
	dom_page(d, d->s->region - 1)[4095] = 0x77;
	says(d, "va 0x%" PRIx64 " (pfn 0x%" PRIx64 ", mfn 0x%" PRIx64
	    "): 0x77, should be 0", va_of_pfn(d, d->s->region) - 1,
	    d->s->region - 1, dom_mfn(d, d->s->region - 1));
}

static void
break_stack(struct domain *d)
{
	dom_page(d, dom_segment(d, SEG_STACK)->pfn)[0] = 1;
	says(d, "va 0x%" PRIx64 " ", dom_segment(d, SEG_STACK)->va.value);
}

void
break_pte(struct domain *d, unsigned level, uint64_t va, uint64_t value,
    const char *why)
{
	unsigned bytes = d->abi->pte_bytes;
	unsigned char *e = dom_entry(d, level, va);
	uint64_t was = le_get(e, bytes);

	le_put(e, bytes, value);
	says(d, "va 0x%" PRIx64 ", L%u entry %u (mfn 0x%" PRIx64 "): 0x%"
	    PRIx64 ", should be 0x%" PRIx64 ": %s",
	    va & ~((UINT64_C(1) << abi_shift(d->abi, level)) - 1), level,
	    abi_index(d->abi, va, level), dom_mfn(d,
	    dom_table_pfn(d, dom_find(d, level, va))), value, was, why);
}

uint64_t
pte_of(struct domain *d, unsigned level, uint64_t va)
{
	return le_get(dom_entry(d, level, va), d->abi->pte_bytes);
}

static void
break_accessed(struct domain *d)
{
	uint64_t va = va_of_pfn(d, 5);

	break_pte(d, 1, va, pte_of(d, 1, va) ^ 0x20, "other flags");
}

static void
break_unmapped(struct domain *d)
{
	break_pte(d, 1, va_of_pfn(d, d->s->region - 1), 0,
	    "nothing is mapped there");
}

static void
break_frame(struct domain *d)
{
	uint64_t va = va_of_pfn(d, 9);

	break_pte(d, 1, va, pte_of(d, 1, va) ^ 0x1000, "another frame");
}

static void
break_writable_table(struct domain *d)
{
	uint64_t va = dom_segment(d, SEG_PAGE_TABLES)->va.value;

	break_pte(d, 1, va, pte_of(d, 1, va) | 2,
	    "a writable mapping of a page table");
}

/* A second mapping of a table, where something else belongs. */
static void
break_alias(struct domain *d)
{
	uint64_t pfn = dom_segment(d, SEG_PAGE_TABLES)->pfn;

	break_pte(d, 1, va_of_pfn(d, 3), dom_mfn(d, pfn) << 12 |
	    d->abi->prot_page, "a writable mapping of a page table");
}

static void
break_large(struct domain *d)
{
	uint64_t va = d->s->v_start;

	break_pte(d, 2, va, pte_of(d, 2, va) | 0x80, "a large page");
}

static void
break_upper(struct domain *d)
{
	uint64_t va = d->s->v_start;
	unsigned top = d->abi->levels;

	break_pte(d, top, va, pte_of(d, top, va) & ~UINT64_C(4),
	    "other flags");
}

/* An address of the guest's that nothing is mapped at, in the top table. */
static void
break_extra_top(struct domain *d)
{
	unsigned top = d->abi->levels;
	uint64_t va = UINT64_C(1) << abi_shift(d->abi, top);

	va *= 2;
	break_pte(d, top, va, UINT64_C(0x1234067),
	    "nothing should be mapped there");
}

static void
break_extra_page(struct domain *d)
{
	struct made_table *t = dom_find(d, 1, d->s->v_start);
	uint64_t va = va_of_pfn(d, d->s->region);

	/* Where the region ends with its table, there is room before it. */
	if (dom_find(d, 1, va) == NULL)
		va = d->s->v_start - 4096;
	if (dom_find(d, 1, va) == NULL || t == NULL) {
		break_unmapped(d);
		return;
	}
	break_pte(d, 1, va, UINT64_C(0x1234023),
	    "nothing should be mapped there");
}

/* What lies behind the entries that a PAE top table has. */
static void
break_behind_top(struct domain *d)
{
	unsigned char *p = dom_page(d, dom_segment(d, SEG_PAGE_TABLES)->pfn);

	if (d->abi->levels != 3) {
		break_accessed(d);
		return;
	}
	p[100 * 8] = 1;
	says(d, "L3 entry 100");
}

static void
break_low_root(struct domain *d)
{
	uint64_t pfn = dom_segment(d, SEG_PAGE_TABLES)->pfn;

	d->plan.pagetables.root_mfn++;
	says(d, "the plan's pagetables.root_mfn is 0x%" PRIx64
	    ", should be 0x%" PRIx64, dom_mfn(d, pfn) + 1, dom_mfn(d, pfn));
}

static void
break_level(struct domain *d)
{
	uint64_t mfn = dom_mfn(d, dom_table_pfn(d, dom_find(d, 1,
	    d->s->v_start)));

	d->k.level[mfn - d->k.base] = 0;
	says(d, "machine frame 0x%" PRIx64 " (table of va 0x%" PRIx64
	    "): used as L0 table, should be L1", mfn, d->s->v_start &
	    ~(dom_cover(d, 1) - 1));
}

static void
break_pin(struct domain *d)
{
	d->k.pinned = 0;
	says(d, "not pinned");
}

static void
break_list(struct domain *d)
{
	uint64_t pfn = d->plan.layout.pages - 3;

	le_put(dom_list(d, pfn), d->abi->p2m_entry, 0x42);
	says(d, "entry of pfn 0x%" PRIx64 " at ", pfn);
}

static void
break_list_value(struct domain *d)
{
	le_put(dom_list(d, 8), d->abi->p2m_entry, 0x42);
	says(d, ": 0x42, should be 0x%" PRIx64, dom_mfn(d, 8));
}

static void
break_list_tail(struct domain *d)
{
	uint64_t size = d->plan.layout.pages * d->abi->p2m_entry;
	uint64_t pfn = dom_segment(d, SEG_P2M)->pfn + size / 4096;

	dom_page(d, pfn)[size % 4096] = 0x99;
	says(d, "0x99, should be 0");
}

static void
break_m2p(struct domain *d)
{
	uint64_t mfn = dom_mfn(d, 100);

	d->k.m2p[mfn - d->k.base] = 101;
	says(d, "machine frame 0x%" PRIx64 ": pfn 0x65, should be 0x64", mfn);
}

void
break_twice(struct domain *d)
{
	struct extents *p2m = &d->plan.memory.p2m;

	p2m->v[1].mfn = p2m->v[0].mfn;
	says(d, "machine frame 0x%" PRIx64 " stands for two guest frames",
	    p2m->v[0].mfn);
}

void
break_foreign(struct domain *d)
{
	d->plan.memory.p2m.v[2].mfn = 0x99;
	says(d, "pfn 0xe: frame 0x99 is not the domain's");
}

static void
break_uuid(struct domain *d)
{
	d->k.info.uuid[0] = 0x12;
	says(d, "its UUID is 1211111111111111");
}

static void
break_build(struct domain *d)
{
	d->k.info.build[15] = 0;
	says(d, "its build id is 2222");
}

static void
break_no_build(struct domain *d)
{
	d->k.info.has_build = false;
	says(d, "carries no build id");
}

static void
break_pages(struct domain *d)
{
	d->k.info.pages--;
	says(d, "it has %" PRIu64 " pages, should have %" PRIu64,
	    d->k.info.pages, d->k.info.pages + 1);
}

static void
break_cmd_line(struct domain *d)
{
	uint64_t pfn = dom_segment(d, SEG_START_INFO)->pfn;
	unsigned at = d->abi->start_info[SI_CMD_LINE].offset + 3u;

	dom_page(d, pfn)[at] = 'S';
	says(d, "start_info.cmd_line (va 0x%" PRIx64 "): byte 0x53, should be "
	    "0x73", va_of_pfn(d, pfn) + at);
}

static void
break_info_tail(struct domain *d)
{
	uint64_t pfn = dom_segment(d, SEG_START_INFO)->pfn;

	dom_page(d, pfn)[4095] = 1;
	says(d, "start_info (va 0x%" PRIx64 "): byte 0x01, should be 0x00",
	    va_of_pfn(d, pfn) + 4095);
}

static void
break_record(struct domain *d)
{
	d->plan.startinfo.mod_len++;
	says(d, "the plan's startinfo.mod_len is 0x");
}

static void
break_ring(struct domain *d)
{
	struct layout_segment *s = dom_segment(d, SEG_CONSOLE);

	if (s == NULL)
		s = dom_segment(d, SEG_XENSTORE);
	if (s == NULL) {		/* 2004 had none */
		break_gap(d);
		return;
	}
	dom_page(d, s->pfn)[3072] = 1;
	says(d, "va 0x%" PRIx64, s->va.value + 3072);
}

static void
break_mask(struct domain *d)
{
	const struct abi_shared_info *s = &d->abi->shared_info;
	unsigned i = s->vcpus - 1u, at = i * s->stride + 1;

	d->k.shared[at] = 0;
	says(d, "upcall mask of vcpu %u (byte 0x%x of shared_info, mfn "
	    "0x7777): 0x00, should be 0x01", i, at);
}

static void
break_pending(struct domain *d)
{
	unsigned at = d->abi->shared_info.time[0].offset - 1u;

	d->k.shared[at] = 0x80;
	says(d, "(byte 0x%x): byte 0x80, should be 0x00", at);
}

static void
break_stub(struct domain *d)
{
	unsigned char *p = dom_page(d, HYPERCALL_PFN);

	if (!d->plan.startinfo.hypercall_mfn.set) {
		break_payload(d);
		return;
	}
	memset(p + 127 * 32, 0xcc, 32);
	says(d, "va 0x%" PRIx64 " (pfn 0x11", va_of_pfn(d, HYPERCALL_PFN) +
	    127 * 32);
}

static void
break_port(struct domain *d)
{
	d->k.port[CONSOLE_PORT].status = PORT_FREE;
	says(d, "console port 2 is free, should be unbound or bound for "
	    "domain 3");
}

static void
break_remote(struct domain *d)
{
	d->k.port[CONSOLE_PORT].remote = 4;
	says(d, "console port 2 is for domain 4, should be for domain 3");
}

static void
break_context(struct domain *d)
{
	d->k.present[0] = false;
	says(d, "vcpu 0 has no context");
}

static void
break_trap(struct domain *d)
{
	unsigned at = d->abi->context.trap.offset + 4u;

	d->k.context[at] = 1;
	says(d, "vcpu 0 (byte 0x%x): byte 0x01, should be 0x00", at);
}

static void
break_other_vcpu(struct domain *d)
{
	d->k.present[2] = true;
	says(d, "vcpu 2 has a context, should have none");
}

static void
break_paused(struct domain *d)
{
	d->k.info.paused = false;
	says(d, "the domain is not paused, should");
}

static void
break_has_run(struct domain *d)
{
	d->k.info.has_run = true;
	says(d, "the domain is launched, should not be");
}

static void
break_vcpu_record(struct domain *d)
{
	d->vcpu.sp ^= 0x1000;
	says(d, "the plan's vcpus[0].sp is 0x%" PRIx64 ", should be 0x%"
	    PRIx64, d->vcpu.sp, d->vcpu.sp ^ 0x1000);
}

const struct verify_break verify_breaks[] = {
	{ "UUID", break_uuid, "domain", NULL },
	{ "build id", break_build, "domain", NULL },
	{ "no build id", break_no_build, "domain", NULL },
	{ "pages", break_pages, "domain", NULL },
	{ "payload byte", break_payload, "payload bytes", NULL },
	{ "last byte of the ramdisk", break_ramdisk, "payload bytes", NULL },
	{ "nothing loaded", break_load_list, "payload bytes", NULL },
	{ "another file", break_source, "payload bytes", NULL },
	{ "byte behind the ramdisk", break_tail, "cleared memory", NULL },
	{ "stale byte in the gap", break_gap, "cleared memory", NULL },
	{ "stale byte in the stack", break_stack, "cleared memory", NULL },
	{ "accessed bit", break_accessed, "page tables", NULL },
	{ "unmapped page", break_unmapped, "page tables", NULL },
	{ "wrong frame", break_frame, "page tables", NULL },
	{ "writable table", break_writable_table, "page tables", NULL },
	{ "writable alias", break_alias, "page tables", NULL },
	{ "large page", break_large, "page tables", NULL },
	{ "flags of the top", break_upper, "page tables", NULL },
	{ "more in the top table", break_extra_top, "page tables", NULL },
	{ "page outside", break_extra_page, "page tables", NULL },
	{ "behind the top", break_behind_top, "page tables", NULL },
	{ "plan's root", break_low_root, "page tables", NULL },
	{ "type", break_level, "frame types", NULL },
	{ "pin", break_pin, "frame types", NULL },
	{ "p2m list", break_list, "p2m list", NULL },
	{ "p2m list value", break_list_value, "p2m list", NULL },
	{ "p2m list tail", break_list_tail, "p2m list", NULL },
	{ "m2p", break_m2p, "m2p", NULL },
	{ "command line", break_cmd_line, "start_info", NULL },
	{ "rest of start_info", break_info_tail, "start_info", NULL },
	{ "plan's startinfo", break_record, "start_info", NULL },
	{ "upcall mask", break_mask, "shared_info", NULL },
	{ "pending event", break_pending, "shared_info", NULL },
	{ "port gone", break_port, "event channels", NULL },
	{ "port's remote", break_remote, "event channels", NULL },
	{ "no context", break_context, "registers", NULL },
	{ "trap entry", break_trap, "registers", NULL },
	{ "plan's vcpu", break_vcpu_record, "registers", NULL },
	{ "other vcpu", break_other_vcpu, "other vcpus", NULL },
	{ "not paused", break_paused, "state", NULL },
	{ "has run", break_has_run, "state", NULL },
	/* only one ABI has the thing: others break what the row's cause says */
	{ "ring", break_ring, "rings", "cleared memory" },
	{ "stub", break_stub, "hypercall page", "payload bytes" },
	{ NULL, NULL, NULL, NULL }
};
