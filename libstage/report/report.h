/*
 * report: shows a plan to people, in words and pictures.
 *
 * It reads the plan alone, no target, image or other file, and takes plans in
 * which any section is missing.  Bytes from the input are escaped.  The caller
 * chooses the stream; a write that fails is FAIL_IO.
 */
#ifndef XB_REPORT_H
#define XB_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "plan/plan.h"

enum { REPORT_COLUMNS_MIN = 40, REPORT_COLUMNS_MAX = 512 };

/* Every section in words, then which steps are done and what comes next. */
int	report_text(const struct plan *, FILE *, struct fail *) must_check;

/*
 * The same words for the given sections (PLAN_BITs) alone.  Modules and command
 * line are always shown together.
 */
int	report_sections(const struct plan *, uint32_t sections, FILE *,
	    struct fail *) must_check;

/*
 * The whole p2m, one line for each run of machine frames.  Writes nothing if
 * the plan has no memory section.
 */
int	report_runs(const struct plan *, FILE *, struct fail *) must_check;

/*
 * Draws guest memory to scale in three pictures, each of which enlarges a part
 * of the one before: the whole domain, the initial mapping, the pages that the
 * builder fills.  A list of the signs follows.  Lines have at most columns
 * columns, which is brought between the limits above.  utf8 false: ASCII only.
 * FAIL_INPUT where the plan has no layout.
 */
int	report_map(const struct plan *, FILE *, unsigned columns, bool utf8,
	    struct fail *) must_check;

/*
 * Draws one SVG 1.1 document of A4 landscape: the virtual address space, guest
 * memory with parts of it enlarged, the tree of page tables, a list of the
 * segments.  FAIL_INPUT where the plan has no image or no layout.
 */
int	report_svg(const struct plan *, FILE *, struct fail *) must_check;

#endif
