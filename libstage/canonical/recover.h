/*
 * recover: a domain alone.  Private to the room canonical.
 *
 * From cr3 and the address of start_info in vcpu 0's context, through the page
 * tables, to start_info and the p2m list; the rest follows from the ABI's
 * layout.
 *
 *	recover-read	registers, start_info, frames
 *	recover-layout	segments and the initial mapping
 *
 * A PVH guest has none of these tables:
 *
 *	recover-pvh	all of it
 */
#ifndef XB_CANONICAL_RECOVER_H
#define XB_CANONICAL_RECOVER_H

#include "canonical/impl.h"
#include "walk/walk.h"

struct recovery {
	struct canonical *c;
	const char *name;
	struct plan *plan;		/* c->own */
	const struct abi *abi;
	unsigned char context[ABI_CONTEXT_MAX];
	unsigned char info[PAGE_BYTES];	/* start_info */
	uint64_t root, si;		/* mfn, va */
	uint64_t root_pfn, si_pfn;
	struct walk *walk;		/* from root; NULL: not open yet */
};

/* FAIL_TARGET: it is not a built domain, and why. */
int	recover_refuse(const struct recovery *, struct fail *, const char *why);

/* A field of start_info, once it has been read. */
uint64_t recover_start_info(const struct recovery *, enum start_info_field);

/* The registers of vcpu 0, and the address of start_info in them.  FAIL_TARGET:
 * it has none yet. */
int	recover_context(struct recovery *, struct fail *) must_check;

/*
 * In this order.  The first needs b->abi and layout.pages, and opens b->walk:
 * walk_close().
 */
int	recover_read_registers(struct recovery *, struct fail *) must_check;
int	recover_read_start_info(struct recovery *, struct fail *) must_check;
int	recover_read_frames(struct recovery *, struct fail *) must_check;
int	recover_add_segments(struct recovery *, struct fail *) must_check;

/* Fills the plan of a PVH guest, whose size it has. */
int	recover_pvh(struct recovery *, struct fail *) must_check;

/* The pfn that the initial mapping has at an address. */
uint64_t recover_region_pfn(const struct recovery *, uint64_t va);

/* A segment that is where a build could put it; others are left out. */
void	recover_add_segment(struct recovery *, enum segment_kind, uint64_t pfn,
	    uint64_t size, bool mapped);

#endif
