#include <inttypes.h>
#include <string.h>

#include "base/le.h"
#include "base/progress.h"
#include "diff/impl.h"

/*
 * Two built domains, page by page.  The values that canonical_plan() has are
 * told as differences of plans; they are left out of start_info and of the
 * registers here, and the rest is compared as bytes.
 */

struct guests {
	struct diff *d;
	struct canonical *a, *b;
	const struct plan *pa, *pb;
	const struct abi *abi;
	bool alike;			/* the same layout */
	struct diff_pages run;		/* pages 0: none yet */
	struct progress progress;
};

/* ---- pages ---- */

static bool
same_segment(const struct plan *p, uint64_t pfn, uint64_t next)
{
	return plan_segment_at(p, pfn) == plan_segment_at(p, next);
}

static int
end_run(struct guests *g, struct fail *f)
{
	int rc = 0;

	if (g->run.pages > 0)
		rc = diff_add_pages(g->d, &g->run, f);
	g->run.pages = 0;
	return rc;
}

static int
add_page(struct guests *g, const struct diff_pages *p, struct fail *f)
{
	struct diff_pages *run = &g->run;

	if (run->pages > 0 && run->pfn + run->pages == p->pfn &&
	    run->what == NULL && p->what == NULL &&
	    same_segment(g->pa, run->pfn, p->pfn)) {
		run->pages++;
		run->bytes += p->bytes;
		return 0;
	}
	if (end_run(g, f) < 0)
		return -1;
	*run = *p;
	return 0;
}

static struct diff_pages
page_difference(uint64_t pfn, const unsigned char *a, const unsigned char *b)
{
	struct diff_pages p = { .pfn = pfn, .pages = 1 };

	for (unsigned i = 0; i < PAGE_BYTES; i++) {
		if (a[i] == b[i])
			continue;
		if (p.bytes++ == 0) {
			p.byte = i;
			p.from = a[i];
			p.to = b[i];
		}
	}
	return p;
}

/* "L1 entry 5 (va 0xc0005000): 0x5023 -> 0x5021", with pfns for frames. */
static int
tell_entry(struct guests *g, struct diff_pages *p, const unsigned char *a,
    const unsigned char *b, struct fail *f)
{
	struct canonical_table t;
	unsigned i;
	uint64_t va;

	if (!canonical_table_at(g->a, p->pfn, &t))
		return 0;
	i = p->byte / g->abi->pte_bytes;
	va = abi_extend(g->abi, t.va + ((uint64_t)i << abi_shift(g->abi,
	    t.level)));
	p->what = arena_print(&g->d->arena, f, "L%u entry %u (va 0x%" PRIx64
	    "), frames as pfns: 0x%" PRIx64 " -> 0x%" PRIx64,
	    t.level, i, va, abi_entry(g->abi, a, i),
	    abi_entry(g->abi, b, i));
	return p->what == NULL ? -1 : 0;
}

static int
tell_list(struct guests *g, struct diff_pages *p, uint64_t page,
    const unsigned char *a, const unsigned char *b, struct fail *f)
{
	unsigned bytes = g->abi->p2m_entry, i = p->byte / bytes;

	p->what = arena_print(&g->d->arena, f, "entry of pfn 0x%" PRIx64
	    ", frames as pfns: 0x%" PRIx64 " -> 0x%" PRIx64,
	    page * (PAGE_BYTES / bytes) + i, le_get(a + (size_t)i * bytes,
	    bytes), le_get(b + (size_t)i * bytes, bytes));
	return p->what == NULL ? -1 : 0;
}

static int
compare_bytes(struct guests *g, uint64_t pfn, const unsigned char *a,
    const unsigned char *b, struct fail *f)
{
	const struct layout_segment *s = plan_segment_at(g->pa, pfn);
	struct diff_pages p;

	if (memcmp(a, b, PAGE_BYTES) == 0)
		return 0;
	p = page_difference(pfn, a, b);
	if (tell_entry(g, &p, a, b, f) < 0)
		return -1;
	if (segment_is(s, SEG_P2M) &&
	    tell_list(g, &p, pfn - s->pfn, a, b, f) < 0)
		return -1;
	if (g->abi->guest == GUEST_PVH &&
	    diff_pvh_tell(g->d, &p, a, b, f) < 0)
		return -1;
	return add_page(g, &p, f);
}

/* ---- start_info ---- */

static bool
pages_right(const struct plan *p, const unsigned char *page)
{
	return abi_get(p->image.abi->start_info[SI_NR_PAGES], page) ==
	    p->layout.pages;
}

/*
 * Clears what canonical_plan() has of start_info: all fields, where the number
 * of pages is right, and the command line up to its end.
 */
static void
forget_fields(const struct abi *a, bool pages, unsigned char *page)
{
	for (size_t i = 0; i < SI_FIELDS; i++) {
		struct abi_field d = a->start_info[i];
		size_t n = d.size;

		if (i == SI_CMD_LINE)
			n = strnlen((const char *)page + d.offset, n);
		if (i != SI_MAGIC && (i != SI_NR_PAGES || pages) &&
		    i != SI_SHARED_INFO)
			memset(page + d.offset, 0, n);
	}
}

static void
forget_pv(const struct guests *g, unsigned char *a, unsigned char *b)
{
	bool right = pages_right(g->pa, a) && pages_right(g->pb, b);

	forget_fields(g->abi, right, a);
	forget_fields(g->abi, right, b);
}

static int
compare_page(struct guests *g, uint64_t pfn, uint64_t other, struct fail *f)
{
	const struct layout_segment *s = plan_segment_at(g->pa, pfn);
	unsigned char a[PAGE_BYTES], b[PAGE_BYTES];

	if (canonical_page(g->a, pfn, a, f) < 0 ||
	    canonical_page(g->b, other, b, f) < 0)
		return -1;
	if (segment_is(s, SEG_START_INFO) && g->abi->guest == GUEST_PVH)
		diff_pvh_forget(g->pa, g->pb, g->alike, pfn - s->pfn, a, b);
	else if (segment_is(s, SEG_START_INFO))
		forget_pv(g, a, b);
	return compare_bytes(g, pfn, a, b, f);
}

/* ---- which pages ---- */

bool
diff_same_layout(const struct plan *a, const struct plan *b)
{
	const struct plan_layout *x = &a->layout, *y = &b->layout;

	if (x->pages != y->pages || x->v_start != y->v_start ||
	    x->v_end != y->v_end || x->n_segments != y->n_segments)
		return false;
	for (size_t i = 0; i < x->n_segments; i++)
		if (strcmp(x->segments[i].kind, y->segments[i].kind) != 0 ||
		    x->segments[i].pfn != y->segments[i].pfn ||
		    x->segments[i].pages != y->segments[i].pages)
			return false;
	return true;
}

static uint64_t
next_page(struct guests *g, uint64_t pfn)
{
	uint64_t a = canonical_next(g->a, pfn), b = canonical_next(g->b, pfn);

	return a < b ? a : b;
}

static int
compare_all(struct guests *g, struct fail *f)
{
	uint64_t end = abi_pfn_end(g->abi, g->pa->layout.pages), done = 0;

	for (uint64_t pfn = next_page(g, 0); pfn < end;
	    pfn = next_page(g, pfn + 1)) {
		if (compare_page(g, pfn, pfn, f) < 0 ||
		    progress_step(&g->progress, (pfn + 1 - done) * PAGE_BYTES,
		    f) < 0)
			return -1;
		done = pfn + 1;
	}
	return 0;
}

/*
 * Entries behind the end of the smaller domain are left out: the difference of
 * sizes is told already.
 */
static int
compare_list(struct guests *g, const struct layout_segment *x,
    const struct layout_segment *y, struct fail *f)
{
	uint64_t n = g->pa->layout.pages < g->pb->layout.pages ?
	    g->pa->layout.pages : g->pb->layout.pages;
	uint64_t bytes = n * g->abi->p2m_entry;

	for (uint64_t i = 0; i * PAGE_BYTES < bytes; i++) {
		unsigned char a[PAGE_BYTES], b[PAGE_BYTES];
		uint64_t left = bytes - i * PAGE_BYTES;

		if (i >= x->pages || i >= y->pages)
			break;
		if (canonical_page(g->a, x->pfn + i, a, f) < 0 ||
		    canonical_page(g->b, y->pfn + i, b, f) < 0)
			return -1;
		if (left < PAGE_BYTES)
			memcpy(b + left, a + left, PAGE_BYTES - left);
		if (compare_bytes(g, x->pfn + i, a, b, f) < 0 ||
		    progress_step(&g->progress, PAGE_BYTES, f) < 0)
			return -1;
	}
	return 0;
}

/*
 * Where the layouts differ, each segment is compared with the one of its kind.
 * Page tables are left out: they follow from the layout, and every entry of
 * theirs would differ.
 */
static int
compare_segment(struct guests *g, const struct layout_segment *x,
    struct fail *f)
{
	const struct layout_segment *y = NULL;

	for (size_t i = 0; i < g->pb->layout.n_segments; i++)
		if (strcmp(g->pb->layout.segments[i].kind, x->kind) == 0)
			y = &g->pb->layout.segments[i];
	if (y == NULL || segment_is(x, SEG_PAGE_TABLES) ||
	    segment_is(x, SEG_P2M_TABLES))
		return 0;
	if (segment_is(x, SEG_P2M))
		return compare_list(g, x, y, f);
	for (uint64_t i = 0; i < x->pages && i < y->pages; i++)
		if (compare_page(g, x->pfn + i, y->pfn + i, f) < 0 ||
		    progress_step(&g->progress, PAGE_BYTES, f) < 0)
			return -1;
	return 0;
}

static int
compare_memory(struct guests *g, struct fail *f)
{
	const struct plan_layout *l = &g->pa->layout;
	int rc = 0;

	/* Of layouts that differ, only segments are compared. */
	progress_begin(&g->progress, "comparing", g->pa->memory.target.data,
	    g->alike ? abi_pfn_end(g->abi, l->pages) * PAGE_BYTES : 0);
	if (g->alike)
		rc = compare_all(g, f);
	for (size_t i = 0; !g->alike && rc == 0 && i < l->n_segments; i++)
		rc = compare_segment(g, &l->segments[i], f);
	progress_erase();
	return rc < 0 || canonical_settle(g->a, f) < 0 ||
	    canonical_settle(g->b, f) < 0 || end_run(g, f) < 0 ? -1 : 0;
}

/* ---- beside the memory ---- */

/* The first byte that differs, of something that is no page of the guest. */
static int
tell_bytes(struct guests *g, const char *what, const unsigned char *a,
    const unsigned char *b, size_t n, struct fail *f)
{
	size_t first = 0, differing = 0;

	if (memcmp(a, b, n) == 0)
		return 0;
	while (a[first] == b[first])
		first++;
	for (size_t i = first; i < n; i++)
		differing += a[i] != b[i];
	return diff_words(g->d, what, NULL, f, "%zu byte%s, %sat offset 0x%zx:"
	    " %02x -> %02x", differing,
	    differing == 1 ? " differs" : "s differ",
	    differing == 1 ? "" : "the first ", first, a[first], b[first]);
}

static int
compare_shared_info(struct guests *g, struct fail *f)
{
	unsigned char a[PAGE_BYTES], b[PAGE_BYTES];

	if (canonical_shared_info(g->a, a, f) < 0 ||
	    canonical_shared_info(g->b, b, f) < 0)
		return -1;
	return tell_bytes(g, canonical_beside(g->abi), a, b, PAGE_BYTES, f);
}

/* A register that the plans tell is no difference any more. */
static void
forget_register(const struct guests *g, enum context_field field,
    unsigned char *a, unsigned char *b)
{
	abi_put(g->abi->context.field[field], a, 0);
	abi_put(g->abi->context.field[field], b, 0);
}

/* The context, but for the registers, which the plans tell. */
static int
compare_context(struct guests *g, struct fail *f)
{
	unsigned char a[ABI_CONTEXT_MAX], b[ABI_CONTEXT_MAX];
	bool has_a, has_b;

	if (canonical_vcpu(g->a, a, &has_a, f) < 0 ||
	    canonical_vcpu(g->b, b, &has_b, f) < 0)
		return -1;
	for (size_t i = 0; i < PLAN_REGISTERS; i++)
		forget_register(g, plan_registers[i].field, a, b);
	forget_register(g, g->abi->context.start_info, a, b);
	return tell_bytes(g, "context of vcpu 0", a, b, sizeof(a), f);
}

/* ---- all of it ---- */

static int
compare_told(struct guests *g, struct fail *f)
{
	size_t first = g->d->n_items;
	struct plan a = *g->pa, b = *g->pb;

	g->d->plan = g->pa;
	return diff_told(g->d, first, &a, &b, f);
}

/*
 * Of a domain without a plan, the kernel is taken to begin with its first page
 * that is not zero.  Where both kernels end with the same page and have the
 * same entry point, they are taken to begin with the same page as well, so
 * that a stray byte before one of them makes no other kernel of it.
 */
static void
agree_on_kernel(struct guests *g)
{
	const struct layout_segment *x = plan_segment(g->pa, SEG_KERNEL);
	const struct layout_segment *y = plan_segment(g->pb, SEG_KERNEL);

	if (x == NULL || y == NULL || x->pfn + x->pages != y->pfn + y->pages ||
	    g->pa->image.entry != g->pb->image.entry)
		return;
	if (x->pfn < y->pfn)
		canonical_kernel_from(g->a, y->pfn);
	else
		canonical_kernel_from(g->b, x->pfn);
}

int
diff_guests(struct diff *d, struct canonical *a, struct canonical *b,
    struct fail *f)
{
	struct guests g = { .d = d, .a = a, .b = b, .pa = canonical_plan(a),
	    .pb = canonical_plan(b) };

	g.abi = g.pa->image.abi;
	agree_on_kernel(&g);
	if (compare_told(&g, f) < 0)
		return -1;
	if (g.abi != g.pb->image.abi)
		return 0;		/* nothing in them is comparable */
	g.alike = diff_same_layout(g.pa, g.pb);
	if (compare_memory(&g, f) < 0 || compare_shared_info(&g, f) < 0)
		return -1;
	return compare_context(&g, f);
}
