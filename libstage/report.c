#include "report-words.h"

/* The first line: what this is, without an empty line before it. */
static void
title(const struct report *r)
{
	fprintf(r->to, "xb plan, version %d\n", PLAN_VERSION);
}

int
report_text(const struct plan *p, FILE *to, struct fail *f)
{
	struct report r = report_on(p, to);

	title(&r);
	report_image(&r);
	report_modules(&r);
	report_sources(&r);
	if (report_layout(&r, f) < 0)
		return -1;
	report_memory(&r);
	report_pagetables(&r);
	report_startinfo(&r);
	report_vcpus(&r);
	report_extra(&r);
	report_steps(&r);
	report_failed(&r);
	return ferror(to) ? fail(f, FAIL_IO, "cannot write the report") : 0;
}
