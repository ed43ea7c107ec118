#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "target/window.h"
#include "build/pv/pgtable.h"
#include "build/pv/pgtable-impl.h"
#include "abi/ptgeom.h"
#include "plan/derived.h"
#include "plan/stages.h"

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

/*
 * Writes all tables of a level that translate r and have their frames in the
 * segment s.  A table that the p2m list shares with the region lies in segment
 * page_tables, and is written with the region.
 */
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
put_tables(struct tables *g, struct guest_window *w, struct fail *f)
{
	int rc = 0;

	/* First the tables that follow the p2m list in memory: the window of
	 * the list is still mapped. */
	for (unsigned level = g->abi->levels; rc == 0 && g->more != NULL &&
	    level-- > 1;)
		rc = put_level(g, w, level, g->list, g->more, f);
	for (unsigned level = g->abi->levels; rc == 0 && level > 0; level--)
		rc = put_level(g, w, level, tables_main(g, level), g->frames,
		    f);
	return rc;
}

/* ---- the p2m list ---- */

struct p2m_cursor {
	const struct extent *run, *end;
	uint64_t at;			/* next frame of run */
};

/*
 * Puts n entries.  This runs sixteen million times for 64 GiB, so the width is
 * looked at outside the loops.
 */
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

/* Fills the next page of the list, with zeroes behind its last entry. */
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

/* Pages between the list and the tables: start_info and the two rings. */
enum { NEAR = 3 };

/* Where the window of a list ends: it goes on over page tables that follow
 * within NEAR pages, which is one mapping less. */
static uint64_t
list_end(const struct tables *g, const struct layout_segment *list)
{
	const struct layout_segment *const after[] = { g->frames, g->more };
	uint64_t end = list->pfn + list->pages;

	for (size_t i = 0; i < 2; i++)
		if (after[i] != NULL && after[i]->pfn >= end &&
		    after[i]->pfn - end <= NEAR)
			return after[i]->pfn + after[i]->pages;
	return end;
}

static int
put_list(struct tables *g, struct guest_window *w,
    const struct layout_segment *s, struct fail *f)
{
	struct p2m_cursor c = { g->p2m->v, g->p2m->v + g->p2m->n, 0 };
	uint64_t end = s->pfn + s->pages;
	int rc = 0;

	w->end = list_end(g, s);
	/* A list that is longer than one replace() is written anew, in windows
	 * that hold nothing else. */
	w->anew = !g->compare && s->pages > g->target->ops->replace_max;
	if (w->anew)
		w->end = end;
	for (uint64_t pfn = s->pfn; rc == 0 && pfn < end; pfn++)
		rc = put_list_page(g, w, pfn, &c, f);
	if (rc == 0 && w->anew)
		rc = window_close(w, f);
	w->anew = false;
	return rc;
}

static int
put_all(struct tables *g, const struct layout_segment *list, struct fail *f)
{
	struct guest_window w = { .target = g->target, .p2m = g->p2m,
	    .writable = !g->compare };
	int rc = put_list(g, &w, list, f);

	if (rc == 0)
		rc = put_tables(g, &w, f);
	return window_close(&w, f) < 0 ? -1 : rc;
}

/* ---- what to write ---- */

/* The plan is checked: its tables and its list fit its addresses. */
static void
take_plan(struct tables *g, const struct plan *p)
{
	const struct plan_layout *l = &p->layout;
	const struct layout_segment *list = plan_segment(p, SEG_P2M);

	g->abi = p->image.abi;
	g->frames = plan_segment(p, SEG_PAGE_TABLES);
	g->more = plan_segment(p, SEG_P2M_TABLES);
	g->main = (struct range){ l->v_start, abi_wrap(g->abi, l->v_end - 1),
	    0 };
	/* A list inside of the region is mapped by the region's entries. */
	g->separate = list->pfn > (g->main.last - g->main.first) >> PAGE_BITS;
	g->list = (struct range){ list->va.value,
	    list->va.value + list->pages * PAGE_BYTES - 1, list->pfn };
}

/* With PAE=yes a guest takes cr3 for an address of 32 bits. */
static int
check_root(const struct plan *p, uint64_t root, struct fail *f)
{
	if (!p->image.abi->cr3_folded || strcmp(p->image.pae, "yes") != 0 ||
	    root < UINT64_C(1) << 20)
		return 0;
	return fail(f, FAIL_TARGET, "the top table is in machine frame 0x%"
	    PRIx64 ", and a guest with PAE=yes finds it only below 0x100000; "
	    "destroy the domain and begin with xb-load", root);
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

	if (put_all(g, list, f) < 0)
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
		fail_add(f, "; the page tables are left half made: mend the "
		    "cause and run xb-pgtab again");
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
	take_plan(&g, p);
	root = extents_mfn(g.p2m, g.frames->pfn);
	if (check_root(p, root, f) < 0 || write_or_say(&g, list, root, f) < 0)
		return -1;
	p->pagetables = plan_derive_pagetables(p);
	fail_note(f, "%s %" PRIu64 " page tables, the top one in mfn 0x%"
	    PRIx64 "; p2m list at 0x%" PRIx64, g.compare ? "compared" :
	    "wrote and pinned", g.frames->pages + (g.more == NULL ? 0 :
	    g.more->pages), root, list->va.value);
	plan_add(p, PLAN_PAGETABLES);
	return 0;
}
