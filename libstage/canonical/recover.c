#include <stdlib.h>
#include <string.h>

#include "canonical/recover.h"
#include "target/info.h"

static struct maybe
maybe_of(uint64_t value)
{
	return (struct maybe){ value != 0, value };
}

/*
 * The frame of the xenstore ring.  Where start_info has the address of the
 * ring instead (store_page), it is looked up in the p2m list.
 */
static uint64_t
store_mfn(const struct recovery *b)
{
	if (!abi_has(b->abi->start_info[SI_STORE_PAGE]))
		return recover_start_info(b, SI_STORE_MFN);
	return extents_mfn(&b->plan->memory.p2m, recover_region_pfn(b,
	    recover_start_info(b, SI_STORE_PAGE)));
}

static int
fill_plan(struct recovery *b, struct fail *f)
{
	const struct abi_field line = b->abi->start_info[SI_CMD_LINE];
	const char *text = (const char *)b->info + line.offset;
	struct plan *p = b->plan;

	p->image.entry = abi_get(b->abi->context.field[CTX_IP], b->context);
	p->pagetables = (struct plan_pagetables){ b->root,
	    recover_start_info(b, SI_PT_BASE),
	    recover_start_info(b, SI_NR_PT_FRAMES),
	    recover_start_info(b, SI_MFN_LIST),
	    recover_start_info(b, SI_FIRST_P2M_PFN),
	    recover_start_info(b, SI_NR_P2M_FRAMES) };
	p->startinfo = (struct plan_startinfo){ .va = b->si,
	    .flags = recover_start_info(b, SI_FLAGS),
	    .shared_info_mfn = b->c->info.shared_info_mfn,
	    .store_mfn = maybe_of(store_mfn(b)),
	    .console_mfn = maybe_of(recover_start_info(b, SI_CONSOLE_MFN)),
	    .store_port = recover_start_info(b, SI_STORE_EVTCHN),
	    .console_port = recover_start_info(b, SI_CONSOLE_EVTCHN) |
	    recover_start_info(b, SI_CONTROLLER_EVTCHN),
	    .mod_start = recover_start_info(b, SI_MOD_START),
	    .mod_len = recover_start_info(b, SI_MOD_LEN) };
	plan_add(p, PLAN_PAGETABLES);
	return plan_bytes(p, text, strnlen(text, line.size),
	    &p->command_line, f);
}

/* The kernel begins with the first page that is not zero. */
static int
find_kernel(struct recovery *b, struct fail *f)
{
	struct canonical *c = b->c;
	uint64_t end = c->plan->layout.segments[0].pfn, pfn;
	unsigned char page[PAGE_BYTES] = { 0 };

	for (pfn = canonical_next(c, 0); pfn < end;
	    pfn = canonical_next(c, pfn + 1)) {
		if (canonical_page(c, pfn, page, f) < 0)
			return -1;
		if (page[0] != 0 || memcmp(page, page + 1,
		    PAGE_BYTES - 1) != 0)
			break;
	}
	if (pfn < end)
		recover_add_segment(b, SEG_KERNEL, pfn,
		    (end - pfn) * PAGE_BYTES, true);
	return canonical_settle(c, f);
}

void
canonical_kernel_from(struct canonical *c, uint64_t pfn)
{
	struct layout_segment *s = c->own.layout.segments;
	uint64_t skip = pfn - s->pfn;

	if (c->plan != &c->own || !segment_is(s, SEG_KERNEL) ||
	    skip >= s->pages)
		return;
	s->pfn = pfn;
	s->pages -= skip;
	s->size -= skip * PAGE_BYTES;
	s->va.value = abi_wrap(c->abi, s->va.value + skip * PAGE_BYTES);
}

/* From the canonical context, but for the machine frame in cr3. */
static int
fill_vcpu(struct recovery *b, struct fail *f)
{
	struct plan_vcpu *v = arena_array(&b->plan->arena, 1, sizeof(*v), f);
	bool present;

	if (v == NULL || canonical_vcpu(b->c, b->context, &present, f) < 0)
		return -1;
	plan_vcpu_read(v, b->abi, b->context);
	v->cr3 = abi_cr3(b->abi, b->root);
	b->plan->vcpus = v;
	b->plan->n_vcpus = 1;
	return 0;
}

static int
tell_pv(struct recovery *b, struct fail *f)
{
	if (recover_read_registers(b, f) < 0 ||
	    recover_read_start_info(b, f) < 0 ||
	    recover_read_frames(b, f) < 0 || recover_add_segments(b, f) < 0)
		return -1;
	return fill_plan(b, f);
}

static int (*const tell[GUEST_TYPES])(struct recovery *, struct fail *) = {
	[GUEST_PV] = tell_pv,
	[GUEST_PVH] = recover_pvh,
};

/* What is told of a guest of either type. */
static int
fill_memory(struct recovery *b, struct fail *f)
{
	struct plan_memory *m = &b->plan->memory;

	memcpy(m->uuid, b->c->info.uuid, UUID_BYTES);
	memcpy(m->build, b->c->info.build, BUILD_ID_BYTES);
	b->plan->has |= PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_COMMAND_LINE) |
	    PLAN_BIT(PLAN_LAYOUT) | PLAN_BIT(PLAN_MEMORY) |
	    PLAN_BIT(PLAN_STARTINFO) | PLAN_BIT(PLAN_VCPUS);
	return plan_bytes(b->plan, b->name, strlen(b->name), &m->target, f);
}

static int
open_built(struct recovery *b, struct fail *f)
{
	struct canonical *c = b->c;
	int rc;

	if (c->target->ops->info(c->target, &c->info, f) < 0 ||
	    canonical_refuse_run(c->target, &c->info, b->name, f) < 0)
		return -1;
	if (c->info.abi == NULL || c->info.pages == 0)
		return fail(f, FAIL_TARGET, "'%s' has no memory yet: nothing "
		    "is built in it", b->name);
	b->abi = b->plan->image.abi = c->info.abi;
	b->plan->layout.pages = target_info_memory(&c->info);
	rc = tell[b->abi->guest](b, f);
	if (rc == 0)
		rc = fill_memory(b, f);
	walk_close(b->walk);
	if (rc < 0 || canonical_prepare(c, f) < 0)
		return -1;
	return find_kernel(b, f) < 0 ? -1 : fill_vcpu(b, f);
}

int
canonical_recover(struct canonical **out, struct target *t, const char *name,
    struct fail *f)
{
	struct canonical *c = calloc(1, sizeof(*c));
	struct recovery b = { .c = c, .name = name };

	*out = NULL;
	if (c == NULL)
		return fail_memory(f, sizeof(*c));
	plan_init(&c->own);
	c->target = t;
	c->plan = b.plan = &c->own;
	if (open_built(&b, f) < 0) {
		canonical_close(c);
		return -1;
	}
	*out = c;
	return 0;
}
