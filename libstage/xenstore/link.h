/*
 * xenstore/link: a connection to xenstored.
 *
 * The operations stand in a table, so that tests can put something else in the
 * place of a daemon.  One transaction at a time: between begin and end all
 * reads, writes and removals belong to it.  Paths and values are text.  What is
 * changed in a transaction is sent at its end, or before the next read: that it
 * was refused is said there.
 *
 * Failures are FAIL_PERM, FAIL_TARGET where no xenstored answers, and
 * FAIL_SYSTEM.
 */
#ifndef XB_XENSTORE_LINK_H
#define XB_XENSTORE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/words.h"

struct xenstore;

struct xenstore_ops {
	int (*begin)(struct xenstore *, struct fail *) must_check;
	/* Commits the transaction, or drops it if keep is false.  After -1 a
	 * part of it may have been kept: changes that were not refused.
	 * Returns 1 where it was dropped and may pass at another try: it
	 * conflicts with a change that another program made since begin, or the
	 * daemon says that it has no memory.  The caller begins again. */
	int (*end)(struct xenstore *, bool keep, struct fail *) must_check;

	/* *text is malloced, NULL where there is no such node. */
	int (*read)(struct xenstore *, const char *path, char **text,
	    struct fail *) must_check;
	/* The same for n nodes, in one turn; the texts are NULL before.  Not
	 * in a transaction: the same turn begins the next transaction. */
	int (*read_all)(struct xenstore *, char *const *paths, size_t n,
	    char **texts, struct fail *) must_check;
	int (*write)(struct xenstore *, const char *path, const char *text,
	    struct fail *) must_check;
	/* Sets permissions: owner may do everything, reader (NULL: no domain)
	 * may read, all other domains nothing. */
	int (*permit)(struct xenstore *, const char *path, uint32_t owner,
	    const uint32_t *reader, struct fail *) must_check;
	/* Removes a node and all nodes below it; 0 too where there is none. */
	int (*remove)(struct xenstore *, const char *path, struct fail *)
	    must_check;
	/* Adds the names of the nodes right below a node, none where there is
	 * no such node.  After a failure the list is to be released, too. */
	int (*list)(struct xenstore *, const char *path, struct words *names,
	    struct fail *) must_check;

	/* Tells the daemon the frame and the port of the domain's xenstore
	 * ring; may be repeated. */
	int (*introduce)(struct xenstore *, uint32_t domid, uint64_t mfn,
	    uint32_t port, struct fail *) must_check;
	/* Does the daemon serve that domain? */
	bool (*introduced)(struct xenstore *, uint32_t domid);

	void (*close)(struct xenstore *);
};

struct xenstore {
	const struct xenstore_ops *ops;
};

/* FAIL_TARGET where no xenstored runs, or where the build has no Xen. */
int	xenstore_open(struct xenstore **, struct fail *) must_check;

/* The same for work that needs no xenstored: NULL and 0 where none runs, or
 * where the build has no Xen. */
int	xenstore_open_any(struct xenstore **, struct fail *) must_check;

/*
 * Does the work in a transaction, which is begun again as long as xenstored
 * drops it, up to a limit (FAIL_SYSTEM).  A failure of the work drops it.
 */
typedef int xenstore_work(struct xenstore *, const void *, struct fail *);
int	xenstore_transact(struct xenstore *, xenstore_work *, const void *arg,
	    struct fail *);

/* NULL is allowed. */
void	xenstore_close(struct xenstore *);
/* In the place of xenstore_close(): the next xenstore_open() returns this
 * connection. */
void	xenstore_keep(struct xenstore *);

#endif
