#include <string.h>

#include "base/escape.h"
#include "report/svg.h"

enum {
	LEFT = 24,
	COMMAND_LINE_MAX = 160,
	ESCAPE_MAX = 4			/* bytes of one that is escaped */
};

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
	    PRIu64 " pages, for %s", report_pages(size, g->areas->pages),
	    g->areas->pages, g->r->abi->name);
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
	svg_legend(&g);
	svg_end(&g);
	areas_release(&areas);
	return ferror(to) ? fail(f, FAIL_IO, "cannot write the picture") : 0;
}
