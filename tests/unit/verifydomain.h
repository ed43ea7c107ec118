/*
 * verifydomain: a small domain of any ABI, as it must be, written here by
 * hand: by the slowest and plainest way there is, with nothing shared with
 * the stages or with verify.  The tests then break it, one thing at a time.
 */
#ifndef XB_VERIFYDOMAIN_H
#define XB_VERIFYDOMAIN_H

#include <stdio.h>
#include <unistd.h>

#include "cursor.h"
#include "verifytarget.h"

struct sample {
	const char *abi;
	uint64_t v_start;
	uint64_t region;		/* pages mapped at start */
	uint64_t init_p2m;		/* 0: none */
	bool mod_pfn;			/* ramdisk stays unmapped */
	const char *pae;
};

enum { KERNEL_PFN = 16, KERNEL_PAGES = 3, HYPERCALL_PFN = KERNEL_PFN + 1,
	PIECE2_AT = 2 * 4096 + 0x80, RAMDISK_BYTES = 5000, SPARE = 90,
	SOURCE_BYTES = 12000, TABLES_MAX = 64, STORE_PORT = 1,
	CONSOLE_PORT = 2, BACKEND = 3, RUN = 7 };

/* A page table: of which level, from which address on, in which frame. */
struct made_table {
	unsigned level;
	uint64_t from, pfn;		/* pfn counts from the segment first */
	bool extra;
};

struct domain {
	struct verify_target k;
	struct plan plan;
	const struct abi *abi;
	const struct sample *s;
	struct layout_segment segment[12];
	struct load_piece load[3];
	struct plan_module module;
	struct payload payload[2];
	struct module_part part;
	struct plan_source source;
	struct plan_vcpu vcpu;
	struct made_table table[TABLES_MAX];
	size_t n_tables;
	unsigned char bytes[SOURCE_BYTES];	/* kernel and ramdisk both */
	char path[64];
	char want[160];			/* what a difference must say */
};

/* ---- frames ---- */

static inline uint64_t
dom_mfn(struct domain *d, uint64_t pfn)
{
	return extents_mfn(&d->plan.memory.p2m, pfn);
}

static inline unsigned char *
dom_page(struct domain *d, uint64_t pfn)
{
	return vt_frame(&d->k, dom_mfn(d, pfn));
}

/* Runs of RUN frames, the last run first. */
static inline void
dom_frames(struct domain *d, uint64_t pages)
{
	struct extents *p2m = &d->plan.memory.p2m;
	struct fail f = { 0 };

	for (uint64_t pfn = 0; pfn < pages; pfn += RUN) {
		uint64_t n = pages - pfn < RUN ? pages - pfn : RUN;

		if (extents_add(p2m, pfn, d->k.base + pages - pfn - n, n,
		    &f) < 0)
			abort();
	}
	for (uint64_t pfn = 0; pfn < pages; pfn++)
		d->k.m2p[dom_mfn(d, pfn) - d->k.base] = pfn;
}

/* ---- page tables, counted ---- */

static inline uint64_t
dom_cover(struct domain *d, unsigned level)
{
	return UINT64_C(4096) << d->abi->index_bits * level;
}

static inline uint64_t
dom_low_bits(struct domain *d, uint64_t va)
{
	return d->abi->va_bits == 48 ? va & 0xffffffffffff : va & 0xffffffff;
}

static inline struct made_table *
dom_find(struct domain *d, unsigned level, uint64_t va)
{
	uint64_t from = dom_low_bits(d, va) & ~(dom_cover(d, level) - 1);

	for (size_t i = 0; i < d->n_tables; i++)
		if (d->table[i].level == level && d->table[i].from == from)
			return &d->table[i];
	return NULL;
}

static inline void
dom_need(struct domain *d, unsigned level, uint64_t va, bool extra)
{
	uint64_t next = 0;

	if (dom_find(d, level, va) != NULL)
		return;
	for (size_t i = 0; i < d->n_tables; i++)
		next += d->table[i].extra == extra;
	if (d->n_tables == TABLES_MAX)
		abort();
	d->table[d->n_tables++] = (struct made_table){ level,
	    dom_low_bits(d, va) & ~(dom_cover(d, level) - 1), next, extra };
}

static inline void
dom_count(struct domain *d, uint64_t va, uint64_t pages, bool extra)
{
	unsigned top = d->abi->levels;

	if (d->abi->table_order == ORDER_FIRST_USE) {
		dom_need(d, top, va, extra);
		for (uint64_t i = 0; i < pages; i++)
			for (unsigned l = 1; l < top; l++)
				dom_need(d, l, va + i * 4096, extra);
		return;
	}
	for (unsigned l = top; l > 0; l--) {
		for (uint64_t i = 0; i < pages; i++)
			dom_need(d, l, va + i * 4096, extra);
		for (uint64_t i = va >> 30; d->abi->l2_to_top && l == 2 && i < 4;
		    i++)
			dom_need(d, l, i << 30, extra);
	}
}

static inline uint64_t
dom_tables(struct domain *d, bool extra)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->n_tables; i++)
		n += d->table[i].extra == extra;
	return n;
}

/* ---- layout ---- */

static inline struct layout_segment *
dom_segment(struct domain *d, enum segment_kind kind)
{
	for (size_t i = 0; i < d->plan.layout.n_segments; i++)
		if (strcmp(d->segment[i].kind, segment_name(kind)) == 0)
			return &d->segment[i];
	return NULL;
}

static inline void
dom_add(struct domain *d, enum segment_kind kind, uint64_t *pfn,
    uint64_t size, bool mapped)
{
	struct layout_segment *s = &d->segment[d->plan.layout.n_segments++];

	*s = (struct layout_segment){ segment_name(kind), *pfn,
	    (size + 4095) / 4096, size,
	    { mapped, mapped ? d->s->v_start + *pfn * 4096 : 0 } };
	*pfn += s->pages;
}

static inline uint64_t
dom_size(struct domain *d, enum segment_kind kind)
{
	switch ((int)kind) {
	case SEG_KERNEL:
		return KERNEL_PAGES * 4096;
	case SEG_RAMDISK:
		return RAMDISK_BYTES;
	case SEG_P2M:
		return d->plan.layout.pages * d->abi->p2m_reserved;
	case SEG_PAGE_TABLES:
		return dom_tables(d, false) * 4096;
	default:
		return 4096;
	}
}

static inline void
dom_layout(struct domain *d)
{
	struct plan_layout *l = &d->plan.layout;
	const struct sample *s = d->s;
	uint64_t pfn = KERNEL_PFN, p2m_pages;

	l->v_start = s->v_start;
	l->v_end = s->v_start + s->region * 4096;
	l->pages = s->region + SPARE;
	l->segments = d->segment;
	p2m_pages = pages_of(dom_size(d, SEG_P2M));
	dom_count(d, s->v_start, s->region, false);
	if (s->init_p2m != 0)
		dom_count(d, s->init_p2m, p2m_pages, true);
	for (size_t i = 0; d->abi->order[i] != SEG_KINDS; i++) {
		enum segment_kind kind = d->abi->order[i];

		if ((kind == SEG_RAMDISK && s->mod_pfn) ||
		    (kind == SEG_P2M && s->init_p2m != 0))
			continue;
		dom_add(d, kind, &pfn, dom_size(d, kind), true);
	}
	pfn = s->region;
	if (s->mod_pfn)
		dom_add(d, SEG_RAMDISK, &pfn, RAMDISK_BYTES, false);
	if (s->init_p2m == 0)
		return;
	dom_add(d, SEG_P2M, &pfn, dom_size(d, SEG_P2M), true);
	dom_segment(d, SEG_P2M)->va.value = s->init_p2m;
	if (dom_tables(d, true) > 0)
		dom_add(d, SEG_P2M_TABLES, &pfn, dom_tables(d, true) * 4096,
		    false);
}

/* ---- payloads ---- */

static inline void
dom_file(struct domain *d)
{
	struct fail f = { 0 };
	int fd;

	for (size_t i = 0; i < SOURCE_BYTES; i++)
		d->bytes[i] = (unsigned char)(i * 31 + i / 256 + 1);
	snprintf(d->path, sizeof(d->path), "/tmp/test-verify.XXXXXX");
	fd = mkstemp(d->path);
	if (fd < 0 || write(fd, d->bytes, SOURCE_BYTES) != SOURCE_BYTES)
		abort();
	close(fd);
	fd = file_open(d->path, &d->source.id, &f);
	if (fd < 0 || file_sha256(fd, d->path, SOURCE_BYTES, d->source.sha256,
	    &f) < 0)
		abort();
	close(fd);
	d->source.path = (struct bytes){ d->path, strlen(d->path) };
}

static inline void
dom_payloads(struct domain *d)
{
	struct plan *p = &d->plan;
	uint64_t ramdisk = dom_segment(d, SEG_RAMDISK)->pfn * 4096;
	uint64_t kernel = KERNEL_PFN * 4096;

	d->payload[0] = (struct payload){ .role = "kernel",
	    .size = SOURCE_BYTES };
	memcpy(d->payload[0].sha256, d->source.sha256, SHA256_BYTES);
	d->part.payload = d->payload[0];
	d->part.payload.role = "ramdisk";
	p->image.payloads = d->payload;
	p->image.n_payloads = 1;
	d->module = (struct plan_module){ RAMDISK_BYTES, &d->part, 1 };
	p->modules = &d->module;
	p->n_modules = 1;
	p->sources = &d->source;
	p->n_sources = 1;
	d->load[0] = (struct load_piece){ "kernel", 100, 5000, kernel };
	d->load[1] = (struct load_piece){ "kernel", 6000, 100,
	    kernel + PIECE2_AT };
	d->load[2] = (struct load_piece){ "ramdisk", 7000, RAMDISK_BYTES,
	    ramdisk };
	p->layout.load = d->load;
	p->layout.n_load = 3;
}

static inline void
dom_put(struct domain *d, uint64_t paddr, unsigned char byte)
{
	dom_page(d, paddr / 4096)[paddr % 4096] = byte;
}

static inline void
dom_load(struct domain *d)
{
	struct layout_segment *r = dom_segment(d, SEG_RAMDISK);

	for (uint64_t pfn = 0; pfn < d->s->region; pfn++)
		memset(dom_page(d, pfn), 0, 4096);
	for (uint64_t i = 0; i < r->pages; i++)
		memset(dom_page(d, r->pfn + i), 0, 4096);
	for (size_t i = 0; i < 3; i++)
		for (uint64_t j = 0; j < d->load[i].size; j++)
			dom_put(d, d->load[i].paddr + j,
			    d->bytes[d->load[i].offset + j]);
}

/* ---- page tables, written ---- */

static inline uint64_t
dom_table_pfn(struct domain *d, const struct made_table *t)
{
	return dom_segment(d, t->extra ? SEG_P2M_TABLES :
	    SEG_PAGE_TABLES)->pfn + t->pfn;
}

/* Where the entry of a level for an address is. */
static inline unsigned char *
dom_entry(struct domain *d, unsigned level, uint64_t va)
{
	struct made_table *t = dom_find(d, level, va);

	return dom_page(d, dom_table_pfn(d, t)) +
	    abi_index(d->abi, va, level) * d->abi->pte_bytes;
}

static inline void
dom_map(struct domain *d, uint64_t va, uint64_t pfn, unsigned prot)
{
	for (unsigned l = d->abi->levels; l > 1; l--)
		le_put(dom_entry(d, l, va), d->abi->pte_bytes, dom_mfn(d,
		    dom_table_pfn(d, dom_find(d, l - 1, va))) << 12 |
		    d->abi->prot_upper);
	le_put(dom_entry(d, 1, va), d->abi->pte_bytes,
	    dom_mfn(d, pfn) << 12 | prot);
}

static inline void
dom_write_tables(struct domain *d)
{
	struct layout_segment *tables = dom_segment(d, SEG_PAGE_TABLES);
	struct layout_segment *p2m = dom_segment(d, SEG_P2M);
	unsigned top = d->abi->levels;

	for (size_t i = 0; i < d->n_tables; i++) {
		uint64_t pfn = dom_table_pfn(d, &d->table[i]);

		memset(dom_page(d, pfn), 0, 4096);
		d->k.level[dom_mfn(d, pfn) - d->k.base] =
		    (unsigned char)d->table[i].level;
	}
	for (uint64_t i = 0; i < d->s->region; i++)
		dom_map(d, d->s->v_start + i * 4096, i, i - tables->pfn <
		    tables->pages ? d->abi->prot_table : d->abi->prot_page);
	for (uint64_t i = 0; d->s->init_p2m != 0 && i < p2m->pages; i++)
		dom_map(d, d->s->init_p2m + i * 4096, p2m->pfn + i,
		    d->abi->prot_page);
	for (uint64_t i = 0; d->abi->l2_to_top && i < 4; i++)
		if (dom_find(d, 2, i << 30) != NULL)
			le_put(dom_entry(d, top, i << 30), 8, dom_mfn(d,
			    dom_table_pfn(d, dom_find(d, 2, i << 30))) << 12 |
			    d->abi->prot_upper);
	d->k.pinned = dom_mfn(d, tables->pfn);
}

static inline unsigned char *
dom_list(struct domain *d, uint64_t pfn)
{
	uint64_t at = pfn * d->abi->p2m_entry;

	return dom_page(d, dom_segment(d, SEG_P2M)->pfn + at / 4096) +
	    at % 4096;
}

static inline void
dom_write_p2m(struct domain *d)
{
	struct layout_segment *s = dom_segment(d, SEG_P2M);

	for (uint64_t i = 0; i < s->pages; i++)
		memset(dom_page(d, s->pfn + i), 0, 4096);
	for (uint64_t i = 0; i < d->plan.layout.pages; i++)
		le_put(dom_list(d, i), d->abi->p2m_entry, dom_mfn(d, i));
}

static inline void
dom_pagetables(struct domain *d)
{
	struct plan_pagetables *t = &d->plan.pagetables;
	struct layout_segment *tables = dom_segment(d, SEG_PAGE_TABLES);
	struct layout_segment *p2m = dom_segment(d, SEG_P2M);

	dom_write_p2m(d);
	dom_write_tables(d);
	*t = (struct plan_pagetables){ dom_mfn(d, tables->pfn),
	    tables->va.value, tables->pages, p2m->va.value, 0, 0 };
	if (d->s->init_p2m != 0) {
		t->first_p2m_pfn = p2m->pfn;
		t->p2m_frames = p2m->pages + dom_tables(d, true);
	}
}

/* ---- start_info and its friends ---- */

static inline void
dom_hypercall(struct domain *d)
{
	unsigned char *p = dom_page(d, HYPERCALL_PFN);
	bool wide = d->abi->bits == 64;

	d->plan.image.hypercall_page.set = true;
	d->plan.image.hypercall_page.value = d->s->v_start +
	    HYPERCALL_PFN * 4096;
	d->plan.startinfo.hypercall_mfn.set = true;
	d->plan.startinfo.hypercall_mfn.value = dom_mfn(d, HYPERCALL_PFN);
	memset(p, 0xcc, 4096);
	for (unsigned i = 0; i < 128; i++, p += 32) {
		unsigned char *at = p;

		if (wide) {
			memcpy(at, "\x51\x41\x53", 3);
			at += 3;
		}
		if (i == 23)
			*at++ = 0x50;
		*at++ = 0xb8;
		le_put(at, 4, i);
		memcpy(at + 4, wide ? "\x0f\x05" : "\xcd\x82", 2);
	}
}

static inline void
dom_shared_info(struct domain *d)
{
	const struct abi_shared_info *s = &d->abi->shared_info;

	memset(d->k.shared, 0, sizeof(d->k.shared));
	for (unsigned i = 0; i < s->vcpus; i++)
		d->k.shared[i * s->stride + 1] = 1;
	if (abi_has(s->n_vcpu))
		abi_put(s->n_vcpu, d->k.shared, VT_VCPUS);
	/* The hypervisor's clock ticks. */
	d->k.shared[s->time[0].offset] = 0x5a;
	if (s->vcpu_time)
		d->k.shared[s->stride - 1] = 0x5a;
}

static inline void
dom_put_fields(struct domain *d, unsigned char *page)
{
	const struct abi_field *f = d->abi->start_info;
	const struct plan_startinfo *s = &d->plan.startinfo;
	const struct plan_pagetables *t = &d->plan.pagetables;
	struct layout_segment *store = dom_segment(d, SEG_XENSTORE);

	abi_put(f[SI_NR_PAGES], page, d->plan.layout.pages);
	abi_put(f[SI_SHARED_INFO], page, VT_SHARED << 12);
	abi_put(f[SI_FLAGS], page, s->flags);
	abi_put(f[SI_STORE_MFN], page, s->store_mfn.value);
	abi_put(f[SI_STORE_PAGE], page, store == NULL ? 0 : store->va.value);
	abi_put(f[SI_STORE_EVTCHN], page, s->store_port);
	abi_put(f[SI_CONSOLE_MFN], page, s->console_mfn.value);
	abi_put(f[SI_CONSOLE_EVTCHN], page, CONSOLE_PORT);
	abi_put(f[SI_CONTROLLER_EVTCHN], page, CONSOLE_PORT);
	abi_put(f[SI_PT_BASE], page, t->pt_base);
	abi_put(f[SI_NR_PT_FRAMES], page, t->frames);
	abi_put(f[SI_MFN_LIST], page, t->p2m);
	abi_put(f[SI_MOD_START], page, s->mod_start);
	abi_put(f[SI_MOD_LEN], page, s->mod_len);
	abi_put(f[SI_FIRST_P2M_PFN], page, t->first_p2m_pfn);
	abi_put(f[SI_NR_P2M_FRAMES], page, t->p2m_frames);
	memcpy(page + f[SI_CMD_LINE].offset, d->plan.command_line.data,
	    d->plan.command_line.size);
	if (abi_has(f[SI_MAGIC]))
		memcpy(page + f[SI_MAGIC].offset, d->abi->name,
		    strlen(d->abi->name));
}

static inline void
dom_ports(struct domain *d)
{
	struct plan_startinfo *s = &d->plan.startinfo;

	s->store_port = abi_has(d->abi->start_info[SI_STORE_EVTCHN]) ?
	    STORE_PORT : 0;
	s->console_port = CONSOLE_PORT;
	s->store_domid = s->console_domid = BACKEND;
	for (unsigned i = STORE_PORT; i <= CONSOLE_PORT; i++) {
		d->k.port[i].status = PORT_UNBOUND;
		d->k.port[i].remote = BACKEND;
	}
	if (!abi_has(d->abi->start_info[SI_STORE_MFN]))
		return;
	for (unsigned i = 0; i < VT_GRANTS; i++) {
		d->k.grant[i].used = true;
		d->k.grant[i].domid = BACKEND;
		d->k.grant[i].mfn = i == 0 ? s->console_mfn.value :
		    s->store_mfn.value;
	}
}

static inline struct maybe
dom_maybe_mfn(struct domain *d, enum segment_kind kind)
{
	struct layout_segment *s = dom_segment(d, kind);

	return (struct maybe){ s != NULL, s == NULL ? 0 : dom_mfn(d, s->pfn) };
}

static inline void
dom_startinfo(struct domain *d)
{
	struct plan_startinfo *s = &d->plan.startinfo;
	struct layout_segment *seg = dom_segment(d, SEG_START_INFO);
	struct layout_segment *r = dom_segment(d, SEG_RAMDISK);
	bool modern = abi_has(d->abi->start_info[SI_MAGIC]);

	s->va = seg->va.value;
	s->flags = (modern ? 0x10u : 0) | (d->s->mod_pfn ? 8u : 0);
	s->shared_info_mfn = VT_SHARED;
	s->mod_start = d->s->mod_pfn ? r->pfn : r->va.value;
	s->mod_len = d->s->mod_pfn ? 8192 : RAMDISK_BYTES;
	s->store_mfn = dom_maybe_mfn(d, SEG_XENSTORE);
	s->console_mfn = dom_maybe_mfn(d, SEG_CONSOLE);
	dom_ports(d);
	dom_put_fields(d, dom_page(d, seg->pfn));
	dom_shared_info(d);
	if (modern)
		dom_hypercall(d);
}

/* ---- registers: abi.md, section 4 ---- */

static inline void
dom_set(struct domain *d, enum context_field field, uint64_t value)
{
	abi_put(d->abi->context.field[field], d->k.context, value);
}

static inline uint64_t
dom_get(struct domain *d, enum context_field field)
{
	return abi_get(d->abi->context.field[field], d->k.context);
}

static inline void
dom_selectors(struct domain *d, unsigned code, unsigned data, unsigned stack)
{
	dom_set(d, CTX_CS, code);
	dom_set(d, CTX_SS, stack);
	dom_set(d, CTX_KERNEL_SS, stack);
	for (enum context_field i = CTX_DS; i <= CTX_GS; i++)
		dom_set(d, i, data);
	if (d->abi->start_info_flags != 0)
		return;
	if (d->abi->bits == 32) {
		dom_set(d, CTX_EVENT_CS, code);
		dom_set(d, CTX_FAILSAFE_CS, code);
	}
	for (unsigned i = 0; i < 256; i++) {
		unsigned char *t = d->k.context + d->abi->context.trap.offset +
		    i * d->abi->context.trap.stride;

		t[0] = (unsigned char)i;
		le_put(t + 2, 2, code);
	}
}

static inline void
dom_registers(struct domain *d)
{
	bool oldest = strcmp(d->abi->name, "xen-1.3-x86_32") == 0;
	bool modern = d->abi->start_info_flags != 0;
	uint64_t si = d->plan.startinfo.va;
	uint64_t sp = oldest ? si : dom_segment(d, SEG_STACK)->va.value + 4096;
	uint64_t mfn = d->plan.pagetables.root_mfn;

	d->plan.image.entry = d->s->v_start + KERNEL_PFN * 4096 + 0x40;
	dom_set(d, CTX_FLAGS, modern ? 0x24 : d->abi->bits == 64 ? 4 : 0);
	dom_set(d, CTX_IP, d->plan.image.entry);
	dom_set(d, CTX_SP, sp);
	dom_set(d, CTX_KERNEL_SP, sp);
	dom_set(d, CTX_SI, si);
	dom_set(d, CTX_RFLAGS, oldest ? 0x204 : 0x200);
	dom_set(d, CTX_DR6, modern ? 0xffff0ff0 : 0);
	dom_set(d, CTX_DR7, modern ? 0x400 : 0);
	dom_set(d, CTX_CR3, mfn << 12 | (d->abi->levels == 3 ? mfn >> 20 : 0));
	if (d->abi->bits == 64)
		dom_selectors(d, 0xe033, 0, 0xe02b);
	else
		dom_selectors(d, oldest ? 0x0819 : 0xe019,
		    oldest ? 0x0821 : 0xe021, oldest ? 0x0821 : 0xe021);
	if (strcmp(d->plan.image.pae, "extended") == 0)
		dom_set(d, CTX_VM_ASSIST, 8);
	d->k.present[0] = d->k.info.constructed = true;
}

static inline void
dom_vcpus(struct domain *d)
{
	dom_registers(d);
	d->vcpu = (struct plan_vcpu){ 0, dom_get(d, CTX_IP),
	    dom_get(d, CTX_SP), dom_get(d, CTX_SI), dom_get(d, CTX_FLAGS),
	    dom_get(d, CTX_RFLAGS), dom_get(d, CTX_CR3), dom_get(d, CTX_CS),
	    dom_get(d, CTX_SS), dom_get(d, CTX_DS), dom_get(d, CTX_KERNEL_SS),
	    dom_get(d, CTX_KERNEL_SP), dom_get(d, CTX_DR6),
	    dom_get(d, CTX_DR7), dom_get(d, CTX_VM_ASSIST) };
	d->plan.vcpus = &d->vcpu;
	d->plan.n_vcpus = 1;
}

/* ---- all of it ---- */

static inline void
dom_begin(struct domain *d, const struct sample *s)
{
	struct plan *p = &d->plan;

	*d = (struct domain){ .abi = abi_named(s->abi), .s = s };
	p->image.abi = d->abi;
	p->image.pae = s->pae == NULL ? "no" : s->pae;
	p->command_line = (struct bytes){ "console=hvc0", 12 };
	p->memory.target = (struct bytes){ "file:/d", 7 };
	dom_layout(d);
	vt_begin(&d->k, d->abi, 0x1234, p->layout.pages);
	memset(p->memory.uuid, 0x11, UUID_BYTES);
	memset(p->memory.build, 0x22, BUILD_ID_BYTES);
	memset(d->k.info.uuid, 0x11, UUID_BYTES);
	memset(d->k.info.build, 0x22, BUILD_ID_BYTES);
	dom_frames(d, p->layout.pages);
	dom_file(d);
	dom_payloads(d);
	dom_load(d);
	dom_pagetables(d);
	dom_startinfo(d);
	dom_vcpus(d);
	p->has = (1u << PLAN_IMAGE | 1u << PLAN_MODULES |
	    1u << PLAN_COMMAND_LINE | 1u << PLAN_SOURCES | 1u << PLAN_LAYOUT |
	    1u << PLAN_MEMORY | 1u << PLAN_PAGETABLES | 1u << PLAN_STARTINFO |
	    1u << PLAN_VCPUS | 1u << PLAN_LAUNCHED);
}

static inline void
dom_end(struct domain *d)
{
	unlink(d->path);
	extents_release(&d->plan.memory.p2m);
	arena_release(&d->plan.arena);
	vt_end(&d->k);
}

#endif
