/*
 * What a confined process can no longer do: each row is a misdeed, done by a
 * child that is confined, and what must become of it.  With sanitizers the
 * sandbox is wider (sandbox/impl.h): tests/bats/13-sandbox.bats runs this test
 * built without them.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/confine.h"

static char folder[] = "/tmp/test-confine.XXXXXX";
static char below[64];			/* a folder in it, for writing */
static int kept, stray;			/* descriptors that a child inherits */
/* Known before: a confined process is stopped for asking. */
static pid_t parent;
static char *page;			/* of memory */
static int landlock;			/* the kernel's version of it */

/* ---- misdeeds: 0, or the errno that stopped them ---- */

static int
result(long r)
{
	return r < 0 ? errno : 0;
}

static int
open_passwd(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int
write_outside(void)
{
	return result(openat(AT_FDCWD, folder, O_TMPFILE | O_WRONLY, 0600));
}

static int
write_below(void)
{
	return result(openat(AT_FDCWD, below, O_TMPFILE | O_WRONLY, 0600));
}

/* Opened for reading, and yet nothing is left of it. */
static int
empty_outside(void)
{
	char path[64];

	if (landlock < 3)
		return EACCES;
	snprintf(path, sizeof(path), "%s/kept", folder);
	return result(open(path, O_RDONLY | O_TRUNC));
}

static int
look_at_name(void)
{
	struct stat s;

	return result(stat("/etc/passwd", &s));
}

/* From one folder below to another: the folders stay where they are. */
static int
move_file(void)
{
	char from[80], to[80], sub[80];
	int fd;

	snprintf(from, sizeof(from), "%s/new", below);
	snprintf(sub, sizeof(sub), "%s/sub", below);
	snprintf(to, sizeof(to), "%s/sub/new", below);
	fd = open(from, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || (mkdir(sub, 0700) < 0 && errno != EEXIST))
		return errno;
	close(fd);
	return result(rename(from, to));
}

static int
use_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&to,
	    sizeof(to)));
}

static int
local_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
fork_it(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int
run_true(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	return result(execv("/bin/true", argv));
}

static int
make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int
turn_into_code(void)
{
	return result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int
call_x32(void)
{
	return result(syscall(0x40000000 | SYS_getpid));
}

/* As if somebody typed at the terminal: a shell would run it. */
static int
type_it(void)
{
	return result(ioctl(kept, TIOCSTI, "x"));
}

static int
paste_it(void)
{
	return result(ioctl(kept, TIOCLINUX, "\3"));
}

static int
trace_parent(void)
{
	return result(ptrace(PTRACE_ATTACH, parent, 0, 0));
}

static int
kill_parent(void)
{
	return result(kill(parent, 0));
}

static int
kill_outside(void)
{
	return landlock < 6 ? EPERM : kill_parent();
}

static int
kill_thread_of_parent(void)
{
	return result(syscall(SYS_tgkill, parent, parent, 0));
}

/* The same kernel's other way in, with other numbers: 39 is getpid(2) on the
 * way that is watched, and mkdir(2) on this one. */
static int
call_32_bit(void)
{
#ifdef __x86_64__
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(39), "b"(0), "c"(0)
	    : "r8", "r9", "r10", "r11", "memory");
	return r < 0 ? (int)-r : 0;
#else
	return kill(getpid(), SIGSYS);
#endif
}

static int
use_stray(void)
{
	return result(write(stray, "x", 1));
}

static int
use_kept(void)
{
	return result(write(kept, "x", 1));
}

/* A file that the caller kept open does not grow. */
static int
grow_file(void)
{
	signal(SIGXFSZ, SIG_IGN);
	return use_kept();
}

static int
allocate(void)
{
	for (size_t i = 0; i < 1024; i++) {
		char *room = malloc(16 << 20);

		if (room == NULL)
			return errno;
		memset(room, 1, 4096);
	}
	return 0;
}

static int
spin(void)
{
	volatile bool on = true;

	while (on)
		continue;
	return 0;
}

static int
abort_it(void)
{
	abort();
}

/* What a parser needs. */
static int
behave(void)
{
	struct timespec t;
	struct stat s;
	char *room = malloc(200 << 20);

	if (room == NULL || fstat(kept, &s) < 0 || clock_gettime(
	    CLOCK_MONOTONIC, &t) < 0 || lseek(kept, 0, SEEK_CUR) < 0)
		return errno;
	free(room);
	return 0;
}

static const struct {
	const char *name;
	enum confine_profile profile;
	int (*deed)(void);
	int error, signal;		/* that stops it; 0, 0: it is allowed */
} rows[] = {
	{ "a child works", CONFINE_CHILD, behave, 0, 0 },
	{ "a child opens a file", CONFINE_CHILD, open_passwd, 0, SIGSYS },
	{ "a child looks at a name", CONFINE_CHILD, look_at_name, 0, SIGSYS },
	{ "a child connects", CONFINE_CHILD, use_tcp, 0, SIGSYS },
	{ "a child forks", CONFINE_CHILD, fork_it, 0, SIGSYS },
	{ "a child runs a program", CONFINE_CHILD, run_true, 0, SIGSYS },
	{ "a child makes code", CONFINE_CHILD, make_code, 0, SIGSYS },
	{ "a child turns memory into code", CONFINE_CHILD, turn_into_code, 0,
	    SIGSYS },
	{ "a child calls as 32 bits do", CONFINE_CHILD, call_32_bit, 0,
	    SIGSYS },
	{ "a child calls as x32 does", CONFINE_CHILD, call_x32, 0, SIGSYS },
	{ "a child traces", CONFINE_CHILD, trace_parent, 0, SIGSYS },
	{ "a child kills", CONFINE_CHILD, kill_parent, 0, SIGSYS },
	{ "a child kills a thread", CONFINE_CHILD, kill_thread_of_parent, 0,
	    SIGSYS },
	{ "a child uses a descriptor", CONFINE_CHILD, use_stray, EBADF, 0 },
	{ "a child writes a file", CONFINE_CHILD, grow_file, EFBIG, 0 },
	{ "a child allocates", CONFINE_CHILD, allocate, ENOMEM, 0 },
	{ "a child spins", CONFINE_CHILD, spin, 0, SIGXCPU },
	{ "a child aborts", CONFINE_CHILD, abort_it, 0, SIGABRT },

	{ "a reader works", CONFINE_READER, behave, 0, 0 },
	{ "a reader opens a file", CONFINE_READER, open_passwd, EACCES, 0 },
	{ "a reader writes", CONFINE_READER, write_outside, EACCES, 0 },
	{ "a reader writes below", CONFINE_READER, write_below, 0, 0 },
	{ "a reader connects", CONFINE_READER, use_tcp, ENOSYS, 0 },
	{ "a reader forks", CONFINE_READER, fork_it, ENOSYS, 0 },
	{ "a reader runs a program", CONFINE_READER, run_true, 0, SIGSYS },
	{ "a reader makes code", CONFINE_READER, make_code, ENOSYS, 0 },
	{ "a reader turns memory into code", CONFINE_READER, turn_into_code,
	    ENOSYS, 0 },
	{ "a reader calls as 32 bits do", CONFINE_READER, call_32_bit, 0,
	    SIGSYS },
	{ "a reader calls as x32 does", CONFINE_READER, call_x32, ENOSYS, 0 },
	{ "a reader traces", CONFINE_READER, trace_parent, 0, SIGSYS },
	{ "a reader types", CONFINE_READER, type_it, 0, SIGSYS },
	{ "a reader pastes", CONFINE_READER, paste_it, 0, SIGSYS },

	{ "a worker opens a file", CONFINE_WORKER, open_passwd, 0, 0 },
	{ "a worker writes", CONFINE_WORKER, write_outside, EACCES, 0 },
	{ "a worker writes below", CONFINE_WORKER, write_below, 0, 0 },
	{ "a worker empties a file", CONFINE_WORKER, empty_outside, EACCES, 0 },
	{ "a worker connects", CONFINE_WORKER, use_tcp, ENOSYS, 0 },
	{ "a worker makes a socket", CONFINE_WORKER, local_socket, ENOSYS, 0 },
	{ "a worker forks", CONFINE_WORKER, fork_it, ENOSYS, 0 },
	{ "a worker runs a program", CONFINE_WORKER, run_true, 0, SIGSYS },
	{ "a worker makes code", CONFINE_WORKER, make_code, ENOSYS, 0 },

	{ "a worker moves a file", CONFINE_WORKER, move_file, EXDEV, 0 },
	{ "a worker types", CONFINE_WORKER, type_it, 0, SIGSYS },
	{ "a worker pastes", CONFINE_WORKER, paste_it, 0, SIGSYS },

	{ "a talker makes a socket", CONFINE_TALKER, local_socket, 0, 0 },
	{ "a talker connects", CONFINE_TALKER, use_tcp, ENOSYS, 0 },
	{ "a talker forks", CONFINE_TALKER, fork_it, ENOSYS, 0 },
	{ "a talker types", CONFINE_TALKER, type_it, 0, SIGSYS },
	{ "a talker pastes", CONFINE_TALKER, paste_it, 0, SIGSYS },

	{ "a parent writes", CONFINE_PARENT, write_outside, EACCES, 0 },
	{ "a parent writes below", CONFINE_PARENT, write_below, 0, 0 },
	{ "a parent makes a socket", CONFINE_PARENT, local_socket, ENOSYS, 0 },
	{ "a parent connects", CONFINE_PARENT, use_tcp, ENOSYS, 0 },
	{ "a parent forks", CONFINE_PARENT, fork_it, 0, 0 },
	{ "a parent runs a program", CONFINE_PARENT, run_true, 0, SIGSYS },
	{ "a parent makes code", CONFINE_PARENT, make_code, ENOSYS, 0 },
	{ "a parent traces", CONFINE_PARENT, trace_parent, 0, SIGSYS },
	{ "a parent kills", CONFINE_PARENT, kill_parent, EPERM, 0 },
	{ "a parent types", CONFINE_PARENT, type_it, 0, SIGSYS },
	{ "a parent pastes", CONFINE_PARENT, paste_it, 0, SIGSYS },

	{ "a runner writes", CONFINE_RUNNER, write_outside, EACCES, 0 },
	{ "a runner writes below", CONFINE_RUNNER, write_below, 0, 0 },
	{ "a runner forks", CONFINE_RUNNER, fork_it, 0, 0 },
	{ "a runner runs a program", CONFINE_RUNNER, run_true, 0, SIGSYS },
	{ "a runner kills", CONFINE_RUNNER, kill_outside, EPERM, 0 },
	{ "a runner traces", CONFINE_RUNNER, trace_parent, 0, SIGSYS },
	{ "a runner types", CONFINE_RUNNER, type_it, 0, SIGSYS },
	{ "a runner pastes", CONFINE_RUNNER, paste_it, 0, SIGSYS },
};

/* A worker and above closes its names with the rest, or later. */
static int
confined(enum confine_profile profile, bool later)
{
	const char *const writes[] = { below, "/nowhere" };
	const struct confinement c = { .profile = profile,
		.memory = CONFINE_MEMORY, .cpu_seconds = 1, .keep = &kept,
		.n_keep = 1, .writes = writes,
		.n_writes = profile == CONFINE_CHILD || later ? 0 : 2,
		.names = later };
	struct fail f = { .kind = FAIL_NONE };

	if (confine(&c, &f) < 0)
		return -1;
	return later ? confine_writes(writes, 2, &f) : 0;
}

/* How the deed ends in a process of its own, as waitpid() tells. */
static int
run(bool confine_it, enum confine_profile profile, bool later,
    int (*deed)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		/* cmocka's handler would go on with the tests in here. */
		signal(SIGSEGV, SIG_DFL);
		_exit(confine_it && confined(profile, later) < 0 ? 255 :
		    deed());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* The signal that ends the deed of a row.  A kernel without the calls of 32
 * bits, as hosts of virtual machines may have it, ends who makes one before the
 * filter is asked. */
static int
signal_of(size_t i)
{
	int s;

	if (rows[i].deed != call_32_bit)
		return rows[i].signal;
	s = run(false, rows[i].profile, false, call_32_bit);
	return WIFSIGNALED(s) ? WTERMSIG(s) : rows[i].signal;
}

static void
check_row(size_t i, bool later)
{
	int s = run(true, rows[i].profile, later, rows[i].deed);
	int want = signal_of(i);

	if (WIFSIGNALED(s) ? WTERMSIG(s) == want : want == 0 &&
	    WEXITSTATUS(s) == rows[i].error)
		return;
	unit_fail("%s%s: signal %d, errno %d", rows[i].name,
	    later ? ", names later" : "", WIFSIGNALED(s) ? WTERMSIG(s) : 0,
	    WIFEXITED(s) ? WEXITSTATUS(s) : 0);
}

static void
each_misdeed_is_stopped(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_row(i, false);
		if (rows[i].profile > CONFINE_READER)
			check_row(i, true);
	}
}

/* What no program may, whatever it is. */
static const int never[] = {
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_bind, SYS_listen, SYS_accept,
	SYS_accept4, SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount,
	SYS_unshare, SYS_setns, SYS_chroot, SYS_bpf, SYS_io_uring_setup,
	SYS_init_module, SYS_finit_module, SYS_kexec_load,
};
static int number;

static int
call_number(void)
{
	return result(syscall(number, -1, 0, 0, 0, 0, 0));
}

static void
no_program_may(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < COUNT(never); i++)
		for (int p = CONFINE_CHILD; p <= CONFINE_RUNNER; p++) {
			int s;

			number = never[i];
			s = run(true, (enum confine_profile)p, false,
			    call_number);
			if (!WIFSIGNALED(s) || WTERMSIG(s) != SIGSYS)
				unit_fail("profile %d, system call %d: 0x%x",
				    p, number, (unsigned)s);
		}
}

/* Reads a file of /proc/PID of a child that waits. */
static void
what_the_kernel_says_of(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	in = fopen(path, "r");
	assert_non_null(in);
	n = fread(text, 1, size - 1, in);
	text[n] = '\0';
	fclose(in);
}

/* Root with a group more than its own, which must go too. */
static void
be_root(void)
{
	const gid_t group = 42;

	if (getuid() == 0 && setgroups(1, &group) < 0)
		_exit(4);
}

/* Some other account than the one that a child changes to. */
static void
be_somebody(void)
{
	if (getuid() == 0 && (setresgid(65533, 65533, 65533) < 0 ||
	    setresuid(65533, 65533, 65533) < 0))
		_exit(3);
	prctl(PR_SET_DUMPABLE, 1);
}

struct waiting {
	pid_t pid;
	int ready[2], end[2];
};

static _Noreturn void
be_confined(const struct waiting *w)
{
	const int keep[] = { w->ready[1], w->end[0] };
	const struct confinement c = { .profile = CONFINE_CHILD,
		.memory = CONFINE_MEMORY, .cpu_seconds = 7, .keep = keep,
		.n_keep = 2 };
	struct fail f = { .kind = FAIL_NONE };
	char byte;

	if (confine(&c, &f) < 0 || write(w->ready[1], "", 1) != 1)
		_exit(1);
	_exit(read(w->end[0], &byte, 1) == 1 ? 0 : 2);
}

/* A confined child, which waits. */
static void
begin(struct waiting *w, bool root)
{
	char byte;

	assert_true(pipe(w->ready) == 0 && pipe(w->end) == 0);
	w->pid = fork();
	if (w->pid == 0) {
		if (root)
			be_root();
		else
			be_somebody();
		be_confined(w);
	}
	close(w->ready[1]);
	assert_int_equal(read(w->ready[0], &byte, 1), 1);
}

static void
end(struct waiting *w)
{
	int status;

	assert_int_equal(write(w->end[1], "", 1), 1);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_int_equal(status, 0);
	close(w->ready[0]);
	close(w->end[0]);
	close(w->end[1]);
}

static void
each_layer_is_in_force(void **state)
{
	const char *const root[] = { "Uid:\t65534\t65534\t65534\t65534\n",
	    "Gid:\t65534\t65534\t65534\t65534\n", "Groups:\t \n",
	    "CapEff:\t0000000000000000\n", "CapPrm:\t0000000000000000\n" };
	char text[8192];
	struct waiting w;

	(void)state;
	begin(&w, true);
	what_the_kernel_says_of(w.pid, "status", text, sizeof(text));
	end(&w);
	assert_non_null(strstr(text, "\nSeccomp:\t2\n"));
	assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
	for (size_t i = 0; getuid() == 0 && i < COUNT(root); i++)
		assert_non_null(strstr(text, root[i]));
}

static void
each_limit_is_set(void **state)
{
	static const struct {
		const char *name;
		unsigned long soft, hard;
	} limits[] = {
		{ "Max core file size", 0, 0 }, { "Max processes", 0, 0 },
		{ "Max file size", 0, 0 }, { "Max cpu time", 7, 8 },
#ifndef __SANITIZE_ADDRESS__
		{ "Max address space", CONFINE_MEMORY, CONFINE_MEMORY },
#endif
	};
	struct waiting w;
	char text[8192];

	(void)state;
	begin(&w, true);
	what_the_kernel_says_of(w.pid, "limits", text, sizeof(text));
	end(&w);
	for (size_t i = 0; i < COUNT(limits); i++) {
		const char *at = strstr(text, limits[i].name);
		unsigned long soft, hard;

		assert_non_null(at);
		at += strlen(limits[i].name);
		assert_int_equal(sscanf(at, "%lu %lu", &soft, &hard), 2);
		assert_int_equal(soft, limits[i].soft);
		assert_int_equal(hard, limits[i].hard);
	}
}

/* As whom it was, too: what the kernel says of it is root's to read. */
static void
nobody_traces_it(void **state)
{
	char path[64];
	struct waiting w;
	struct stat s;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (int root = 0; root < 2; root++) {
		begin(&w, root);
		snprintf(path, sizeof(path), "/proc/%d/maps", (int)w.pid);
		assert_int_equal(stat(path, &s), 0);
		end(&w);
		assert_int_equal(s.st_uid, 0);
	}
}

static void
it_can_be_turned_off(void **state)
{
	char text[64];
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)state;
	confine_off();
	assert_int_equal(run(true, CONFINE_CHILD, false, open_passwd), 0);
	assert_non_null(to);
	confine_print(CONFINE_CHILD, to);
	fclose(to);
	assert_string_equal(text, "sandbox: off\n");
}

static int
set_up(void **state)
{
	char path[64];

	(void)state;
	parent = getpid();
	landlock = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mkdtemp(folder) == NULL)
		return -1;
	snprintf(below, sizeof(below), "%s/below", folder);
	if (mkdir(below, 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/kept", folder);
	kept = open(path, O_CREAT | O_WRONLY, 0600);
	stray = open("/dev/null", O_WRONLY);
	return kept < 0 || stray < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	int dir = open(folder, O_RDONLY);

	(void)state;
	(void)unlinkat(dir, "kept", 0);
	(void)unlinkat(dir, "below/new", 0);
	(void)unlinkat(dir, "below/sub", AT_REMOVEDIR);
	(void)unlinkat(dir, "below", AT_REMOVEDIR);
	close(dir);
	close(kept);
	close(stray);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_misdeed_is_stopped),
		cmocka_unit_test(no_program_may),
		cmocka_unit_test(each_layer_is_in_force),
		cmocka_unit_test(each_limit_is_set),
		cmocka_unit_test(nobody_traces_it),
		/* The last one: it cannot be turned on again. */
		cmocka_unit_test(it_can_be_turned_off),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
