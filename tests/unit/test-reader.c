/*
 * The process that reads files: whatever it sends or does, no more than an
 * outcome and lines that steer no terminal come of it.
 */
#include "unit.h"

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"
#include "run/reader.h"

static void
put(int to, const void *bytes, size_t n)
{
	if (write(to, bytes, n) != (ssize_t)n)
		_exit(1);
}

/* As reader.c sends it. */
static void
put_head(int to, uint32_t kind, uint32_t n)
{
	const uint32_t head[2] = { kind, n };

	put(to, head, sizeof(head));
}

static void
well(void *arg, int to)
{
	char plan[] = "a plan";
	struct stage_outcome o = { .stage = "xb-parse", .seconds = (double)NAN,
		.status = 65, .plan = plan, .n = sizeof(plan) };

	(void)arg;
	stage_tell("nobody", TELL_ESCAPED, "a\033[2J");
	reader_send(to, &o);
}

static void
nothing(void *arg, int to)
{
	(void)arg;
	(void)to;
}

static void
killed(void *arg, int to)
{
	(void)arg;
	(void)to;
	raise(SIGKILL);
}

static void
status(void *arg, int to)
{
	(void)arg;
	(void)to;
	_exit(3);
}

static void
unknown_kind(void *arg, int to)
{
	(void)arg;
	put_head(to, TELL_KINDS + 1, 0);
	pause();
}

static void
long_line(void *arg, int to)
{
	(void)arg;
	put_head(to, TELL_NOTE, 1 << 20);
	pause();
}

static void
long_plan(void *arg, int to)
{
	(void)arg;
	put_head(to, TELL_KINDS, (uint32_t)PLAN_BYTES_MAX + 4096);
	pause();
}

static void
no_plan(void *arg, int to)
{
	(void)arg;
	put_head(to, TELL_KINDS, 16);
	pause();
}

static void
cut_short(void *arg, int to)
{
	(void)arg;
	put_head(to, TELL_KINDS, 4096);
	put(to, "0123456789abcdef and a bit", 26);
}

static const struct {
	void (*work)(void *, int);
	bool there;
	enum fail_kind kind;
	const char *words;
} cases[] = {
	{ well, true, FAIL_NONE, "" },
	{ nothing, false, FAIL_NONE, "" },
	{ cut_short, false, FAIL_NONE, "" },
	{ killed, false, FAIL_SYSTEM, "killed by signal 9" },
	{ status, false, FAIL_BUG, "ended with status 3" },
	{ unknown_kind, false, FAIL_BUG, "no outcome" },
	{ long_line, false, FAIL_BUG, "no outcome" },
	{ long_plan, false, FAIL_BUG, "no outcome" },
	{ no_plan, false, FAIL_BUG, "no outcome" },
};

static void
what_it_sends_is_an_outcome_or_refused(void **state)
{
	struct signals signals;
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(signals_hold(&signals, &f), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stage_outcome o = { .stage = "xb-parse" };
		struct reader r;

		f = (struct fail){ 0 };
		assert_int_equal(reader_start(&r, &signals, cases[i].work,
		    NULL, &f), 0);
		assert_int_equal(reader_receive(&r, &o), cases[i].there);
		assert_int_equal(reader_end(&r, &f),
		    cases[i].kind == FAIL_NONE ? 0 : -1);
		assert_int_equal(f.kind, cases[i].kind);
		assert_non_null(strstr(f.message, cases[i].words));
		assert_int_equal(r.pid, 0);
		assert_int_equal(o.plan != NULL, cases[i].there);
		stage_outcome_release(&o);
	}
	signals_let_go(&signals);
}

static void
an_outcome_comes_whole_and_its_lines_are_told(void **state)
{
	struct stage_outcome o;
	struct signals signals;
	struct fail f = { 0 };
	struct reader r;

	(void)state;
	assert_int_equal(signals_hold(&signals, &f), 0);
	assert_int_equal(stage_begin(&o, "xb-parse", NULL, 0, &f), 0);
	assert_int_equal(reader_start(&r, &signals, well, NULL, &f), 0);
	assert_true(reader_receive(&r, &o));
	assert_int_equal(reader_end(&r, &f), 0);
	assert_int_equal(o.status, 65);
	assert_int_equal(o.n, sizeof("a plan"));
	assert_string_equal(o.plan, "a plan");
	assert_true(o.seconds == 0);
	assert_int_equal(o.n_lines, 1);
	assert_string_equal(o.lines[0].text, "a\\x1b[2J");
	stage_outcome_release(&o);
	signals_let_go(&signals);
}

static void
a_signal_ends_it(void **state)
{
	struct stage_outcome o = { .stage = "xb-parse" };
	struct signals signals;
	struct fail f = { 0 };
	struct reader r;

	(void)state;
	assert_int_equal(signals_hold(&signals, &f), 0);
	assert_int_equal(reader_start(&r, &signals, unknown_kind, NULL, &f), 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_false(reader_receive(&r, &o));
	assert_int_equal(r.signal, SIGTERM);
	assert_int_equal(reader_end(&r, &f), 0);
	signals_let_go(&signals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_sends_is_an_outcome_or_refused),
		cmocka_unit_test(an_outcome_comes_whole_and_its_lines_are_told),
		cmocka_unit_test(a_signal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
