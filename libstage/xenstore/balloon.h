/*
 * xenstore/balloon: memory for a new domain that dom0 gives up.
 *
 * On a stock Xen dom0 begins with all memory of the host.  Its balloon driver
 * follows memory/target in xenstore, KiB, as 'xl mem-set 0' sets it.
 */
#ifndef XB_XENSTORE_BALLOON_H
#define XB_XENSTORE_BALLOON_H

#include "target/target.h"

/*
 * For a request with balloon: makes dom0 smaller by what the host lacks for the
 * request's pages, if it lacks any, waits until the memory is there, and sets
 * ballooned.  FAIL_FULL where dom0 would be left with less than dom0_min, or
 * does not give so much: then it has got back what it gave.  FAIL_USAGE for a
 * domain of another kind.
 */
int	balloon_take(const struct target_ops *, struct target_request *,
	    struct fail *) must_check;

/* Lets dom0 have the ballooned pages again, for a domain that was not made or
 * not built.  Warns where it cannot. */
void	balloon_give(struct target_request *, struct fail *);

#endif
