#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "report/svg.h"

enum {
	LEFT = 24,
	COMMAND_LINE_MAX = 160,
	ESCAPE_MAX = 4			/* bytes that escape one byte */
};

/* ---- the list of segments ---- */

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

static void
draw_legend(const struct svg *g)
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

/* ---- the page ---- */

static void
draw_command_line(const struct svg *g, struct bytes c)
{
	char line[COMMAND_LINE_MAX], longer[COMMAND_LINE_MAX + ESCAPE_MAX];
	size_t shown = escape_into(line, sizeof(line), c.data, c.size);
	bool cut = escape_into(longer, sizeof(longer), c.data, c.size) > shown;

	svg_text(g, INK_WORDS, FROM_LEFT, LEFT, 54, "command line: '%s'%s",
	    line, cut ? " ..." : "");
}

static void
draw_title(const struct svg *g)
{
	const struct plan *p = g->r->plan;
	char size[SIZE_WORDS];

	svg_text(g, INK_TITLE, FROM_LEFT, LEFT, 36, "Guest memory of %s, %"
	    PRIu64 " pages, for %s", report_pages(size, g->areas->memory),
	    g->areas->memory, g->r->abi->name);
	if (plan_has(p, PLAN_COMMAND_LINE) && p->command_line.size > 0)
		draw_command_line(g, p->command_line);
	svg_text(g, INK_SMALL, FROM_LEFT, LEFT, SVG_HEIGHT - 10,
	    "Every bar is to scale, low addresses on top; what would be "
	    "thinner than a line is drawn as a line.  A bar at the right "
	    "enlarges a part of the one before.");
}

int
report_svg(const struct plan *p, FILE *to, struct fail *f)
{
	struct report r = report_on(p, to);
	struct areas areas;
	struct svg g = { .to = to, .r = &r, .areas = &areas };

	if (report_drawable(p, f) < 0)
		return -1;
	if (r.abi == NULL)
		return fail(f, FAIL_INPUT, "no picture: the plan has no image, "
		    "so its addresses have no width; run xb-parse first");
	if (areas_of(p, &areas, f) < 0)
		return -1;
	svg_begin(&g);
	draw_title(&g);
	svg_space(&g);
	svg_bars(&g);
	svg_tables(&g);
	draw_legend(&g);
	svg_end(&g);
	areas_release(&areas);
	return file_flush(to, "the report", f);
}
