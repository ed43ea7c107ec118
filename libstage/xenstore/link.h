/*
 * link: a connection to the daemon that keeps what the domains of a host
 * know of each other.
 *
 * The operations stand in a table, so that what is written can be tested with
 * nobody answering.  One transaction at a time: between begin and end all that
 * is read, written and removed belongs to it.  Paths and values are text.
 *
 * Failures are FAIL_PERM, FAIL_TARGET where nobody answers, and FAIL_SYSTEM.
 */
#ifndef XB_XENSTORE_LINK_H
#define XB_XENSTORE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct xenstore;

struct xenstore_ops {
	int (*begin)(struct xenstore *, struct fail *) must_check;
	/* 1: somebody else changed what this one has seen; do it all again.
	 * Nothing is kept where keep is false. */
	int (*end)(struct xenstore *, bool keep, struct fail *) must_check;

	/* *text is malloced, NULL where there is no such node. */
	int (*read)(struct xenstore *, const char *path, char **text,
	    struct fail *) must_check;
	int (*write)(struct xenstore *, const char *path, const char *text,
	    struct fail *) must_check;
	/* The owner may do everything; reader (NULL: nobody) may read, all
	 * others nothing. */
	int (*permit)(struct xenstore *, const char *path, uint32_t owner,
	    const uint32_t *reader, struct fail *) must_check;
	/* With all below it; 0 where there is no such node. */
	int (*remove)(struct xenstore *, const char *path, struct fail *)
	    must_check;
	/* Names below a node; one free() for all.  NULL, 0: no such node. */
	int (*list)(struct xenstore *, const char *path, char ***names,
	    size_t *n, struct fail *) must_check;

	/* Tells the daemon where the domain's ring is; again is allowed. */
	int (*introduce)(struct xenstore *, uint32_t domid, uint64_t mfn,
	    uint32_t port, struct fail *) must_check;
	/* Does the daemon serve that domain? */
	bool (*introduced)(struct xenstore *, uint32_t domid);

	void (*close)(struct xenstore *);
};

struct xenstore {
	const struct xenstore_ops *ops;
};

/*
 * Is there a daemon, in this domain or in one of its own?  Where there is none
 * the kernel takes requests all the same and never answers them.
 */
bool	xenstore_here(void);

/* FAIL_TARGET where nobody answers, or where the build has no Xen. */
int	xenstore_open(struct xenstore **, struct fail *) must_check;

/* NULL is allowed. */
void	xenstore_close(struct xenstore *);

#endif
