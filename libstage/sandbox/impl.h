/*
 * sandbox/impl: the layers that need files of their own.
 */
#ifndef XB_SANDBOX_PRIVATE_H
#define XB_SANDBOX_PRIVATE_H

#include "sandbox/confine.h"

/*
 * AddressSanitizer maps terabytes, reads /proc/self/maps for its reports, and
 * its search for leaks at exit(3) starts a process that traces this one.  With
 * it there is no limit of memory, reading is left open, the process stays
 * dumpable, and more system calls are let through: the confinement proper is
 * tested on programs without it.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* landlock.c: the version of the kernel's Landlock; 0: it has none. */
int	landlock_version(void);
/* From now on names are opened below these folders alone; with reads, all names
 * are for reading. */
int	landlock_confine(bool reads, const char *const *writes, size_t n,
	    struct fail *) must_check;

/* filter.c: from now on only the profile's system calls. */
int	filter_confine(enum confine_profile, struct fail *) must_check;

#endif
