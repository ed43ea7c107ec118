#include <inttypes.h>
#include <stdio.h>

#include "diff/diff.h"
#include "report/report.h"
#include "run/step-impl.h"

/* 1: both plans have the section, with different contents. */
static int
changed(const struct plan *a, const struct plan *b, enum plan_section x,
    struct fail *f)
{
	return !plan_has(a, x) || !plan_has(b, x) ? 0 :
	    plan_compare_section(a, b, x, f);
}

static void
name_sections(const struct session *s, const char *words, uint32_t sections)
{
	char text[256] = "";
	size_t n = 0;

	for (unsigned i = 0; i < PLAN_SECTIONS && n < sizeof(text); i++)
		if ((sections & PLAN_BIT(i)) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 0 ? ", " : "", plan_section_name(i));
	if (sections != 0)
		step_say(s, "\n%s %s.", words, text);
}

static void
tell_frames(const struct plan *p, FILE *to)
{
	const struct extents *l = plan_frames(p);

	fprintf(to, "\n%smemory\n  %" PRIu64 " pages in %zu run%s of %s\n",
	    plan_guest(p) == GUEST_PV ? "machine " : "", extents_pages(l),
	    l->n, step_plural(l->n), guest_frames(plan_guest(p)));
}

static int
tell_sections(const struct session *s, uint32_t sections, struct fail *f)
{
	/* Not shown: they differ from build to build and tell a reader
	 * little. */
	const uint32_t silent = PLAN_BIT(PLAN_SOURCES) | PLAN_BIT(PLAN_MEMORY);
	struct draft text;
	int rc;

	if (draft_begin(&text, f) < 0)
		return -1;
	rc = report_sections(&s->plan, sections & ~silent, text.to, f);
	if ((sections & PLAN_BIT(PLAN_MEMORY)) != 0)
		tell_frames(&s->plan, text.to);
	return step_print_draft(s, &text, rc, f);
}

/* Compares the sections that both plans have; tell_sections() shows the new
 * ones. */
static int
compare(struct session *s, struct plan *was, struct diff *d, struct fail *f)
{
	const uint32_t before = was->has, after = s->plan.has;
	int rc;

	was->has &= after;
	s->plan.has &= before;
	rc = diff_plans(d, was, &s->plan, f);
	was->has = before;
	s->plan.has = after;
	return rc;
}

/* Tells the changes as xb-diff does: without values that differ in any two
 * domains, such as frames and UUIDs. */
static int
tell_changes(struct session *s, struct plan *was, struct fail *f)
{
	struct draft text;
	struct diff d;
	int rc;

	if (draft_begin(&text, f) < 0)
		return -1;
	diff_init(&d);
	rc = compare(s, was, &d, f);
	if (rc == 0)
		diff_text(&d, true, text.to);
	diff_release(&d);
	return step_print_draft(s, &text, rc, f);
}

int
step_gained(struct session *s, struct plan *was, struct fail *f)
{
	uint32_t gained = s->plan.has & ~was->has, other = 0;
	uint32_t lost = was->has & ~s->plan.has;

	for (unsigned x = 0; x < PLAN_SECTIONS; x++) {
		int rc = changed(was, &s->plan, x, f);

		if (rc < 0)
			return -1;
		other |= rc == 1 ? PLAN_BIT(x) : 0;
	}
	name_sections(s, "The plan has lost", lost);
	name_sections(s, "The plan has gained", gained);
	name_sections(s, "The plan has other values in", other);
	if ((gained | other | lost) == 0)
		step_say(s, "\nThe plan is the same as before.");
	if (other != 0 && tell_changes(s, was, f) < 0)
		return -1;
	return tell_sections(s, gained, f);
}
