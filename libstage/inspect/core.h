/*
 * core: an ELF core file of a built domain, for gdb and its like.
 *
 * It has what the domain's page tables map, at the addresses where they map it,
 * and the registers of each vcpu.  A frame that is mapped at several places is
 * in the file once, and a page of zeroes takes no room on the disk.  The
 * hypervisor's part of the address space is left out.
 */
#ifndef XB_CORE_H
#define XB_CORE_H

#include "base/fail.h"
#include "plan/plan.h"
#include "target/target.h"
#include "walk/walk.h"

/* What was written: bytes of the file, frames in it, runs of addresses, vcpus
 * with registers; pages left out, as not the domain's and over the limit. */
struct core_result {
	uint64_t bytes, frames, runs, vcpus, left_out, unseen;
};

struct core {
	struct target *target;
	const struct target_info *info;	/* of it; pages bounds the work */
	struct walk *walk;		/* of its tables */
	const struct plan *plan;	/* NULL where the domain has
					 * registers */
	const char *name;		/* of the target, for messages */
	bool all;			/* without the limits of a walk */
	struct core_result *result;	/* NULL: not asked for */
};

/*
 * Writes the file, mode 0600, whole or not at all: a file of that name is
 * replaced at the end.  A vcpu without registers is left out but for vcpu 0 of
 * a domain that is not launched yet, which then has those that xb-launch will
 * give it: the plan needs start_info for that.
 *
 * At most some 16 MiB of the domain are mapped at a time.  FAIL_USAGE where
 * path is no regular file, FAIL_TARGET for page tables without end or in more
 * pieces than the file can say, FAIL_IO for a full disk.  What is left out is
 * counted in a warning.
 */
int	core_write(const struct core *, const char *path, struct fail *)
	    must_check;

#endif
