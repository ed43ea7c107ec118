/*
 * Work in a process of its own: whatever it sends or does, no more comes of it
 * than frames, messages that steer no terminal, and a failure that says how it
 * ended.
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/signals.h"
#include "sandbox/child.h"

enum { FRAME_MAX = 4096, OWN_KIND = 7, FIRST_OWN = SAY_LEVELS + 2 };

static struct {
	char said[4096];
	unsigned frames;
	char bytes[FRAME_MAX + 1];
	size_t n;
} heard;

static void
hear(void *arg, enum say_level level, const char *message)
{
	size_t n = strlen(heard.said);

	(void)arg;
	snprintf(heard.said + n, sizeof(heard.said) - n, "%d:%s\n", (int)level,
	    message);
}

static int
take(void *arg, unsigned kind, const void *bytes, size_t n, struct fail *f)
{
	if (kind != OWN_KIND)
		return child_nonsense(arg, f);
	heard.frames++;
	heard.n = n;
	assert_true(n <= FRAME_MAX);
	memcpy(heard.bytes, bytes, n);
	return 0;
}

/* Bytes that child.c would not send, on its pipe: the only descriptor above the
 * one that is read. */
static void
raw(const void *bytes, size_t n)
{
	for (int fd = 3; fd < 64; fd++)
		if (write(fd, bytes, n) == (ssize_t)n)
			return;
}

static void
raw_head(uint32_t kind, uint32_t n)
{
	const uint32_t head[2] = { kind, n };

	raw(head, sizeof(head));
}

static int
well(void *arg, struct fail *f)
{
	(void)arg;
	fail_warn(f, "a warning\033[2J");
	child_send(OWN_KIND, "bytes", 5);
	fail_note(f, "a note");
	return 0;
}

static int
sends_most(void *arg, struct fail *f)
{
	static const char bytes[FRAME_MAX];

	(void)arg, (void)f;
	child_send(OWN_KIND, bytes, 0);
	child_send(OWN_KIND, bytes, sizeof(bytes));
	return 0;
}

static int
fails(void *arg, struct fail *f)
{
	(void)arg;
	return fail(f, FAIL_INPUT, "%.*s", 1900, "'k' is no kernel");
}

static int
needs_memory(void *arg, struct fail *f)
{
	(void)arg;
	return fail_memory(f, 1 << 20);
}

static int
fails_oddly(void *arg, struct fail *f)
{
	(void)arg;
	return fail(f, FAIL_TARGET, "a domain");
}

static int
ends(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	_exit(3);
}

static int
is_killed(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	raise(SIGKILL);
	return 0;
}

static int
crashes(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 0;
}

static int
spins(void *arg, struct fail *f)
{
	volatile unsigned n = 1;

	(void)arg, (void)f;
	while (n != 0)
		n |= 1;
	return 0;
}

static int
unknown_kind(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	child_send(OWN_KIND + 1, "", 0);
	return spins(arg, f);
}

static int
long_frame(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	raw_head(FIRST_OWN + OWN_KIND, FRAME_MAX + 1);
	return spins(arg, f);
}

static int
long_line(void *arg, struct fail *f)
{
	raw_head(SAY_NOTE, sizeof(f->message));
	return spins(arg, f);
}

/* A message that is not escaped again might steer a terminal. */
static int
escaped(void *arg, struct fail *f)
{
	(void)arg;
	fail_answer_escaped(f, "\033[2J");
	return 0;
}

static int
long_end(void *arg, struct fail *f)
{
	raw_head(SAY_LEVELS, 1);
	return spins(arg, f);
}

static int
short_failure(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	raw_head(SAY_LEVELS + 1, 3);
	raw("A\0", 3);			/* FAIL_INPUT, with a byte more */
	return spins(arg, f);
}

static int
cut_short(void *arg, struct fail *f)
{
	(void)arg, (void)f;
	raw_head(FIRST_OWN + OWN_KIND, 100);
	raw("0123456789", 10);
	_exit(0);
}

/* Without an end of the lines there would be no end of the messages. */
static int
talks(void *arg, struct fail *f)
{
	(void)arg;
	while (f->kind == FAIL_NONE)
		fail_note(f, "more");
	return 0;
}

/* The process says that it has ended, and then waits at an empty pipe: the
 * caller goes on all the same. */
static int empty[2];

static int
goes_on(void *arg, struct fail *f)
{
	char byte;

	(void)arg, (void)f;
	raw_head(SAY_LEVELS, 0);
	(void)!read(empty[0], &byte, 1);
	return 0;
}

static const struct {
	int (*work)(void *, struct fail *);
	enum fail_kind kind;
	const char *words;
} cases[] = {
	{ well, FAIL_NONE, "" },
	{ sends_most, FAIL_NONE, "" },
	{ goes_on, FAIL_NONE, "" },
	{ fails, FAIL_INPUT, "'k' is no kernel" },
	{ needs_memory, FAIL_INPUT, "out of memory: 1048576 bytes asked for; "
	    "the process of the test may have 64 MiB; try less" },
	{ spins, FAIL_INPUT, "1 seconds of processor time that it may have" },
	{ fails_oddly, FAIL_BUG, "sends what is no answer" },
	{ ends, FAIL_BUG, "ended with status 3 and no answer" },
	{ cut_short, FAIL_BUG, "ended with status 0 and no answer" },
	{ crashes, FAIL_BUG, "crashed (signal 11" },
	{ is_killed, FAIL_SYSTEM, "killed by signal 9" },
	{ unknown_kind, FAIL_BUG, "sends what is no answer" },
	{ long_frame, FAIL_BUG, "sends what is no answer" },
	{ long_line, FAIL_BUG, "sends what is no answer" },
	{ long_end, FAIL_BUG, "sends what is no answer" },
	{ short_failure, FAIL_BUG, "sends what is no answer" },
	{ escaped, FAIL_BUG, "sends what is no answer" },
	{ talks, FAIL_BUG, "sends what is no answer" },
};

static int
run(int (*work)(void *, struct fail *), struct fail *f)
{
	struct child_job job = { .what = "the process of the test",
		.fd = empty[0],
		.memory = 64 << 20, .way_out = "; try less", .cpu_seconds = 1,
		.frame_max = FRAME_MAX, .work = work, .take = take,
		.arg = &job };

	memset(&heard, 0, sizeof(heard));
	*f = (struct fail){ .say = hear };
	return child_run(&job, f);
}

static void
it_ends_as_told(void **state)
{
	struct fail f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(run(cases[i].work, &f),
		    cases[i].kind == FAIL_NONE ? 0 : -1);
		if (f.kind != cases[i].kind ||
		    strstr(f.message, cases[i].words) == NULL)
			unit_fail("case %zu: %d: %s", i, (int)f.kind,
			    f.message);
	}
}

static void
what_it_says_and_sends_is_heard(void **state)
{
	struct fail f;

	(void)state;
	assert_int_equal(run(well, &f), 0);
	assert_string_equal(heard.said, "0:a warning\033[2J\n3:a note\n");
	assert_int_equal(heard.frames, 1);
	assert_string_equal(heard.bytes, "bytes");
	assert_int_equal(run(sends_most, &f), 0);
	assert_int_equal(heard.frames, 2);
	assert_int_equal(heard.n, FRAME_MAX);
}

static void
a_signal_ends_it(void **state)
{
	struct signals signals;
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(signals_hold(&signals, &f), 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(run(spins, &f), -1);
	assert_int_equal(f.kind, FAIL_SYSTEM);
	assert_non_null(strstr(f.message, "ended by a signal"));
	assert_int_equal(signals_caught(&signals), SIGTERM);
	signals_let_go(&signals);
}

/* Does the process have one descriptor and one pipe, and no other? */
static int
counts(void *arg, struct fail *f)
{
	char n = 0;

	(void)arg, (void)f;
	for (int fd = 0; fd < 1024; fd++)
		n = (char)(n + (lseek(fd, 0, SEEK_CUR) >= 0 ||
		    errno != EBADF));
	child_send(OWN_KIND, &n, 1);
	return 0;
}

static void
it_has_no_descriptors_but_two(void **state)
{
	int more = dup(STDOUT_FILENO);
	struct fail f;

	(void)state;
	assert_true(more >= 0);
	assert_int_equal(run(counts, &f), 0);
	assert_int_equal(heard.bytes[0], 2);
	close(more);
}

static int
set_up(void **state)
{
	(void)state;
	return pipe(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_as_told),
		cmocka_unit_test(what_it_says_and_sends_is_heard),
		cmocka_unit_test(a_signal_ends_it),
		cmocka_unit_test(it_has_no_descriptors_but_two),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
