/*
 * impl: what the files of the room canonical share.
 */
#ifndef XB_CANONICAL_IMPL_H
#define XB_CANONICAL_IMPL_H

#include "canonical/canonical.h"
#include "target/window.h"

struct canonical {
	struct target *target;
	const struct plan *plan;	/* given, or &own */
	struct plan own;		/* told from the domain */
	const struct abi *abi;
	struct target_info info;
	uint64_t end;			/* pfn behind the last page */
	struct extents by_mfn;		/* plan->memory.p2m, sorted by mfn */
	const struct extent *near;	/* of the last look-up, or NULL */
	struct guest_window window;
	struct pfn_run full;		/* may be other than zero: asked for */

	/* Levels and addresses of the pages of both table segments, in their
	 * order; level 0 where the geometry has no table. */
	struct pfn_run main, more;
	struct canonical_table *tables;
};

/* FAIL_TARGET for a domain whose memory is its own by now. */
int	canonical_refuse_run(const struct target *, const struct target_info *,
	    const char *name, struct fail *) must_check;

/* What c->target, c->info and c->plan say, prepared. */
int	canonical_prepare(struct canonical *, struct fail *) must_check;

/* Fills c->tables. */
int	canonical_find_tables(struct canonical *, struct fail *) must_check;

/*
 * Bring the page of a segment, which is the index-th of it, into its canonical
 * form.
 */
typedef void canonical_bring(struct canonical *, const struct layout_segment *,
	    uint64_t index, unsigned char *page);

canonical_bring canonical_bring_table, canonical_bring_list,
	canonical_bring_start_info, canonical_bring_store;

#endif
