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

#include "sandbox/impl.h"

/* What an argument must be for the call to be let through. */
enum test {
	ANYHOW,
	NO_EXEC,			/* mmap, mprotect: memory is no code */
	OF_DESCRIPTOR,			/* newfstatat as fstat(3) calls it */
	OF_THIS,			/* tgkill: this process */
	LOCAL,				/* socket: AF_UNIX */
	TYPES,				/* ioctl: TIOCSTI, as if somebody typed
					 * at the terminal */
	PASTES,				/* ioctl: TIOCLINUX, the same from what
					 * its screen shows */
};

/* The profiles that have a call: this one and all after it. */
enum { NEVER = CONFINE_RUNNER + 1 };

struct row {
	int call;
	int from;			/* enum confine_profile, or NEVER */
	enum test test;
};

/*
 * A call that is not here: a child is ended by it, any other program gets
 * ENOSYS, so that a C library of tomorrow can do without.  NEVER ends every
 * program: a program that was not taken over does not try.
 */
static const struct row rows[] = {
	/* A parser's: its descriptors, memory, its end. */
	{ SYS_read, CONFINE_CHILD, ANYHOW },
	{ SYS_pread64, CONFINE_CHILD, ANYHOW },
	{ SYS_write, CONFINE_CHILD, ANYHOW },
	{ SYS_close, CONFINE_CHILD, ANYHOW },
	{ SYS_fstat, CONFINE_CHILD, ANYHOW },
	{ SYS_newfstatat, CONFINE_CHILD, OF_DESCRIPTOR },
	{ SYS_lseek, CONFINE_CHILD, ANYHOW },
	{ SYS_mmap, CONFINE_CHILD, NO_EXEC },
	{ SYS_munmap, CONFINE_CHILD, ANYHOW },
	{ SYS_mremap, CONFINE_CHILD, ANYHOW },
	{ SYS_brk, CONFINE_CHILD, ANYHOW },
	{ SYS_madvise, CONFINE_CHILD, ANYHOW },
	{ SYS_futex, CONFINE_CHILD, ANYHOW },
	{ SYS_rt_sigreturn, CONFINE_CHILD, ANYHOW },
	{ SYS_restart_syscall, CONFINE_CHILD, ANYHOW },
	{ SYS_exit, CONFINE_CHILD, ANYHOW },
	{ SYS_exit_group, CONFINE_CHILD, ANYHOW },
	/* clock_gettime(3) and time(3), where the vDSO cannot tell the time. */
	{ SYS_clock_gettime, CONFINE_CHILD, ANYHOW },
	{ SYS_gettimeofday, CONFINE_CHILD, ANYHOW },
	/* malloc(3), when brk(2) or the limit of memory fails it: it makes an
	 * arena with mprotect(2), having counted the processors. */
	{ SYS_mprotect, CONFINE_CHILD, NO_EXEC },
	{ SYS_sched_getaffinity, CONFINE_CHILD, ANYHOW },
	/* qsort(3), of a large array. */
	{ SYS_sysinfo, CONFINE_CHILD, ANYHOW },
	/* malloc(3), for its first block. */
	{ SYS_getrandom, CONFINE_CHILD, ANYHOW },
	/* abort(3), so that it is SIGABRT that ends the process. */
	{ SYS_rt_sigprocmask, CONFINE_CHILD, ANYHOW },
	{ SYS_rt_sigaction, CONFINE_CHILD, ANYHOW },
	{ SYS_getpid, CONFINE_CHILD, ANYHOW },
	{ SYS_gettid, CONFINE_CHILD, ANYHOW },
	{ SYS_tgkill, CONFINE_CHILD, OF_THIS },

	/* A reader's: standard output may be a terminal, and it may open, write
	 * and rename below the folders that it was given. */
	{ SYS_newfstatat, CONFINE_READER, ANYHOW },
	{ SYS_statx, CONFINE_READER, ANYHOW },
	{ SYS_openat, CONFINE_READER, ANYHOW },
	{ SYS_faccessat, CONFINE_READER, ANYHOW },
	{ SYS_faccessat2, CONFINE_READER, ANYHOW },
	{ SYS_readlinkat, CONFINE_READER, ANYHOW },
	{ SYS_getcwd, CONFINE_READER, ANYHOW },
	{ SYS_readv, CONFINE_READER, ANYHOW },
	{ SYS_writev, CONFINE_READER, ANYHOW },
	{ SYS_pwrite64, CONFINE_READER, ANYHOW },
	{ SYS_fsync, CONFINE_READER, ANYHOW },
	{ SYS_fdatasync, CONFINE_READER, ANYHOW },
	{ SYS_fchmod, CONFINE_READER, ANYHOW },
	{ SYS_renameat, CONFINE_READER, ANYHOW },
	{ SYS_renameat2, CONFINE_READER, ANYHOW },
	{ SYS_unlinkat, CONFINE_READER, ANYHOW },
	{ SYS_fcntl, CONFINE_READER, ANYHOW },
	{ SYS_ioctl, NEVER, TYPES },
	{ SYS_ioctl, NEVER, PASTES },
	{ SYS_ioctl, CONFINE_READER, ANYHOW },
	{ SYS_ppoll, CONFINE_READER, ANYHOW },
	{ SYS_geteuid, CONFINE_READER, ANYHOW },
	{ SYS_getuid, CONFINE_READER, ANYHOW },
	{ SYS_getegid, CONFINE_READER, ANYHOW },
	{ SYS_getgid, CONFINE_READER, ANYHOW },
	{ SYS_umask, CONFINE_READER, ANYHOW },
	{ SYS_getrusage, CONFINE_READER, ANYHOW },
	{ SYS_nanosleep, CONFINE_READER, ANYHOW },
	{ SYS_clock_nanosleep, CONFINE_READER, ANYHOW },
	/* The copy of a payload that others could write to. */
	{ SYS_memfd_create, CONFINE_READER, ANYHOW },

	/* A worker's: folders, locks, holes in files, pages that stay where
	 * they are for a hypercall. */
	{ SYS_getdents64, CONFINE_WORKER, ANYHOW },
	{ SYS_statfs, CONFINE_WORKER, ANYHOW },
	{ SYS_fstatfs, CONFINE_WORKER, ANYHOW },
	{ SYS_flock, CONFINE_WORKER, ANYHOW },
	{ SYS_ftruncate, CONFINE_WORKER, ANYHOW },
	{ SYS_fallocate, CONFINE_WORKER, ANYHOW },
	{ SYS_fadvise64, CONFINE_WORKER, ANYHOW },
	{ SYS_copy_file_range, CONFINE_WORKER, ANYHOW },
	{ SYS_sendfile, CONFINE_WORKER, ANYHOW },
	{ SYS_preadv, CONFINE_WORKER, ANYHOW },
	{ SYS_pwritev, CONFINE_WORKER, ANYHOW },
	{ SYS_mkdirat, CONFINE_WORKER, ANYHOW },
	{ SYS_linkat, CONFINE_WORKER, ANYHOW },
	{ SYS_utimensat, CONFINE_WORKER, ANYHOW },
	{ SYS_fchown, CONFINE_WORKER, ANYHOW },
	{ SYS_fchmodat, CONFINE_WORKER, ANYHOW },
	{ SYS_msync, CONFINE_WORKER, ANYHOW },
	{ SYS_mlock, CONFINE_WORKER, ANYHOW },
	{ SYS_munlock, CONFINE_WORKER, ANYHOW },
	{ SYS_dup, CONFINE_WORKER, ANYHOW },
	{ SYS_dup3, CONFINE_WORKER, ANYHOW },
	{ SYS_pipe2, CONFINE_WORKER, ANYHOW },
	{ SYS_pselect6, CONFINE_WORKER, ANYHOW },
	{ SYS_rt_sigtimedwait, CONFINE_WORKER, ANYHOW },
	{ SYS_rt_sigpending, CONFINE_WORKER, ANYHOW },
	{ SYS_signalfd4, CONFINE_WORKER, ANYHOW },
	{ SYS_landlock_create_ruleset, CONFINE_WORKER, ANYHOW },
	{ SYS_landlock_add_rule, CONFINE_WORKER, ANYHOW },
	{ SYS_landlock_restrict_self, CONFINE_WORKER, ANYHOW },

	{ SYS_socket, CONFINE_TALKER, LOCAL },
	{ SYS_connect, CONFINE_TALKER, ANYHOW },
	{ SYS_sendmsg, CONFINE_TALKER, ANYHOW },
	{ SYS_sendto, CONFINE_TALKER, ANYHOW },
	{ SYS_recvfrom, CONFINE_TALKER, ANYHOW },
	{ SYS_recvmsg, CONFINE_TALKER, ANYHOW },

	/* A parent's: children, and what confines them. */
	{ SYS_clone, CONFINE_PARENT, ANYHOW },
	{ SYS_clone3, CONFINE_PARENT, ANYHOW },
	{ SYS_set_robust_list, CONFINE_PARENT, ANYHOW },
	{ SYS_rseq, CONFINE_PARENT, ANYHOW },
	{ SYS_wait4, CONFINE_PARENT, ANYHOW },
	{ SYS_waitid, CONFINE_PARENT, ANYHOW },
	{ SYS_kill, CONFINE_PARENT, ANYHOW },
	/* Any process: a child inherits this filter, and its pid is another
	 * than the program's. */
	{ SYS_tgkill, CONFINE_PARENT, ANYHOW },
	{ SYS_getppid, CONFINE_PARENT, ANYHOW },
	{ SYS_close_range, CONFINE_PARENT, ANYHOW },
	{ SYS_prctl, CONFINE_PARENT, ANYHOW },
	{ SYS_prlimit64, CONFINE_PARENT, ANYHOW },
	{ SYS_setrlimit, CONFINE_PARENT, ANYHOW },
	{ SYS_setgroups, CONFINE_PARENT, ANYHOW },
	{ SYS_setresuid, CONFINE_PARENT, ANYHOW },
	{ SYS_setresgid, CONFINE_PARENT, ANYHOW },
	{ SYS_seccomp, CONFINE_PARENT, ANYHOW },
	/* clock_getcpuclockid(3), for a child's processor time. */
	{ SYS_clock_getres, CONFINE_PARENT, ANYHOW },

	/* A runner's: the pipes and files of its stages. */
	{ SYS_socketpair, CONFINE_RUNNER, LOCAL },
	{ SYS_sync_file_range, CONFINE_RUNNER, ANYHOW },

	/* What all of these did before there were better calls; a newer
	 * architecture has none of them. */
#ifdef SYS_open
	{ SYS_open, CONFINE_READER, ANYHOW },
	{ SYS_stat, CONFINE_READER, ANYHOW },
	{ SYS_lstat, CONFINE_READER, ANYHOW },
	{ SYS_access, CONFINE_READER, ANYHOW },
	{ SYS_readlink, CONFINE_READER, ANYHOW },
	{ SYS_rename, CONFINE_READER, ANYHOW },
	{ SYS_unlink, CONFINE_READER, ANYHOW },
	{ SYS_poll, CONFINE_READER, ANYHOW },
	{ SYS_mkdir, CONFINE_WORKER, ANYHOW },
	{ SYS_rmdir, CONFINE_WORKER, ANYHOW },
	{ SYS_link, CONFINE_WORKER, ANYHOW },
	{ SYS_dup2, CONFINE_WORKER, ANYHOW },
	{ SYS_select, CONFINE_WORKER, ANYHOW },
	{ SYS_fork, CONFINE_PARENT, ANYHOW },
	{ SYS_vfork, CONFINE_PARENT, ANYHOW },
#endif

	{ SYS_execve, NEVER, ANYHOW },
	{ SYS_execveat, NEVER, ANYHOW },
	{ SYS_bind, NEVER, ANYHOW },
	{ SYS_listen, NEVER, ANYHOW },
	{ SYS_accept, NEVER, ANYHOW },
	{ SYS_accept4, NEVER, ANYHOW },
	{ SYS_process_vm_readv, NEVER, ANYHOW },
	{ SYS_process_vm_writev, NEVER, ANYHOW },
	{ SYS_mount, NEVER, ANYHOW },
	{ SYS_unshare, NEVER, ANYHOW },
	{ SYS_setns, NEVER, ANYHOW },
	{ SYS_chroot, NEVER, ANYHOW },
	{ SYS_bpf, NEVER, ANYHOW },
	{ SYS_io_uring_setup, NEVER, ANYHOW },
	{ SYS_init_module, NEVER, ANYHOW },
	{ SYS_finit_module, NEVER, ANYHOW },
	{ SYS_kexec_load, NEVER, ANYHOW },
#if SANITIZED
	{ SYS_clone, CONFINE_CHILD, ANYHOW },
	{ SYS_ptrace, CONFINE_CHILD, ANYHOW },
	{ SYS_wait4, CONFINE_CHILD, ANYHOW },
	{ SYS_prctl, CONFINE_CHILD, ANYHOW },
	{ SYS_prlimit64, CONFINE_CHILD, ANYHOW },
	{ SYS_sigaltstack, CONFINE_CHILD, ANYHOW },
	{ SYS_sched_yield, CONFINE_CHILD, ANYHOW },
	{ SYS_openat, CONFINE_CHILD, ANYHOW },
	{ SYS_getdents64, CONFINE_CHILD, ANYHOW },
	{ SYS_getppid, CONFINE_CHILD, ANYHOW },
	{ SYS_ioctl, CONFINE_CHILD, ANYHOW },
#ifdef SYS_open
	{ SYS_open, CONFINE_CHILD, ANYHOW },
	{ SYS_readlink, CONFINE_CHILD, ANYHOW },
	{ SYS_getdents, CONFINE_CHILD, ANYHOW },
#endif
#else
	{ SYS_ptrace, NEVER, ANYHOW },
#endif
};

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
	ROWS = sizeof(rows) / sizeof(rows[0]),
	ANSWERS = 2 * ROWS + 1,		/* at most: of each row, and between */
	TREE_LENGTH = 2,		/* of an answer, without its tests */
	TEST_LENGTH = 3,
	FRAME_LENGTH = 4,		/* before the tree */
};

struct program {
	struct sock_filter code[FRAME_LENGTH + ANSWERS * TREE_LENGTH +
	    ROWS * TEST_LENGTH];
	unsigned short n;
	uint32_t pid;			/* of this process */
	bool too_far;			/* a jump is longer than there are */
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

static bool
has(enum confine_profile profile, const struct row *row)
{
	if (row->from == NEVER)
		return profile != CONFINE_CHILD;
	if (row->from == CONFINE_TALKER && profile == CONFINE_PARENT)
		return false;
	return row->from <= (int)profile;
}

/* ---- answers ---- */

/* What becomes of all calls from a number on, up to the next answer's. */
struct answer {
	uint32_t from;
	uint32_t action;		/* where none of the tests passes */
	const struct row *const *tests; size_t n_tests;
};

struct answers {
	uint32_t otherwise;		/* the action for a call without rows */
	const struct row *rows[ROWS];	/* of the profile, by their calls */
	size_t n_rows;
	struct answer v[ANSWERS];
	size_t n;
};

static uint32_t
action_of(const struct row *row)
{
	return row->from == NEVER ? SECCOMP_RET_KILL_PROCESS :
	    SECCOMP_RET_ALLOW;
}

/* Rows of the same call stay in their order. */
static void
sort_rows(struct answers *l, enum confine_profile profile)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t at = l->n_rows;

		if (!has(profile, &rows[i]))
			continue;
		for (; at > 0 && l->rows[at - 1]->call > rows[i].call; at--)
			l->rows[at] = l->rows[at - 1];
		l->rows[at] = &rows[i];
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
