#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "target/window.h"
#include "build/pgtable.h"
#include "build/pgtable-impl.h"
#include "abi/ptgeom.h"

/* ---- page tables ---- */

static int
differ(const struct tables *g, const char *what, uint64_t pfn,
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
	uint64_t pfn = tables_pfn(g, level, va);
	unsigned char want[TABLE_BYTES], have[TABLE_BYTES], *page;

	tables_fill(g, level, va, want);
	if (g->lost)
		return fail_bug(f, "a guest frame without a machine frame");
	page = window_page(w, pfn, f);
	if (page == NULL)
		return -1;
	if (!g->compare) {
		memcpy(page, want, sizeof(want));
		return 0;
	}
	memcpy(have, page, sizeof(have));
	tables_strip(g->abi, level, va, want, have);
	if (memcmp(want, have, sizeof(want)) != 0)
		return differ(g, "page table", pfn, f);
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

	w->end = s->pfn + s->pages;
	for (;;) {
		if (segment_holds(s, tables_pfn(g, level, va)) &&
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
		rc = put_level(g, &w, level, tables_main(g, level), g->frames,
		    f);
	for (unsigned level = g->abi->levels; rc == 0 && g->more != NULL &&
	    level-- > 1;)
		rc = put_level(g, &w, level, g->list, g->more, f);
	return window_close(&w, f) < 0 ? -1 : rc;
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
	unsigned char *page = window_page(w, pfn, f), want[TABLE_BYTES];

	if (page == NULL)
		return -1;
	if (!g->compare) {
		fill_list(c, g->abi->p2m_entry, page);
		return 0;
	}
	fill_list(c, g->abi->p2m_entry, want);
	if (memcmp(page, want, sizeof(want)) != 0)
		return differ(g, "p2m list", pfn, f);
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
	return window_close(&w, f) < 0 ? -1 : rc;
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

int
tables_of_plan(struct tables *g, const struct plan *p, struct fail *f)
{
	const struct layout_segment *list = plan_need_segment(p, SEG_P2M, f);

	g->abi = p->image.abi;
	g->frames = plan_need_segment(p, SEG_PAGE_TABLES, f);
	g->more = plan_segment(p, SEG_P2M_TABLES);
	if (list == NULL || g->frames == NULL)
		return -1;
	return take_plan(g, p, list, f) < 0 ? -1 : check_geometry(g, f);
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

	if (put_list(g, list, f) < 0 || put_tables(g, f) < 0)
		return -1;
	if (g->abi->m2p_explicit &&
	    t->ops->set_m2p(t, g->p2m->v, g->p2m->n, f) < 0)
		return -1;
	return g->compare ? 0 : t->ops->pin(t, root, f);
}

static int
write_or_say(struct tables *g, const struct layout_segment *list,
    uint64_t root, struct fail *f)
{
	if (!g->compare && unpin_root(g->target, root, f) < 0)
		return -1;
	if (write_all(g, list, root, f) == 0)
		return 0;
	if (!g->compare)
		fail_add(f, "; the page tables are left half made: run "
		    "xb-pgtab again with this plan");
	return -1;
}

int
pgtable_build(struct target *t, const struct target_info *info,
    struct plan *p, void *unused, struct fail *f)
{
	struct tables g = { .target = t, .p2m = &p->memory.p2m,
	    .compare = info->constructed };
	const struct layout_segment *list = plan_segment(p, SEG_P2M);
	uint64_t root;

	(void)unused;
	if (tables_of_plan(&g, p, f) < 0 ||
	    plan_need_mfn(p, g.frames->pfn, &root, f) < 0 ||
	    check_frames(p, root, f) < 0 || write_or_say(&g, list, root, f) < 0)
		return -1;
	p->pagetables = (struct plan_pagetables){
		.root_mfn = root, .pt_base = g.frames->va.value,
		.frames = g.frames->pages, .p2m = list->va.value,
		.first_p2m_pfn = g.separate ? list->pfn : 0,
		.p2m_frames = !g.separate ? 0 : list->pages +
		    (g.more == NULL ? 0 : g.more->pages),
	};
	fail_note(f, "%s %" PRIu64 " page tables, the top one in mfn 0x%"
	    PRIx64 "; p2m list at 0x%" PRIx64, g.compare ? "compared" :
	    "wrote and pinned", g.frames->pages + (g.more == NULL ? 0 :
	    g.more->pages), root, list->va.value);
	plan_add(p, PLAN_PAGETABLES);
	return 0;
}
