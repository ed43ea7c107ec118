/*
 * canon-built: a domain alone.  Private to the room canon.
 *
 * From cr3 and the address of start_info in vcpu 0's context, through the page
 * tables, to start_info and the p2m list; the rest follows from the ABI's
 * layout.
 *
 *	canon-built-read	registers, start_info, frames
 *	canon-built-layout	segments and the initial mapping
 */
#ifndef XB_CANON_BUILT_H
#define XB_CANON_BUILT_H

#include "canon/impl.h"

struct built {
	struct canon *c;
	const char *name;
	struct plan *plan;		/* c->own */
	const struct abi *abi;
	unsigned char context[CANON_CONTEXT_BYTES];
	unsigned char info[PAGE_BYTES];	/* start_info */
	uint64_t root, si;		/* mfn, va */
	uint64_t root_pfn, si_pfn;

	/* the table of each level that was walked last */
	uint64_t mfn[ABI_LEVELS_MAX + 1];
	unsigned char *table[ABI_LEVELS_MAX + 1];	/* NULL: none */
};

/* FAIL_TARGET: it is not a built domain, and why. */
int	built_refuse(const struct built *, struct fail *, const char *why);

/* A field of start_info, once it has been read. */
uint64_t built_start_info(const struct built *, enum start_info_field);

/* In this order.  The first needs b->abi and layout.pages. */
int	built_read_registers(struct built *, struct fail *) must_check;
int	built_read_start_info(struct built *, struct fail *) must_check;
int	built_read_frames(struct built *, struct fail *) must_check;
int	built_add_segments(struct built *, struct fail *) must_check;

/* Unmaps the tables that were walked. */
int	built_drop_tables(struct built *, struct fail *) must_check;

/* The pfn that the initial mapping has at an address. */
uint64_t built_region_pfn(const struct built *, uint64_t va);

/* A segment that is where a build could put it; others are left out. */
void	built_add_segment(struct built *, enum segment_kind, uint64_t pfn,
	    uint64_t size, bool mapped);

#endif
