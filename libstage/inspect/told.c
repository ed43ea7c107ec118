#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "canonical/canonical.h"
#include "inspect/told.h"
#include "inspect/walk-report.h"
#include "report/report.h"
#include "target/info.h"

enum { RUNS_SHOWN = 32 };

/* What report_sections() shows of a plan that a domain tells. */
#define SECTIONS_TOLD	(PLAN_BIT(PLAN_COMMAND_LINE) | PLAN_BIT(PLAN_LAYOUT) | \
			PLAN_BIT(PLAN_PAGETABLES) | PLAN_BIT(PLAN_STARTINFO) | \
			PLAN_BIT(PLAN_VCPUS))

int
told_run(const char *target, told_work *work, void *arg, struct fail *f)
{
	struct canonical *c;
	struct target *t;
	struct plan told;
	int rc;

	if (target_open(&t, target, TARGET_READ, f) < 0)
		return -1;
	rc = canonical_recover(&c, t, target, f);
	if (rc == 0) {
		told = *canonical_plan(c);
		rc = work(&told, t, arg, f);
	}
	canonical_close(c);
	target_close(t);
	return rc;
}

struct showing {
	const struct told_form *form;
	const char *name;
	struct target *target;
	struct target_info info;
	struct target_host host;
	const struct plan *plan;	/* NULL: it tells none */
	struct fail why;		/* of that */
	struct walk_report report;
	struct json_writer json;
	struct walk_run run;		/* not shown yet; pages 0: none */
	size_t runs;
	bool more;			/* than are shown */
	uint64_t unseen;		/* pages over the limit of the walk */
};

/* ---- what is mapped ---- */

/*
 * A run goes on where pfns do.  Which machine frame a page lies in says nothing
 * of the guest, and in many a domain they are scattered.
 */
static bool
goes_on(const struct walk_run *a, const struct walk_run *b)
{
	return a->pages > 0 && a->end == WALK_MAPPED && b->end == WALK_MAPPED &&
	    a->pfn != INVALID_MFN && b->pfn == a->pfn + a->pages &&
	    b->va == a->va + a->pages * PAGE_BYTES && a->flags == b->flags &&
	    a->level == b->level;
}

static void
show_run(struct showing *s)
{
	if (s->run.pages == 0)
		return;
	s->more = !s->form->all && s->runs == RUNS_SHOWN;
	if (!s->more)
		walk_report_run(&s->report, s->run.pages, &s->run);
	s->runs++;
	s->run.pages = 0;
}

static int
take_run(void *arg, const struct walk_run *run, struct fail *f)
{
	struct showing *s = arg;

	(void)f;
	if (run->end == WALK_UNSEEN)
		s->unseen += run->pages;
	if (goes_on(&s->run, run)) {
		s->run.pages += run->pages;
		return 0;
	}
	show_run(s);
	s->run = *run;
	if (run->pfn != INVALID_MFN)
		s->run.mfn = INVALID_MFN;
	/* Linux maps a few frames hundreds of thousands of times. */
	return s->more ? -1 : 0;
}

static int
walk_it(struct showing *s, struct fail *f)
{
	const struct walk_limit limit = walk_limit_of(&s->info, false);
	struct walk *w;
	int rc;

	if (walk_open_vcpu(&w, s->target, &s->info, s->name, f) < 0)
		return -1;
	s->report = (struct walk_report){ .walk = w, .plan = s->plan,
	    .shared_info_mfn = s->info.shared_info_mfn, .to = s->form->to,
	    .rows = s->form->json ? &s->json : NULL };
	rc = walk_all(w, &limit, take_run, s, f);
	if (s->more)
		rc = 0;
	else if (rc == 0)
		show_run(s);
	walk_close(w);
	if (rc == 0)
		walk_warn_unseen(&limit, s->unseen, s->name, f);
	return rc;
}

/* Are there page tables?  A PVH guest starts without. */
static bool
has_tables(const struct showing *s)
{
	return s->info.constructed &&
	    (s->info.abi->levels > 0 || s->info.has_run);
}

/* ---- in words ---- */

static int
show_text(struct showing *s, struct fail *f)
{
	FILE *to = s->form->to;

	target_info_text(s->name, &s->info, &s->host, to);
	if (has_tables(s)) {
		fputs("\nmapped by vcpu 0\n", to);
		if (walk_it(s, f) < 0)
			return -1;
	}
	if (s->more)
		fputs("and more: -v shows all\n", to);
	if (s->plan != NULL)
		return report_sections(s->plan, SECTIONS_TOLD, to, f);
	fputs("\nno start_info, segments and command line: ", to);
	escape_to(to, s->why.message, strlen(s->why.message));
	fputc('\n', to);
	return 0;
}

/* ---- as JSON ---- */

/* Without the image: of that its ABI is told, which stands above, and its
 * entry, which is in vcpu 0's registers. */
static int
put_plan(struct showing *s, struct fail *f)
{
	struct plan told;
	char *text;
	size_t n;

	if (s->plan == NULL) {
		json_put_text(&s->json, "plan", NULL);
		return 0;
	}
	told = *s->plan;
	told.has &= ~PLAN_BIT(PLAN_IMAGE);
	if (plan_to_json(&told, &text, &n, f) < 0)
		return -1;
	while (n > 0 && text[n - 1] == '\n')
		n--;
	json_put_print(&s->json, "plan", "%.*s", (int)n, text);
	free(text);
	return 0;
}

static int
show_json(struct showing *s, struct fail *f)
{
	struct json_writer *j = &s->json;

	*j = (struct json_writer)JSON_WRITER_INIT(s->form->to,
	    JSON_STYLE_INDENTED);
	json_put_map(j, NULL);
	target_info_json(j, s->name, &s->info, &s->host);
	json_put_list(j, "mapped");
	if (has_tables(s) && walk_it(s, f) < 0)
		return -1;
	json_put_end(j);
	json_put_bool(j, "more", s->more);
	if (put_plan(s, f) < 0)
		return -1;
	json_put_text(j, "why", s->plan == NULL ? s->why.message : NULL);
	json_put_end(j);
	fputc('\n', s->form->to);
	return 0;
}

/* ---- the whole ---- */

static int
show_with(struct showing *s, struct fail *f)
{
	struct canonical *c;
	int rc;

	if (canonical_recover(&c, s->target, s->name, &s->why) == 0)
		s->plan = canonical_plan(c);
	else if (s->why.kind != FAIL_TARGET)
		return fail_pass(f, &s->why);
	rc = s->form->json ? show_json(s, f) : show_text(s, f);
	canonical_close(c);
	return rc;
}

int
told_show(const char *target, const struct told_form *form, struct fail *f)
{
	struct showing s = { .form = form, .name = target };
	int rc = -1;

	if (target_open(&s.target, target, TARGET_READ, f) < 0)
		return -1;
	if (s.target->ops->info(s.target, &s.info, f) == 0 &&
	    s.target->ops->host(s.target, &s.host, f) == 0)
		rc = show_with(&s, f);
	target_close(s.target);
	return rc;
}
