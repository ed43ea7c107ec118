/*
 * confine: takes from this process, for good, what its work does not need.
 *
 * A program calls confine() once, when it has opened what it can open and
 * before it reads the first byte that somebody else wrote.  A fault in what
 * reads these bytes then gives nobody more than the process still has.
 *
 * Several layers, each of which holds without the others: descriptors, limits,
 * the account, Landlock (which names may be opened), seccomp (which system
 * calls there are).  A system call that a parser or another program has no use
 * for ends the process with SIGSYS.
 */
#ifndef XB_CONFINE_H
#define XB_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"

/*
 * Each profile may do what those before it may, and more, but for the socket of
 * a talker.  No profile may run a program, trace another process, type at the
 * terminal, or map memory that is executable.
 */
enum confine_profile {
	/* Reads one descriptor and writes another: a parser or an unpacker of
	 * hostile bytes, in a process of its own.  Nothing can be opened, and
	 * as root the process changes to an account of its own. */
	CONFINE_CHILD,
	/* A program that has opened its operands.  It opens nothing but below
	 * the folders in writes. */
	CONFINE_READER,
	/* A program that touches a domain: it opens what it likes for reading,
	 * and for writing what lies below the folders in writes.  On Xen
	 * /dev/xen/privcmd, which it has open, is as good as root. */
	CONFINE_WORKER,
	/* The same for one that speaks to a daemon of this machine, xenstored,
	 * through a local socket. */
	CONFINE_TALKER,
	/* A worker, without the socket, that has children which read for it
	 * (sandbox/child.h). */
	CONFINE_PARENT,
	/* A program that runs stages: as a talker, and it has children and
	 * threads.  The children confine themselves further. */
	CONFINE_RUNNER,
};

struct confinement {
	enum confine_profile profile;
	uint64_t memory;		/* RLIMIT_AS in bytes; 0: as it is */
	unsigned cpu_seconds;		/* RLIMIT_CPU; 0: as it is.  SIGXCPU
					 * ends the process */
	/* CHILD: all descriptors but these are closed. */
	const int *keep; size_t n_keep;
	/* All but CHILD: see confine_writes(). */
	const char *const *writes; size_t n_writes;
	bool names;			/* a WORKER or above keeps its names
					 * until confine_writes() */
};

/* The account that a child changes to where it is root's: nobody's number on
 * Linux.  It is not looked up: a static program has no name service. */
enum { CONFINE_ACCOUNT = 65534 };

/* Of memory, for a child that needs no large window. */
#define CONFINE_MEMORY	(UINT64_C(1) << 30)

/*
 * Confines the process.  A note (fail_note()) where the kernel has no Landlock
 * or the account cannot be changed; FAIL_SYSTEM where it has no seccomp, whose
 * message names --no-sandbox.  After a failure the process is confined in part
 * and must end.
 *
 * A child ends by _exit(2) or exit(3).  The caller has no threads.
 */
int	confine(const struct confinement *, struct fail *) must_check;

/*
 * For a WORKER and above that confine() left able to open any name (names),
 * because what it reads names its domain: from now on it opens for writing only
 * what lies below these folders, and these files.  One that is not there is
 * left out: it cannot be made, either.
 */
int	confine_writes(const char *const *writes, size_t n, struct fail *)
	    must_check;

/* For --no-sandbox: confine() does nothing from now on, in children neither. */
void	confine_off(void);

/* For -V, one line: what confine() has here for the profile, or "off". */
void	confine_print(enum confine_profile, FILE *);

#endif
