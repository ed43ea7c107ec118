#include <inttypes.h>
#include <string.h>

#include "plan/check.h"
#include "plan/pvh.h"
#include "abi/ptgeom.h"

/* What a segment of each kind must be. */
static const struct {
	bool single;			/* one page, but of a PVH guest's
					 * start_info */
	bool maybe_unmapped;
	bool never_mapped;
	bool maybe_apart;		/* mapped outside the region */
} kinds[SEG_KINDS] = {
	[SEG_RAMDISK]		= { .maybe_unmapped = true },
	[SEG_P2M]		= { .maybe_apart = true },
	[SEG_START_INFO]	= { .single = true },
	[SEG_XENSTORE]		= { .single = true },
	[SEG_CONSOLE]		= { .single = true },
	[SEG_STACK]		= { .single = true },
	[SEG_P2M_TABLES]	= { .never_mapped = true },
	[SEG_ACPI]		= { .single = true },
	[SEG_IDENTITY]		= { .single = true },
};

static enum segment_kind
kind_of(const char *name)
{
	enum segment_kind k = 0;

	while (k < SEG_KINDS && strcmp(segment_name(k), name) != 0)
		k++;
	return k;
}

/* The last address of the region. */
static uint64_t
region_last(const struct plan *p)
{
	return p->layout.v_start + plan_region_pages(p) * PAGE_BYTES - 1;
}

/* A range of addresses that a guest can have. */
static int
check_range(const struct abi *a, const char *what, uint64_t first,
    uint64_t last, struct fail *f)
{
	if (last < first || !abi_canonical(a, first) ||
	    !abi_canonical(a, last))
		return fail(f, FAIL_INPUT, "%s from 0x%" PRIx64 " to 0x%"
		    PRIx64 " has addresses that a %s guest has not", what,
		    first, last, a->words);
	if (abi_in_hole(a, first, last))
		return fail(f, FAIL_INPUT, "%s from 0x%" PRIx64 " to 0x%"
		    PRIx64 " meets %s, 0x%" PRIx64 " to 0x%"
		    PRIx64, what, first, last, a->hole_words, a->hole_start,
		    a->hole_last);
	return 0;
}

static int
check_region(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	uint64_t pages = plan_region_pages(p);

	if (l->v_start != plan_region_start(&p->image))
		return fail(f, FAIL_INPUT, "'layout.v_start' is 0x%" PRIx64
		    "; by 'image.%s' and the rule of '%s' it is 0x%" PRIx64,
		    l->v_start, p->image.abi->region_line != 0 ?
		    "kstart" : "virt_base", p->image.abi->name,
		    plan_region_start(&p->image));
	if (l->v_start % PAGE_BYTES != 0 || l->v_end % PAGE_BYTES != 0)
		return fail(f, FAIL_INPUT, "'layout.v_start' and 'v_end', 0x%"
		    PRIx64 " and 0x%" PRIx64 ", are not page aligned",
		    l->v_start, l->v_end);
	if (pages == 0 || pages > l->pages)
		return fail(f, FAIL_INPUT, "the region from 0x%" PRIx64
		    " to 0x%" PRIx64 " has %" PRIu64 " pages; the domain has %"
		    PRIu64, l->v_start, l->v_end - 1, pages, l->pages);
	if (check_range(p->image.abi, "the region", l->v_start,
	    region_last(p), f) < 0)
		return -1;
	if (p->image.kstart < l->v_start || p->image.kend - 1 > region_last(p))
		return fail(f, FAIL_INPUT, "the kernel from 0x%" PRIx64
		    " to 0x%" PRIx64 " is outside the region, 0x%" PRIx64
		    " to 0x%"
		    PRIx64, p->image.kstart, p->image.kend - 1, l->v_start,
		    region_last(p));
	return 0;
}

/* A p2m list mapped at an address of its own: INIT_P2M. */
static int
check_p2m_apart(const struct plan *p, size_t n, struct fail *f)
{
	const struct layout_segment *s = &p->layout.segments[n];
	uint64_t last = s->va.value + s->pages * PAGE_BYTES - 1;

	if (!p->image.init_p2m.set || s->va.value != p->image.init_p2m.value)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu].va' is 0x%"
		    PRIx64 ", neither in the region nor 'image.init_p2m'", n,
		    s->va.value);
	if (s->va.value % PAGE_BYTES != 0)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu].va', 0x%"
		    PRIx64 ", is not page aligned", n, s->va.value);
	if (check_range(p->image.abi, "the p2m list", s->va.value, last,
	    f) < 0)
		return -1;
	if (s->va.value <= region_last(p) && last >= p->layout.v_start)
		return fail(f, FAIL_INPUT, "the p2m list from 0x%" PRIx64
		    " to 0x%" PRIx64 " overlaps the region", s->va.value, last);
	if (s->pfn < plan_region_pages(p))
		return fail(f, FAIL_INPUT, "'layout.segments[%zu].pfn' is %"
		    PRIu64 ", in the region of %" PRIu64 " pages that its 'va'"
		    " is outside of", n, s->pfn, plan_region_pages(p));
	return 0;
}

static int
check_special(const struct abi_special *at, const struct layout_segment *s,
    size_t n, struct fail *f)
{
	return s->pfn == at->gfn ? 0 : fail(f, FAIL_INPUT,
	    "'layout.segments[%zu].pfn', of '%s', is %" PRIu64 "; it is %"
	    PRIu64 ", where Xen's tools look for it", n, s->kind, s->pfn,
	    at->gfn);
}

static int
check_place(const struct plan *p, size_t n, enum segment_kind kind,
    struct fail *f)
{
	const struct layout_segment *s = &p->layout.segments[n];
	const struct abi_special *special = abi_special_of(p->image.abi,
	    kind);
	uint64_t region = plan_region_pages(p);
	uint64_t va = p->layout.v_start + s->pfn * PAGE_BYTES;

	if (!s->va.set && s->pfn >= region && (kinds[kind].never_mapped ||
	    (kinds[kind].maybe_unmapped && p->image.mod_start_pfn)))
		return 0;
	if (kinds[kind].never_mapped)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu]', '%s', is"
		    " mapped or in the region; it is neither", n, s->kind);
	if (!s->va.set)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu]', '%s', lacks"
		    " 'va': it is mapped at start", n, s->kind);
	if (kinds[kind].maybe_apart && p->layout.n_p2m_tables > 0)
		return check_p2m_apart(p, n, f);
	if (s->va.value != va)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu].va' is 0x%"
		    PRIx64 "; pfn %" PRIu64 " is mapped at 0x%" PRIx64, n,
		    s->va.value, s->pfn, va);
	if (special != NULL)
		return check_special(special, s, n, f);
	if (s->pfn + s->pages > region)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu]', '%s', ends"
		    " at pfn %" PRIu64 ", past the region of %" PRIu64
		    " pages", n, s->kind, s->pfn + s->pages, region);
	return 0;
}

static int
check_segment(const struct plan *p, size_t n, uint64_t from, unsigned *seen,
    struct fail *f)
{
	const struct layout_segment *s = &p->layout.segments[n];
	enum segment_kind kind = kind_of(s->kind);

	if (kind == SEG_KINDS)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu].kind' is"
		    " '%s', which this version does not know", n, s->kind);
	if (*seen >> kind & 1)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu]' is a second"
		    " '%s'", n, s->kind);
	*seen |= 1u << kind;
	/* The schema keeps both below 2^41. */
	if (s->pages == 0 || s->pfn < from ||
	    !plan_has_pages(p, s->pfn, s->pages))
		return fail(f, FAIL_INPUT, "'layout.segments[%zu]', '%s', %"
		    PRIu64 " pages at pfn %" PRIu64 ", is not between pfn %"
		    PRIu64 "%s%s%s and the domain's %" PRIu64 " pages", n,
		    s->kind, s->pages, s->pfn, from,
		    n > 0 ? ", the end of '" : "", n > 0 ? s[-1].kind : "",
		    n > 0 ? "'," : "", p->layout.pages);
	if (s->size > s->pages * PAGE_BYTES)
		return fail(f, FAIL_INPUT, "'layout.segments[%zu].size' is %"
		    PRIu64 ", more than its %" PRIu64 " pages hold", n,
		    s->size, s->pages);
	if (kinds[kind].single && s->pages != 1 &&
	    (kind != SEG_START_INFO || p->image.abi->start_info_size != 0))
		return fail(f, FAIL_INPUT, "'layout.segments[%zu]', '%s', has %"
		    PRIu64 " pages; it is one page", n, s->kind, s->pages);
	return check_place(p, n, kind, f);
}

/* Does the layout have the segments that ABI and modules ask for, and no
 * others? */
static int
check_kinds(const struct plan *p, unsigned seen, struct fail *f)
{
	unsigned want = 0;

	for (const enum segment_kind *k = p->image.abi->order; *k != SEG_KINDS;
	    k++)
		want |= 1u << *k;
	for (const struct abi_special *s = p->image.abi->specials; s->gfn != 0;
	    s++)
		if (s->kind != SEG_KINDS)
			want |= 1u << s->kind;
	if (p->n_modules == 0)
		want &= ~(1u << SEG_RAMDISK);
	/* A p2m list right below the region may need no tables of its own. */
	for (size_t i = 0; i < p->layout.n_p2m_tables; i++)
		if (p->layout.p2m_tables[i] > 0)
			want |= 1u << SEG_P2M_TABLES;
	for (enum segment_kind k = 0; k < SEG_KINDS; k++)
		if ((want ^ seen) >> k & 1)
			return fail(f, FAIL_INPUT, "'layout.segments' %s a '%s'"
			    " segment, which this plan %s",
			    seen >> k & 1 ? "has" : "lacks", segment_name(k),
			    seen >> k & 1 ? "cannot have" : "needs");
	if (p->n_modules > p->image.abi->modules)
		return fail(f, FAIL_INPUT, "'modules' has %zu entries; a layout"
		    " has place for one", p->n_modules);
	return 0;
}

static int
check_pvh_start(const struct plan *p, struct fail *f)
{
	const struct layout_segment *s = plan_segment(p, SEG_START_INFO);
	uint64_t want = plan_pvh_start(p, p->layout.pages).size;

	return s->size == want ? 0 : fail(f, FAIL_INPUT, "the 'start_info' "
	    "segment has %" PRIu64 " bytes; command line, modules and memory "
	    "map need %" PRIu64, s->size, want);
}

/* Are the segments large enough for kernel, ramdisk and p2m list? */
static int
check_contents(const struct plan *p, struct fail *f)
{
	const struct abi *a = p->image.abi;
	const struct layout_segment *kernel = plan_segment(p, SEG_KERNEL);
	const struct layout_segment *ramdisk = plan_segment(p, SEG_RAMDISK);
	const struct layout_segment *p2m = plan_segment(p, SEG_P2M);
	const uint64_t modules = plan_module_offset(p, p->n_modules);

	if (kernel->va.value > p->image.kstart || p->image.kend - 1 >
	    kernel->va.value + (kernel->pages * PAGE_BYTES - 1))
		return fail(f, FAIL_INPUT, "the 'kernel' segment, %" PRIu64
		    " pages at 0x%" PRIx64 ", does not hold the kernel, 0x%"
		    PRIx64 " to 0x%" PRIx64, kernel->pages, kernel->va.value,
		    p->image.kstart, p->image.kend - 1);
	if (ramdisk != NULL && ramdisk->size < modules)
		return fail(f, FAIL_INPUT, "the 'ramdisk' segment has %" PRIu64
		    " bytes, the module%s %" PRIu64, ramdisk->size,
		    p->n_modules == 1 ? "" : "s", modules);
	if (a->start_info_size == 0)
		return check_pvh_start(p, f);
	if (p2m->pages < pages_of(a->p2m_entry * p->layout.pages))
		return fail(f, FAIL_INPUT, "the 'p2m' segment has %" PRIu64
		    " pages; %" PRIu64 " entries of %u bytes need %" PRIu64,
		    p2m->pages, p->layout.pages, a->p2m_entry,
		    pages_of(a->p2m_entry * p->layout.pages));
	return 0;
}

static int
check_counts(const char *what, const uint64_t *have, size_t n,
    const uint64_t *want, uint64_t sum, const struct layout_segment *s,
    struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (have[i] != want[i])
			return fail(f, FAIL_INPUT, "'layout.%s[%zu]' is %"
			    PRIu64 "; the addresses need %" PRIu64, what, i,
			    have[i], want[i]);
	if (s != NULL && s->pages != sum)
		return fail(f, FAIL_INPUT, "the '%s' segment has %" PRIu64
		    " pages; 'layout.%s' sums to %" PRIu64, s->kind, s->pages,
		    what, sum);
	return 0;
}

static int
check_tables(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	const struct layout_segment *p2m = plan_segment(p, SEG_P2M);
	const struct abi *a = p->image.abi;
	uint64_t want[ABI_LEVELS_MAX], sum;

	sum = ptgeom_count(a, l->v_start, region_last(p), want);
	if (check_counts("tables", l->tables, l->n_tables, want, sum,
	    plan_segment(p, SEG_PAGE_TABLES), f) < 0)
		return -1;
	if (l->n_p2m_tables == 0)
		return 0;
	sum = ptgeom_count_more(a, l->v_start, region_last(p), p2m->va.value,
	    p2m->va.value + p2m->pages * PAGE_BYTES - 1, want);
	return check_counts("p2m_tables", l->p2m_tables, l->n_p2m_tables, want,
	    sum, plan_segment(p, SEG_P2M_TABLES), f);
}

static int
check_levels(const struct plan *p, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	const struct abi *a = p->image.abi;

	if (l->n_tables != a->levels)
		return fail(f, FAIL_INPUT, "'layout.tables' has %zu entries;"
		    " '%s' has %d levels", l->n_tables, a->name, a->levels);
	if (l->n_p2m_tables != 0 && l->n_p2m_tables != a->levels)
		return fail(f, FAIL_INPUT, "'layout.p2m_tables' has %zu"
		    " entries; '%s' has %d levels", l->n_p2m_tables, a->name,
		    a->levels);
	if (l->n_p2m_tables != 0 && !a->init_p2m)
		return fail(f, FAIL_INPUT, "'layout.p2m_tables' is not empty;"
		    " '%s' has no p2m list of its own", a->name);
	return 0;
}

/* A PVH guest's memory follows from its size. */
static int
check_gfns(const struct plan *p, struct fail *f)
{
	const struct extents *l = &p->layout.gfns;
	struct extent want[ABI_RANGES_MAX];
	size_t n = abi_gfns(p->image.abi, p->layout.pages, want);

	if (l->n == n && (n == 0 || memcmp(l->v, want, n * sizeof(*want)) == 0))
		return 0;
	return n == 0 ? fail(f, FAIL_INPUT, "'layout.gfns' has %zu runs; a %s "
	    "guest has none", l->n, p->image.abi->words) :
	    fail(f, FAIL_INPUT, "'layout.gfns' is not what a PVH guest of %"
	    PRIu64 " pages has: %zu runs, from gfn 0 on", p->layout.pages, n);
}

int
plan_check_layout(const struct plan *p, struct fail *f)
{
	uint64_t from = 0;
	unsigned seen = 0;

	if (check_gfns(p, f) < 0 || check_region(p, f) < 0 ||
	    check_levels(p, f) < 0)
		return -1;
	for (size_t i = 0; i < p->layout.n_segments; i++) {
		const struct layout_segment *s = &p->layout.segments[i];

		if (check_segment(p, i, from, &seen, f) < 0)
			return -1;
		from = s->pfn + s->pages;
	}
	if (check_kinds(p, seen, f) < 0 || check_contents(p, f) < 0)
		return -1;
	return p->image.abi->levels == 0 ? 0 : check_tables(p, f);
}
