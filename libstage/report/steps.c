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

/* The sections of a step, in one line. */
static void
put_sections(const struct report *r, uint32_t sections)
{
	const char *before = "";

	for (unsigned i = 0; i < PLAN_FAILED; i++) {
		if ((sections & PLAN_BIT(i)) == 0)
			continue;
		fprintf(r->to, "%s%s", before, plan_section_name(i));
		before = ", ";
	}
	fputc('\n', r->to);
}

void
report_steps(const struct report *r)
{
	const struct plan *p = r->plan;
	const char *failed = plan_has(p, PLAN_FAILED) ? p->failed.stage : NULL;
	bool next = true;

	report_heading(r, "steps");
	for (unsigned i = 0; i < STAGES; i++) {
		const struct stage_row *s = &stage_rows[i];
		uint32_t adds = stage_adds(i) & plan_sections_of(plan_guest(p));
		/* Has the plan the first of them? */
		bool done = (p->has & adds & -adds) != 0;
		const char *state = done ? "done" : next ? "next" : "";

		/* A build may be complete without xb-introduce. */
		if ((s->flags & STAGE_OPTIONAL) != 0 && !done)
			continue;
		next = next && done;
		fprintf(r->to, "  %-6s  %-12s  ", failed != NULL &&
		    strcmp(failed, s->name) == 0 ? "failed" : state, s->name);
		put_sections(r, done ? adds & p->has : adds);
	}
	if (plan_has(p, PLAN_LAUNCHED))
		fprintf(r->to, "\n%s\n", p->launched ?
		    "The domain is built and was started." :
		    "The domain is built and was left paused.");
}
