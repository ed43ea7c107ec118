#include <stddef.h>
#include <sys/syscall.h>

#include "sandbox/calls.h"
#include "sandbox/impl.h"

/*
 * A call that is not here: a child is ended by it, any other program gets
 * ENOSYS, so that a C library of tomorrow can do without.  NEVER ends every
 * program: a program that was not taken over does not try.
 */
const struct call_row calls[] = {
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

const size_t n_calls = sizeof(calls) / sizeof(calls[0]);
_Static_assert(sizeof(calls) / sizeof(calls[0]) <= CALLS_MOST, "CALLS_MOST");
