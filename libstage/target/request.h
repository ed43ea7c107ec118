/*
 * request: the rules for a new domain, its build and its memory that hold for
 * every kind of target.
 */
#ifndef XB_TARGET_REQUEST_H
#define XB_TARGET_REQUEST_H

#include "target/target.h"

/*
 * FAIL_USAGE or FAIL_TARGET for a request that breaks a rule or asks for more
 * than most_pages.  what names the new domain in messages: "a domain".
 */
int	target_check_request(const struct target_request *, const char *what,
	    uint64_t most_pages, struct fail *) must_check;

/*
 * Pages that Xen takes from the host for a domain's nested paging, beside its
 * memory; 0 for a PV domain.  As many as libxl asks for: 1 MiB for each vcpu,
 * and a page for each MiB of memory.
 */
uint64_t target_pool_pages(const struct target_request *);

/* FAIL_TARGET where a domain that is to have a build has one already. */
int	target_check_unbuilt(const char *name, bool has_build, struct fail *)
	    must_check;

/* FAIL_TARGET where a domain cannot get count pages: it has some already, or
 * its limit is below. */
int	target_check_pages(const char *name, uint64_t has, uint64_t count,
	    uint64_t limit, struct fail *) must_check;

#endif
