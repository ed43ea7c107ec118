/*
 * plan-sample: whole plans, made by hand, for the tests of the room plan.
 */
#ifndef XB_PLAN_SAMPLE_H
#define XB_PLAN_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "plan/plan.h"
#include "abi/ptgeom.h"

/*
 * A whole plan of 64 MiB for an ABI: a kernel of five pages, a ramdisk of
 * three, a region of 8 MiB, frames in three runs, every section there.
 */
struct sample {
	struct plan plan;
	bool apart;			/* a p2m list of its own */
	uint64_t next;			/* pfn */
};

enum { SAMPLE_PAGES = 16384, REGION_PAGES = 2048, KERNEL_PFN = 256,
	KERNEL_BYTES = 0x4321, RAMDISK_BYTES = 0x2345 };

extern const uint64_t init_p2m;

void *room(struct plan *p, size_t n, size_t size);
struct bytes bytes_of(struct plan *p, const char *s);

/* Page by page: what is in no piece and no segment that a stage fills. */
void	add_clear(struct plan *p);
void	sample_init(struct sample *s, const struct abi *a, bool apart);
void	assert_no_fail(int rc, const struct fail *f);

/* A refusal of the input that says want. */
void	assert_refused(const char *name, int rc, const struct fail *f,
	    const char *want);

#endif
