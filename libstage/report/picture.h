/*
 * report/picture: a range of guest memory as rows of cells in a frame.
 * Private to the room.
 *
 * A cell stands for a power of two of pages.  It shows the segment that has
 * most pages in it; a gap where there is no segment, free where there is
 * nothing.  Areas that are wide enough carry their name.
 */
#ifndef XB_REPORT_PICTURE_H
#define XB_REPORT_PICTURE_H

#include "report/areas.h"
#include "report/words.h"

struct picture {
	const struct report *r;
	const struct areas *areas;
	bool utf8;
	unsigned columns;	/* no line is longer */
	unsigned cells;		/* in a row: a power of two */
	unsigned label;		/* columns of the largest pfn */
	bool beside;		/* there is room for addresses at the right */
};

struct panel {
	uint64_t pfn, pages;	/* what is drawn */
	uint64_t cell;		/* pages */
	uint64_t mark, mark_end; /* pfns: rows with them get a mark */
	bool mapped;		/* all of it: rows have addresses */
};

/* The signs of both alphabets. */
struct sign {
	const char *name, *utf8, *ascii;
};

enum sign_name { SIGN_MARK, SIGN_UP, SIGN_LEFT, SIGN_MIDDLE, SIGN_RIGHT };

const char *picture_sign(const struct picture *, enum sign_name);
/* What cells of that area are filled with. */
const char *picture_fill(const struct picture *, const struct area *);

struct picture picture_on(const struct report *, const struct areas *,
	    unsigned columns, bool utf8);

/* The least power of two of pages that draws so many in so many rows. */
uint64_t picture_cell(const struct picture *, uint64_t pages, unsigned rows);

int	picture_draw(const struct picture *, const struct panel *,
	    struct fail *) must_check;

/* The column where cell 0 of a row is. */
unsigned picture_left(const struct picture *);

/* Text broken between words, no line longer than the picture's. */
void	picture_prose(const struct picture *, const char *fmt, ...)
	    printf_like(2, 3);

#endif
