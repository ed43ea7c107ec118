#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/picture.h"

/* Large segments have shades, page tables a grid, single pages letters. */
static const struct sign fills[] = {
	{ "kernel", "\u2588", "#" },
	{ "ramdisk", "\u2593", "%" },
	{ "p2m", "\u2592", "=" },
	{ "page_tables", "\u256c", "+" },
	{ "p2m_tables", "\u253c", ":" },
	{ "start_info", "I", "I" },
	{ "xenstore", "X", "X" },
	{ "console", "C", "C" },
	{ "stack", "S", "S" },
	{ "acpi", "A", "A" },
	{ "identity", "T", "T" },
	{ "hole", "\u00b7", "-" },
	{ "gap", "\u2591", "." },
	{ "free", " ", " " },
};

static const struct sign marks[] = {
	[SIGN_MARK]	= { NULL, "\u25c4", "<" },
	[SIGN_UP]	= { NULL, "\u25b2", "^" },
	[SIGN_LEFT]	= { NULL, "\u2514", "\\" },
	[SIGN_MIDDLE]	= { NULL, "\u2500", "_" },
	[SIGN_RIGHT]	= { NULL, "\u2518", "/" },
};

static const struct frame {
	const char *top_left, *bottom_left, *top_right, *bottom_right;
	const char *across, *down;
} frames[] = {
	{ "+", "+", "+", "+", "-", "|" },
	{ "\u250c", "\u2514", "\u2510", "\u2518", "\u2500", "\u2502" },
};

const char *
picture_sign(const struct picture *g, enum sign_name n)
{
	return g->utf8 ? marks[n].utf8 : marks[n].ascii;
}

static const struct sign *
fill_of(const struct area *a)
{
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		if (strcmp(fills[i].name, a->name) == 0)
			return &fills[i];
	return NULL;
}

const char *
picture_fill(const struct picture *g, const struct area *a)
{
	const struct sign *s = fill_of(a);

	if (s == NULL)
		return "?";
	return g->utf8 ? s->utf8 : s->ascii;
}

static unsigned
clamp(unsigned v, unsigned low, unsigned high)
{
	return v < low ? low : v > high ? high : v;
}

struct picture
picture_on(const struct report *r, const struct areas *a, unsigned columns,
    bool utf8)
{
	/* Columns beside cells and label: the frame's two sides, the space
	 * after the label, the mark. */
	const unsigned around = 4;
	struct picture g = {
		.r = r, .areas = a, .utf8 = utf8, .cells = 1,
		.columns = clamp(columns, REPORT_COLUMNS_MIN,
		    REPORT_COLUMNS_MAX),
	};

	g.label = (unsigned)snprintf(NULL, 0, "0x%" PRIx64, a->pages);
	while (2 * g.cells + g.label + around <= g.columns)
		g.cells *= 2;
	g.beside = g.label + around + g.cells + 3 + (unsigned)r->digits <=
	    g.columns;
	return g;
}

uint64_t
picture_cell(const struct picture *g, uint64_t pages, unsigned rows)
{
	uint64_t cells = (uint64_t)g->cells * rows, cell = 1;

	while (pages / cell + (pages % cell != 0) > cells)
		cell *= 2;
	return cell;
}

unsigned
picture_left(const struct picture *g)
{
	return g->label + 2;
}

void
picture_prose(const struct picture *g, const char *fmt, ...)
{
	unsigned at = 0;
	char text[512], *save;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	    w = strtok_r(NULL, " ", &save)) {
		unsigned n = (unsigned)strlen(w);

		if (at > 0 && at + 1 + n > g->columns) {
			fputc('\n', g->r->to);
			at = 0;
		}
		at += n + (at > 0);
		fprintf(g->r->to, "%s%s", at > n ? " " : "", w);
	}
	fputc('\n', g->r->to);
}

/* ---- a panel ---- */

/* An area's name goes into the longest run of its cells within a row.  Of runs
 * that are equally long (ties) it takes the middle one. */
struct run {
	unsigned length, ties, seen;
};

struct grid {
	unsigned width, rows;
	size_t n;		/* cells with pages of the panel */
	size_t *area;		/* the area that each cell shows */
	char *text;		/* a character in each cell; 0: none */
	struct run *run;	/* for the name of each area */
};

static unsigned
rank(const struct area *a)
{
	return a->segment != NULL ? 2 : strcmp(a->name, "gap") == 0;
}

/* The area that a cell of [pfn, end) shows; first is the area that has pfn. */
static size_t
cell_area(const struct areas *a, size_t first, uint64_t pfn, uint64_t end)
{
	size_t best = first;
	uint64_t most = 0;

	for (size_t i = first; i < a->n && a->v[i].pfn < end; i++) {
		uint64_t from = a->v[i].pfn > pfn ? a->v[i].pfn : pfn;
		uint64_t to = a->v[i].pfn + a->v[i].pages;
		uint64_t pages = (to < end ? to : end) - from;

		if (rank(&a->v[i]) < rank(&a->v[best]) || pages == 0)
			continue;
		if (rank(&a->v[i]) > rank(&a->v[best]) || pages > most) {
			best = i;
			most = pages;
		}
	}
	return best;
}

static void
fill_grid(struct grid *d, const struct picture *g, const struct panel *p)
{
	const uint64_t end = p->pfn + p->pages;
	size_t first = 0;

	for (size_t i = 0; i < d->n; i++) {
		uint64_t at = p->pfn + i * p->cell;

		while (g->areas->v[first].pfn + g->areas->v[first].pages <= at)
			first++;
		d->area[i] = cell_area(g->areas, first, at,
		    end - at < p->cell ? end : at + p->cell);
	}
}

/* How many cells from i on, within its row, show the same area. */
static unsigned
run_length(const struct grid *d, size_t i)
{
	size_t end = i - i % d->width + d->width;
	size_t at = i;

	while (at < end && at < d->n && d->area[at] == d->area[i])
		at++;
	return (unsigned)(at - i);
}

static void
measure_runs(struct grid *d)
{
	unsigned length;

	for (size_t i = 0; i < d->n; i += length) {
		struct run *r = &d->run[d->area[i]];

		length = run_length(d, i);
		if (length > r->length)
			*r = (struct run){ .length = length };
		r->ties += length == r->length;
	}
}

static void
write_name(struct grid *d, const char *name, size_t at, unsigned length)
{
	char *to = d->text + at + (length - strlen(name) - 2) / 2;

	*to++ = ' ';
	while (*name != '\0')
		*to++ = *name++;
	*to = ' ';
}

static void
write_names(struct grid *d, const struct areas *a)
{
	unsigned length;

	for (size_t i = 0; i < d->n; i += length) {
		struct run *r = &d->run[d->area[i]];
		const struct sign *s = fill_of(&a->v[d->area[i]]);

		length = run_length(d, i);
		if (length != r->length || r->seen++ != r->ties / 2)
			continue;
		if (s != NULL && strlen(s->name) + 4 <= length)
			write_name(d, s->name, i, length);
	}
}

static void
draw_edge(const struct picture *g, const char *left, const char *across,
    const char *right, unsigned width)
{
	fprintf(g->r->to, "%*s%s", (int)g->label + 1, "", left);
	for (unsigned i = 0; i < width; i++)
		fputs(across, g->r->to);
	fprintf(g->r->to, "%s\n", right);
}

static void
draw_row(const struct picture *g, const struct panel *p, const struct grid *d,
    unsigned row, const char *down)
{
	uint64_t pfn = p->pfn + (uint64_t)row * d->width * p->cell;
	uint64_t end = pfn + (uint64_t)d->width * p->cell;
	bool marked = p->mark < end && p->mark_end > pfn;
	FILE *to = g->r->to;
	char label[24];

	snprintf(label, sizeof(label), "0x%" PRIx64, pfn);
	fprintf(to, "%*s %s", (int)g->label, label, down);
	for (size_t i = (size_t)row * d->width;
	    i < ((size_t)row + 1) * d->width; i++)
		if (i >= d->n)
			fputc(' ', to);
		else if (d->text[i] != 0)
			fputc(d->text[i], to);
		else
			fputs(picture_fill(g, &g->areas->v[d->area[i]]), to);
	fputs(down, to);
	if (marked)
		fputs(picture_sign(g, SIGN_MARK), to);
	if (p->mapped && g->beside)
		fprintf(to, "%s 0x" ADDRESS, marked ? "" : " ", ADDRESS_OF(g->r,
		    g->r->plan->layout.v_start + pfn * PAGE_BYTES));
	fputc('\n', to);
}

static void
draw_grid(const struct picture *g, const struct panel *p, struct grid *d)
{
	const struct frame *e = &frames[g->utf8];

	fill_grid(d, g, p);
	measure_runs(d);
	write_names(d, g->areas);
	draw_edge(g, e->top_left, e->across, e->top_right, d->width);
	for (unsigned row = 0; row < d->rows; row++)
		draw_row(g, p, d, row, e->down);
	draw_edge(g, e->bottom_left, e->across, e->bottom_right, d->width);
}

int
picture_draw(const struct picture *g, const struct panel *p, struct fail *f)
{
	struct grid d = { .width = g->cells };
	int rc = 0;

	d.n = (size_t)(p->pages / p->cell + (p->pages % p->cell != 0));
	if (d.n < d.width)
		d.width = (unsigned)d.n;
	d.rows = (unsigned)((d.n + d.width - 1) / d.width);
	d.area = calloc(d.n, sizeof(*d.area));
	d.text = calloc(d.n, 1);
	d.run = calloc(g->areas->n, sizeof(*d.run));
	if (d.area == NULL || d.text == NULL || d.run == NULL)
		rc = fail_memory(f, d.n * sizeof(*d.area));
	else
		draw_grid(g, p, &d);
	free(d.area);
	free(d.text);
	free(d.run);
	return rc;
}
