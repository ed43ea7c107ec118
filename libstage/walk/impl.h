/*
 * impl: what the files of the room walk share.
 *
 * Frames here are what entries name: mfns of a domain, pfns of a plan.
 */
#ifndef XB_WALK_IMPL_H
#define XB_WALK_IMPL_H

#include "walk/walk.h"

enum { WALK_TABLE_BYTES = 4096, WALK_WAYS = 4, WALK_BATCH = 512,
	WALK_SHORT_MAX = 64 };

extern const char walk_foreign[];	/* why: not the domain's frame */
extern const char walk_unseen[];	/* why: over the limit */

/* A table that was read. */
struct walk_table {
	bool valid;
	uint64_t frame;
	unsigned char bytes[WALK_TABLE_BYTES];
};

/* Where tables come from: a domain, or a plan. */
struct walk_source {
	/* The table of that level that translates va.  *foreign: its frame is
	 * not the domain's. */
	int (*read)(struct walk *, unsigned level, uint64_t va, uint64_t frame,
	    unsigned char *bytes, bool *foreign, struct fail *) must_check;

	/*
	 * How many of count frames, at most WALK_BATCH, are alike from the
	 * first one on: all the domain's, or, *foreign, none of them.  NULL:
	 * all are.
	 */
	int (*owned)(struct walk *, uint64_t frame, uint64_t count,
	    uint64_t *alike, bool *foreign, struct fail *) must_check;

	/* Are all frames of these runs, at most WALK_SHORT_MAX, the
	 * domain's?  NULL where owned is. */
	int (*all_owned)(struct walk *, const struct extent *, size_t n,
	    bool *all, struct fail *) must_check;

	/* mfn and pfn of count frames, at most WALK_BATCH. */
	int (*names)(struct walk *, uint64_t frame, uint64_t count,
	    uint64_t *mfns, uint64_t *pfns, struct fail *) must_check;
};

struct walk {
	const struct walk_source *source;
	const struct abi *abi;
	uint64_t root;
	struct target *target;		/* of a domain */
	const struct plan *plan;	/* of a planned one */
	void *own;			/* the source's, malloced */
	struct walk_table table[WALK_LEVELS_MAX + 1][WALK_WAYS];
	unsigned next[WALK_LEVELS_MAX + 1]; /* to be given up */
	/* of a PVH guest */
	struct abi paged;		/* its ABI, as the vcpu pages: abi */
	const char *paging;		/* in words */
	unsigned root_at;		/* where the top table begins in its
					 * page, in bytes */
	bool small;			/* there are no large pages */
	struct extent gfns[ABI_RANGES_MAX]; /* paging is off: its pages */
	size_t n_gfns;
	struct fail refusal;		/* of the target; FAIL_NONE: none */
	uint64_t questions;		/* that the target was asked in this
					 * walk_range() or walk_all() */
};

int	walk_new(struct walk **, const struct walk_source *,
	    const struct abi *, uint64_t root, struct fail *) must_check;

/* The table, kept until WALK_WAYS others of its level were read; NULL with
 * *foreign set, or -1. */
int	walk_read(struct walk *, unsigned level, uint64_t va, uint64_t frame,
	    const unsigned char **bytes, struct fail *) must_check;

/* Does a present entry map memory, instead of naming a table? */
bool	walk_is_leaf(const struct walk *, unsigned level, uint64_t entry);

/* What is wrong with a present entry by itself, or NULL. */
const char *walk_broken(const struct walk *, unsigned level, uint64_t entry);

/* modes.c: makes of a walk of a PVH guest one by these registers; NULL: as it
 * starts. */
int	walk_set_mode(struct walk *, const unsigned char *context,
	    struct fail *) must_check;

#endif
