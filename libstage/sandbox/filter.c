#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/calls.h"
#include "sandbox/impl.h"

static int
unusable(int e, struct fail *f)
{
	return fail_errno(f, FAIL_SYSTEM, e, "cannot confine the program with "
	    "seccomp, and hostile bytes are not read without; --no-sandbox "
	    "reads them all the same");
}

/*
 * A program of the kernel's packet filter (linux/filter.h), which is run at
 * each system call: it loads words of struct seccomp_data, compares them, and
 * returns what becomes of the call.  A jump counts the instructions that it
 * leaves out.  The x32 ABI has numbers of its own, none of which is in a row.
 *
 * Its comparisons are a tree, a few for each call and not one for each row: the
 * kernel runs the program once for every call there is before it accepts it, to
 * know which calls it need not ask about again.
 *
 * It is put together here and not by a library, which takes as long for that as
 * the whole rest of making a confined process, and fails where malloc(3) does.
 */
#if defined(__x86_64__)
#define ARCHITECTURE	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE	AUDIT_ARCH_AARCH64
#else
#error "the numbers of this architecture's system calls were never checked"
#endif

enum {
	ROWS = CALLS_MOST,
	ANSWERS = 2 * ROWS + 1,		/* at most: one for each row, and for
					 * the numbers before, between and
					 * behind the rows */
	/* Instructions: */
	TREE_LENGTH = 2,		/* of an answer: its comparison in the
					 * tree, and its return */
	TEST_LENGTH = 3,		/* of a test, with its return */
	FRAME_LENGTH = 4,		/* before the tree */
};

struct program {
	struct sock_filter code[FRAME_LENGTH + ANSWERS * TREE_LENGTH +
	    ROWS * TEST_LENGTH];
	unsigned short n;
	uint32_t pid;			/* of this process */
	bool too_far;			/* a jump does not fit its 8 bits */
};

static void
put(struct program *p, uint16_t code, uint32_t k, uint8_t if_true,
    uint8_t if_false)
{
	p->code[p->n++] = (struct sock_filter){ code, if_true, if_false, k };
}

static void
put_load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
put_return(struct program *p, uint32_t action)
{
	put(p, BPF_RET | BPF_K, action, 0, 0);
}

/* The lower half of an argument is all that the calls below look at. */
static void
put_test(struct program *p, enum test test)
{
	const struct {
		unsigned argument;
		uint16_t compare;
		uint32_t with;
		bool wanted;
	} tests[] = {
		[NO_EXEC] = { 2, BPF_JSET, PROT_EXEC, false },
		[OF_DESCRIPTOR] = { 3, BPF_JSET, AT_EMPTY_PATH, true },
		[OF_THIS] = { 0, BPF_JEQ, p->pid, true },
		[LOCAL] = { 0, BPF_JEQ, AF_UNIX, true },
		[TYPES] = { 1, BPF_JEQ, TIOCSTI, true },
		[PASTES] = { 1, BPF_JEQ, TIOCLINUX, true },
	};
	bool wanted = tests[test].wanted;

	put_load(p, offsetof(struct seccomp_data, args) +
	    tests[test].argument * sizeof(uint64_t));
	put(p, BPF_JMP | tests[test].compare | BPF_K, tests[test].with,
	    !wanted, wanted);
}

/* ---- answers ---- */

/* Does the row hold for the profile? */
static bool
has(enum confine_profile profile, const struct call_row *row)
{
	if (row->from == NEVER)
		return profile != CONFINE_CHILD;
	if (row->from == CONFINE_TALKER && profile == CONFINE_PARENT)
		return false;
	return row->from <= (int)profile;
}

/* What becomes of all calls from a number on, up to the next answer's. */
struct answer {
	uint32_t from;
	uint32_t action;		/* where none of the tests passes */
	const struct call_row *const *tests; size_t n_tests;
};

struct answers {
	uint32_t otherwise;		/* the action for a call without rows */
	const struct call_row *rows[ROWS];	/* the profile's, by call */
	size_t n_rows;
	struct answer v[ANSWERS];
	size_t n;
};

static uint32_t
action_of(const struct call_row *row)
{
	return row->from == NEVER ? SECCOMP_RET_KILL_PROCESS :
	    SECCOMP_RET_ALLOW;
}

/* Rows of the same call stay in their order. */
static void
sort_rows(struct answers *l, enum confine_profile profile)
{
	for (size_t i = 0; i < n_calls; i++) {
		size_t at = l->n_rows;

		if (!has(profile, &calls[i]))
			continue;
		for (; at > 0 && l->rows[at - 1]->call > calls[i].call;
		    at--)
			l->rows[at] = l->rows[at - 1];
		l->rows[at] = &calls[i];
		l->n_rows++;
	}
}

/* Neighbours with the same answer become one. */
static void
add_answer(struct answers *l, struct answer a)
{
	const struct answer *last = l->n > 0 ? &l->v[l->n - 1] : NULL;

	if (last == NULL || a.n_tests > 0 || last->n_tests > 0 ||
	    last->action != a.action)
		l->v[l->n++] = a;
}

/* Adds the answer of a call, whose rows begin at i; returns where the next
 * call's do.  A row without a test holds for what the rows before it leave. */
static size_t
add_call(struct answers *l, size_t i)
{
	const int call = l->rows[i]->call;
	struct answer a = { (uint32_t)call, l->otherwise, &l->rows[i], 0 };

	while (i < l->n_rows && l->rows[i]->call == call &&
	    l->rows[i]->test != ANYHOW)
		i++;
	a.n_tests = (size_t)(&l->rows[i] - a.tests);
	if (i < l->n_rows && l->rows[i]->call == call)
		a.action = action_of(l->rows[i]);
	add_answer(l, a);
	while (i < l->n_rows && l->rows[i]->call == call)
		i++;
	return i;
}

static void
collect(struct answers *l)
{
	uint32_t next = 0;

	for (size_t i = 0; i < l->n_rows; ) {
		if ((uint32_t)l->rows[i]->call > next)
			add_answer(l, (struct answer){ .from = next,
			    .action = l->otherwise });
		next = (uint32_t)l->rows[i]->call + 1;
		i = add_call(l, i);
	}
	add_answer(l, (struct answer){ .from = next,
	    .action = l->otherwise });
}

/* ---- the program ---- */

static void
put_answer(struct program *p, const struct answer *a)
{
	for (size_t i = 0; i < a->n_tests; i++) {
		put_test(p, a->tests[i]->test);
		put_return(p, action_of(a->tests[i]));
	}
	put_return(p, a->action);
}

/* Halves the answers until one is left. */
static void
put_tree(struct program *p, const struct answer *a, size_t n)
{
	size_t half = n / 2, left, jump = p->n;

	if (n == 1) {
		put_answer(p, a);
		return;
	}
	put(p, BPF_JMP | BPF_JGE | BPF_K, a[half].from, 0, 0);
	put_tree(p, a, half);
	left = p->n - jump - 1;
	p->too_far |= left > UINT8_MAX;
	p->code[jump].jt = (uint8_t)left;
	put_tree(p, a + half, n - half);
}

static void
fill(struct program *p, enum confine_profile profile)
{
	struct answers l = { .otherwise = profile == CONFINE_CHILD ?
	    SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | ENOSYS };

	sort_rows(&l, profile);
	collect(&l);
	put_load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	put_return(p, SECCOMP_RET_KILL_PROCESS);
	put_load(p, offsetof(struct seccomp_data, nr));
	put_tree(p, l.v, l.n);
}

int
filter_confine(enum confine_profile profile, struct fail *f)
{
	struct program p = { .pid = (uint32_t)getpid() };
	struct sock_fprog program = { .filter = p.code };

	fill(&p, profile);
	if (p.too_far)
		return fail_bug(f, "the filter of system calls is too long");
	program.len = p.n;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ?
	    0 : unusable(errno, f);
}
