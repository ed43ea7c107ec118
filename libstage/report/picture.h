/*
 * report/picture: draws a range of guest memory in text, as rows of cells in a
 * frame.  Private to the room.
 *
 * A cell stands for a number of pages that is a power of two.  It shows the
 * segment that has most pages in it; without a segment, a gap; without a gap
 * too, free memory.  Areas that are wide enough have their name in them.
 */
#ifndef XB_REPORT_PICTURE_H
#define XB_REPORT_PICTURE_H

#include "report/areas.h"
#include "report/words.h"

struct picture {
	const struct report *r;
	const struct areas *areas;
	bool utf8;
	unsigned columns;	/* of the longest line */
	unsigned cells;		/* in a row: a power of two */
	unsigned label;		/* columns of the largest pfn */
	bool beside;		/* has room for addresses at the right */
};

struct panel {
	uint64_t pfn, pages;	/* the range that is drawn */
	uint64_t cell;		/* pages of a cell */
	uint64_t mark, mark_end; /* pfns whose rows get a mark */
	bool mapped;		/* all is mapped: rows have addresses */
};

/* A sign in UTF-8, and in its place in ASCII. */
struct sign {
	const char *name, *utf8, *ascii;
};

enum sign_name { SIGN_MARK, SIGN_UP, SIGN_LEFT, SIGN_MIDDLE, SIGN_RIGHT };

const char *picture_sign(const struct picture *, enum sign_name);
/* The sign that cells of that area are filled with. */
const char *picture_fill(const struct picture *, const struct area *);

struct picture picture_on(const struct report *, const struct areas *,
	    unsigned columns, bool utf8);

/* The smallest size of cell, in pages, with which that many pages fit into that
 * many rows. */
uint64_t picture_cell(const struct picture *, uint64_t pages, unsigned rows);

int	picture_draw(const struct picture *, const struct panel *,
	    struct fail *) must_check;

/* The column where cell 0 of a row is. */
unsigned picture_left(const struct picture *);

/* Writes text, broken between words into lines of the picture's columns. */
void	picture_prose(const struct picture *, const char *fmt, ...)
	    printf_like(2, 3);

#endif
