/*
 * report/svg: what the files that draw report_svg()'s picture share.  Private
 * to the room.
 *
 *	svg.c		the page: title and list of segments
 *	svg-draw.c	shapes, fills and text as SVG 1.1
 *	svg-bars.c	guest memory: the domain, and parts of it enlarged
 *	svg-space.c	the virtual address space
 *	svg-tables.c	the tree of page tables
 *
 * Coordinates are quarters of a millimetre on A4 landscape, y downwards, and
 * are written with one decimal.  The caller of svg_text() escapes bytes of the
 * input (base/escape.h); svg_text() escapes all text for XML.
 */
#ifndef XB_REPORT_SVG_H
#define XB_REPORT_SVG_H

#include "report/areas.h"
#include "report/words.h"

enum { SVG_WIDTH = 1188, SVG_HEIGHT = 840 };

struct svg {
	FILE *to;
	const struct report *r;
	const struct areas *areas;
};

struct box {
	double x, y, w, h;
};

/* Coordinates of the parts on the page. */
enum {
	BARS_TOP = 104, BARS_BOTTOM = 800,
	SPACE_X = 140, SPACE_WIDTH = 40,
	DOMAIN_X = 240, DOMAIN_WIDTH = 60,
	TREE_X = 824, TREE_TOP = 92, TREE_WIDTH = 340,
	LEGEND_X = 824, LEGEND_TOP = 504, LEGEND_BOTTOM = 800
};

/* ---- svg-draw.c ---- */

enum svg_ink {
	INK_TITLE, INK_HEAD, INK_NAME, INK_WORDS, INK_ADDRESS, INK_SMALL
};
enum svg_anchor { FROM_LEFT, IN_MIDDLE, FROM_RIGHT };
enum svg_stroke { STROKE_EDGE, STROKE_LEADER, STROKE_LINK };

/* Write the document up to its first shape, and its end. */
void	svg_begin(const struct svg *);
void	svg_end(const struct svg *);

/* A box with the fill of areas of that name, at least as thick as a line. */
void	svg_fill(const struct svg *, const char *name, struct box);
/* A box without filling, dashed or not. */
void	svg_frame(const struct svg *, struct box, bool dashed);
void	svg_line(const struct svg *, enum svg_stroke, double x1, double y1,
	    double x2, double y2);
/* A pale area between the right side of the first box and the left side of the
 * second, which enlarges the first. */
void	svg_fan(const struct svg *, struct box, struct box);
/* A line of text with its base line at y.  Escapes for XML, and for nothing
 * else. */
void	svg_text(const struct svg *, enum svg_ink, enum svg_anchor, double x,
	    double y, const char *fmt, ...) printf_like(6, 7);

/* Words beside a bar, with a line to the part of the bar that they describe. */
struct svg_label {
	double want;			/* y of that part */
	double at;			/* y where the words have room */
	char words[40], address[40];	/* two lines; address may be "" */
};

enum { LABEL_PITCH = 25, LABELS_MAX = 27 };

/*
 * Draws labels, which ascend by want, moved so that none covers another or
 * leaves [top, bottom], which must have room for n.  Each line goes from bar_x,
 * the side of the bar, to x, where the text begins (right of the bar) or ends
 * (left of it).
 */
void	svg_labels(const struct svg *, struct svg_label *, size_t n, double top,
	    double bottom, double bar_x, double x);

/* ---- the parts ---- */

/* The y of pfn in the bar of the whole domain. */
double	svg_domain_y(const struct svg *, uint64_t pfn);
/* The first area of that kind of segment, or NULL. */
const struct area *svg_area(const struct svg *, enum segment_kind);

void	svg_bars(const struct svg *);
void	svg_space(const struct svg *);
void	svg_tables(const struct svg *);

#endif
