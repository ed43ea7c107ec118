/*
 * edits: what Xen changes in a domain that is built, in memory that the
 * builder wrote and in what it handed over.
 *
 * Whoever holds a built domain against a plan, or two domains against each
 * other, lets these changes pass where target_info.hypervisor_edits says that
 * a hypervisor makes them, and no others.
 */
#ifndef XB_EDITS_H
#define XB_EDITS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/abi.h"

/*
 * Is the entry that translates va in a table of that level Xen's own?  Xen
 * fills the entries of its hole when the table is pinned.
 */
bool	edits_slot(const struct abi *, unsigned level, uint64_t va);

/* An entry of a table of that level without the marks that Xen put on it. */
uint64_t edits_unmark(const struct abi *, unsigned level, uint64_t entry);

/*
 * Copies what Xen may have changed from one context of a vcpu to another; the
 * rest of to is left alone.  Between a domain's context and the plan's, either
 * way, the two are equal afterwards if nobody but Xen has changed the domain's.
 * Copied from zeroes, it takes out of a domain's context what Xen changed.
 */
void	edits_copy_context(const struct abi *, const void *from, void *to);

/* The same for shared_info: its time. */
void	edits_copy_shared_info(const struct abi *, const void *from,
	    void *to);

#endif
