#include "report/svg.h"

/*
 * The virtual address space, low addresses on top.  Of a 64-bit address space
 * only the canonical addresses are drawn: two halves, a break between them.
 */
enum { LABELS_X = 128, BREAK = 36 };

/* Addresses [first, last] as a piece of the bar. */
struct piece {
	uint64_t first, last;
	double y, h;
};

struct space {
	struct piece piece[2];
	size_t n;
	struct svg_label label[8];	/* see name_all() */
	size_t n_labels;
};

static struct space
space_of(const struct abi *a)
{
	const double all = BARS_BOTTOM - BARS_TOP, half = (all - BREAK) / 2;
	uint64_t size = UINT64_C(1) << (a->va_bits - 1);

	if (a->bits == 32)
		return (struct space){ .n = 1, .piece = {
		    { 0, 2 * size - 1, BARS_TOP, all } } };
	return (struct space){ .n = 2, .piece = {
		{ 0, size - 1, BARS_TOP, half },
		{ -size, UINT64_MAX, BARS_TOP + half + BREAK, half } } };
}

/* The y of an address; one that is not canonical is drawn at the end of the
 * lower half. */
static double
space_y(const struct space *s, uint64_t va)
{
	const struct piece *p = &s->piece[s->n > 1 && va >= s->piece[1].first];
	double part = (double)(va - p->first) / (double)(p->last - p->first);

	return p->y + p->h * (part < 1 ? part : 1);
}

static struct box
space_box(const struct space *s, uint64_t first, uint64_t last)
{
	double y = space_y(s, first);

	return (struct box){ SPACE_X, y, SPACE_WIDTH, space_y(s, last) - y };
}

static void
add_label(struct space *s, double y, const char *words)
{
	struct svg_label *l = &s->label[s->n_labels++];

	*l = (struct svg_label){ .want = y };
	snprintf(l->words, sizeof(l->words), "%s", words);
}

static void
name_address(const struct svg *g, struct space *s, uint64_t va,
    const char *words)
{
	struct svg_label *l = &s->label[s->n_labels];

	add_label(s, space_y(s, va), words);
	snprintf(l->address, sizeof(l->address), "0x" ADDRESS,
	    ADDRESS_OF(g->r, va));
}

static void
sort_labels(struct space *s)
{
	for (size_t i = 1; i < s->n_labels; i++)
		for (size_t k = i; k > 0 &&
		    s->label[k].want < s->label[k - 1].want; k--) {
			struct svg_label l = s->label[k];

			s->label[k] = s->label[k - 1];
			s->label[k - 1] = l;
		}
}

/* The p2m list, if it is mapped apart from the initial mapping; else NULL. */
static const struct area *
own_list(const struct svg *g)
{
	const struct area *a = svg_area(g, SEG_P2M);

	return a != NULL && a->pfn >= g->areas->mapped ? a : NULL;
}

static void
name_all(const struct svg *g, struct space *s)
{
	const struct abi *a = g->r->abi;
	const struct area *list = own_list(g);
	uint64_t start = g->r->plan->layout.v_start;
	uint64_t top = s->piece[s->n - 1].last;

	if (start != 0)
		name_address(g, s, 0, "lowest address");
	name_address(g, s, start, report_guest_words(g->r)->region);
	if (list != NULL)
		name_address(g, s, list->va.value, "list of frames (p2m)");
	if (s->n > 1)
		add_label(s, s->piece[1].y - BREAK / 2.0, "no addresses here");
	name_address(g, s, a->hole_start, report_guest_words(g->r)->hole);
	if (a->hole_last < top)
		name_address(g, s, a->hole_last + 1, "the guest's again");
	name_address(g, s, top, "highest address");
	sort_labels(s);
}

/* Draws mapped addresses, and leads from them to their pages in the domain's
 * bar. */
static void
draw_mapping(const struct svg *g, const struct space *s, uint64_t va,
    uint64_t pfn, uint64_t pages)
{
	struct box at = space_box(s, va, va + pages * PAGE_BYTES - 1);
	double y = svg_domain_y(g, pfn);

	svg_fan(g, at, (struct box){ DOMAIN_X, y, 0,
	    svg_domain_y(g, pfn + pages) - y });
}

static void
fill_mapping(const struct svg *g, const struct space *s, const char *name,
    uint64_t va, uint64_t pages)
{
	svg_fill(g, name, space_box(s, va, va + pages * PAGE_BYTES - 1));
}

static void
draw_pieces(const struct svg *g, const struct space *s)
{
	const struct abi *a = g->r->abi;
	double middle = SPACE_X + SPACE_WIDTH / 2.0;

	svg_text(g, INK_HEAD, IN_MIDDLE, middle, BARS_TOP - 16,
	    "%s", report_guest_words(g->r)->space);
	svg_text(g, INK_SMALL, IN_MIDDLE, middle, BARS_TOP - 5, "%u bits",
	    (unsigned)a->va_bits);
	svg_fill(g, "other", space_box(s, a->hole_start, a->hole_last));
	for (size_t i = 0; i < s->n; i++)
		svg_frame(g, (struct box){ SPACE_X, s->piece[i].y, SPACE_WIDTH,
		    s->piece[i].h }, false);
}

void
svg_space(const struct svg *g)
{
	struct space s = space_of(g->r->abi);
	const struct area *list = own_list(g);
	uint64_t start = g->r->plan->layout.v_start;

	draw_mapping(g, &s, start, 0, g->areas->mapped);
	if (list != NULL)
		draw_mapping(g, &s, list->va.value, list->pfn, list->pages);
	draw_pieces(g, &s);
	fill_mapping(g, &s, "mapped", start, g->areas->mapped);
	if (list != NULL)
		fill_mapping(g, &s, list->name, list->va.value, list->pages);
	name_all(g, &s);
	svg_labels(g, s.label, s.n_labels, BARS_TOP + 6, BARS_BOTTOM - 6,
	    SPACE_X, LABELS_X);
}
