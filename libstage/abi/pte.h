/*
 * pte: the bits of a page-table entry of a PV guest.
 *
 * Names are those of Xen (_PAGE_PRESENT ... in asm-x86/page.h) without
 * _PAGE; the processor's meaning of them is in the Intel SDM, volume 3,
 * chapter "Paging".
 */
#ifndef XB_PTE_H
#define XB_PTE_H

#include "abi/extent.h"

enum {
	PTE_PRESENT	= 0x1,
	PTE_RW		= 0x2,
	PTE_USER	= 0x4,
	PTE_ACCESSED	= 0x20,
	PTE_DIRTY	= 0x40,
	PTE_PSE		= 0x80,		/* above L1: a large page */
	PTE_AVAIL	= 0xe00		/* for software */
};

#define PTE_FRAME	UINT64_C(0x000ffffffffff000)
#define PTE_AVAIL_HIGH	(UINT64_C(0x3ff) << 52)	/* for software */
#define PTE_NX		(UINT64_C(1) << 63)

/*
 * Xen's mark on L1 entries of a 64-bit guest's kernel, which runs in ring 3
 * as its programs do: Xen tells by it what USER said before.
 */
#define PTE_GUEST_KERNEL (UINT64_C(1) << 52)

/* The frame that an entry names. */
static inline uint64_t
pte_frame(uint64_t entry)
{
	return (entry & PTE_FRAME) >> PAGE_BITS;
}

#endif
