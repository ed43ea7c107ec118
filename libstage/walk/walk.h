/*
 * walk: what the page tables of a domain translate, as the processor would.
 *
 * A walk starts at a top table and reads one table after the other; nothing
 * that stands in them is believed.  The top table is that of a plan, or what
 * vcpu 0 of a domain has in cr3; for a plan whose domain has no tables yet the
 * tables are those that xb-pgtab would write, and frames are pfns ("planned").
 *
 * How many levels there are, and how wide the entries, an ABI of PV guests
 * says, and of a PVH guest cr0, cr4 and EFER of vcpu 0.  While its paging is
 * off, each address is that of its memory.
 *
 * Tables are read whole, by one mapping each, and a few of each level are
 * kept.  A frame that is not the domain's, or an entry with bits that must be
 * 0, ends the walk at that entry and is an answer (WALK_BAD), not a failure.
 *
 * Units: addresses are bytes, frames page numbers, INVALID_MFN where not known.
 */
#ifndef XB_WALK_H
#define XB_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/abi.h"
#include "abi/pte.h"
#include "base/fail.h"
#include "plan/plan.h"
#include "target/target.h"

struct walk;

/* Levels of page tables that a processor has at most. */
enum { WALK_LEVELS_MAX = 5 };

enum walk_end {
	WALK_MAPPED,
	WALK_ABSENT,			/* an entry is not present */
	WALK_BAD,			/* an entry cannot be followed */
	WALK_UNSEEN			/* not looked at: over the limit */
};

/* One table on the way: the top one first. */
struct walk_step {
	unsigned level, index;
	uint64_t mfn, pfn;		/* where it lies */
	uint64_t va;			/* first address that the entry
					 * covers */
	uint64_t entry;			/* as it stands; planned: with a pfn */
};

struct walk_path {
	uint64_t va;
	struct walk_step step[WALK_LEVELS_MAX];
	unsigned n;			/* the last one's entry decides; 0: the
					 * top table itself cannot be read */
	enum walk_end end;
	const char *why;		/* of WALK_BAD, in words */
	uint64_t mfn, pfn;		/* of the page that holds va */
};

/* A run of addresses that map consecutive frames alike, or that do not map. */
struct walk_run {
	uint64_t va, pages;
	enum walk_end end;
	const char *why;		/* of WALK_BAD and WALK_UNSEEN */
	unsigned level;			/* of the entries that decide; 0 where
					 * they are not present */
	uint64_t mfn, pfn;		/* of the first page */
	uint64_t flags;			/* what all levels together allow: of
					 * PTE_RW, PTE_USER, PTE_NX */
};

/*
 * From the top table in a machine frame of an open target, which stays the
 * caller's and is to outlive the walk.  Of a PVH guest, which starts without
 * any, paging is off.
 */
int	walk_open(struct walk **, struct target *, const struct abi *,
	    uint64_t root_mfn, struct fail *) must_check;

/*
 * The top table that vcpu 0 of a domain uses.  FAIL_TARGET for a domain that
 * has no registers yet, with the way out.  name is for messages.
 */
int	walk_root(struct target *, const struct target_info *, const char *name,
	    uint64_t *root_mfn, struct fail *) must_check;

/* Opens a walk as vcpu 0 of a domain pages now; fails as walk_root(). */
int	walk_open_vcpu(struct walk **, struct target *,
	    const struct target_info *, const char *name, struct fail *)
	    must_check;

/* In words: "4-level paging", "paging is off"; NULL of a PV guest. */
const char *walk_paging(const struct walk *);

/*
 * The tables that the plan's domain will have, in pfns.  The plan must have
 * image and layout, and outlive the walk; with memory, mfns are known too.
 */
int	walk_open_planned(struct walk **, const struct plan *, struct fail *)
	    must_check;

void	walk_close(struct walk *);	/* NULL is allowed */

bool	walk_planned(const struct walk *);
const struct abi *walk_abi(const struct walk *);

/* One address.  FAIL_USAGE for one that the ABI does not have. */
int	walk_address(struct walk *, uint64_t va, struct walk_path *,
	    struct fail *) must_check;

/*
 * How the target refused the frame at which walk_address() ended last, in its
 * own words; empty where the target refused none.
 */
const char *walk_refusal(const struct walk *);

typedef int walk_each(void *arg, const struct walk_run *, struct fail *);

/*
 * What bounds a walk through much; 0 is no limit.
 *
 * Tables are counted as often as they are linked, for a guest can link one
 * table in a billion places; beyond the limit it is FAIL_TARGET.  Questions are
 * what the target is asked: to map frames, and for their pfns.  Once they are
 * used up, what entries map is no longer looked at: those addresses are given
 * as WALK_UNSEEN.
 */
struct walk_limit {
	uint64_t tables, questions;
};

/*
 * More of both than the domain of an honest guest can need.  Tables that are
 * linked once are pages of the domain; a kernel links some of them more often.
 * A frame of the domain takes one question at most, and there may be frames of
 * other domains and of devices: 1 GiB of them.  all: no limit, for a user who
 * asks for that with --all, an option that the messages name.
 */
struct walk_limit walk_limit_of(const struct target_info *, bool all);

/* Warns that so many pages were WALK_UNSEEN; 0: says nothing.  name is the
 * target's. */
void	walk_warn_unseen(const struct walk_limit *, uint64_t pages,
	    const char *name, struct fail *);

/*
 * Every run of [va, va + pages * 4096), ascending and without a hole: what is
 * not mapped comes as runs too.  A run is as long as it can be.  va is the
 * first byte of a page; FAIL_USAGE for a range that leaves the address space.
 * each must not walk; its -1 ends the work.  The limit may be NULL: none.
 */
int	walk_range(struct walk *, uint64_t va, uint64_t pages,
	    const struct walk_limit *, walk_each *, void *arg, struct fail *)
	    must_check;

/*
 * The runs of the whole address space that are not WALK_ABSENT, without the
 * hypervisor's part.
 */
int	walk_all(struct walk *, const struct walk_limit *, walk_each *,
	    void *arg, struct fail *) must_check;

#endif
