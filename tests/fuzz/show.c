/*
 * show: what a person is shown of a plan from anybody: text, maps, a picture,
 * and a walk through the page tables that it will have.
 */
#include <stdio.h>

#include "fuzz.h"
#include "report/report.h"
#include "walk/walk.h"

static int
ignore_run(void *arg, const struct walk_run *run, struct fail *f)
{
	(void)arg;
	(void)run;
	(void)f;
	return 0;
}

static void
walk(const struct plan *p)
{
	const struct walk_limit limit = { 1 << 16, 1 << 16 };
	struct fail f = { .kind = FAIL_NONE };
	struct walk *w;

	if (walk_open_planned(&w, p, &f) < 0)
		return;
	if (walk_all(w, &limit, ignore_run, NULL, &f) < 0)
		fuzz_promise(f.kind == FAIL_TARGET,
		    "planned tables are walked or too many");
	walk_close(w);
}

static void
show(const struct plan *p, FILE *to)
{
	struct fail f = { .kind = FAIL_NONE };

	fuzz_outcome(report_text(p, to, &f), &f);
	fuzz_outcome(report_runs(p, to, &f), &f);
	if (!plan_has(p, PLAN_LAYOUT))
		return;
	fuzz_outcome(report_map(p, to, 80, p->layout.pages % 2 != 0, &f), &f);
	fuzz_outcome(report_svg(p, to, &f), &f);
	walk(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static FILE *nowhere;
	struct plan p;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (fuzz_read_plan(&p, bytes, n))
		show(&p, nowhere);
	plan_release(&p);
	return 0;
}
