/*
 * walk-report: what a walk found, for a person and for a program.
 *
 * Callers choose the stream; a write that fails stays with it.  The keys of the
 * JSON are in xb-walk(1).
 */
#ifndef XB_WALK_REPORT_H
#define XB_WALK_REPORT_H

#include <stdio.h>

#include "base/json.h"
#include "walk/walk.h"

struct walk_report {
	const struct walk *walk;
	const struct plan *plan;	/* with a layout; NULL: segments are
					 * not known */
	uint64_t shared_info_mfn;	/* INVALID_MFN: not known */
	bool json;
	struct json_writer *rows;	/* runs go into a list that is open
					 * there; NULL: into a document */
	FILE *to;
	size_t runs;			/* printed so far */
};

/* One address, level by level. */
void	walk_report_path(struct walk_report *, const struct walk_path *);

/*
 * One run of a range of so many pages, cut where a segment begins or ends; and
 * what follows the last one.
 */
void	walk_report_run(struct walk_report *, uint64_t pages,
	    const struct walk_run *);
void	walk_report_end(struct walk_report *);

/* ---- what the text and the JSON share; private to walk-*.c ---- */

/* Where a byte of a frame lies in the plan's arrangement. */
struct walk_place {
	const char *segment;		/* NULL: in none that is known */
	uint64_t offset;		/* in it */
	struct maybe va;		/* where the initial mapping has it */
};

struct walk_place walk_place_of(const struct walk_report *, uint64_t mfn,
	    uint64_t pfn, uint64_t in_page);

void	walk_json_path(const struct walk_report *, const struct walk_path *);
void	walk_json_run(const struct walk_report *, uint64_t pages,
	    const struct walk_run *);
void	walk_json_row(const struct walk_report *, struct json_writer *,
	    const struct walk_run *);

/* Names of the bits set in an entry of that level, in order; *n of them. */
enum { WALK_WORDS = 64 };
void	walk_words(unsigned level, uint64_t entry,
	    const char *word[WALK_WORDS], size_t *n);

#endif
