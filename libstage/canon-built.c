#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "canon-impl.h"
#include "cursor.h"
#include "ptgeom.h"

/*
 * A domain alone: from cr3 and the address of start_info in vcpu 0's context,
 * through its page tables, to start_info and the p2m list; the rest follows
 * from the ABI's layout.
 */

enum { PTE_PRESENT = 0x1, SEGMENTS_MAX = SEG_KINDS };

#define PTE_FRAME	UINT64_C(0x000ffffffffff000)
#define REGION_STEP	UINT64_C(0x400000)
#define REGION_SLACK	UINT64_C(0x80000)

struct built {
	struct canon *c;
	const char *name;
	struct plan *plan;		/* c->own */
	const struct abi *abi;
	unsigned char context[CANON_CONTEXT_BYTES];
	unsigned char info[PAGE_BYTES];	/* start_info */
	uint64_t root, si;		/* mfn, va */
	uint64_t root_pfn, si_pfn;

	/* the table of each level that was walked last */
	uint64_t mfn[ABI_LEVELS_MAX + 1];
	unsigned char *table[ABI_LEVELS_MAX + 1];	/* NULL: none */
};

static int
not_built(const struct built *b, struct fail *f, const char *why)
{
	return fail(f, FAIL_TARGET, "'%s' is not a built domain: %s; with its "
	    "plan, xb-verify says what is wrong", b->name, why);
}

/* ---- addresses ---- */

static unsigned char *
map_frame(const struct built *b, uint64_t mfn, struct fail *f)
{
	const struct extent one = { 0, mfn, 1 };

	return b->c->target->ops->map(b->c->target, &one, 1, false, f);
}

static int
drop_table(struct built *b, unsigned level, struct fail *f)
{
	unsigned char *table = b->table[level];

	b->table[level] = NULL;
	return table == NULL ? 0 :
	    b->c->target->ops->unmap(b->c->target, table, f);
}

static int
drop_tables(struct built *b, struct fail *f)
{
	int rc = 0;

	for (unsigned l = 1; l <= ABI_LEVELS_MAX; l++)
		rc |= drop_table(b, l, f);
	return rc < 0 ? -1 : 0;
}

static int
take_table(struct built *b, unsigned level, uint64_t mfn, struct fail *f)
{
	if (b->table[level] != NULL && b->mfn[level] == mfn)
		return 0;
	if (drop_table(b, level, f) < 0)
		return -1;
	b->table[level] = map_frame(b, mfn, f);
	b->mfn[level] = mfn;
	return b->table[level] == NULL ? -1 : 0;
}

/* The machine frame that an address is mapped to. */
static int
translate(struct built *b, uint64_t va, uint64_t *mfn, struct fail *f)
{
	*mfn = b->root;
	for (unsigned level = b->abi->levels; level > 0; level--) {
		unsigned i = abi_index(b->abi, va, level);
		uint64_t e;

		if (take_table(b, level, *mfn, f) < 0)
			return -1;
		e = le_get(b->table[level] + (size_t)i * b->abi->pte_bytes,
		    b->abi->pte_bytes);
		if ((e & PTE_PRESENT) == 0)
			return fail(f, FAIL_TARGET, "'%s' is not a built "
			    "domain: va 0x%" PRIx64 " is not mapped, for entry "
			    "%u of an L%u table is 0x%" PRIx64, b->name, va, i,
			    level, e);
		*mfn = (e & PTE_FRAME) >> PAGE_BITS;
	}
	return 0;
}

static int
read_page(struct built *b, uint64_t va, uint64_t *mfn,
    unsigned char page[PAGE_BYTES], struct fail *f)
{
	unsigned char *bytes;

	if (translate(b, va, mfn, f) < 0)
		return -1;
	bytes = map_frame(b, *mfn, f);
	if (bytes == NULL)
		return -1;
	memcpy(page, bytes, PAGE_BYTES);
	return b->c->target->ops->unmap(b->c->target, bytes, f);
}

/* ---- registers, start_info, p2m ---- */

static int
read_registers(struct built *b, struct fail *f)
{
	const struct abi_field *d = b->abi->context.field;
	bool present;

	if (b->c->target->ops->get_context(b->c->target, 0, b->context,
	    &present, f) < 0)
		return -1;
	if (!present)
		return fail(f, FAIL_TARGET, "'%s' is not built to the end: "
		    "vcpu 0 has no registers yet; 'xb-launch -p' sets them",
		    b->name);
	b->root = abi_cr3_mfn(b->abi, abi_get(d[CTX_CR3], b->context));
	b->si = abi_get(d[CTX_SI], b->context);
	return 0;
}

static uint64_t
start_info(const struct built *b, enum start_info_field field)
{
	return abi_get(b->abi->start_info[field], b->info);
}

/* What the hypervisor takes a frame for; UINT64_MAX: for none. */
static int
m2p(const struct built *b, uint64_t mfn, uint64_t *pfn, struct fail *f)
{
	return b->c->target->ops->get_m2p(b->c->target, mfn, 1, pfn, f);
}

static int
read_start_info(struct built *b, struct fail *f)
{
	struct plan_layout *l = &b->plan->layout;
	uint64_t mfn, pfn;

	if (b->si % PAGE_BYTES != 0)
		return not_built(b, f, "the address of start_info in its "
		    "registers is not that of a page");
	if (read_page(b, b->si, &mfn, b->info, f) < 0 ||
	    m2p(b, b->root, &b->root_pfn, f) < 0 || m2p(b, mfn, &pfn, f) < 0)
		return -1;
	if (pfn >= l->pages || b->root_pfn >= l->pages)
		return not_built(b, f, "the hypervisor does not know the "
		    "frames of its start_info and top table as its own");
	b->si_pfn = pfn;
	l->v_start = abi_wrap(b->abi, b->si - pfn * PAGE_BYTES);
	return 0;
}

/*
 * The frame of a page, where the list is wrong about it: that of its address
 * in the initial mapping, if the hypervisor agrees.
 */
static int
mend_entry(struct built *b, uint64_t pfn, uint64_t *mfn, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	uint64_t was = *mfn, back = UINT64_MAX;

	if (translate(b, abi_wrap(b->abi, b->plan->layout.v_start +
	    pfn * PAGE_BYTES), mfn, &why) == 0 && m2p(b, *mfn, &back, f) < 0)
		return -1;
	if (back != pfn)
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: its "
		    "p2m list has mfn 0x%" PRIx64 " for pfn 0x%" PRIx64
		    ", which the hypervisor does not know as that; with its "
		    "plan, xb-verify says what is wrong", b->name, was, pfn);
	return 0;
}

/* Entries of the list that follow each other, as frames and in m2p. */
static int
take_run(struct built *b, uint64_t pfn, uint64_t mfn, unsigned n,
    struct extents *p2m, struct fail *f)
{
	uint64_t back[PAGE_BYTES / 4];

	if (mfn <= PTE_FRAME >> PAGE_BITS && b->c->target->ops->get_m2p(
	    b->c->target, mfn, n, back, f) < 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		uint64_t frame = mfn + i;

		if ((mfn > PTE_FRAME >> PAGE_BITS || back[i] != pfn + i) &&
		    mend_entry(b, pfn + i, &frame, f) < 0)
			return -1;
		if (extents_add(p2m, pfn + i, frame, 1, f) < 0)
			return -1;
	}
	return 0;
}

static int
take_entries(struct built *b, const unsigned char *page, uint64_t first,
    struct extents *p2m, struct fail *f)
{
	unsigned bytes = b->abi->p2m_entry, n = (unsigned)PAGE_BYTES / bytes;
	uint64_t left = b->plan->layout.pages - first;

	if (n > left)
		n = (unsigned)left;
	for (unsigned i = 0, run; i < n; i += run) {
		uint64_t mfn = le_get(page + (size_t)i * bytes, bytes);

		for (run = 1; i + run < n; run++)
			if (le_get(page + (size_t)(i + run) * bytes, bytes) !=
			    mfn + run)
				break;
		if (take_run(b, first + i, mfn, run, p2m, f) < 0)
			return -1;
	}
	return 0;
}

static int
read_list(struct built *b, struct extents *p2m, struct fail *f)
{
	uint64_t va = start_info(b, SI_MFN_LIST), mfn;
	uint64_t n = PAGE_BYTES / b->abi->p2m_entry;
	unsigned char page[PAGE_BYTES];

	if (va % PAGE_BYTES != 0)
		return not_built(b, f, "the p2m list of its start_info does "
		    "not begin with a page");
	for (uint64_t i = 0; i * n < b->plan->layout.pages; i++)
		if (read_page(b, abi_wrap(b->abi, va + i * PAGE_BYTES), &mfn,
		    page, f) < 0 || take_entries(b, page, i * n, p2m, f) < 0)
			return -1;
	return 0;
}

/* Moves the list into the plan's arena. */
static int
keep_list(struct built *b, struct extents *p2m, struct fail *f)
{
	struct extents *to = &b->plan->memory.p2m;

	to->v = arena_array(&b->plan->arena, p2m->n, sizeof(*p2m->v), f);
	if (to->v == NULL)
		return -1;
	memcpy(to->v, p2m->v, p2m->n * sizeof(*p2m->v));
	to->n = to->cap = p2m->n;
	return 0;
}

static int
read_frames(struct built *b, struct fail *f)
{
	struct extents p2m = EXTENTS_INIT;
	int rc = read_list(b, &p2m, f);

	if (rc == 0)
		rc = keep_list(b, &p2m, f);
	extents_release(&p2m);
	return rc;
}

/* ---- layout ---- */

/* The pfn of a frame; the list is not sorted yet. */
static uint64_t
pfn_of(const struct built *b, uint64_t mfn)
{
	const struct extents *p2m = &b->plan->memory.p2m;

	for (size_t i = 0; i < p2m->n; i++)
		if (mfn >= p2m->v[i].mfn &&
		    mfn - p2m->v[i].mfn < p2m->v[i].count)
			return p2m->v[i].pfn + (mfn - p2m->v[i].mfn);
	return NO_FRAME;
}

static uint64_t
region_pfn(const struct built *b, uint64_t va)
{
	return abi_wrap(b->abi, va - b->plan->layout.v_start) >> PAGE_BITS;
}

/* A segment that is where a build could put it; others are left out. */
static void
add_segment(struct built *b, enum segment_kind kind, uint64_t pfn,
    uint64_t size, bool mapped)
{
	struct plan_layout *l = &b->plan->layout;
	uint64_t pages = pages_of(size);
	size_t at = 0;

	if (pages == 0 || pfn >= l->pages || pages > l->pages - pfn)
		return;
	while (at < l->n_segments && l->segments[at].pfn < pfn)
		at++;
	if ((at > 0 && l->segments[at - 1].pfn + l->segments[at - 1].pages >
	    pfn) || (at < l->n_segments && pfn + pages > l->segments[at].pfn))
		return;
	memmove(l->segments + at + 1, l->segments + at,
	    (l->n_segments - at) * sizeof(*l->segments));
	l->segments[at] = (struct layout_segment){ segment_name(kind), pfn,
	    pages, size, { mapped, 0 } };
	if (mapped)
		l->segments[at].va.value = abi_wrap(b->abi,
		    l->v_start + pfn * PAGE_BYTES);
	l->n_segments++;
}

static void
add_rings(struct built *b)
{
	uint64_t store = start_info(b, SI_STORE_MFN);
	uint64_t console = start_info(b, SI_CONSOLE_MFN);

	if (abi_has(b->abi->start_info[SI_STORE_PAGE]))
		add_segment(b, SEG_XENSTORE, region_pfn(b,
		    start_info(b, SI_STORE_PAGE)), PAGE_BYTES, true);
	else if (store != 0)
		add_segment(b, SEG_XENSTORE, pfn_of(b, store), PAGE_BYTES,
		    true);
	if (console != 0)
		add_segment(b, SEG_CONSOLE, pfn_of(b, console), PAGE_BYTES,
		    true);
}

static void
add_ramdisk(struct built *b)
{
	uint64_t start = start_info(b, SI_MOD_START);
	uint64_t size = start_info(b, SI_MOD_LEN);
	bool by_pfn = (start_info(b, SI_FLAGS) & SIF_MOD_PFN) != 0 &&
	    b->abi->region == REGION_2010;

	add_segment(b, SEG_RAMDISK, by_pfn ? start : region_pfn(b, start),
	    size, !by_pfn);
}

/* The list, and the tables of one that is mapped apart. */
static void
add_list(struct built *b)
{
	uint64_t size = b->plan->layout.pages * b->abi->p2m_reserved;
	uint64_t pages = pages_of(size);
	uint64_t pfn = start_info(b, SI_FIRST_P2M_PFN);
	uint64_t frames = start_info(b, SI_NR_P2M_FRAMES);
	struct plan_layout *l = &b->plan->layout;

	if (frames == 0) {
		add_segment(b, SEG_P2M, region_pfn(b,
		    start_info(b, SI_MFN_LIST)), size, true);
		return;
	}
	add_segment(b, SEG_P2M, pfn, size, true);
	for (size_t i = 0; i < l->n_segments; i++)
		if (l->segments[i].pfn == pfn)
			l->segments[i].va.value = start_info(b, SI_MFN_LIST);
	if (frames > pages && frames <= l->pages)
		add_segment(b, SEG_P2M_TABLES, pfn + pages,
		    (frames - pages) * PAGE_BYTES, false);
}

/*
 * The initial mapping ends on a 4 MiB line at least 512 KiB behind the stack,
 * its last segment: abi.md, section 5.
 */
static uint64_t
last_by_rule(uint64_t stack)
{
	uint64_t end = stack + PAGE_BYTES, last = (end - 1) | (REGION_STEP - 1);

	return last - end + 1 < REGION_SLACK ? last + REGION_STEP : last;
}

/*
 * ... and takes as many tables as start_info says.  Where no line does, it is
 * start_info that is wrong.
 */
static int
find_end(struct built *b, struct fail *f)
{
	const struct layout_segment *stack = plan_segment(b->plan, SEG_STACK);
	struct plan_layout *l = &b->plan->layout;
	uint64_t frames = start_info(b, SI_NR_PT_FRAMES), sum = 0, last;

	l->tables = arena_array(&b->plan->arena, ABI_LEVELS_MAX,
	    sizeof(*l->tables), f);
	if (l->tables == NULL)
		return -1;
	if (stack == NULL)
		return not_built(b, f, "its stack is not where its registers "
		    "say");
	last = stack->va.value | (REGION_STEP - 1);
	while (sum < frames && last > l->v_start &&
	    (last - l->v_start) >> PAGE_BITS < l->pages) {
		sum = ptgeom_count(b->abi, l->v_start, last, l->tables);
		l->v_end = abi_wrap(b->abi, last + 1);
		last += REGION_STEP;
	}
	if (sum != frames) {
		last = last_by_rule(stack->va.value);
		sum = ptgeom_count(b->abi, l->v_start, last, l->tables);
		l->v_end = abi_wrap(b->abi, last + 1);
	}
	l->n_tables = b->abi->levels;
	add_segment(b, SEG_PAGE_TABLES, b->root_pfn, sum * PAGE_BYTES, true);
	if (plan_segment(b->plan, SEG_PAGE_TABLES) == NULL)
		return not_built(b, f, "its page tables do not lie in a row "
		    "from the top table on");
	return 0;
}

static int
add_segments(struct built *b, struct fail *f)
{
	struct plan_layout *l = &b->plan->layout;
	uint64_t sp = abi_get(b->abi->context.field[CTX_SP], b->context);
	uint64_t stack = b->abi->context.sp_is_start_info ?
	    b->si + PAGE_BYTES : sp - PAGE_BYTES;

	l->segments = arena_array(&b->plan->arena, SEGMENTS_MAX,
	    sizeof(*l->segments), f);
	if (l->segments == NULL)
		return -1;
	add_segment(b, SEG_START_INFO, b->si_pfn, PAGE_BYTES, true);
	add_segment(b, SEG_STACK, region_pfn(b, stack), PAGE_BYTES, true);
	if (find_end(b, f) < 0)
		return -1;
	add_list(b);
	add_rings(b);
	add_ramdisk(b);
	if (plan_segment(b->plan, SEG_P2M) == NULL)
		return not_built(b, f, "its p2m list is not where start_info "
		    "says");
	return 0;
}

/* ---- the plan ---- */

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
		return start_info(b, SI_STORE_MFN);
	return extents_mfn(&b->plan->memory.p2m, region_pfn(b,
	    start_info(b, SI_STORE_PAGE)));
}

static int
fill_plan(struct built *b, struct fail *f)
{
	const struct abi_field line = b->abi->start_info[SI_CMD_LINE];
	const char *text = (const char *)b->info + line.offset;
	struct plan *p = b->plan;

	p->image.entry = abi_get(b->abi->context.field[CTX_IP], b->context);
	p->pagetables = (struct plan_pagetables){ b->root,
	    start_info(b, SI_PT_BASE), start_info(b, SI_NR_PT_FRAMES),
	    start_info(b, SI_MFN_LIST), start_info(b, SI_FIRST_P2M_PFN),
	    start_info(b, SI_NR_P2M_FRAMES) };
	p->startinfo = (struct plan_startinfo){ .va = b->si,
	    .flags = start_info(b, SI_FLAGS),
	    .shared_info_mfn = b->c->info.shared_info_mfn,
	    .store_mfn = maybe_of(store_mfn(b)),
	    .console_mfn = maybe_of(start_info(b, SI_CONSOLE_MFN)),
	    .store_port = start_info(b, SI_STORE_EVTCHN),
	    .console_port = start_info(b, SI_CONSOLE_EVTCHN) |
	    start_info(b, SI_CONTROLLER_EVTCHN),
	    .mod_start = start_info(b, SI_MOD_START),
	    .mod_len = start_info(b, SI_MOD_LEN) };
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
		add_segment(b, SEG_KERNEL, pfn, (end - pfn) * PAGE_BYTES, true);
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
	if (read_registers(b, f) < 0 || read_start_info(b, f) < 0 ||
	    read_frames(b, f) < 0 || add_segments(b, f) < 0)
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
	if (drop_tables(b, f) < 0 || rc < 0 || canon_prepare(c, f) < 0)
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
