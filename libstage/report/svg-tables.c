#include "abi/ptgeom.h"
#include "report/svg.h"

enum {
	CAPTION = 76,			/* columns: words, then two branches */
	TABLE_WIDTH = 46, TABLE_HEIGHT = 27, FOLD_WIDTH = 18, GAP = 4,
	BRANCH = 2 * TABLE_WIDTH + FOLD_WIDTH + 2 * GAP,
	ROWS_HEIGHT = 364,
	SLOTS = 6			/* in a row: three in each branch */
};

/* The tables of one range of addresses. */
struct branch {
	uint64_t first, last;		/* addresses, last included */
	const uint64_t *counts;		/* of tables, top level .. L1 */
	const struct layout_segment *frames;
	bool more;			/* the p2m list's, which shares tables
					 * with the main branch where it can */
};

/* A table; or, if fold, all tables between the first and the last of a row. */
struct slot {
	struct box box;
	uint64_t va, last;		/* addresses where tables begin */
	uint64_t pfn;
	bool fold;
};

struct tree {
	const struct svg *g;
	const struct abi *abi;
	struct branch main, list;	/* list.frames NULL: it has no list */
	struct slot row[ABI_LEVELS_MAX + 1][SLOTS]; /* by level */
	size_t n[ABI_LEVELS_MAX + 1];
};

static uint64_t
count_of(const struct tree *t, const struct branch *b, unsigned level)
{
	return b->frames == NULL ? 0 : b->counts[t->abi->levels - level];
}

/* Bytes that a table of the level translates; 0: the whole address space. */
static uint64_t
reach(const struct tree *t, unsigned level)
{
	unsigned shift = abi_shift(t->abi, level + 1);

	return level == t->abi->levels || shift > 63 ? 0 : UINT64_C(1) << shift;
}

/* The first address of the level's table that translates va. */
static uint64_t
table_start(const struct tree *t, unsigned level, uint64_t va)
{
	uint64_t bytes = reach(t, level);

	return bytes == 0 ? 0 : va & ~(bytes - 1);
}

/* The pfn of the table of a branch that translates va; *shared: it is one of
 * the main branch. */
static uint64_t
table_pfn(const struct tree *t, const struct branch *b, unsigned level,
    uint64_t va, bool *shared)
{
	const struct branch *m = &t->main;

	*shared = false;
	if (va < b->first)
		va = b->first;
	return b->frames->pfn + (b->more ?
	    ptgeom_frame_more(t->abi, m->first, m->last, b->first, b->last,
	    level, va, shared) :
	    ptgeom_frame(t->abi, b->first, b->last, level, va));
}

/* The first address of the branch's own first table.  Only tables at the ends
 * of a branch can be shared with the main branch. */
static uint64_t
first_table(const struct tree *t, const struct branch *b, unsigned level)
{
	uint64_t va = table_start(t, level, b->first);
	bool shared;

	table_pfn(t, b, level, va, &shared);
	return shared ? va + reach(t, level) : va;
}

/* ---- rows ---- */

static double
row_y(const struct tree *t, unsigned level)
{
	return TREE_TOP + 24 + (t->abi->levels - level) *
	    ((double)ROWS_HEIGHT / t->abi->levels);
}

static void
add_slot(struct tree *t, const struct branch *b, unsigned level, double x,
    uint64_t va, uint64_t last, bool fold)
{
	bool shared;

	t->row[level][t->n[level]++] = (struct slot){
		.box = { x, row_y(t, level), fold ? FOLD_WIDTH : TABLE_WIDTH,
		    TABLE_HEIGHT },
		.va = va, .last = last, .fold = fold,
		.pfn = table_pfn(t, b, level, va, &shared),
	};
}

/* Adds the first and the last table of a branch to the row; all between them
 * are folded into one slot. */
static void
add_row(struct tree *t, const struct branch *b, unsigned level, double x)
{
	uint64_t n = count_of(t, b, level), bytes = reach(t, level), va;

	if (n == 0)
		return;
	va = first_table(t, b, level);
	if (n == 1)
		x += (BRANCH - TABLE_WIDTH) / 2.0;
	add_slot(t, b, level, x, va, va, false);
	if (n > 2)
		add_slot(t, b, level, x + TABLE_WIDTH + GAP, va + bytes,
		    va + (n - 2) * bytes, true);
	if (n > 1)
		add_slot(t, b, level, x + BRANCH - TABLE_WIDTH,
		    va + (n - 1) * bytes, va + (n - 1) * bytes, false);
}

/* The slot in the row above with the table whose entry leads to s. */
static const struct slot *
parent(const struct tree *t, unsigned level, const struct slot *s)
{
	uint64_t va = table_start(t, level + 1, s->va);

	for (size_t i = 0; level < t->abi->levels && i < t->n[level + 1]; i++) {
		const struct slot *p = &t->row[level + 1][i];

		if (va >= p->va && va <= p->last)
			return p;
	}
	return NULL;
}

static void
draw_slot(const struct tree *t, unsigned level, const struct slot *s)
{
	const struct slot *up = parent(t, level, s);
	double x = s->box.x + s->box.w / 2, y = s->box.y;

	if (up != NULL)
		svg_line(t->g, STROKE_LEADER, up->box.x + up->box.w / 2,
		    up->box.y + up->box.h, x, y);
	svg_frame(t->g, s->box, s->fold);
	if (s->fold) {
		svg_text(t->g, INK_SMALL, IN_MIDDLE, x, y + 16, "...");
		return;
	}
	svg_text(t->g, INK_ADDRESS, IN_MIDDLE, x, y + 11, "0x%" PRIx64, s->pfn);
	if (level == t->abi->levels)
		svg_text(t->g, INK_SMALL, IN_MIDDLE, x, y + 22, "in cr3");
	else
		svg_text(t->g, INK_SMALL, IN_MIDDLE, x, y + 22, "entry %u",
		    abi_index(t->abi, s->va, level + 1));
}

/* ---- words ---- */

static void
draw_caption(const struct tree *t, unsigned level)
{
	uint64_t n = count_of(t, &t->main, level);
	uint64_t more = count_of(t, &t->list, level);
	double y = row_y(t, level);
	char size[SIZE_WORDS];

	svg_text(t->g, INK_NAME, FROM_LEFT, TREE_X, y + 4, "L%u", level);
	if (more > 0)
		svg_text(t->g, INK_SMALL, FROM_LEFT, TREE_X, y + 15, "%" PRIu64
		    " + %" PRIu64 " tables", n, more);
	else
		svg_text(t->g, INK_SMALL, FROM_LEFT, TREE_X, y + 15, "%" PRIu64
		    " table%s", n, report_plural(n));
	svg_text(t->g, INK_SMALL, FROM_LEFT, TREE_X, y + 25, "entry: %s",
	    report_size(size, UINT64_C(1) << abi_shift(t->abi, level)));
}

static void
draw_leaves(const struct tree *t, double x, const char *what, uint64_t pfn,
    uint64_t pages)
{
	double y = row_y(t, 1) + TABLE_HEIGHT + 16;
	char size[SIZE_WORDS];

	x += BRANCH / 2.0;
	svg_text(t->g, INK_WORDS, IN_MIDDLE, x, y, "%s", what);
	svg_text(t->g, INK_SMALL, IN_MIDDLE, x, y + 11, "%s from pfn 0x%"
	    PRIx64, report_pages(size, pages), pfn);
}

static void
draw_tree(struct tree *t)
{
	const double x1 = TREE_X + CAPTION;
	const double x2 = TREE_X + TREE_WIDTH - BRANCH;
	const struct area *p2m = svg_area(t->g, SEG_P2M);

	svg_text(t->g, INK_HEAD, FROM_LEFT, TREE_X, TREE_TOP - 4,
	    "page tables");
	svg_text(t->g, INK_SMALL, FROM_RIGHT, TREE_X + TREE_WIDTH,
	    TREE_TOP - 4, "pfn, and the entry above that leads there");
	for (unsigned level = t->abi->levels; level > 0; level--) {
		add_row(t, &t->main, level, x1);
		add_row(t, &t->list, level, x2);
		draw_caption(t, level);
		for (size_t i = 0; i < t->n[level]; i++)
			draw_slot(t, level, &t->row[level][i]);
	}
	draw_leaves(t, x1, "mapped at start", 0, t->g->areas->mapped);
	if (t->list.frames != NULL)
		draw_leaves(t, x2, "p2m list", p2m->pfn, p2m->pages);
}

void
svg_tables(const struct svg *g)
{
	const struct plan_layout *l = &g->r->plan->layout;
	const struct area *p2m = svg_area(g, SEG_P2M);
	const struct area *main = svg_area(g, SEG_PAGE_TABLES);
	const struct area *more = svg_area(g, SEG_P2M_TABLES);
	struct tree t = { .g = g, .abi = g->r->abi };

	if (main == NULL)
		return;
	t.main = (struct branch){ l->v_start,
	    l->v_start + g->areas->mapped * PAGE_BYTES - 1, l->tables,
	    main->segment, false };
	if (more != NULL)
		t.list = (struct branch){ p2m->va.value,
		    p2m->va.value + p2m->pages * PAGE_BYTES - 1,
		    l->p2m_tables, more->segment, true };
	draw_tree(&t);
}
