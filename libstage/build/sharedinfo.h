/*
 * sharedinfo: the page that a domain and the hypervisor share, as it must be
 * before vcpu 0 gets its context.
 */
#ifndef XB_SHAREDINFO_H
#define XB_SHAREDINFO_H

#include "abi/abi.h"
#include "target/target.h"

/*
 * Clears the structure, masks event upcalls of every vcpu slot, and says how
 * many vcpus there are where the ABI has a field for it.  What lies behind the
 * structure in its frame is left alone.
 */
int	sharedinfo_write(struct target *, const struct target_info *,
	    const struct abi *, struct fail *) must_check;

#endif
