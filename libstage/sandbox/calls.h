/*
 * sandbox/calls: which system calls each kind of process may make.
 */
#ifndef XB_SANDBOX_CALLS_H
#define XB_SANDBOX_CALLS_H

#include <stddef.h>

#include "sandbox/confine.h"

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

struct call_row {
	int call;
	int from;			/* enum confine_profile, or NEVER */
	enum test test;
};

enum { CALLS_MOST = 200 };

extern const struct call_row calls[];
extern const size_t n_calls;

#endif
