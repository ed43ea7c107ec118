#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "canon/built.h"

static struct maybe
maybe_of(uint64_t value)
{
	return (struct maybe){ value != 0, value };
}

/* Of the ABIs that give its address, too. */
static uint64_t
store_mfn(const struct built *b)
{
	if (!abi_has(b->abi->start_info[SI_STORE_PAGE]))
		return built_start_info(b, SI_STORE_MFN);
	return extents_mfn(&b->plan->memory.p2m, built_region_pfn(b,
	    built_start_info(b, SI_STORE_PAGE)));
}

static int
fill_plan(struct built *b, struct fail *f)
{
	const struct abi_field line = b->abi->start_info[SI_CMD_LINE];
	const char *text = (const char *)b->info + line.offset;
	struct plan *p = b->plan;

	p->image.entry = abi_get(b->abi->context.field[CTX_IP], b->context);
	p->pagetables = (struct plan_pagetables){ b->root,
	    built_start_info(b, SI_PT_BASE), built_start_info(b, SI_NR_PT_FRAMES),
	    built_start_info(b, SI_MFN_LIST), built_start_info(b, SI_FIRST_P2M_PFN),
	    built_start_info(b, SI_NR_P2M_FRAMES) };
	p->startinfo = (struct plan_startinfo){ .va = b->si,
	    .flags = built_start_info(b, SI_FLAGS),
	    .shared_info_mfn = b->c->info.shared_info_mfn,
	    .store_mfn = maybe_of(store_mfn(b)),
	    .console_mfn = maybe_of(built_start_info(b, SI_CONSOLE_MFN)),
	    .store_port = built_start_info(b, SI_STORE_EVTCHN),
	    .console_port = built_start_info(b, SI_CONSOLE_EVTCHN) |
	    built_start_info(b, SI_CONTROLLER_EVTCHN),
	    .mod_start = built_start_info(b, SI_MOD_START),
	    .mod_len = built_start_info(b, SI_MOD_LEN) };
	memcpy(p->memory.uuid, b->c->info.uuid, UUID_BYTES);
	memcpy(p->memory.build, b->c->info.build, BUILD_ID_BYTES);
	p->has = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_COMMAND_LINE) |
	    PLAN_BIT(PLAN_LAYOUT) | PLAN_BIT(PLAN_MEMORY) |
	    PLAN_BIT(PLAN_PAGETABLES) | PLAN_BIT(PLAN_STARTINFO) |
	    PLAN_BIT(PLAN_VCPUS);
	if (plan_bytes(p, b->name, strlen(b->name), &p->memory.target,
	    f) < 0)
		return -1;
	return plan_bytes(p, text, strnlen(text, line.size),
	    &p->command_line, f);
}

/* The kernel begins with the first page that is not zero. */
static int
find_kernel(struct built *b, struct fail *f)
{
	struct canon *c = b->c;
	uint64_t end = c->plan->layout.segments[0].pfn, pfn;
	unsigned char page[PAGE_BYTES] = { 0 };

	for (pfn = canon_next(c, 0); pfn < end; pfn = canon_next(c, pfn + 1)) {
		if (canon_page(c, pfn, page, f) < 0)
			return -1;
		if (page[0] != 0 || memcmp(page, page + 1,
		    PAGE_BYTES - 1) != 0)
			break;
	}
	if (pfn < end)
		built_add_segment(b, SEG_KERNEL, pfn, (end - pfn) * PAGE_BYTES, true);
	return 0;
}

void
canon_kernel_from(struct canon *c, uint64_t pfn)
{
	struct layout_segment *s = c->own.layout.segments;
	uint64_t skip = pfn - s->pfn;

	if (c->plan != &c->own || strcmp(s->kind,
	    segment_name(SEG_KERNEL)) != 0 || skip >= s->pages)
		return;
	s->pfn = pfn;
	s->pages -= skip;
	s->size -= skip * PAGE_BYTES;
	s->va.value = abi_wrap(c->abi, s->va.value + skip * PAGE_BYTES);
}

/* From the canonical context, but for the machine frame in cr3. */
static int
fill_vcpu(struct built *b, struct fail *f)
{
	static const struct {
		enum context_field field;
		size_t offset;
	} told[] = {
		{ CTX_IP, offsetof(struct plan_vcpu, ip) },
		{ CTX_SP, offsetof(struct plan_vcpu, sp) },
		{ CTX_SI, offsetof(struct plan_vcpu, si) },
		{ CTX_FLAGS, offsetof(struct plan_vcpu, flags) },
		{ CTX_RFLAGS, offsetof(struct plan_vcpu, rflags) },
		{ CTX_CS, offsetof(struct plan_vcpu, cs) },
		{ CTX_SS, offsetof(struct plan_vcpu, ss) },
		{ CTX_DS, offsetof(struct plan_vcpu, ds) },
		{ CTX_KERNEL_SS, offsetof(struct plan_vcpu, kernel_ss) },
		{ CTX_KERNEL_SP, offsetof(struct plan_vcpu, kernel_sp) },
		{ CTX_DR6, offsetof(struct plan_vcpu, dr6) },
		{ CTX_DR7, offsetof(struct plan_vcpu, dr7) },
		{ CTX_VM_ASSIST, offsetof(struct plan_vcpu, vm_assist) },
	};
	const struct abi_field *d = b->abi->context.field;
	struct plan_vcpu *v = arena_array(&b->plan->arena, 1, sizeof(*v), f);
	bool present;

	if (v == NULL || canon_vcpu(b->c, b->context, &present, f) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		uint64_t value = abi_get(d[told[i].field], b->context);

		memcpy((char *)v + told[i].offset, &value, sizeof(value));
	}
	v->cr3 = abi_cr3(b->abi, b->root);
	b->plan->vcpus = v;
	b->plan->n_vcpus = 1;
	return 0;
}

static int
tell(struct built *b, struct fail *f)
{
	if (built_read_registers(b, f) < 0 || built_read_start_info(b, f) < 0 ||
	    built_read_frames(b, f) < 0 || built_add_segments(b, f) < 0)
		return -1;
	return fill_plan(b, f);
}

static int
open_built(struct built *b, struct fail *f)
{
	struct canon *c = b->c;
	int rc;

	if (c->target->ops->info(c->target, &c->info, f) < 0 ||
	    canon_refuse_run(c->target, &c->info, b->name, f) < 0)
		return -1;
	if (c->info.abi == NULL || c->info.pages == 0)
		return fail(f, FAIL_TARGET, "'%s' has no memory yet: nothing "
		    "is built in it", b->name);
	b->abi = b->plan->image.abi = c->info.abi;
	b->plan->layout.pages = c->info.pages;
	rc = tell(b, f);
	if (built_drop_tables(b, f) < 0 || rc < 0 || canon_prepare(c, f) < 0)
		return -1;
	return find_kernel(b, f) < 0 ? -1 : fill_vcpu(b, f);
}

int
canon_open_built(struct canon **out, struct target *t, const char *name,
    struct fail *f)
{
	struct canon *c = calloc(1, sizeof(*c));
	struct built b = { .c = c, .name = name };

	*out = NULL;
	if (c == NULL)
		return fail_memory(f, sizeof(*c));
	plan_init(&c->own);
	c->target = t;
	c->plan = b.plan = &c->own;
	if (open_built(&b, f) < 0) {
		canon_close(c);
		return -1;
	}
	*out = c;
	return 0;
}
