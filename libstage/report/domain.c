#include "base/file.h"
#include "base/hex.h"
#include "plan/pvh.h"
#include "report/words.h"

void
report_memory(const struct report *r)
{
	const struct plan_memory *m = &r->plan->memory;
	const struct extents *frames = plan_frames(r->plan);
	uint64_t pages = extents_pages(frames);

	report_heading(r, "domain");
	report_key(r, "target");
	report_quoted(r, m->target);
	fputc('\n', r->to);
	report_row(r, "UUID", "%s", uuid_text(m->uuid).s);
	report_row(r, "build", "%s", id_text(m->build).s);
	report_row(r, report_guest_words(r)->memory, "%" PRIu64 " page%s in "
	    "%zu run%s", pages, report_plural(pages), frames->n,
	    report_plural(frames->n));
}

void
report_pagetables(const struct report *r)
{
	const struct plan_pagetables *t = &r->plan->pagetables;

	report_heading(r, "page tables");
	report_row(r, "top table", "0x" ADDRESS " in mfn 0x%" PRIx64
	    ", pinned", ADDRESS_OF(r, t->pt_base), t->root_mfn);
	report_row(r, "frames", "%" PRIu64, t->frames);
	report_row(r, "p2m list", "0x" ADDRESS, ADDRESS_OF(r, t->p2m));
	if (t->p2m_frames > 0)
		report_row(r, "its frames", "%" PRIu64 " from pfn 0x%" PRIx64,
		    t->p2m_frames, t->first_p2m_pfn);
}

void
report_identity(const struct report *r)
{
	report_heading(r, "identity table");
	report_row(r, "gfn", "0x%" PRIx64 ", for Xen while paging is off",
	    r->plan->identity.gfn);
}

static void
ring_row(const struct report *r, const char *key, struct maybe mfn,
    uint64_t port, uint64_t domid)
{
	if (!mfn.set && port == 0)
		return;
	report_key(r, key);
	if (mfn.set)
		fprintf(r->to, "%s 0x%" PRIx64, report_guest_words(r)->frame,
		    mfn.value);
	else
		fputs("no ring", r->to);
	if (port != 0)
		fprintf(r->to, ", event channel %" PRIu64 " to domain %"
		    PRIu64, port, domid);
	else
		fputs(", no event channel", r->to);
	fputc('\n', r->to);
}

static void
module_row(const struct report *r, const struct plan_startinfo *s)
{
	if (s->mod_len == 0)
		return;
	if (r->abi->start_info_size == 0)
		report_row(r, "modules", "%" PRIu64 ", list at 0x" ADDRESS,
		    s->mod_len / PVH_MODULE_BYTES, ADDRESS_OF(r,
		    s->mod_start));
	else if ((s->flags & SIF_MOD_PFN) != 0 && r->abi->mod_pfn)
		report_row(r, "ramdisk", "pfn 0x%" PRIx64 ", %" PRIu64
		    " bytes", s->mod_start, s->mod_len);
	else
		report_row(r, "ramdisk", "0x" ADDRESS ", %" PRIu64 " bytes",
		    ADDRESS_OF(r, s->mod_start), s->mod_len);
}

void
report_startinfo(const struct report *r)
{
	const struct plan_startinfo *s = &r->plan->startinfo;

	report_heading(r, "start_info");
	report_row(r, "address", "0x" ADDRESS, ADDRESS_OF(r, s->va));
	if (r->abi->start_info_size != 0)
		report_bits(r, "flags", report_start_flags(r->abi), s->flags);
	if (r->abi->shared_info.size != 0)
		report_row(r, "shared_info", "mfn 0x%" PRIx64,
		    s->shared_info_mfn);
	ring_row(r, "xenstore", s->store_mfn, s->store_port, s->store_domid);
	ring_row(r, "console", s->console_mfn, s->console_port,
	    s->console_domid);
	module_row(r, s);
	if (s->hypercall_mfn.set)
		report_row(r, "hypercall page", "mfn 0x%" PRIx64
		    ", the hypervisor's stubs", s->hypercall_mfn.value);
}

int
report_runs(const struct plan *p, FILE *to, struct fail *f)
{
	const struct report r = report_on(p, to);
	const struct guest_words *words = report_guest_words(&r);
	const struct extents *l;

	if (!plan_has(p, PLAN_MEMORY))
		return 0;
	l = plan_frames(p);
	fprintf(to, "\n%s\n  %-10s  %-12s  %9s\n", words->memory, "pfn",
	    words->frame, "pages");
	for (size_t i = 0; i < l->n; i++)
		fprintf(to, "  0x%-8" PRIx64 "  0x%-10" PRIx64 "  %9" PRIu64
		    "\n", l->v[i].pfn, l->v[i].mfn, l->v[i].count);
	return file_flush(to, "the report", f);
}

/* ---- vcpus ---- */

/* A general register, with its names in 32 and in 64 bits. */
static void
show(const struct report *r, const char *narrow, const char *wide,
    uint64_t value)
{
	fprintf(r->to, "  %-9s  0x" ADDRESS, r->abi->bits == 64 ? wide : narrow,
	    ADDRESS_OF(r, value));
}

static void
show_selector(const struct report *r, const char *name, uint64_t value)
{
	fprintf(r->to, "  %s 0x%04" PRIx64, name, value);
}

/* A PVH guest starts in flat 32-bit mode: the rest is the same for each. */
static void
hvm_registers(const struct report *r, const struct plan_vcpu *v)
{
	show(r, "eip", "rip", v->ip);
	show(r, "ebx", "rbx", v->bx.value);
	fputc('\n', r->to);
	show(r, "eflags", "rflags", v->rflags);
	fputs("  paging off\n", r->to);
}

static void
registers(const struct report *r, const struct plan_vcpu *v)
{
	show(r, "eip", "rip", v->ip);
	show(r, "esp", "rsp", v->sp);
	fputc('\n', r->to);
	show(r, "esi", "rsi", v->si);
	show(r, "eflags", "rflags", v->rflags);
	fputc('\n', r->to);
	show(r, "cr3", "cr3", v->cr3);
	show(r, "kernel sp", "kernel sp", v->kernel_sp);
	fputc('\n', r->to);
	show(r, "dr6", "dr6", v->dr6);
	show(r, "dr7", "dr7", v->dr7);
	fputc('\n', r->to);
	show_selector(r, "cs", v->cs);
	show_selector(r, "ss", v->ss);
	show_selector(r, "ds, es, fs, gs", v->ds);
	show_selector(r, "kernel ss", v->kernel_ss);
	fputc('\n', r->to);
}

static void
one_vcpu(const struct report *r, const struct plan_vcpu *v)
{
	char title[32];

	snprintf(title, sizeof(title), "vcpu %" PRIu64, v->id);
	report_heading(r, title);
	if (r->abi->levels == 0) {
		hvm_registers(r, v);
		return;
	}
	registers(r, v);
	report_row(r, "page tables", "top table in mfn 0x%" PRIx64,
	    abi_cr3_mfn(r->abi, v->cr3));
	report_bits(r, "flags", report_vcpu_flags(r->abi), v->flags);
	report_bits(r, "vm_assist", report_vm_assist, v->vm_assist);
}

void
report_vcpus(const struct report *r)
{
	for (size_t i = 0; i < r->plan->n_vcpus; i++)
		one_vcpu(r, &r->plan->vcpus[i]);
}
