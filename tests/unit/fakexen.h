/*
 * fakexen: a hypervisor in this process, behind the calls of Xen's libraries
 * that target/xen makes.  It is small and obliging: one domain, FX_FRAMES
 * frames, types at pin; and it can be told to be fragmented, to refuse the
 * nth call, to be of 32 bits, to run in a PVH control domain.
 */
#ifndef XB_FAKEXEN_H
#define XB_FAKEXEN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target/xen/xen.h"

enum { FX_LEAVES = 8, FX_PARAMS = 40, FX_RANGES = 8, FX_STREAM = 4096 };
enum { FX_DOMID = 5, FX_BASE = 0x41000, FX_FRAMES = 2048, FX_PORTS = 4,
	FX_SHARED = 0x77, FX_M2P = 0x900000 };

enum fx_type { FX_FREE, FX_PLAIN, FX_TABLE };

struct fakexen {
	int memory;			/* memfd of all frames */
	unsigned char type[FX_FRAMES], level[FX_FRAMES];
	bool pinned[FX_FRAMES];
	uint64_t m2p[FX_FRAMES];
	uint64_t max_pages, claim;
	unsigned max_order;		/* of the free memory */
	uint64_t others;		/* pages that others have or claimed */
	unsigned width;
	const char *offers;
	bool silent_pin, pvh, gone;
	unsigned pauses;
	bool has_context;
	vcpu_guest_context_any_t context;
	struct evtchn_status port[FX_PORTS];
	struct grant_entry_v1 *grants;
	uint64_t hypercall_mfn;
	/* counts */
	long mapped;			/* pages, now */
	unsigned calls, refuse_at;	/* 0: none */
	unsigned clears, updates, checks, populates;
	unsigned pin_cmd;
	bool destroyed;
	struct xen_domctl_createdomain how;
	uint64_t limit_kib, map_kib;
	/* of an HVM domain */
	uint32_t capabilities;		/* XEN_SYSCTL_PHYSCAP_* */
	uint64_t pool, param[FX_PARAMS];
	xen_cpuid_leaf_t leaf[FX_LEAVES];
	uint32_t n_leaves;
	bool hvm;			/* frames are named by gfn */
	struct e820entry map[FX_RANGES];
	uint32_t n_map;
	unsigned unaligned;		/* extents that were asked for */
	unsigned char stream[FX_STREAM]; /* the HVM context */
	size_t stream_bytes;
};

extern struct fakexen fx;

void	fx_begin(void);
uint64_t fx_owned(void);

/* ---- the handle ---- */

/* ---- asking ---- */

/* ---- domctl ---- */

/* ---- memory ---- */

/* ---- mappings ---- */

/* ---- mmu ---- */

/* ---- ports, vcpus, life ---- */

#endif
