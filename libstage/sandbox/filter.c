#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/impl.h"

/* What an argument must be for the call to be let through. */
enum test {
	ANYHOW,
	NO_EXEC,			/* mmap, mprotect: memory is no code */
	OF_DESCRIPTOR,			/* newfstatat as fstat(3) calls it */
	OF_THIS,			/* tgkill: this process */
	LOCAL,				/* socket: AF_UNIX */
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
	{ SCMP_SYS(read), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(pread64), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(write), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(close), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(fstat), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(newfstatat), CONFINE_CHILD, OF_DESCRIPTOR },
	{ SCMP_SYS(lseek), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(mmap), CONFINE_CHILD, NO_EXEC },
	{ SCMP_SYS(munmap), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(mremap), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(brk), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(madvise), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(futex), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(rt_sigreturn), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(restart_syscall), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(exit), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(exit_group), CONFINE_CHILD, ANYHOW },
	/* clock_gettime(3) and time(3), where the vDSO cannot tell the time. */
	{ SCMP_SYS(clock_gettime), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(gettimeofday), CONFINE_CHILD, ANYHOW },
	/* malloc(3), when brk(2) or the limit of memory fails it: it makes an
	 * arena with mprotect(2), having counted the processors. */
	{ SCMP_SYS(mprotect), CONFINE_CHILD, NO_EXEC },
	{ SCMP_SYS(sched_getaffinity), CONFINE_CHILD, ANYHOW },
	/* qsort(3), of a large array. */
	{ SCMP_SYS(sysinfo), CONFINE_CHILD, ANYHOW },
	/* malloc(3), for its first block. */
	{ SCMP_SYS(getrandom), CONFINE_CHILD, ANYHOW },
	/* abort(3), so that it is SIGABRT that ends the process. */
	{ SCMP_SYS(rt_sigprocmask), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(rt_sigaction), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(getpid), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(gettid), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(tgkill), CONFINE_CHILD, OF_THIS },

	/* A reader's: standard output may be a terminal, and it may open, write
	 * and rename below the folders that it was given. */
	{ SCMP_SYS(newfstatat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(stat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(lstat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(statx), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(open), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(openat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(faccessat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(faccessat2), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(access), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(readlink), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(readlinkat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(getcwd), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(readv), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(writev), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(pwrite64), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(fsync), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(fdatasync), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(fchmod), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(rename), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(renameat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(renameat2), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(unlink), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(unlinkat), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(fcntl), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(ioctl), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(poll), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(ppoll), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(geteuid), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(getuid), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(getegid), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(getgid), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(umask), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(getrusage), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(nanosleep), CONFINE_READER, ANYHOW },
	{ SCMP_SYS(clock_nanosleep), CONFINE_READER, ANYHOW },
	/* The copy of a payload that others could write to. */
	{ SCMP_SYS(memfd_create), CONFINE_READER, ANYHOW },

	/* A worker's: folders, locks, holes in files, pages that stay where
	 * they are for a hypercall. */
	{ SCMP_SYS(getdents64), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(statfs), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(fstatfs), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(flock), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(ftruncate), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(fallocate), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(fadvise64), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(copy_file_range), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(sendfile), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(preadv), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(pwritev), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(mkdir), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(mkdirat), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(rmdir), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(link), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(linkat), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(utimensat), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(fchown), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(fchmodat), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(msync), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(mlock), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(munlock), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(dup), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(dup2), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(dup3), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(pipe2), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(select), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(pselect6), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(rt_sigtimedwait), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(rt_sigpending), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(signalfd4), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(landlock_create_ruleset), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(landlock_add_rule), CONFINE_WORKER, ANYHOW },
	{ SCMP_SYS(landlock_restrict_self), CONFINE_WORKER, ANYHOW },

	{ SCMP_SYS(socket), CONFINE_TALKER, LOCAL },
	{ SCMP_SYS(connect), CONFINE_TALKER, ANYHOW },
	{ SCMP_SYS(sendmsg), CONFINE_TALKER, ANYHOW },
	{ SCMP_SYS(sendto), CONFINE_TALKER, ANYHOW },
	{ SCMP_SYS(recvfrom), CONFINE_TALKER, ANYHOW },
	{ SCMP_SYS(recvmsg), CONFINE_TALKER, ANYHOW },

	/* A parent's: children, and what confines them. */
	{ SCMP_SYS(clone), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(clone3), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(fork), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(vfork), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(set_robust_list), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(rseq), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(wait4), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(waitid), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(kill), CONFINE_PARENT, ANYHOW },
	/* Of a child as well: its number is not the program's, whose filter
	 * holds for it too. */
	{ SCMP_SYS(tgkill), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(getppid), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(close_range), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(prctl), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(prlimit64), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(setrlimit), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(setgroups), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(setresuid), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(setresgid), CONFINE_PARENT, ANYHOW },
	{ SCMP_SYS(seccomp), CONFINE_PARENT, ANYHOW },
	/* clock_getcpuclockid(3), for a child's processor time. */
	{ SCMP_SYS(clock_getres), CONFINE_PARENT, ANYHOW },

	/* A runner's: the pipes and files of its stages. */
	{ SCMP_SYS(socketpair), CONFINE_RUNNER, LOCAL },
	{ SCMP_SYS(sync_file_range), CONFINE_RUNNER, ANYHOW },

	{ SCMP_SYS(execve), NEVER, ANYHOW },
	{ SCMP_SYS(execveat), NEVER, ANYHOW },
	{ SCMP_SYS(bind), NEVER, ANYHOW },
	{ SCMP_SYS(listen), NEVER, ANYHOW },
	{ SCMP_SYS(accept), NEVER, ANYHOW },
	{ SCMP_SYS(accept4), NEVER, ANYHOW },
	{ SCMP_SYS(process_vm_readv), NEVER, ANYHOW },
	{ SCMP_SYS(process_vm_writev), NEVER, ANYHOW },
	{ SCMP_SYS(mount), NEVER, ANYHOW },
	{ SCMP_SYS(unshare), NEVER, ANYHOW },
	{ SCMP_SYS(setns), NEVER, ANYHOW },
	{ SCMP_SYS(chroot), NEVER, ANYHOW },
	{ SCMP_SYS(bpf), NEVER, ANYHOW },
	{ SCMP_SYS(io_uring_setup), NEVER, ANYHOW },
	{ SCMP_SYS(init_module), NEVER, ANYHOW },
	{ SCMP_SYS(finit_module), NEVER, ANYHOW },
	{ SCMP_SYS(kexec_load), NEVER, ANYHOW },
#if SANITIZED
	{ SCMP_SYS(clone), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(ptrace), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(wait4), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(prctl), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(prlimit64), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(sigaltstack), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(sched_yield), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(open), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(openat), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(readlink), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(getdents), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(getdents64), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(getppid), CONFINE_CHILD, ANYHOW },
	{ SCMP_SYS(ioctl), CONFINE_CHILD, ANYHOW },
#else
	{ SCMP_SYS(ptrace), NEVER, ANYHOW },
#endif
};

static int
unusable(int e, struct fail *f)
{
	return fail_errno(f, FAIL_SYSTEM, e, "cannot confine the program with "
	    "seccomp, and hostile bytes are not read without; --no-sandbox "
	    "reads them all the same");
}

/* The rule of the row; 0 or a negated errno. */
static int
add(scmp_filter_ctx filter, const struct row *row)
{
	const struct scmp_arg_cmp tests[] = {
		[NO_EXEC] = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		[OF_DESCRIPTOR] = SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH,
		    AT_EMPTY_PATH),
		[OF_THIS] = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0),
		[LOCAL] = SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0),
	};
	uint32_t action = row->from == NEVER ? SCMP_ACT_KILL_PROCESS :
	    SCMP_ACT_ALLOW;

	if (row->test == ANYHOW)
		return seccomp_rule_add_array(filter, action, row->call, 0,
		    NULL);
	return seccomp_rule_add_array(filter, action, row->call, 1,
	    &tests[row->test]);
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

static int
fill(scmp_filter_ctx filter, enum confine_profile profile)
{
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (r == 0 && has(profile, &rows[i]))
			r = add(filter, &rows[i]);
	return r;
}

int
filter_confine(enum confine_profile profile, struct fail *f)
{
	scmp_filter_ctx filter = seccomp_init(profile == CONFINE_CHILD ?
	    SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(ENOSYS));
	int r;

	if (filter == NULL)
		return unusable(ENOMEM, f);
	r = fill(filter, profile);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r == 0 ? 0 : unusable(-r, f);
}
