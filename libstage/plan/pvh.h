/*
 * pvh: what a PVH guest is told at its start, as bytes in its memory.
 *
 * hvm_start_info begins the segment start_info.  Behind it lie what it points
 * to, in this order: the command line, an entry for each module, the command
 * lines of the modules, and the memory map.  All of that is in 64-bit words;
 * public/arch-x86/hvm/start_info.h has the fields.
 */
#ifndef XB_PLAN_PVH_H
#define XB_PLAN_PVH_H

#include <stdint.h>

#include "plan/plan.h"

enum {
	PVH_START_MAGIC = 0x336ec578, PVH_START_VERSION = 1,
	PVH_START_BYTES = 56,		/* struct hvm_start_info */
	PVH_MODULE_BYTES = 32,		/* struct hvm_modlist_entry */
	PVH_RANGE_BYTES = 24		/* struct hvm_memmap_table_entry */
};

/* Offsets in the segment, in bytes. */
struct pvh_start {
	uint64_t command_line;
	uint64_t modules;		/* the entries */
	uint64_t lines;			/* command lines of modules that have
					 * one, each from a multiple of 8 on */
	uint64_t ranges;		/* the memory map */
	uint64_t size;			/* of all */
};

/* Of a domain with that many pages of memory. */
struct pvh_start plan_pvh_start(const struct plan *, uint64_t pages);

/* Sets layout.gfns to what Xen fills for that many pages of memory; a PV guest
 * has none. */
int	plan_fill_gfns(struct plan *, uint64_t pages, struct fail *) must_check;

/* Bytes of a text of n bytes in the segment, with its NUL. */
static inline uint64_t
pvh_text_bytes(uint64_t n)
{
	return (n + 1 + 7) & ~UINT64_C(7);
}

#endif
