#include <string.h>

#include "base/escape.h"
#include "report/svg.h"

enum { ROW = 13, NAME_X = LEGEND_X + 16, PFN_X = LEGEND_X + 81,
	PAGES_X = LEGEND_X + 177, SIZE_X = LEGEND_X + 232,
	ADDRESS_X = LEGEND_X + TREE_WIDTH };

static void
draw_row(const struct svg *g, const struct area *a, double y)
{
	char name[16], size[SIZE_WORDS];

	escape_into(name, sizeof(name), a->name, strlen(a->name));
	svg_fill(g, a->name, (struct box){ LEGEND_X, y - 8, 12, 9 });
	svg_frame(g, (struct box){ LEGEND_X, y - 8, 12, 9 }, false);
	svg_text(g, INK_WORDS, FROM_LEFT, NAME_X, y, "%s", name);
	svg_text(g, INK_ADDRESS, FROM_LEFT, PFN_X, y, "0x%" PRIx64, a->pfn);
	svg_text(g, INK_ADDRESS, FROM_RIGHT, PAGES_X, y, "%" PRIu64, a->pages);
	svg_text(g, INK_WORDS, FROM_RIGHT, SIZE_X, y, "%s",
	    report_pages(size, a->pages));
	if (a->va.set)
		svg_text(g, INK_ADDRESS, FROM_RIGHT, ADDRESS_X, y, "0x" ADDRESS,
		    ADDRESS_OF(g->r, a->va.value));
	else
		svg_text(g, INK_WORDS, FROM_RIGHT, ADDRESS_X, y, "not mapped");
}

void
svg_legend(const struct svg *g)
{
	const size_t room = (LEGEND_BOTTOM - LEGEND_TOP) / ROW - 2;
	size_t n = g->areas->n > room ? room - 1 : g->areas->n;
	double y = LEGEND_TOP;

	svg_text(g, INK_HEAD, FROM_LEFT, LEGEND_X, y, "what is where");
	y += ROW + 2;
	svg_text(g, INK_SMALL, FROM_LEFT, NAME_X, y, "segment");
	svg_text(g, INK_SMALL, FROM_LEFT, PFN_X, y, "from pfn");
	svg_text(g, INK_SMALL, FROM_RIGHT, PAGES_X, y, "pages");
	svg_text(g, INK_SMALL, FROM_RIGHT, SIZE_X, y, "size");
	svg_text(g, INK_SMALL, FROM_RIGHT, ADDRESS_X, y, "address at start");
	for (size_t i = 0; i < n; i++)
		draw_row(g, &g->areas->v[i], y += ROW);
	if (n < g->areas->n)
		svg_text(g, INK_WORDS, FROM_LEFT, NAME_X, y + ROW,
		    "and %zu more", g->areas->n - n);
}
