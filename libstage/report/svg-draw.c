#include <stdarg.h>
#include <string.h>

#include "report/svg.h"

/*
 * Each fill is a colour with marks over it.  Areas that lie side by side differ
 * in lightness or marks too, so that they can be told apart without colour.
 */
static const struct fill {
	const char *name, *paper;
	const char *marks, *pen;	/* path in a square of 6, or NULL */
	bool pvh;			/* of PVH guests alone */
} fills[] = {
	{ "kernel", "#2b4c7e", NULL, NULL, false },
	{ "ramdisk", "#a5cf8f", "M0 6L6 0", "#3d6b2a", false },
	{ "p2m", "#f8d28a", "M0 3H6", "#a86f00", false },
	{ "page_tables", "#b9a4e0", "M0 3H6M3 0V6", "#4527a0", false },
	{ "p2m_tables", "#efe8fa", "M0 3H6M3 0V6", "#7e57c2", false },
	{ "start_info", "#b3261e", NULL, NULL, false },
	{ "xenstore", "#fff7d1", "M3 0V6", "#b8860b", false },
	{ "console", "#4db6ac", NULL, NULL, false },
	{ "stack", "#8d6e63", "M0 0L6 6", "#ffffff", false },
	{ "acpi", "#6d4c41", NULL, NULL, true },
	{ "identity", "#b9a4e0", NULL, NULL, true },
	{ "hole", "#c8c8c8", "M0 0L6 6M0 6L6 0", "#ffffff", true },
	{ "gap", "#e4e4e4", NULL, NULL, false },
	{ "free", "#ffffff", NULL, NULL, false },
	{ "mapped", "#000000", NULL, NULL, false },
	{ "other", "#808080", "M0 3H6", "#ffffff", false },
};

enum { FILLS = sizeof(fills) / sizeof(fills[0]) };

static const char *const inks[] = {
	[INK_TITLE] = "font-size=\"19\" font-weight=\"bold\"",
	[INK_HEAD] = "font-size=\"11\" font-weight=\"bold\"",
	[INK_NAME] = "font-size=\"10\" font-weight=\"bold\"",
	[INK_WORDS] = "font-size=\"9.5\"",
	[INK_ADDRESS] = "font-size=\"9\" font-family=\"monospace\"",
	[INK_SMALL] = "font-size=\"8\"",
};

static const char *const anchors[] = {
	[FROM_LEFT] = "start", [IN_MIDDLE] = "middle", [FROM_RIGHT] = "end",
};

static const char *const strokes[] = {
	[STROKE_EDGE] = "stroke=\"#000000\" stroke-width=\"1\"",
	[STROKE_LEADER] = "stroke=\"#606060\" stroke-width=\"0.6\"",
	[STROKE_LINK] = "stroke=\"#9a9a9a\" stroke-width=\"0.6\"",
};

/* Writes one decimal without printf's %f, because SVG does not allow the
 * decimal comma of some locales. */
static void
put_number(FILE *to, double v)
{
	long tenths = (long)(v * 10 + (v < 0 ? -0.5 : 0.5));

	fprintf(to, "%s%ld.%ld", tenths < 0 ? "-" : "",
	    (tenths < 0 ? -tenths : tenths) / 10,
	    (tenths < 0 ? -tenths : tenths) % 10);
}

static void
put_attribute(FILE *to, const char *name, double v)
{
	fprintf(to, " %s=\"", name);
	put_number(to, v);
	fputc('"', to);
}

static void
put_point(FILE *to, double x, double y)
{
	put_number(to, x);
	fputc(',', to);
	put_number(to, y);
	fputc(' ', to);
}

/*
 * Is it U+FFFE or U+FFFF?  escape_to() leaves these two as they are, but XML
 * does not allow them.
 */
static bool
is_no_character(const char *p)
{
	return memcmp(p, "\357\277\276", 3) == 0 ||
	    memcmp(p, "\357\277\277", 3) == 0;
}

static void
put_escaped(FILE *to, const char *text)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};

	while (*text != '\0') {
		const char *as = NULL;

		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]);
		    i++)
			if (*text == entities[i].c)
				as = entities[i].entity;
		if (as != NULL) {
			fputs(as, to);
		} else if (strlen(text) >= 3 && is_no_character(text)) {
			fputs("\\xef\\xbf\\x", to);
			fputs(text[2] == '\276' ? "be" : "bf", to);
			text += 2;
		} else {
			fputc(*text, to);
		}
		text++;
	}
}

/* ---- the document ---- */

static void
put_fill(FILE *to, const struct fill *s)
{
	fprintf(to, "<pattern id=\"%s\" patternUnits=\"userSpaceOnUse\" "
	    "width=\"6\" height=\"6\"><rect width=\"6\" height=\"6\" "
	    "fill=\"%s\"/>", s->name, s->paper);
	if (s->marks != NULL)
		fprintf(to, "<path d=\"%s\" stroke=\"%s\" "
		    "stroke-width=\"1\"/>", s->marks, s->pen);
	fputs("</pattern>\n", to);
}

void
svg_begin(const struct svg *g)
{
	const struct plan_layout *l = &g->r->plan->layout;
	const struct guest_words *words = report_guest_words(g->r);
	char size[SIZE_WORDS], mapped[SIZE_WORDS];
	FILE *to = g->to;

	fprintf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
	    "width=\"297mm\" height=\"210mm\" viewBox=\"0 0 %d %d\" "
	    "font-family=\"sans-serif\" fill=\"#000000\">\n",
	    SVG_WIDTH, SVG_HEIGHT);
	fprintf(to, "<title>Guest memory of %s for %s</title>\n",
	    report_pages(size, g->areas->memory), g->r->abi->name);
	fprintf(to, "<desc>The %s and the memory of a domain of "
	    "%" PRIu64 " pages, to scale, its segments and its page tables; %s "
	    "%s, 0x" ADDRESS " up to 0x" ADDRESS "</desc>\n"
	    "<defs>\n", words->space, g->areas->memory,
	    report_pages(mapped, g->areas->mapped), words->region,
	    ADDRESS_OF(g->r, l->v_start), ADDRESS_OF(g->r, l->v_end));
	for (size_t i = 0; i < FILLS; i++)
		if (!fills[i].pvh || plan_guest(g->r->plan) == GUEST_PVH)
			put_fill(to, &fills[i]);
	fprintf(to, "</defs>\n<rect width=\"%d\" height=\"%d\" "
	    "fill=\"#ffffff\"/>\n", SVG_WIDTH, SVG_HEIGHT);
}

void
svg_end(const struct svg *g)
{
	fputs("</svg>\n", g->to);
}

/* ---- shapes ---- */

static void
put_box(FILE *to, struct box b)
{
	fputs("<rect", to);
	put_attribute(to, "x", b.x);
	put_attribute(to, "y", b.y);
	put_attribute(to, "width", b.w);
	put_attribute(to, "height", b.h);
}

void
svg_fill(const struct svg *g, const char *name, struct box b)
{
	const double line = 0.8;
	size_t i = 0;

	while (i + 1 < FILLS && strcmp(fills[i].name, name) != 0)
		i++;
	if (b.h < line)
		b.h = line;
	put_box(g->to, b);
	fprintf(g->to, " fill=\"url(#%s)\"%s/>\n", fills[i].name,
	    b.h > 4 * line ? " stroke=\"#000000\" stroke-width=\"0.4\"" : "");
}

void
svg_frame(const struct svg *g, struct box b, bool dashed)
{
	put_box(g->to, b);
	fprintf(g->to, " fill=\"none\" %s%s/>\n", strokes[STROKE_EDGE],
	    dashed ? " stroke-dasharray=\"3,2\"" : "");
}

void
svg_line(const struct svg *g, enum svg_stroke s, double x1, double y1,
    double x2, double y2)
{
	fputs("<line", g->to);
	put_attribute(g->to, "x1", x1);
	put_attribute(g->to, "y1", y1);
	put_attribute(g->to, "x2", x2);
	put_attribute(g->to, "y2", y2);
	fprintf(g->to, " %s/>\n", strokes[s]);
}

void
svg_fan(const struct svg *g, struct box from, struct box to)
{
	double x = from.x + from.w;

	fputs("<polygon points=\"", g->to);
	put_point(g->to, x, from.y);
	put_point(g->to, to.x, to.y);
	put_point(g->to, to.x, to.y + to.h);
	put_point(g->to, x, from.y + from.h);
	fprintf(g->to, "\" fill=\"#f3f3f3\" %s/>\n", strokes[STROKE_LINK]);
}

void
svg_text(const struct svg *g, enum svg_ink ink, enum svg_anchor anchor,
    double x, double y, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("<text", g->to);
	put_attribute(g->to, "x", x);
	put_attribute(g->to, "y", y);
	fprintf(g->to, " text-anchor=\"%s\" %s>", anchors[anchor], inks[ink]);
	put_escaped(g->to, text);
	fputs("</text>\n", g->to);
}

/* ---- labels ---- */

static void
spread(struct svg_label *v, size_t n, double top, double bottom)
{
	double least = top;

	for (size_t i = 0; i < n; i++) {
		v[i].at = v[i].want > least ? v[i].want : least;
		least = v[i].at + LABEL_PITCH;
	}
	for (size_t i = n; i-- > 0; bottom = v[i].at - LABEL_PITCH)
		if (v[i].at > bottom)
			v[i].at = bottom;
}

void
svg_labels(const struct svg *g, struct svg_label *v, size_t n, double top,
    double bottom, double bar_x, double x)
{
	const double line = 10;
	double near = x < bar_x ? 4 : -4;
	enum svg_anchor a = x < bar_x ? FROM_RIGHT : FROM_LEFT;

	spread(v, n, top, bottom);
	for (size_t i = 0; i < n; i++) {
		bool two = v[i].address[0] != '\0';

		svg_line(g, STROKE_LEADER, bar_x, v[i].want, x + near,
		    v[i].at);
		svg_text(g, INK_WORDS, a, x, v[i].at + (two ? -1 : 3), "%s",
		    v[i].words);
		if (two)
			svg_text(g, INK_ADDRESS, a, x, v[i].at + line - 1, "%s",
			    v[i].address);
	}
}
