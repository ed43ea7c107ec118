#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "console/console.h"
#include "run/domain.h"
#include "run/recorded.h"
#include "run/replayer.h"
#include "run/result.h"
#include "run/runner.h"
#include "xenstore/introduce.h"

/* One guest that is run. */
struct running {
	struct runner *asked;
	struct signals signals;
	uint64_t until;			/* moment when its time is over; 0: it
					 * has no limit, or has not begun */
	char *domain;			/* malloced */
	const char *reason;		/* why it ended; NULL: it has not */
	bool again;			/* it is to be built once more */
	const char *verdict;		/* how it ended; NULL: it was left, or
					 * stopped, or not built */
	struct stage_outcome clock;
	struct record record;		/* its manifest alone */
};

/* ---- the build ---- */

/* Builds the domain, paused.  r->domain stays NULL if the build did not come to
 * its end. */
static int
build(struct running *r, struct fail *f)
{
	struct runner *a = r->asked;
	struct build_request ask = a->ask;

	ask.has_console = true;
	ask.domain = &r->domain;
	return replayer_build(a->of, &r->record, &ask, a->name, &a->result, f);
}

/* ---- its console ---- */

static int
let_run(struct running *r, struct fail *f)
{
	struct target *t;
	int rc;

	if (target_open(&t, r->domain, TARGET_WRITE, f) < 0)
		return -1;
	rc = t->ops->unpause(t, f);
	target_close(t);
	if (rc == 0 && r->until == 0 && r->asked->timeout != 0)
		r->until = clock_in(r->asked->timeout);
	return rc;
}

static int
attend(struct running *r, struct fail *f)
{
	struct console *c;
	int rc;

	if (console_open(&c, r->domain, f) < 0)
		return -1;
	if (isatty(STDIN_FILENO))
		fail_answer(f, "'%s'; ^] leaves it to itself", r->domain);
	rc = let_run(r, f);
	if (rc == 0)
		rc = console_talk(c, r->asked->raw, r->signals.fd, r->until,
		    &r->reason, f);
	console_close(c);
	return rc;
}

/* ---- the end ---- */

static void
destroy(struct running *r)
{
	int status = domain_destroy(r->domain);

	if (status != 0)
		r->asked->result.status = status;
}

static int
end_badly(struct running *r, struct fail *f)
{
	if (!r->asked->ask.keep)
		destroy(r);
	else
		fail_add(f, "; '%s' is kept as it is", r->domain);
	return -1;
}

static int
ended(struct running *r, struct fail *f)
{
	bool reboots = strcmp(r->reason, "reboot") == 0;

	r->verdict = r->reason;
	if (strcmp(r->reason, "destroyed") == 0)
		return target_ended(r->domain, r->reason, f);
	r->again = reboots && r->asked->rebuilds;
	if (!r->again && target_ended(r->domain, r->reason, f) < 0)
		return end_badly(r, f);
	fail_answer(f, "'%s' ended: %s", r->domain, r->reason);
	destroy(r);
	return 0;
}

/* From now on xenconsoled, where there is one, serves the console. */
static int
leave(const struct running *r, struct fail *f)
{
	struct introduce_note note = { CONSOLE_TYPE, CONSOLE_XENCONSOLED };
	struct fail dropped = { .kind = FAIL_NONE };
	struct target_info info;

	fail_answer(f, "'%s' goes on", r->domain);
	if (domain_info(r->domain, &info, f) < 0)
		return -1;
	/* xenconsoled finds no console of a guest without xenstore. */
	if (introduce_tell(r->domain, info.uuid, &note, 1, &dropped) < 0)
		fail_note(f, "its console stays for xb-console: %s",
		    dropped.message);
	return 0;
}

static int
finish(struct running *r, int rc, struct fail *f)
{
	struct runner *a = r->asked;

	if (rc < 0)
		return end_badly(r, f);
	if (r->reason != NULL)
		return ended(r, f);
	a->result.signal = signals_caught(&r->signals);
	if (a->result.signal != 0) {
		fail_answer(f, "ended by a signal, %s: '%s' is destroyed",
		    strsignal(a->result.signal), r->domain);
		destroy(r);
		return 0;
	}
	if (!clock_past(r->until))
		return leave(r, f);
	r->verdict = "timeout";
	return target_ended(r->domain, NULL, f) < 0 ? end_badly(r, f) : 0;
}

/* ---- a run ---- */

static int
run_once(struct running *r, struct fail *f)
{
	int rc;

	r->again = false;
	r->reason = r->verdict = NULL;
	if (build(r, f) < 0)
		return -1;
	if (r->domain == NULL)
		return 0;
	rc = attend(r, f);
	rc = finish(r, rc, f);
	free(r->domain);
	r->domain = NULL;
	return rc;
}

static int
check(const struct runner *a, struct fail *f)
{
	const char *target = a->ask.target, *where;
	const struct target_ops *kind;

	if (a->result_to != NULL && !recorded_is(a->of))
		return fail(f, FAIL_USAGE, "--result refers to a record, and "
		    "'%s' is none", a->of);
	if (a->result_to != NULL && record_check_result(a->result_to, f) < 0)
		return -1;
	if (target == NULL)
		return 0;
	kind = target_kind(target, &where, f);
	if (kind == NULL)
		return -1;
	if (!kind->runs)
		return fail(f, FAIL_TARGET, "'%s' is a domain %s, which never "
		    "runs; xb-build makes it", target, kind->words);
	if (a->rebuilds && kind->exists(where))
		return fail(f, FAIL_USAGE, "'%s' is there already, and can be "
		    "built once: --on-reboot rebuild is for domains that are "
		    "made here", target);
	return 0;
}

static int
write_result(struct running *r, int rc, struct fail *f)
{
	const struct runner *a = r->asked;
	const struct result result = { .to = a->result_to, .name = a->name,
		.clock = &r->clock, .of = &r->record, .target = "xen" };

	stage_end(&r->clock);
	return result_write(&result, rc, r->verdict, NULL, f);
}

int
runner_run(struct runner *a, struct fail *f)
{
	struct running r = { .asked = a };
	int rc;

	stage_clock(&r.clock);
	if (check(a, f) < 0 || signals_hold(&r.signals, f) < 0)
		return -1;
	do
		rc = run_once(&r, f);
	while (rc == 0 && r.again);
	if (a->result_to != NULL && r.verdict != NULL &&
	    write_result(&r, rc, f) < 0)
		rc = -1;
	free(r.domain);
	signals_let_go(&r.signals);
	return rc;
}
