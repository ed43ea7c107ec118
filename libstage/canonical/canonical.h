/*
 * canonical: a built domain without what depends on where it lies.
 *
 * Two domains built alike hold different bytes: their machine frames differ,
 * and a hypervisor writes some of its own.  Here every page is read in a
 * canonical form, in which they are equal byte by byte, on any target:
 *
 *   page tables	a frame of the domain is its pfn, any other one all
 *			ones; entries without a value stay 0
 *   p2m list		the same, up to the last page of the domain
 *   start_info		store_mfn and console_mfn are pfns; the address of
 *			shared_info is all ones, page aligned, where it is
 *			right, and one page less where it is not; an event
 *			channel is 1 where there is one
 *   vcpu context	cr3 is that of a domain whose mfns are its pfns
 *
 * A PVH guest knows no machine frames: its pages are as they are, and of its
 * HVM parameters the event channels alone depend on the domain.
 *
 * What Xen itself changes is taken out where target_info.hypervisor_edits says
 * that it does: USER and bit 52 of L1 entries, the hypervisor's own slots, cr0,
 * cr4, the FPU area and its flag, bit 1 of rflags, the privilege of selectors
 * that are not set, and the time in shared_info.  So is xenstored's part of its
 * ring, on targets that have one.  All other bytes are as they are: those of a
 * hypercall page too, which are the same on every target of an ABI.
 *
 * What is compared is what a build makes: the pages that the initial mapping
 * and the segments cover.  Where no hypervisor hands out memory
 * (hypervisor_edits is false) the others are read too.  What no stage has
 * written yet, by the plan, is zero, whatever is in it.
 *
 * The target is only read.  Frames are page numbers.
 */
#ifndef XB_CANONICAL_H
#define XB_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "plan/plan.h"
#include "target/target.h"

struct canonical;

/*
 * The domain of a plan, which needs image, layout and memory; later sections
 * say what has been built.  Target and plan stay the caller's and must live
 * as long.  FAIL_TARGET for a domain that has run, where domains run: its
 * memory is its own.
 */
int	canonical_open(struct canonical **, struct target *,
	    const struct plan *, struct fail *) must_check;

/*
 * A domain alone, known by its registers, start_info, page tables and HVM
 * parameters: it must be built to the end and must not have run.  name is the
 * target's, for messages.  FAIL_TARGET where it is not a built domain.
 */
int	canonical_recover(struct canonical **, struct target *,
	    const char *name, struct fail *) must_check;

/* NULL is allowed. */
void	canonical_close(struct canonical *);

/*
 * The plan that was given or, of a domain alone, what could be told from it:
 * image.abi and entry, layout but for load and clear, memory, pagetables or
 * identity, startinfo, vcpus; of a PVH guest the sizes and command lines of its
 * modules, too, though not as a section.  The struct canonical owns it.  The
 * kernel is taken to begin with its first page that is not zero, and to end
 * with the next segment.
 */
const struct plan *canonical_plan(const struct canonical *);

/*
 * Of a domain alone: its kernel begins with that page, which is one of those
 * that were told.
 */
void	canonical_kernel_from(struct canonical *, uint64_t pfn);

/*
 * The first page from pfn on that may be other than zeros; abi_pfn_end(): none.
 * It steps over what a build does not cover, and over memory that was never
 * written.
 */
uint64_t canonical_next(struct canonical *, uint64_t pfn);

/*
 * Fails if a page that was given may not have been the domain's, because its
 * file was cut off or has no room on its disk meanwhile.  Nothing that follows
 * from pages is believed before.
 */
int	canonical_settle(struct canonical *, struct fail *) must_check;

/* A page below abi_pfn_end() in its canonical form; ascending is fast. */
int	canonical_page(struct canonical *, uint64_t pfn,
	    unsigned char page[4096], struct fail *) must_check;

/*
 * shared_info, which is no page of the guest's memory, in its canonical form:
 * abi->shared_info.size bytes, then zeros.  Zeros before xb-startinfo.  In its
 * place, a PVH guest has the HVM parameters that a builder sets, 8 bytes each
 * by their number; an event channel is 1 where there is one.
 */
int	canonical_shared_info(struct canonical *, unsigned char page[4096],
	    struct fail *) must_check;

/* What canonical_shared_info() gives: "shared_info", "HVM parameters". */
const char *canonical_beside(const struct abi *);

/*
 * The context of vcpu 0 in its canonical form, abi->context.size bytes, then
 * zeros: fields are read with abi_get().  *present false: there is none.
 */
int	canonical_vcpu(struct canonical *,
	    unsigned char context[ABI_CONTEXT_MAX], bool *present,
	    struct fail *) must_check;

/* ---- tables (for messages) ---- */

/* A page in use as a page table. */
struct canonical_table {
	unsigned level;			/* 1 .. */
	uint64_t va;			/* first address that it translates */
};

/* False: the page is none. */
bool	canonical_table_at(const struct canonical *, uint64_t pfn,
	    struct canonical_table *);

/* ---- places ---- */

enum { CANONICAL_PLACE_BYTES = 160 };

/*
 * "pfn 0x412, va 0xc0412000, ramdisk + 0x12000": what is there by that plan.
 * Returns text.
 */
const char *canonical_place(const struct plan *, uint64_t pfn,
	    char text[CANONICAL_PLACE_BYTES]);

/* The part of a run of pages that lies in the segment of its first page, or in
 * none as that does. */
struct pfn_run canonical_part(const struct plan *, struct pfn_run);

/* Its address at start; false: it is not mapped. */
bool	canonical_va(const struct plan *, uint64_t pfn, uint64_t *va);

/* ---- digests ---- */

struct canonical_digest {
	uint64_t pfn;
	uint8_t sha256[SHA256_BYTES];	/* of the canonical page */
};

/* What is kept of a guest: all of it, in 32 bytes a page. */
struct canonical_digests {
	const struct abi *abi;
	uint64_t pages;			/* of the domain */
	struct canonical_digest *v; size_t n; /* ascending; no page of zeros */
	bool has_shared_info, has_vcpu;
	uint8_t shared_info[SHA256_BYTES], vcpu[SHA256_BYTES];
};

/* Reads the whole domain.  *d is the caller's to release after success. */
int	canonical_digests(struct canonical *, struct canonical_digests *d,
	    struct fail *) must_check;
void	canonical_digests_release(struct canonical_digests *);

/*
 * One msgpack map, the same bytes for the same digests.  *out is malloced and
 * the caller's.
 */
int	canonical_digests_encode(const struct canonical_digests *, void **out,
	    size_t *n, struct fail *) must_check;

/*
 * The bytes are checked wholly; FAIL_INPUT, with what in front, where they are
 * not what canonical_digests_encode() writes.
 */
int	canonical_digests_decode(struct canonical_digests *, const void *bytes,
	    size_t n, const char *what, struct fail *) must_check;

/* What differs between two guests. */
struct canonical_difference {
	bool abi, pages, shared_info, vcpu;
	struct pfn_run *runs; size_t n;	/* pages that differ, ascending */
	uint64_t differing;		/* pages in the runs */
};

/* Is anything set in it? */
bool	canonical_differs(const struct canonical_difference *);

/* d->runs is malloced: canonical_difference_release(). */
int	canonical_digests_compare(const struct canonical_digests *,
	    const struct canonical_digests *, struct canonical_difference *d,
	    struct fail *) must_check;
void	canonical_difference_release(struct canonical_difference *);

#endif
