#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "report/picture.h"

enum { MAPPED_ROWS = 20, DETAIL_ROWS = 8, CELL_WORDS = 128 };

static const char *
cell_words(char buf[CELL_WORDS], uint64_t cell)
{
	char size[SIZE_WORDS];

	snprintf(buf, CELL_WORDS, "a cell is %s, %" PRIu64 " page%s",
	    report_pages(size, cell), cell, report_plural(cell));
	return buf;
}

/* Marks, below the bar of the domain, the part that the next picture
 * enlarges. */
static void
brace(const struct picture *g, unsigned cells)
{
	const char *words = report_guest_words(g->r)->region;
	FILE *to = g->r->to;

	fprintf(to, "%*s", (int)picture_left(g), "");
	if (cells < 2)
		fputs(picture_sign(g, SIGN_UP), to);
	for (unsigned i = 0; cells > 1 && i < cells; i++)
		fputs(picture_sign(g, i == 0 ? SIGN_LEFT :
		    i + 1 == cells ? SIGN_RIGHT : SIGN_MIDDLE), to);
	if (picture_left(g) + cells + strlen(words) + 1 > g->columns)
		fprintf(to, "\n%*s%s\n", (int)picture_left(g), "", words);
	else
		fprintf(to, " %s\n", words);
}

static int
draw_domain(const struct picture *g, struct fail *f)
{
	struct panel p = { .pages = g->areas->pages };
	uint64_t mapped = g->areas->mapped;
	char words[CELL_WORDS];

	p.cell = picture_cell(g, p.pages, 1);
	picture_prose(g, "The whole domain; %s", cell_words(words, p.cell));
	if (picture_draw(g, &p, f) < 0)
		return -1;
	brace(g, (unsigned)(mapped / p.cell + (mapped % p.cell != 0)));
	return 0;
}

/*
 * The panel of the third picture: whole rows with all the small segments of the
 * initial mapping.  It has no pages if there are none.
 */
static struct panel
detail_of(const struct picture *g)
{
	struct panel p = { .mapped = true };
	uint64_t first, end, row;

	areas_details(g->areas, &first, &end);
	if (first == end)
		return p;
	/* Its start is rounded down to a whole row.  The range grows by that,
	 * and may need larger cells, which make longer rows: hence the loop. */
	p.pfn = first;
	do {
		p.cell = picture_cell(g, end - p.pfn, DETAIL_ROWS);
		row = p.cell * g->cells;
		p.pfn = first / row * row;
	} while (picture_cell(g, end - p.pfn, DETAIL_ROWS) > p.cell);
	p.pages = (end - p.pfn + row - 1) / row * row;
	if (p.pages > g->areas->mapped - p.pfn)
		p.pages = g->areas->mapped - p.pfn;
	return p;
}

static int
draw_mapped(const struct picture *g, struct fail *f)
{
	const struct plan_layout *l = &g->r->plan->layout;
	struct panel p = { .pages = g->areas->mapped, .mapped = true };
	struct panel detail = detail_of(g);
	char size[SIZE_WORDS], words[CELL_WORDS];

	p.cell = picture_cell(g, p.pages, MAPPED_ROWS);
	if (detail.pages > 0 && detail.cell < p.cell) {
		p.mark = detail.pfn;
		p.mark_end = detail.pfn + detail.pages;
	}
	fputc('\n', g->r->to);
	picture_prose(g, "%s, %s at 0x" ADDRESS "; %s",
	    report_guest_words(g->r)->mapped, report_pages(size, p.pages),
	    ADDRESS_OF(g->r, l->v_start), cell_words(words, p.cell));
	if (picture_draw(g, &p, f) < 0)
		return -1;
	if (p.mark_end == 0)
		return 0;
	fputc('\n', g->r->to);
	picture_prose(g, "The pages at %s; %s", picture_sign(g, SIGN_MARK),
	    cell_words(words, detail.cell));
	return picture_draw(g, &detail, f);
}

/* ---- the legend ---- */

static void
legend_place(const struct picture *g, const struct area *a, const char *at)
{
	if (a->va.set)
		fprintf(g->r->to, "%s0x" ADDRESS "\n", at,
		    ADDRESS_OF(g->r, a->va.value));
	else
		fputs("not mapped\n", g->r->to);
}

static void
legend_wide(const struct picture *g, const struct area *a, const char *name)
{
	char range[48], size[SIZE_WORDS];

	snprintf(range, sizeof(range), "0x%" PRIx64 "..0x%" PRIx64, a->pfn,
	    a->pages > 0 ? a->pfn + a->pages - 1 : a->pfn);
	fprintf(g->r->to, "%s %-11s  %-*s  %10s  ", picture_fill(g, a), name,
	    2 * (int)g->label + 2, range, report_pages(size, a->pages));
	legend_place(g, a, "");
}

static void
legend_narrow(const struct picture *g, const struct area *a, const char *name)
{
	char size[SIZE_WORDS];

	fprintf(g->r->to, "%s %s, %s\n    0x%" PRIx64 ", ",
	    picture_fill(g, a), name, report_pages(size, a->pages), a->pfn);
	legend_place(g, a, "at ");
}

static void
legend(const struct picture *g)
{
	const unsigned wide = 13 + 2 + 2 * g->label + 2 + 2 + 10 + 2 + 2 +
	    (unsigned)g->r->digits;
	char name[12];

	picture_prose(g, "%s", "What is where, by pfn and address:");
	for (size_t i = 0; i < g->areas->n; i++) {
		const struct area *a = &g->areas->v[i];

		escape_into(name, sizeof(name), a->name, strlen(a->name));
		if (wide <= g->columns)
			legend_wide(g, a, name);
		else
			legend_narrow(g, a, name);
	}
}

static int
draw_all(const struct picture *g, struct fail *f)
{
	char size[SIZE_WORDS];

	picture_prose(g, "Guest memory of %s, %" PRIu64 " pages, for %s",
	    report_pages(size, g->areas->memory), g->areas->memory,
	    g->r->abi->name);
	fputc('\n', g->r->to);
	if (draw_domain(g, f) < 0 || draw_mapped(g, f) < 0)
		return -1;
	fputc('\n', g->r->to);
	legend(g);
	return file_flush(g->r->to, "the report", f);
}

int
report_map(const struct plan *p, FILE *to, unsigned columns, bool utf8,
    struct fail *f)
{
	struct report r = report_on(p, to);
	struct areas areas;
	struct picture g;
	int rc;

	if (report_drawable(p, f) < 0)
		return -1;
	if (areas_of(p, &areas, f) < 0)
		return -1;
	g = picture_on(&r, &areas, columns, utf8);
	rc = draw_all(&g, f);
	areas_release(&areas);
	return rc;
}
