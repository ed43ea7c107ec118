#include "verifydomain.h"

uint64_t
dom_table_pfn(struct domain *d, const struct made_table *t)
{
	return dom_segment(d, t->extra ? SEG_P2M_TABLES :
	    SEG_PAGE_TABLES)->pfn + t->pfn;
}

unsigned char *
dom_entry(struct domain *d, unsigned level, uint64_t va)
{
	struct made_table *t = dom_find(d, level, va);

	return dom_page(d, dom_table_pfn(d, t)) +
	    abi_index(d->abi, va, level) * d->abi->pte_bytes;
}

static void
dom_map(struct domain *d, uint64_t va, uint64_t pfn, unsigned prot)
{
	for (unsigned l = d->abi->levels; l > 1; l--)
		le_put(dom_entry(d, l, va), d->abi->pte_bytes, dom_mfn(d,
		    dom_table_pfn(d, dom_find(d, l - 1, va))) << 12 |
		    d->abi->prot_upper);
	le_put(dom_entry(d, 1, va), d->abi->pte_bytes,
	    dom_mfn(d, pfn) << 12 | prot);
}

static void
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

unsigned char *
dom_list(struct domain *d, uint64_t pfn)
{
	uint64_t at = pfn * d->abi->p2m_entry;

	return dom_page(d, dom_segment(d, SEG_P2M)->pfn + at / 4096) +
	    at % 4096;
}

static void
dom_write_p2m(struct domain *d)
{
	struct layout_segment *s = dom_segment(d, SEG_P2M);

	for (uint64_t i = 0; i < s->pages; i++)
		memset(dom_page(d, s->pfn + i), 0, 4096);
	for (uint64_t i = 0; i < d->plan.layout.pages; i++)
		le_put(dom_list(d, i), d->abi->p2m_entry, dom_mfn(d, i));
}

static void
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

static void
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

static void
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

static void
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

static void
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

static struct maybe
dom_maybe_mfn(struct domain *d, enum segment_kind kind)
{
	struct layout_segment *s = dom_segment(d, kind);

	return (struct maybe){ s != NULL, s == NULL ? 0 : dom_mfn(d, s->pfn) };
}

static void
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

void
dom_set(struct domain *d, enum context_field field, uint64_t value)
{
	abi_put(d->abi->context.field[field], d->k.context, value);
}

uint64_t
dom_get(struct domain *d, enum context_field field)
{
	return abi_get(d->abi->context.field[field], d->k.context);
}

static void
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

static void
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

static void
dom_vcpus(struct domain *d)
{
	dom_registers(d);
	d->vcpu = (struct plan_vcpu){ 0, dom_get(d, CTX_IP),
	    dom_get(d, CTX_SP), dom_get(d, CTX_SI), dom_get(d, CTX_FLAGS),
	    dom_get(d, CTX_RFLAGS), dom_get(d, CTX_CR3), dom_get(d, CTX_CS),
	    dom_get(d, CTX_SS), dom_get(d, CTX_DS), dom_get(d, CTX_KERNEL_SS),
	    dom_get(d, CTX_KERNEL_SP), dom_get(d, CTX_DR6),
	    dom_get(d, CTX_DR7), dom_get(d, CTX_VM_ASSIST),
	    { false, 0 } };
	d->plan.vcpus = &d->vcpu;
	d->plan.n_vcpus = 1;
}

void
dom_begin_at(struct domain *d, const struct sample *s, uint64_t base)
{
	struct plan *p = &d->plan;

	*d = (struct domain){ .abi = abi_named(s->abi), .s = s };
	p->image.abi = d->abi;
	p->image.pae = s->pae == NULL ? "no" : s->pae;
	p->command_line = (struct bytes){ "console=hvc0", 12 };
	p->memory.target = (struct bytes){ "file:/d", 7 };
	dom_layout(d);
	vt_begin(&d->k, d->abi, base, p->layout.pages);
	memset(p->memory.uuid, 0x11, UUID_BYTES);
	memset(p->memory.build, 0x22, BUILD_ID_BYTES);
	memset(d->k.info.uuid, 0x11, UUID_BYTES);
	memset(d->k.info.build, 0x22, BUILD_ID_BYTES);
	dom_frames(d, p->layout.pages);
	dom_files(d);
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

void
dom_begin(struct domain *d, const struct sample *s)
{
	dom_begin_at(d, s, 0x1234);
}

void
dom_end(struct domain *d)
{
	unlink(d->path);
	unlink(d->ramdisk_path);
	extents_release(&d->plan.memory.p2m);
	arena_release(&d->plan.arena);
	vt_end(&d->k);
}
