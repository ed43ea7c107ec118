/*
 * The console's rings with indices that a guest may make up, and the carrying
 * between them and two pipes.
 */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "console/console.h"

/* ---- the rings ---- */

static const struct take {
	const char *name;
	uint32_t cons, prod;
	size_t want;
	uint32_t cons_after;
} takes[] = {
	{ "nothing", 0, 0, 0, 0 },
	{ "one", 0, 1, 1, 1 },
	{ "over the end", 2040, 2060, 20, 2060 },
	{ "full", 100, 2148, 2048, 2148 },
	{ "one more than full", 100, 2149, 0, 100 },
	{ "everything at once", 0, UINT32_MAX, 0, 0 },
	{ "backwards", 10, 9, 0, 10 },
	{ "indices that wrap", UINT32_MAX - 1, 3, 5, 3 },
	{ "full over the wrap", UINT32_MAX - 2037, 10, 2048, 10 },
	{ "half of all numbers", 0, 0x80000000, 0, 0 },
};

static void
fill(unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
}

static void
taking(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(takes); i++) {
		const struct take *t = &takes[i];
		/* What lies behind must neither be read nor written. */
		struct { struct consolering r; unsigned char after[64]; } p;
		unsigned char got[CONSOLE_OUT + 64], was[CONSOLE_OUT];
		size_t n;

		memset(&p, 0x55, sizeof(p));
		fill(p.r.out, CONSOLE_OUT);
		memcpy(was, p.r.out, CONSOLE_OUT);
		p.r.out_cons = t->cons;
		p.r.out_prod = t->prod;
		memset(got, 0xee, sizeof(got));
		n = consolering_take(&p.r, got);
		if (n != t->want || p.r.out_cons != t->cons_after)
			unit_fail("%s: %zu, cons %u", t->name, n,
			    p.r.out_cons);
		for (size_t j = 0; j < sizeof(got); j++)
			assert_int_equal(got[j], j >= n ? 0xee :
			    was[(t->cons + j) % CONSOLE_OUT]);
		assert_int_equal(p.r.out_prod, t->prod);
		assert_memory_equal(p.r.out, was, CONSOLE_OUT);
		assert_int_equal(p.after[0], 0x55);
	}
}

static const struct put {
	const char *name;
	uint32_t cons, prod;
	size_t n, want;
} put_cases[] = {
	{ "nothing", 5, 5, 0, 0 },
	{ "one", 5, 5, 1, 1 },
	{ "over the end", 1000, 1020, 30, 30 },
	{ "as much as fits", 7, 1000, 200, 31 },
	{ "into a full one", 7, 1031, 10, 0 },
	{ "into an empty one", 7, 7, 2000, 1024 },
	{ "over-full, says the guest", 7, 1032, 10, 0 },
	{ "read before it was written", 8, 7, 10, 0 },
	{ "indices that wrap", UINT32_MAX, UINT32_MAX, 10, 10 },
};

static void
putting(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(put_cases); i++) {
		const struct put *t = &put_cases[i];
		struct consolering r;
		unsigned char bytes[2048];
		size_t n;

		memset(&r, 0x55, sizeof(r));
		fill(bytes, sizeof(bytes));
		r.in_cons = t->cons;
		r.in_prod = t->prod;
		n = consolering_put(&r, bytes, t->n);
		if (n != t->want || r.in_prod != t->prod + (uint32_t)n)
			unit_fail("%s: %zu, prod %u", t->name, n, r.in_prod);
		for (uint32_t j = 0; j < CONSOLE_IN; j++) {
			uint32_t at = (t->prod + j) % CONSOLE_IN;

			assert_int_equal(r.in[at], j < n ? bytes[j] : 0x55);
		}
		assert_int_equal(r.in_cons, t->cons);
		assert_int_equal(r.out[0], 0x55);
	}
}

/* ---- carrying ---- */

/* A guest whose every turn is written down beforehand. */
struct guest {
	struct console c;
	struct consolering ring;
	const char *says;		/* left to say */
	char heard[64];
	size_t n_heard;
	unsigned told, looks, ends_at;	/* look at which it has ended */
	const char *reason;
	bool bad;			/* its event channel fails */
};

static void
guest_moves(struct guest *g)
{
	while (g->ring.in_cons != g->ring.in_prod &&
	    g->n_heard < sizeof(g->heard) - 1)
		g->heard[g->n_heard++] =
		    (char)g->ring.in[g->ring.in_cons++ % CONSOLE_IN];
	while (*g->says != '\0' &&
	    g->ring.out_prod - g->ring.out_cons < CONSOLE_OUT)
		g->ring.out[g->ring.out_prod++ % CONSOLE_OUT] =
		    (unsigned char)*g->says++;
}

static int
guest_heard(struct console *c, struct fail *f)
{
	struct guest *g = (struct guest *)c;
	uint64_t n;

	if (g->bad)
		return fail(f, FAIL_SYSTEM, "fake: no event");
	assert_int_equal(read(c->fd, &n, sizeof(n)), sizeof(n));
	return 0;
}

static int
guest_tell(struct console *c, struct fail *f)
{
	struct guest *g = (struct guest *)c;
	const char *said = g->says;
	uint64_t one = 1;

	(void)f;
	g->told++;
	guest_moves(g);
	if (g->says != said)
		assert_int_equal(write(c->fd, &one, sizeof(one)), sizeof(one));
	return 0;
}

static int
guest_ended(struct console *c, const char **reason, struct fail *f)
{
	struct guest *g = (struct guest *)c;

	(void)f;
	*reason = ++g->looks >= g->ends_at ? g->reason : NULL;
	return 0;
}

static const struct console_ops guest_ops = {
	guest_heard, guest_tell, guest_ended, NULL
};

struct talk {
	struct guest g;
	int in[2], out[2], stop[2];
	struct console_ends ends;
	const char *reason;
	struct fail f;
};

static void
begin(struct talk *t, const char *says, const char *reason)
{
	uint64_t one = 1;

	*t = (struct talk){ .g = { .c = { &guest_ops, NULL, -1 },
	    .says = says, .reason = reason, .ends_at = 1 } };
	t->g.c.ring = &t->g.ring;
	t->g.c.fd = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(pipe(t->in), 0);
	assert_int_equal(pipe(t->out), 0);
	assert_int_equal(pipe(t->stop), 0);
	t->ends = (struct console_ends){ .in = t->in[0], .out = t->out[1],
	    .stop = t->stop[0], .escapes = true };
	guest_moves(&t->g);
	assert_int_equal(write(t->g.c.fd, &one, sizeof(one)), sizeof(one));
}

static void
end(struct talk *t)
{
	int fds[] = { t->in[0], t->in[1], t->out[0], t->out[1], t->stop[0],
	    t->stop[1], t->g.c.fd };

	for (size_t i = 0; i < COUNT(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void
type(struct talk *t, const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(write(t->in[1], text, n), n);
}

static int
run(struct talk *t)
{
	return console_run(&t->g.c, &t->ends, &t->reason, &t->f);
}

/* What came out, whole. */
static void
printed(struct talk *t, const char *want)
{
	static char got[8192];
	ssize_t n;

	close(t->out[1]);
	t->out[1] = -1;
	n = read(t->out[0], got, sizeof(got) - 1);
	got[n < 0 ? 0 : n] = '\0';
	assert_string_equal(got, want);
}

static void
last_words(void **state)
{
	struct talk t;

	(void)state;
	begin(&t, "hello\n", "poweroff");
	assert_int_equal(run(&t), 0);
	assert_string_equal(t.reason, "poweroff");
	printed(&t, "hello\n");
	assert_int_equal(t.g.told, 1);
	end(&t);
}

/* More than a ring holds, in order; what is typed meanwhile arrives. */
static void
long_talk(void **state)
{
	static char text[5001];
	struct talk t;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 26);
	begin(&t, text, "crash");
	t.g.ends_at = 2;
	type(&t, "typed\r");
	assert_int_equal(run(&t), 0);
	assert_string_equal(t.reason, "crash");
	assert_string_equal(t.g.heard, "typed\r");
	printed(&t, text);
	end(&t);
}

/* A guest that does not end: what it has said until then is all printed. */
static void
too_late(void **state)
{
	struct talk t;

	(void)state;
	begin(&t, "still here\n", NULL);
	t.ends.until = clock_in(1);
	assert_int_equal(run(&t), 0);
	assert_null(t.reason);
	printed(&t, "still here\n");
	assert_true(clock_past(t.ends.until));
	assert_false(clock_past(clock_in(60000)));
	assert_false(clock_past(0));
	end(&t);
}

static const struct {
	const char *typed, *heard;
	bool escapes, ends;
} escapes[] = {
	{ "ab\x1d" "cd", "ab", true, true },
	{ "\x1d", "", true, true },
	{ "ab\x1d" "cd", "ab\x1d" "cd", false, false },
	{ "abcd", "abcd", true, false },
};

static void
escaping(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(escapes); i++) {
		struct talk t;

		begin(&t, "", "poweroff");
		t.ends.escapes = escapes[i].escapes;
		type(&t, escapes[i].typed);
		assert_int_equal(run(&t), 0);
		assert_true((t.reason == NULL) == escapes[i].ends);
		assert_string_equal(t.g.heard, escapes[i].heard);
		end(&t);
	}
}

/* What a terminal should not obey is left out where there is a filter. */
static void
filtering(void **state)
{
	static const char says[] = "a\033]0;title\ab\033[1mc\033[6nd";

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct console_filter filter = { .utf8 = true };
		struct talk t;

		begin(&t, says, "poweroff");
		t.ends.filter = i == 0 ? &filter : NULL;
		assert_int_equal(run(&t), 0);
		printed(&t, i == 0 ? "ab\033[1mcd" : says);
		end(&t);
	}
}

static char warning[256];
static unsigned warnings;

static void
take_warning(void *arg, enum say_level level, const char *message)
{
	(void)arg;
	assert_int_equal(level, SAY_WARNING);
	snprintf(warning, sizeof(warning), "%s", message);
	warnings++;
}

/* Indices that no ring can have: one line, and an end all the same. */
static void
unsound(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct talk t;

		begin(&t, "", "poweroff");
		t.g.ends_at = 3;
		*(i == 0 ? &t.g.ring.out_prod : &t.g.ring.in_cons) = 5000;
		t.f.say = take_warning;
		warnings = 0;
		type(&t, "typed");
		assert_int_equal(run(&t), 0);
		assert_int_equal(warnings, 1);
		assert_non_null(strstr(warning, "more than the 2048 or 1024"));
		end(&t);
	}
}

/* A script's input ends before its guest does. */
static void
end_of_input(void **state)
{
	struct talk t;

	(void)state;
	begin(&t, "x", "reboot");
	t.g.ends_at = 2;
	type(&t, "last");
	close(t.in[1]);
	t.in[1] = -1;
	assert_int_equal(run(&t), 0);
	assert_string_equal(t.reason, "reboot");
	assert_string_equal(t.g.heard, "last");
	end(&t);
}

static void
stopped(void **state)
{
	struct talk t;

	(void)state;
	begin(&t, "said", NULL);
	assert_int_equal(write(t.stop[1], "x", 1), 1);
	assert_int_equal(run(&t), 0);
	assert_null(t.reason);
	printed(&t, "said");
	end(&t);
}

static void
failures(void **state)
{
	struct talk t;

	(void)state;
	begin(&t, "x", NULL);
	t.g.bad = true;
	assert_int_equal(run(&t), -1);
	assert_int_equal(t.f.kind, FAIL_SYSTEM);
	end(&t);

	begin(&t, "x", NULL);
	t.ends.out = open("/dev/full", O_WRONLY);
	assert_int_equal(run(&t), -1);
	assert_int_equal(t.f.kind, FAIL_IO);
	close(t.ends.out);
	end(&t);
}

/* A guest that scribbles over its indices all the time: bounded, no more. */
static void *
scribble(void *arg)
{
	struct guest *g = arg;
	uint32_t x = 1;

	while (__atomic_load_n(&g->bad, __ATOMIC_RELAXED) == false) {
		x = x * 1664525 + 1013904223;
		__atomic_store_n(&g->ring.out_prod, x, __ATOMIC_RELAXED);
		__atomic_store_n(&g->ring.in_cons, x ^ 0x3ff,
		    __ATOMIC_RELAXED);
		__atomic_store_n(&g->ring.out_cons, x - (x >> 20),
		    __ATOMIC_RELAXED);
	}
	return NULL;
}

static void
scribbling(void **state)
{
	static struct guest g;
	unsigned char bytes[CONSOLE_OUT];
	pthread_t thread;

	(void)state;
	g = (struct guest){ .says = "" };
	assert_int_equal(pthread_create(&thread, NULL, scribble, &g), 0);
	for (unsigned i = 0; i < 20000; i++) {
		assert_true(consolering_take(&g.ring, bytes) <= CONSOLE_OUT);
		assert_true(consolering_put(&g.ring, bytes, 100) <= 100);
	}
	__atomic_store_n(&g.bad, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static void
files_are_silent(void **state)
{
	struct fail f = { 0 };
	struct console *c;

	(void)state;
	assert_int_equal(console_open(&c, "file:dom", &f), -1);
	assert_int_equal(f.kind, FAIL_TARGET);
	assert_null(c);
	console_close(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(taking),
		cmocka_unit_test(putting),
		cmocka_unit_test(last_words),
		cmocka_unit_test(long_talk),
		cmocka_unit_test(too_late),
		cmocka_unit_test(escaping),
		cmocka_unit_test(filtering),
		cmocka_unit_test(unsound),
		cmocka_unit_test(end_of_input),
		cmocka_unit_test(stopped),
		cmocka_unit_test(failures),
		cmocka_unit_test(scribbling),
		cmocka_unit_test(files_are_silent),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
