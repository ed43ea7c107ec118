#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/svg.h"

enum {
	ZOOM = 36,			/* width between a bar and the next */
	WIDE_X = DOMAIN_X + DOMAIN_WIDTH + ZOOM,
	WIDE_LABELS_X = 478, WIDE_BAR_X = 494, BAR_WIDTH = 64,
	CLOSE_BAR_X = WIDE_BAR_X + BAR_WIDTH + ZOOM + 8, CLOSE_LABELS_X = 682,
	HEAD = 22,			/* two lines over a bar */
	BEYOND_HEIGHT = 190
};

/* Memory [first, end) as a bar. */
struct bar {
	const char *title;
	struct box box;
	uint64_t first, end;		/* pfns */
	uint64_t hidden, hidden_end;	/* pfns that another bar labels */
};

static double
bar_y(const struct bar *b, uint64_t pfn)
{
	return b->box.y + b->box.h * (double)(pfn - b->first) /
	    (double)(b->end - b->first);
}

/* The part of the bar for [pfn, end), which lies inside of it. */
static struct box
bar_part(const struct bar *b, uint64_t pfn, uint64_t end)
{
	double y = bar_y(b, pfn);

	return (struct box){ b->box.x, y, b->box.w, bar_y(b, end) - y };
}

/* The part of an area that is inside the bar; false: none is. */
static bool
clip(const struct bar *b, const struct area *a, uint64_t *pfn, uint64_t *end)
{
	*pfn = a->pfn > b->first ? a->pfn : b->first;
	*end = a->pfn + a->pages < b->end ? a->pfn + a->pages : b->end;
	return *pfn < *end;
}

static void
draw_bar(const struct svg *g, const struct bar *b)
{
	double middle = b->box.x + b->box.w / 2;
	uint64_t pages = b->end - b->first, pfn, end;
	char size[SIZE_WORDS];

	svg_text(g, INK_HEAD, IN_MIDDLE, middle, b->box.y - 16, "%s", b->title);
	svg_text(g, INK_SMALL, IN_MIDDLE, middle, b->box.y - 5, "%s, %" PRIu64
	    " page%s", report_pages(size, pages), pages, report_plural(pages));
	for (size_t i = 0; i < g->areas->n; i++)
		if (clip(b, &g->areas->v[i], &pfn, &end))
			svg_fill(g, g->areas->v[i].name, bar_part(b, pfn, end));
	svg_frame(g, b->box, false);
}

static void
label_area(const struct svg *g, struct svg_label *l, const struct area *a)
{
	char name[16], size[SIZE_WORDS];

	escape_into(name, sizeof(name), a->name, strlen(a->name));
	snprintf(l->words, sizeof(l->words), "%s, %s", name,
	    report_pages(size, a->pages));
	if (a->va.set)
		snprintf(l->address, sizeof(l->address), "0x" ADDRESS,
		    ADDRESS_OF(g->r, a->va.value));
	else
		snprintf(l->address, sizeof(l->address), "pfn 0x%" PRIx64,
		    a->pfn);
}

/* Draws as many labels of a bar as fit; if not all do, the last one says how
 * many are left out. */
static void
label_bar(const struct svg *g, const struct bar *b, double bar_x, double x)
{
	size_t room = (size_t)((b->box.h - 4) / LABEL_PITCH);
	size_t n = 0, more = 0;
	struct svg_label v[LABELS_MAX];
	uint64_t pfn, end;

	room = room < LABELS_MAX ? room : LABELS_MAX;
	for (size_t i = 0; i < g->areas->n; i++) {
		if (!clip(b, &g->areas->v[i], &pfn, &end) ||
		    (pfn >= b->hidden && end <= b->hidden_end))
			continue;
		if (n == room) {
			more++;
			continue;
		}
		v[n].want = (bar_y(b, pfn) + bar_y(b, end)) / 2;
		label_area(g, &v[n++], &g->areas->v[i]);
	}
	if (more > 0) {
		snprintf(v[n - 1].words, sizeof(v[n - 1].words),
		    "%zu more areas", more + 1);
		v[n - 1].address[0] = '\0';
	}
	svg_labels(g, v, n, b->box.y + 13, b->box.y + b->box.h - 15, bar_x, x);
}

/* ---- the whole domain ---- */

static struct bar
domain_bar(const struct svg *g)
{
	return (struct bar){
		.title = "guest memory",
		.box = { DOMAIN_X, BARS_TOP, DOMAIN_WIDTH,
		    BARS_BOTTOM - BARS_TOP },
		.end = g->areas->pages,
	};
}

double
svg_domain_y(const struct svg *g, uint64_t pfn)
{
	struct bar b = domain_bar(g);

	return bar_y(&b, pfn);
}

const struct area *
svg_area(const struct svg *g, enum segment_kind kind)
{
	for (size_t i = 0; i < g->areas->n; i++)
		if (strcmp(g->areas->v[i].name, segment_name(kind)) == 0)
			return &g->areas->v[i];
	return NULL;
}

/* Free memory is not enlarged, so its words stand in the domain's bar. */
static void
name_free(const struct svg *g, const struct bar *b)
{
	const double least = 34;
	char size[SIZE_WORDS];

	for (size_t i = 0; i < g->areas->n; i++) {
		const struct area *a = &g->areas->v[i];
		struct box part = bar_part(b, a->pfn, a->pfn + a->pages);
		double x = part.x + part.w / 2, y = part.y + part.h / 2;

		if (a->segment != NULL || a->pfn < g->areas->mapped ||
		    part.h < least)
			continue;
		svg_text(g, INK_NAME, IN_MIDDLE, x, y - 2, "free");
		svg_text(g, INK_SMALL, IN_MIDDLE, x, y + 9, "%s",
		    report_pages(size, a->pages));
	}
}

static void
draw_domain(const struct svg *g)
{
	struct bar b = domain_bar(g);

	draw_bar(g, &b);
	name_free(g, &b);
	svg_text(g, INK_ADDRESS, IN_MIDDLE, b.box.x + b.box.w / 2,
	    b.box.y + b.box.h + 12, "pfn 0x%" PRIx64, b.end - 1);
}

/* ---- parts of the domain, enlarged ---- */

/* Leads from a part of one bar to x, and on to the bar that enlarges it. */
static void
enlarge(const struct svg *g, const struct bar *from, const struct bar *to,
    double x)
{
	struct box b = to->box;

	svg_fan(g, bar_part(from, to->first, to->end),
	    (struct box){ x, b.y, 0, b.h });
	svg_line(g, STROKE_LINK, x, b.y, b.x, b.y);
	svg_line(g, STROKE_LINK, x, b.y + b.h, b.x, b.y + b.h);
}

/* The pages behind the initial mapping that are not free; empty: none. */
static struct bar
beyond_bar(const struct svg *g)
{
	struct bar b = {
		.title = "behind that",
		.box = { WIDE_BAR_X, BARS_BOTTOM - BEYOND_HEIGHT, BAR_WIDTH,
		    BEYOND_HEIGHT },
	};

	for (size_t i = 0; i < g->areas->n; i++) {
		const struct area *a = &g->areas->v[i];

		if (a->segment == NULL || a->pages == 0 ||
		    a->pfn < g->areas->mapped)
			continue;
		b.first = b.end == 0 ? a->pfn : b.first;
		b.end = a->pfn + a->pages;
	}
	return b;
}

static void
draw_close(const struct svg *g, struct bar *mapped)
{
	struct bar b = {
		.title = "small segments",
		.box = { CLOSE_BAR_X, mapped->box.y, BAR_WIDTH, mapped->box.h },
	};

	areas_details(g->areas, &b.first, &b.end);
	/* More than half of the mapping: an enlargement would show little, so
	 * the bar of the mapping has the labels. */
	if (b.first == b.end || 2 * (b.end - b.first) > mapped->end)
		return;
	mapped->hidden = b.first;
	mapped->hidden_end = b.end;
	enlarge(g, mapped, &b, b.box.x);
	draw_bar(g, &b);
	label_bar(g, &b, b.box.x + b.box.w, CLOSE_LABELS_X);
}

static void
draw_wide(const struct svg *g, const struct bar *b)
{
	draw_bar(g, b);
	label_bar(g, b, b->box.x, WIDE_LABELS_X);
}

void
svg_bars(const struct svg *g)
{
	struct bar domain = domain_bar(g), beyond = beyond_bar(g);
	struct bar mapped = {
		.title = report_guest_words(g->r)->region,
		.box = { WIDE_BAR_X, BARS_TOP, BAR_WIDTH, domain.box.h },
		.end = g->areas->mapped,
	};

	if (beyond.end > 0) {
		mapped.box.h -= beyond.box.h + 2 * HEAD;
		enlarge(g, &domain, &beyond, WIDE_X);
		draw_wide(g, &beyond);
	}
	enlarge(g, &domain, &mapped, WIDE_X);
	draw_close(g, &mapped);
	draw_wide(g, &mapped);
	draw_domain(g);
}
