#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "cursor.h"
#include "guest.h"
#include "pgtable.h"
#include "ptgeom.h"

enum {
	PTE_USER	= 0x4,
	TABLE_BYTES	= 4096
};
#define PTE_GUEST_KERNEL (UINT64_C(1) << 52)	/* Xen's own mark */

/* Addresses [first, last] that map pfn and those after it. */
struct range {
	uint64_t first, last, pfn;
};

struct tables {
	struct target *target;
	const struct abi *abi;
	const struct extents *p2m;
	struct range main, list;	/* initial mapping; INIT_P2M or pfn 0 */
	bool separate;			/* there is a second range */
	const struct layout_segment *frames, *more; /* more may be NULL */
	bool compare;			/* hold against, do not write */
	const struct extent *near;	/* of the last look-up */
	bool lost;			/* a pfn without a frame was met */
};

static bool
in_segment(const struct layout_segment *s, uint64_t pfn)
{
	return s != NULL && pfn >= s->pfn && pfn - s->pfn < s->pages;
}

/* Neighbours are asked for in turn: most lie in the run of the last one. */
static uint64_t
frame_of(struct tables *g, uint64_t pfn)
{
	const struct extent *e = g->near;

	if (e == NULL || pfn < e->pfn || pfn - e->pfn >= e->count)
		e = extents_find(g->p2m, pfn);
	if (e == NULL) {
		g->lost = true;
		return 0;
	}
	g->near = e;
	return e->mfn + (pfn - e->pfn);
}

static bool
meets(const struct range *r, uint64_t first, uint64_t last)
{
	return first <= r->last && last >= r->first;
}

/*
 * The main range as tables of a level see it: Xen needs an L2 for the top slot
 * of a PAE guest, so its L2 tables go on to the top (abi.md, section 1).
 */
static struct range
main_range(const struct tables *g, unsigned level)
{
	struct range r = g->main;

	if (g->abi->l2_to_top && level == 2 && r.last < 0xc0000000)
		r.last = 0xffffffff;
	return r;
}

/* pfn of the table of that level that translates va, in either range. */
static uint64_t
table_pfn(const struct tables *g, unsigned level, uint64_t va)
{
	const struct range *m = &g->main, *l = &g->list, r =
	    main_range(g, level);
	bool shared = true;
	uint64_t i;

	if (meets(&r, va, va) || level == g->abi->levels)
		i = ptgeom_frame(g->abi, m->first, m->last, level, va);
	else
		i = ptgeom_frame_more(g->abi, m->first, m->last, l->first,
		    l->last, level, va, &shared);
	return (shared ? g->frames->pfn : g->more->pfn) + i;
}

static uint64_t
page_entry(struct tables *g, uint64_t va)
{
	const struct range *r = meets(&g->main, va, va) ? &g->main : &g->list;
	uint64_t pfn;

	if (r == &g->list && !(g->separate && meets(r, va, va)))
		return 0;
	pfn = r->pfn + ((va - r->first) >> PAGE_BITS);
	return frame_of(g, pfn) << PAGE_BITS |
	    (in_segment(g->frames, pfn) || in_segment(g->more, pfn) ?
	    g->abi->prot_table : g->abi->prot_page);
}

/* The entry of level that translates [va, last]: 0 where there is nothing. */
static uint64_t
upper_entry(struct tables *g, unsigned level, uint64_t va, uint64_t last)
{
	struct range r = main_range(g, level - 1);

	if (!meets(&r, va, last)) {
		if (!g->separate || !meets(&g->list, va, last))
			return 0;
		r = g->list;
	}
	if (va < r.first)
		va = r.first;
	return frame_of(g, table_pfn(g, level - 1, va)) << PAGE_BITS |
	    g->abi->prot_upper;
}

/* First address that entry i of the table of level translating va covers. */
static uint64_t
entry_va(const struct abi *a, unsigned level, uint64_t va, unsigned i)
{
	unsigned shift = abi_shift(a, level);
	uint64_t at = (uint64_t)i << shift;

	if (level < a->levels)
		return (va >> (shift + a->index_bits) << (shift +
		    a->index_bits)) | at;
	if (a->va_bits < 64 && a->bits == 64 && at >> (a->va_bits - 1) != 0)
		at |= UINT64_MAX << a->va_bits;
	return at;
}

static void
fill_table(struct tables *g, unsigned level, uint64_t va, unsigned char *page)
{
	const struct abi *a = g->abi;
	unsigned n = level == a->levels ? a->top_entries : abi_entries(a);
	uint64_t mask = (UINT64_C(1) << abi_shift(a, level)) - 1;

	memset(page, 0, TABLE_BYTES);
	for (unsigned i = 0; i < n; i++) {
		uint64_t at = entry_va(a, level, va, i);

		le_put(page + i * a->pte_bytes, a->pte_bytes, level == 1 ?
		    page_entry(g, at) : upper_entry(g, level, at, at | mask));
	}
}

/*
 * Takes out of a table of a domain that is built what Xen put in: its own
 * slots, and its marks on L1 entries of a 64-bit kernel (abi.md, section 1).
 */
static void
strip_xen(const struct abi *a, unsigned level, uint64_t va,
    const unsigned char *want, unsigned char *have)
{
	const uint64_t marks = PTE_USER | PTE_GUEST_KERNEL;
	uint64_t mask = (UINT64_C(1) << abi_shift(a, level)) - 1;
	unsigned n = level == a->levels ? a->top_entries : abi_entries(a);

	for (unsigned i = 0; i < n; i++) {
		uint64_t at = entry_va(a, level, va, i);
		unsigned char *h = have + i * a->pte_bytes;
		uint64_t w = le_get(want + i * a->pte_bytes, a->pte_bytes);
		uint64_t e = le_get(h, a->pte_bytes);

		if (at >= a->hole_start && (at | mask) <= a->hole_last)
			e = w;
		else if (a->bits == 64 && level == 1 && w != 0 &&
		    (w & PTE_USER) == 0 && (e & marks) == marks)
			e &= ~marks;
		le_put(h, a->pte_bytes, e);
	}
}

static int
differs(const struct tables *g, const char *what, uint64_t pfn,
    struct fail *f)
{
	return fail(f, FAIL_TARGET, "the domain is already constructed, and "
	    "its %s at pfn 0x%" PRIx64 " (machine frame 0x%" PRIx64 ") is not "
	    "what the plan gives; destroy the domain and begin with xb-load",
	    what, pfn, extents_mfn(g->p2m, pfn));
}

static int
put_table(struct tables *g, struct guest_window *w, unsigned level,
    uint64_t va, struct fail *f)
{
	uint64_t pfn = table_pfn(g, level, va);
	unsigned char want[TABLE_BYTES], have[TABLE_BYTES], *page;

	if (!in_segment(g->frames, pfn) && !in_segment(g->more, pfn))
		return fail_bug(f, "a page table outside its segment");
	fill_table(g, level, va, want);
	if (g->lost)
		return fail_bug(f, "a guest frame without a machine frame");
	w->end = (in_segment(g->more, pfn) ? g->more : g->frames)->pfn +
	    (in_segment(g->more, pfn) ? g->more : g->frames)->pages;
	page = guest_page(w, pfn, f);
	if (page == NULL)
		return -1;
	if (!g->compare) {
		memcpy(page, want, sizeof(want));
		return 0;
	}
	memcpy(have, page, sizeof(have));
	strip_xen(g->abi, level, va, want, have);
	if (memcmp(want, have, sizeof(want)) != 0)
		return differs(g, "page table", pfn, f);
	return 0;
}

/* All tables of a level that translate r and lie in the segment s. */
static int
put_level(struct tables *g, struct guest_window *w, unsigned level,
    struct range r, const struct layout_segment *s, struct fail *f)
{
	const struct abi *a = g->abi;
	uint64_t mask = level == a->levels ? UINT64_MAX :
	    (UINT64_C(1) << abi_shift(a, level + 1)) - 1;
	uint64_t va = r.first;

	for (;;) {
		if (in_segment(s, table_pfn(g, level, va)) &&
		    put_table(g, w, level, va, f) < 0)
			return -1;
		if ((va | mask) >= r.last)
			return 0;
		va = (va | mask) + 1;
	}
}

static int
put_tables(struct tables *g, struct fail *f)
{
	struct guest_window w = { .target = g->target, .p2m = g->p2m,
	    .writable = !g->compare };
	int rc = 0;

	for (unsigned level = g->abi->levels; rc == 0 && level > 0; level--)
		rc = put_level(g, &w, level, main_range(g, level), g->frames,
		    f);
	for (unsigned level = g->abi->levels; rc == 0 && g->separate &&
	    level-- > 1;)
		rc = put_level(g, &w, level, g->list, g->more, f);
	return guest_window_close(&w, f) < 0 ? -1 : rc;
}

/* ---- the p2m list ---- */

struct p2m_cursor {
	const struct extent *run, *end;
	uint64_t at;			/* next frame of run */
};

/* One run's part of a page; sixteen million times for 64 GiB. */
static void
put_run(unsigned char *to, unsigned bytes, uint64_t mfn, uint64_t n)
{
	for (uint64_t i = 0; bytes == 8 && i < n; i++) {
		uint64_t word = htole64(mfn + i);

		memcpy(to + 8 * i, &word, 8);
	}
	for (uint64_t i = 0; bytes == 4 && i < n; i++) {
		uint32_t word = htole32((uint32_t)(mfn + i));

		memcpy(to + 4 * i, &word, 4);
	}
}

/* The next page of the list; zero behind its last entry. */
static void
fill_list(struct p2m_cursor *c, unsigned bytes, unsigned char *page)
{
	uint64_t room = TABLE_BYTES / bytes;

	while (room > 0 && c->run != c->end) {
		uint64_t left = c->run->count - c->at;
		uint64_t n = left < room ? left : room;

		put_run(page, bytes, c->run->mfn + c->at, n);
		page += n * bytes;
		room -= n;
		c->at += n;
		if (c->at == c->run->count) {
			c->run++;
			c->at = 0;
		}
	}
	memset(page, 0, room * bytes);
}

static int
put_list_page(struct tables *g, struct guest_window *w, uint64_t pfn,
    struct p2m_cursor *c, struct fail *f)
{
	unsigned char *page = guest_page(w, pfn, f), want[TABLE_BYTES];

	if (page == NULL)
		return -1;
	if (!g->compare) {
		fill_list(c, g->abi->p2m_entry, page);
		return 0;
	}
	fill_list(c, g->abi->p2m_entry, want);
	if (memcmp(page, want, sizeof(want)) != 0)
		return differs(g, "p2m list", pfn, f);
	return 0;
}

static int
put_list(struct tables *g, const struct layout_segment *s, struct fail *f)
{
	struct p2m_cursor c = { g->p2m->v, g->p2m->v + g->p2m->n, 0 };
	struct guest_window w = { .target = g->target, .p2m = g->p2m,
	    .end = s->pfn + s->pages, .writable = !g->compare };
	int rc = 0;

	for (uint64_t pfn = s->pfn; rc == 0 && pfn < w.end; pfn++)
		rc = put_list_page(g, &w, pfn, &c, f);
	return guest_window_close(&w, f) < 0 ? -1 : rc;
}

/* ---- what is refused before anything is written ---- */

/* Machine frames that entries, p2m words and cr3 can name: all below it. */
static uint64_t
frame_limit(const struct abi *a)
{
	uint64_t limit = UINT64_C(1) << 40;	/* 52-bit machine addresses */

	if (a->pte_bytes == 4)
		limit = UINT64_C(1) << 20;
	if (a->frame_bits != 0 && limit > UINT64_C(1) << (a->frame_bits -
	    PAGE_BITS))
		limit = UINT64_C(1) << (a->frame_bits - PAGE_BITS);
	if (a->p2m_entry == 4 && limit > a->p2m_hole)
		limit = a->p2m_hole;
	return limit;
}

static int
check_frames(const struct plan *p, uint64_t root, struct fail *f)
{
	const struct abi *a = p->image.abi;
	uint64_t limit = frame_limit(a);

	for (size_t i = 0; i < p->memory.p2m.n; i++) {
		const struct extent *e = &p->memory.p2m.v[i];

		if (e->mfn >= limit || e->count > limit - e->mfn)
			return fail(f, FAIL_TARGET, "machine frame 0x%" PRIx64
			    " of pfn 0x%" PRIx64 " does not fit the %s "
			    "tables: the limit is 0x%" PRIx64 "; destroy the "
			    "domain and begin with xb-load",
			    e->mfn + e->count - 1, e->pfn + e->count - 1,
			    a->name, limit - 1);
	}
	if (a->cr3_folded && strcmp(p->image.pae, "yes") == 0 &&
	    root >= UINT64_C(1) << 20)
		return fail(f, FAIL_TARGET, "the top table is in machine "
		    "frame 0x%" PRIx64 ", and a guest with PAE=yes finds it "
		    "only below 0x100000; destroy the domain and begin with "
		    "xb-load", root);
	return 0;
}

static int
check_geometry(const struct tables *g, struct fail *f)
{
	const struct range *m = &g->main, *l = &g->list;
	uint64_t counts[ABI_LEVELS_MAX];
	uint64_t n = ptgeom_count(g->abi, m->first, m->last, counts);
	uint64_t have = g->more == NULL ? 0 : g->more->pages;

	if (n != g->frames->pages)
		return fail(f, FAIL_INPUT, "the layout has %" PRIu64 " page "
		    "tables, its addresses need %" PRIu64 "; run xb-layout "
		    "again", g->frames->pages, n);
	n = !g->separate ? 0 : ptgeom_count_more(g->abi, m->first, m->last,
	    l->first, l->last, counts);
	if (n != have)
		return fail(f, FAIL_INPUT, "the layout has %" PRIu64 " page "
		    "tables for the p2m list, its addresses need %" PRIu64
		    "; run xb-layout again", have, n);
	return 0;
}

static int
take_plan(struct tables *g, const struct plan *p,
    const struct layout_segment *list, struct fail *f)
{
	const struct plan_layout *l = &p->layout;
	uint64_t mapped, bytes;

	g->main = (struct range){ l->v_start, abi_wrap(g->abi, l->v_end - 1),
	    0 };
	mapped = ((g->main.last - g->main.first) >> PAGE_BITS) + 1;
	if (g->main.last < g->main.first || mapped > l->pages)
		return fail(f, FAIL_INPUT, "the layout maps 0x%" PRIx64 " .. "
		    "0x%" PRIx64 ", more than its %" PRIu64 " pages; run "
		    "xb-layout again", l->v_start, g->main.last, l->pages);
	if (!list->va.set)
		return fail(f, FAIL_INPUT, "the layout maps the segment 'p2m' "
		    "nowhere; run xb-layout again");
	bytes = list->pages * PAGE_BYTES;
	g->separate = list->pfn >= mapped;
	g->list = (struct range){ list->va.value, list->va.value + bytes - 1,
	    list->pfn };
	if (list->pages < pages_of(l->pages * g->abi->p2m_entry))
		return fail(f, FAIL_INPUT, "the p2m list of %" PRIu64 " pages "
		    "does not fit its segment of %" PRIu64 " pages; run "
		    "xb-layout again", l->pages, list->pages);
	return 0;
}

/* ---- the stage ---- */

static int
unpin_root(struct target *t, uint64_t root, struct fail *f)
{
	unsigned level;
	bool pinned;

	if (t->ops->frame_type(t, root, &level, &pinned, f) < 0)
		return -1;
	return pinned ? t->ops->unpin(t, root, f) : 0;
}

static int
write_all(struct tables *g, const struct layout_segment *list, uint64_t root,
    struct fail *f)
{
	struct target *t = g->target;

	if (!g->compare && unpin_root(t, root, f) < 0)
		return -1;
	if (put_list(g, list, f) < 0 || put_tables(g, f) < 0)
		return -1;
	if (g->abi->m2p_explicit &&
	    t->ops->set_m2p(t, g->p2m->v, g->p2m->n, f) < 0)
		return -1;
	return g->compare ? 0 : t->ops->pin(t, root, f);
}

int
pgtable_build(struct target *t, const struct target_info *info,
    struct plan *p, void *unused, struct fail *f)
{
	struct tables g = { .target = t, .abi = p->image.abi,
	    .p2m = &p->memory.p2m, .compare = info->constructed };
	const struct layout_segment *list = guest_segment(p, SEG_P2M, f);
	uint64_t root;

	(void)unused;
	g.frames = guest_segment(p, SEG_PAGE_TABLES, f);
	g.more = plan_segment(p, SEG_P2M_TABLES);
	if (list == NULL || g.frames == NULL ||
	    guest_frame(p, g.frames->pfn, &root, f) < 0 ||
	    take_plan(&g, p, list, f) < 0 || check_geometry(&g, f) < 0 ||
	    check_frames(p, root, f) < 0 || write_all(&g, list, root, f) < 0)
		return -1;
	p->pagetables = (struct plan_pagetables){
		.root_mfn = root, .pt_base = g.frames->va.value,
		.frames = g.frames->pages, .p2m = list->va.value,
		.first_p2m_pfn = g.separate ? list->pfn : 0,
		.p2m_frames = !g.separate ? 0 : list->pages +
		    (g.more == NULL ? 0 : g.more->pages),
	};
	plan_add(p, PLAN_PAGETABLES);
	return 0;
}
