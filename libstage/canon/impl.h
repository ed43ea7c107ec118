/*
 * canon-impl: what the files of the room canon share.
 */
#ifndef XB_CANON_IMPL_H
#define XB_CANON_IMPL_H

#include "canon/canon.h"
#include "target/window.h"

struct canon {
	struct target *target;
	const struct plan *plan;	/* given, or &own */
	struct plan own;		/* told from the domain */
	const struct abi *abi;
	struct target_info info;
	struct extents by_mfn;		/* plan->memory.p2m, sorted by mfn */
	const struct extent *near;	/* of the last look-up, or NULL */
	struct guest_window window;
	struct pfn_run full;		/* may be other than zero: asked for */

	/* Levels and addresses of the pages of both table segments, in their
	 * order; level 0 where the geometry has no table. */
	struct pfn_run main, more;
	struct canon_table *tables;
};

/* FAIL_TARGET for a domain whose memory is its own by now. */
int	canon_refuse_run(const struct target *, const struct target_info *,
	    const char *name, struct fail *) must_check;

/* What c->target, c->info and c->plan say, prepared. */
int	canon_prepare(struct canon *, struct fail *) must_check;

/* Fills c->tables. */
int	canon_find_tables(struct canon *, struct fail *) must_check;

/* The pfn of a frame, NO_FRAME where it is not the domain's. */
uint64_t canon_pfn(struct canon *, uint64_t mfn);

/* Pages of the initial mapping. */
uint64_t canon_region(const struct plan *);

/*
 * Bring the page of a segment, which is the index-th of it, into its canonical
 * form.
 */
typedef void canon_form(struct canon *, const struct layout_segment *,
	    uint64_t index, unsigned char *page);

canon_form canon_form_table, canon_form_list, canon_form_start_info,
	canon_form_store;

#endif
