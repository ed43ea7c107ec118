#include <inttypes.h>
#include <string.h>

#include "canonical/recover.h"
#include "base/le.h"
#include "plan/pvh.h"

/*
 * A PVH guest, from rbx of vcpu 0 to hvm_start_info, and from there to command
 * line and modules.  The pages that Xen's tools look for are where the ABI has
 * them, and the event channels are HVM parameters.
 */

/* Is it memory below the hole?  Nothing that is followed lies elsewhere. */
static bool
is_memory(const struct recovery *b, uint64_t paddr, uint64_t n)
{
	const uint64_t low = b->abi->ranges[0].pages;
	const uint64_t pages = b->plan->layout.pages;
	const uint64_t end = (pages < low ? pages : low) * PAGE_BYTES;

	return paddr < end && n <= end - paddr;
}

static int
read_bytes(struct recovery *b, uint64_t paddr, void *bytes, size_t n,
    const char *what, struct fail *f)
{
	const uint64_t pfn = paddr / PAGE_BYTES, in = paddr % PAGE_BYTES;
	const struct extent run = { pfn, pfn, pages_of(in + n) };
	const struct target_ops *ops = b->c->target->ops;
	unsigned char *map;

	if (!is_memory(b, paddr, n))
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: its "
		    "%s is at 0x%" PRIx64 ", where it has no memory; with its "
		    "plan, xb-verify says what is wrong", b->name, what,
		    paddr);
	map = ops->map(b->c->target, &run, 1, false, f);
	if (map == NULL)
		return -1;
	memcpy(bytes, map + in, n);
	return ops->unmap(b->c->target, map, f);
}

/* A text up to its NUL, or as much as a plan can have of it. */
static int
read_text(struct recovery *b, uint64_t paddr, struct bytes *text,
    const char *what, struct fail *f)
{
	char bytes[UINT16_MAX];
	size_t n = sizeof(bytes);

	while (n > 1 && !is_memory(b, paddr, n))
		n /= 2;
	if (read_bytes(b, paddr, bytes, n, what, f) < 0)
		return -1;
	return plan_bytes(b->plan, bytes, strnlen(bytes, n - 1), text, f);
}

static int
read_module(struct recovery *b, const unsigned char *entry,
    struct plan_module *m, struct fail *f)
{
	const uint64_t line = le_get(entry + 16, 8);

	m->size = le_get(entry + 8, 8);
	if (!is_memory(b, le_get(entry, 8), m->size))
		return recover_refuse(b, f, "a module of its start_info does "
		    "not lie in its memory");
	return line == 0 ? 0 : read_text(b, line, &m->command_line,
	    "command line of a module", f);
}

/* *first is where the first one lies. */
static int
read_modules(struct recovery *b, uint64_t paddr, uint64_t n, uint64_t *first,
    struct fail *f)
{
	unsigned char entry[PVH_MODULE_BYTES];
	struct plan *p = b->plan;

	if (n > b->abi->modules)
		return recover_refuse(b, f, "its start_info has more modules "
		    "than a guest is given");
	p->modules = arena_array(&p->arena, n + 1, sizeof(*p->modules), f);
	if (p->modules == NULL)
		return -1;
	for (; p->n_modules < n; p->n_modules++) {
		if (read_bytes(b, paddr + p->n_modules * sizeof(entry), entry,
		    sizeof(entry), "list of modules", f) < 0 ||
		    read_module(b, entry, &p->modules[p->n_modules], f) < 0)
			return -1;
		if (p->n_modules == 0)
			*first = le_get(entry, 8);
	}
	return 0;
}

/* The pages beside the memory that have a kind. */
static void
add_specials(struct recovery *b)
{
	struct plan_layout *l = &b->plan->layout;

	for (const struct abi_special *s = b->abi->specials; s->gfn != 0; s++)
		if (s->kind != SEG_KINDS)
			l->segments[l->n_segments++] = (struct layout_segment){
			    segment_name(s->kind), s->gfn, 1, PAGE_BYTES,
			    { true, s->gfn * PAGE_BYTES } };
}

static int
add_segments(struct recovery *b, uint64_t ramdisk, struct fail *f)
{
	struct plan_layout *l = &b->plan->layout;
	const uint64_t start = plan_pvh_start(b->plan, l->pages).size;
	const uint64_t modules = plan_module_offset(b->plan,
	    b->plan->n_modules);
	const struct layout_segment *last;

	l->segments = arena_array(&b->plan->arena, SEG_KINDS,
	    sizeof(*l->segments), f);
	if (l->segments == NULL || plan_fill_gfns(b->plan, l->pages, f) < 0)
		return -1;
	recover_add_segment(b, SEG_START_INFO, b->si_pfn, start, true);
	recover_add_segment(b, SEG_RAMDISK, ramdisk / PAGE_BYTES, modules,
	    true);
	if (l->n_segments != (modules > 0 ? 2 : 1))
		return recover_refuse(b, f, "start_info and modules do not lie "
		    "apart from each other in its memory");
	last = &l->segments[l->n_segments - 1];
	l->v_end = (last->pfn + last->pages) * PAGE_BYTES;
	add_specials(b);
	return 0;
}

static int
fill_startinfo(struct recovery *b, uint64_t list, struct fail *f)
{
	struct plan *p = b->plan;
	struct target *t = b->c->target;

	p->image.entry = abi_get(b->abi->context.field[CTX_IP], b->context);
	p->identity.gfn = plan_segment(p, SEG_IDENTITY)->pfn;
	plan_add(p, PLAN_IDENTITY);
	p->startinfo = (struct plan_startinfo){ .va = b->si,
	    .store_mfn = plan_gfn(p, SEG_XENSTORE),
	    .console_mfn = plan_gfn(p, SEG_CONSOLE),
	    .mod_start = p->n_modules > 0 ? list : 0,
	    .mod_len = p->n_modules * PVH_MODULE_BYTES };
	if (t->ops->hvm->get_param(t, PARAM_STORE_PORT,
	    &p->startinfo.store_port, f) < 0)
		return -1;
	return t->ops->hvm->get_param(t, PARAM_CONSOLE_PORT,
	    &p->startinfo.console_port, f);
}

/* The start of the segment, which hvm_start_info begins. */
static int
read_start(struct recovery *b, unsigned char start[PVH_START_BYTES],
    struct fail *f)
{
	if (recover_context(b, f) < 0)
		return -1;
	b->si_pfn = b->si / PAGE_BYTES;
	if (read_bytes(b, b->si, start, PVH_START_BYTES, "start_info", f) < 0)
		return -1;
	return le_get(start, 4) == PVH_START_MAGIC ? 0 : recover_refuse(b, f,
	    "what its registers name as start_info does not begin with "
	    "0x336ec578");
}

int
recover_pvh(struct recovery *b, struct fail *f)
{
	unsigned char start[PVH_START_BYTES];
	uint64_t ramdisk = 0, list;

	if (read_start(b, start, f) < 0)
		return -1;
	list = le_get(start + 16, 8);
	if (read_text(b, le_get(start + 24, 8), &b->plan->command_line,
	    "command line", f) < 0 ||
	    read_modules(b, list, le_get(start + 12, 4), &ramdisk, f) < 0 ||
	    add_segments(b, ramdisk, f) < 0)
		return -1;
	return fill_startinfo(b, list, f);
}
