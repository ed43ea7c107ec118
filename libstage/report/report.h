/*
 * report: a plan in words and pictures, for a person.
 *
 * Reads plans and nothing else: no target, no image, no file.  Works on a plan
 * with any of its sections missing.  What came from the input is escaped.
 * Callers choose the stream; a write that fails is FAIL_IO.
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
 * The same words for some sections, PLAN_BITs, alone; modules and the command
 * line come together.
 */
int	report_sections(const struct plan *, uint32_t sections, FILE *,
	    struct fail *) must_check;

/*
 * The runs of machine frames, one a line: the p2m list in full.  Nothing where
 * the plan has no memory section.
 */
int	report_runs(const struct plan *, FILE *, struct fail *) must_check;

/*
 * Guest memory drawn to scale: the whole domain, the initial mapping, the
 * pages that the builder fills, each enlarging a part of the one before; then
 * what each sign stands for.  No line is longer than columns, which are taken
 * as at least and at most the limits above.  utf8 false: ASCII only.
 * FAIL_INPUT where the plan has no layout.
 */
int	report_map(const struct plan *, FILE *, unsigned columns, bool utf8,
	    struct fail *) must_check;

/*
 * The same as a picture, one SVG 1.1 document of A4 landscape: the virtual
 * address space, guest memory with what is enlarged, the tree of page tables, a
 * list of the segments.  FAIL_INPUT where the plan has no image or no layout.
 */
int	report_svg(const struct plan *, FILE *, struct fail *) must_check;

#endif
