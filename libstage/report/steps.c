#include <string.h>

#include "plan/stages.h"
#include "report/words.h"

/* Words for the exit statuses of enum fail_kind. */
static const struct status_words {
	uint64_t status;
	const char *words;
} statuses[] = {
	{ FAIL_CRASHED, "the guest crashed" },
	{ FAIL_REBOOTS, "the guest asked for a reboot" },
	{ FAIL_ENDED, "the guest ended, not with poweroff" },
	{ FAIL_LATE, "the guest had not ended in time" },
	{ FAIL_USAGE, "wrong command line" },
	{ FAIL_INPUT, "input refused" },
	{ FAIL_MISSING, "input missing" },
	{ FAIL_TARGET, "target refused or missing" },
	{ FAIL_BUG, "a bug of xb" },
	{ FAIL_SYSTEM, "a system call or hypercall failed" },
	{ FAIL_IO, "reading or writing failed" },
	{ FAIL_FULL, "not now, try later or elsewhere" },
	{ FAIL_PERM, "not permitted" },
};

void
report_failed(const struct report *r)
{
	const struct plan_failed *d = &r->plan->failed;
	const char *words = "unknown status";

	if (!plan_has(r->plan, PLAN_FAILED))
		return;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == d->status)
			words = statuses[i].words;
	report_heading(r, "failed");
	report_key(r, "stage");
	report_word(r, d->stage);
	fputc('\n', r->to);
	report_row(r, "status", "%" PRIu64 ", %s", d->status, words);
	report_key(r, "message");
	report_word(r, d->message.data);
	fputc('\n', r->to);
}

void
report_extra(const struct report *r)
{
	const struct plan *p = r->plan;

	if (p->extra.n == 0)
		return;
	report_heading(r, "kept, not understood by this version");
	for (size_t i = 0; i < p->extra.n; i++) {
		const struct schema_extra *e = &p->extra.v[i];

		fputs("  ", r->to);
		report_quoted(r, e->key);
		if (e->in[0] != '\0') {
			fputs(" in ", r->to);
			report_word(r, e->in);
		}
		fprintf(r->to, ", %zu byte%s\n", e->msgpack.size,
		    report_plural(e->msgpack.size));
	}
}

/* One program and the sections that it adds: [first, end). */
struct step {
	const char *program;
	unsigned first, end;
};

static struct step
step_at(unsigned section)
{
	struct step s = { plan_section_stage(section), section, section };

	while (s.end < PLAN_FAILED &&
	    strcmp(plan_section_stage(s.end), s.program) == 0)
		s.end++;
	return s;
}

/* Lists the sections that the step has added, or, if it is not done, all that
 * it can add to a plan of this guest. */
static void
step_sections(const struct report *r, struct step s, bool done)
{
	uint32_t can = plan_sections_of(plan_guest(r->plan));
	const char *before = "";

	for (unsigned i = s.first; i < s.end; i++) {
		if (!(can & PLAN_BIT(i)) || (done && !plan_has(r->plan, i)))
			continue;
		fprintf(r->to, "%s%s", before, plan_section_name(i));
		before = ", ";
	}
	fputc('\n', r->to);
}

/* Has the plan the first of the step's sections that its guest can have? */
static bool
is_done(const struct plan *p, struct step s)
{
	uint32_t can = plan_sections_of(plan_guest(p));
	unsigned i = s.first;

	while (i + 1 < s.end && (can & PLAN_BIT(i)) == 0)
		i++;
	return plan_has(p, i);
}

static bool
failed_in(const struct plan *p, struct step s)
{
	return plan_has(p, PLAN_FAILED) && p->failed.stage != NULL &&
	    strcmp(p->failed.stage, s.program) == 0;
}

void
report_steps(const struct report *r)
{
	const struct plan *p = r->plan;
	bool next = true;
	struct step s;

	report_heading(r, "steps");
	for (unsigned i = 0; i < PLAN_FAILED; i = s.end) {
		const char *state;
		bool done;

		s = step_at(i);
		done = is_done(p, s);
		state = done ? "done" : next ? "next" : "";
		/* A build may be complete without xb-introduce. */
		if (i == PLAN_INTRODUCED && !done)
			continue;
		if (failed_in(p, s))
			state = "failed";
		if (!done)
			next = false;
		fprintf(r->to, "  %-6s  %-12s  ", state, s.program);
		step_sections(r, s, done);
	}
	if (plan_has(p, PLAN_LAUNCHED))
		fprintf(r->to, "\n%s\n", p->launched ?
		    "The domain is built and was started." :
		    "The domain is built and was left paused.");
}
