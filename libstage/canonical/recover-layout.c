#include <string.h>

#include "canonical/recover.h"
#include "abi/ptgeom.h"

enum { SEGMENTS_MAX = SEG_KINDS };

#define REGION_STEP	UINT64_C(0x400000)
#define REGION_SLACK	UINT64_C(0x80000)

uint64_t
recover_region_pfn(const struct recovery *b, uint64_t va)
{
	return abi_wrap(b->abi, va - b->plan->layout.v_start) >> PAGE_BITS;
}

/* A segment that is where a build could put it; others are left out. */
void
recover_add_segment(struct recovery *b, enum segment_kind kind, uint64_t pfn,
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
add_rings(struct recovery *b)
{
	const struct extents *p2m = &b->plan->memory.p2m;
	uint64_t store = recover_start_info(b, SI_STORE_MFN);
	uint64_t console = recover_start_info(b, SI_CONSOLE_MFN);

	if (abi_has(b->abi->start_info[SI_STORE_PAGE]))
		recover_add_segment(b, SEG_XENSTORE, recover_region_pfn(b,
		    recover_start_info(b, SI_STORE_PAGE)), PAGE_BYTES, true);
	else if (store != 0)
		recover_add_segment(b, SEG_XENSTORE, extents_pfn(p2m, store),
		    PAGE_BYTES, true);
	if (console != 0)
		recover_add_segment(b, SEG_CONSOLE, extents_pfn(p2m, console),
		    PAGE_BYTES, true);
}

static void
add_ramdisk(struct recovery *b)
{
	uint64_t start = recover_start_info(b, SI_MOD_START);
	uint64_t size = recover_start_info(b, SI_MOD_LEN);
	bool by_pfn = (recover_start_info(b, SI_FLAGS) & SIF_MOD_PFN) != 0 &&
	    b->abi->mod_pfn;

	recover_add_segment(b, SEG_RAMDISK, by_pfn ? start :
	    recover_region_pfn(b, start), size, !by_pfn);
}

/* The p2m list and, where it is mapped apart, its tables behind it. */
static void
add_list(struct recovery *b)
{
	uint64_t size = b->plan->layout.pages * b->abi->p2m_reserved;
	uint64_t pages = pages_of(size);
	uint64_t pfn = recover_start_info(b, SI_FIRST_P2M_PFN);
	uint64_t frames = recover_start_info(b, SI_NR_P2M_FRAMES);
	struct plan_layout *l = &b->plan->layout;

	if (frames == 0) {
		recover_add_segment(b, SEG_P2M, recover_region_pfn(b,
		    recover_start_info(b, SI_MFN_LIST)), size, true);
		return;
	}
	recover_add_segment(b, SEG_P2M, pfn, size, true);
	for (size_t i = 0; i < l->n_segments; i++)
		if (l->segments[i].pfn == pfn)
			l->segments[i].va.value =
			    recover_start_info(b, SI_MFN_LIST);
	if (frames > pages && frames <= l->pages)
		recover_add_segment(b, SEG_P2M_TABLES, pfn + pages,
		    (frames - pages) * PAGE_BYTES, false);
}

/*
 * The initial mapping ends on a 4 MiB line at least 512 KiB behind the stack,
 * its last segment: a rule of xb-abi(7), "Layout of the region".
 */
static uint64_t
last_by_rule(uint64_t stack)
{
	uint64_t end = stack + PAGE_BYTES, last = (end - 1) | (REGION_STEP - 1);

	return last - end + 1 < REGION_SLACK ? last + REGION_STEP : last;
}

/*
 * Finds the end of the initial mapping: the first 4 MiB line behind the stack
 * with which the mapping takes as many tables as start_info says.  Where there
 * is none, start_info is wrong, and the end is the one of the rule above.
 */
static int
find_end(struct recovery *b, struct fail *f)
{
	const struct layout_segment *stack = plan_segment(b->plan, SEG_STACK);
	struct plan_layout *l = &b->plan->layout;
	uint64_t frames = recover_start_info(b, SI_NR_PT_FRAMES), sum = 0, last;

	l->tables = arena_array(&b->plan->arena, ABI_LEVELS_MAX,
	    sizeof(*l->tables), f);
	if (l->tables == NULL)
		return -1;
	if (stack == NULL)
		return recover_refuse(b, f, "its stack is not where its "
		    "registers say");
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
	recover_add_segment(b, SEG_PAGE_TABLES, b->root_pfn, sum * PAGE_BYTES,
	    true);
	if (plan_segment(b->plan, SEG_PAGE_TABLES) == NULL)
		return recover_refuse(b, f, "its page tables do not lie in a "
		    "row from the top table on");
	return 0;
}

int
recover_add_segments(struct recovery *b, struct fail *f)
{
	struct plan_layout *l = &b->plan->layout;
	uint64_t sp = abi_get(b->abi->context.field[CTX_SP], b->context);
	uint64_t stack = b->abi->context.sp_is_start_info ?
	    b->si + PAGE_BYTES : sp - PAGE_BYTES;

	l->segments = arena_array(&b->plan->arena, SEGMENTS_MAX,
	    sizeof(*l->segments), f);
	if (l->segments == NULL)
		return -1;
	recover_add_segment(b, SEG_START_INFO, b->si_pfn, PAGE_BYTES, true);
	recover_add_segment(b, SEG_STACK, recover_region_pfn(b, stack),
	    PAGE_BYTES, true);
	if (find_end(b, f) < 0)
		return -1;
	add_list(b);
	add_rings(b);
	add_ramdisk(b);
	if (plan_segment(b->plan, SEG_P2M) == NULL)
		return recover_refuse(b, f, "its p2m list is not where "
		    "start_info says");
	return 0;
}
