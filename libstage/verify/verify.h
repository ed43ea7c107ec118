/*
 * verify: holds a built domain against its plan.
 *
 * What the plan says has been done is read back from the domain and compared
 * with what it should be, which is computed here anew from the plan and the
 * ABI's tables.  It shares no code with what wrote the domain: the room build,
 * abi/ptgeom and plan/derived.  The target is only read.
 *
 * What Xen itself changes in a domain is not a difference where the target says
 * that it does (target_info.hypervisor_edits): USER and bit 52 of present L1
 * entries of 64-bit domains, the hypervisor's own slots, cr0, cr4, the FPU
 * area, bit 1 of rflags and the privilege in selectors of handlers in a
 * context, and the time fields of shared_info; of a PVH guest, the time
 * stamp counter.
 */
#ifndef XB_VERIFY_H
#define XB_VERIFY_H

#include "base/fail.h"
#include "plan/plan.h"
#include "target/target.h"

enum verify_result {
	VERIFY_OK,
	VERIFY_DIFFERS,
	VERIFY_SKIPPED		/* not done yet, not in this ABI, or not known
				 * of a domain without a plan */
};

/*
 * Makes every check and calls line once for each, in order: the name of the
 * check and, for a difference, the first one's address and both values.  The
 * plan must have image, layout and memory; bytes of payloads are found through
 * its sources, and not checked where it names none (canonical_recover()).  The
 * words are valid until line returns and may hold bytes of the input.
 *
 * A difference does not end the work: the failure at the end is FAIL_INPUT and
 * counts the checks that differ.  FAIL_TARGET where the domain has run, for
 * its guest has changed the memory; a file target runs nothing and is always
 * read.
 * Failures of the target or of a payload file end the work where they happen.
 */
int	verify_domain(struct plan *, struct target *,
	    void (*line)(void *arg, enum verify_result, const char *check,
	    const char *detail), void *arg, struct fail *) must_check;

#endif
