#include "report/words.h"

/* A general register: its names in 32 and in 64 bits. */
struct register_name {
	const char *name[2];
};

#define NAMES(narrow, wide) ((struct register_name){ { narrow, wide } })

static void
show(const struct report *r, struct register_name n, uint64_t value)
{
	fprintf(r->to, "  %-9s  0x" ADDRESS,
	    n.name[r->abi == NULL || r->abi->bits == 64],
	    ADDRESS_OF(r, value));
}

static void
show_selector(const struct report *r, const char *name, uint64_t value)
{
	fprintf(r->to, "  %s 0x%04" PRIx64, name, value);
}

static void
registers(const struct report *r, const struct plan_vcpu *v)
{
	show(r, NAMES("eip", "rip"), v->ip);
	show(r, NAMES("esp", "rsp"), v->sp);
	fputc('\n', r->to);
	show(r, NAMES("esi", "rsi"), v->si);
	show(r, NAMES("eflags", "rflags"), v->rflags);
	fputc('\n', r->to);
	show(r, NAMES("cr3", "cr3"), v->cr3);
	show(r, NAMES("kernel sp", "kernel sp"), v->kernel_sp);
	fputc('\n', r->to);
	show(r, NAMES("dr6", "dr6"), v->dr6);
	show(r, NAMES("dr7", "dr7"), v->dr7);
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
	registers(r, v);
	if (r->abi != NULL)
		report_row(r, "page tables", "top table in mfn 0x%" PRIx64,
		    abi_cr3_mfn(r->abi, v->cr3));
	report_bits(r, "flags", report_vcpu_flags(r->abi), v->flags);
	report_bits(r, "vm_assist", report_vm_assist, v->vm_assist);
}

void
report_vcpus(const struct report *r)
{
	const struct plan *p = r->plan;

	for (size_t i = 0; plan_has(p, PLAN_VCPUS) && i < p->n_vcpus; i++)
		one_vcpu(r, &p->vcpus[i]);
}
