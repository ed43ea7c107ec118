#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "abi/pte.h"
#include "base/file.h"
#include "base/stop.h"
#include "target/file/file.h"

/*
 * Validates page tables as the hypervisor does before a guest may use them.
 * The hole is the range of addresses that the hypervisor keeps for itself.
 *
 * The first pass goes down from each root and gives every table its level.  The
 * second pass checks that no writable entry of an L1 table names a frame that
 * the first pass found to be a table.  Each pass reads a table once, however
 * many entries link to it.
 */

/* A frame's kind is its level as a table (0: it is none), with this bit set for
 * a table that translates addresses on both sides of an edge of the hole. */
enum { AT_EDGE = 0x80 };

struct validation {
	struct paper_target *t;
	const struct abi *abi;
	const struct table_root *roots;
	size_t n_roots;
	uint8_t *kind;			/* of each owned frame, in order */
	const struct extent **near;	/* the run of the frame that was asked
					 * for last: the next is mostly in it */
	struct paper_tables *found;		/* in the order of the walk */
	struct fail *f;
};

struct table {
	uint64_t mfn, va;		/* first address that it translates */
	unsigned level;
	unsigned char bytes[PAGE_BYTES];
};

static int
refuse(const struct validation *w, const struct table *tb, unsigned index,
    uint64_t entry, const char *rule)
{
	return fail(w->f, FAIL_TARGET, "the page tables of '%s' break a rule: "
	    "L%u table in mfn 0x%" PRIx64 ", entry %u = 0x%" PRIx64 ": %s",
	    w->t->name, tb->level, tb->mfn, index, entry, rule);
}

static int
refuse_table(const struct validation *w, uint64_t mfn, unsigned level,
    const char *rule)
{
	return fail(w->f, FAIL_TARGET, "the page tables of '%s' break a rule: "
	    "L%u table in mfn 0x%" PRIx64 ": %s", w->t->name, level, mfn,
	    rule);
}

static uint8_t *
kind_of(const struct validation *w, uint64_t mfn)
{
	const struct extent *e = *w->near;

	if (e == NULL || mfn - e->mfn >= e->count)
		e = extents_find_mfn(&w->t->state.frames, mfn);
	if (e != NULL)
		*w->near = e;
	return e == NULL ? NULL : &w->kind[e->pfn + (mfn - e->mfn)];
}

static int
read_table(const struct validation *w, struct table *tb)
{
	if (stop_check(w->f) < 0 || paper_whole(w->t, w->f) < 0)
		return -1;
	return file_pread(w->t->memory, w->t->name, tb->bytes, PAGE_BYTES,
	    tb->mfn * PAGE_BYTES, w->f);
}

static uint64_t
allowed_bits(const struct abi *abi, unsigned level)
{
	uint64_t low = PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED |
	    PTE_DIRTY | PTE_AVAIL;

	if (abi->pte_bytes == 4)
		return low | (uint32_t)PTE_FRAME;
	/* The entries of a PAE top table have no NX and no bits for software
	 * above the frame. */
	if (level == 3 && abi->levels == 3)
		return low | PTE_FRAME;
	return low | PTE_FRAME | PTE_NX | PTE_AVAIL_HIGH;
}

static int
check_entry(const struct validation *w, const struct table *tb, unsigned i,
    uint64_t entry)
{
	if (!(entry & PTE_PRESENT))
		return refuse(w, tb, i, entry, "an entry that is not present "
		    "must be 0");
	if (tb->level > 1 && entry & PTE_PSE)
		return refuse(w, tb, i, entry, "a domain gets no large pages");
	if (entry & ~allowed_bits(w->abi, tb->level))
		return refuse(w, tb, i, entry, "only the bits present, "
		    "writable, user, accessed, dirty, no-execute and those "
		    "for software may be set");
	if (tb->level == 1 && pte_frame(entry) == w->t->state.shared_info)
		return 0;
	if (kind_of(w, pte_frame(entry)) == NULL)
		return refuse(w, tb, i, entry, "it names a frame that the "
		    "domain does not own");
	return 0;
}

/* Is first .. last partly inside the hole and partly outside of it? */
static bool
at_edge(const struct abi *abi, uint64_t first, uint64_t last)
{
	return abi_in_hole(abi, first, last) &&
	    !(first >= abi->hole_start && last <= abi->hole_last);
}

/*
 * The rules of the hole.  A slot inside the hole is the hypervisor's and must
 * be empty.  A slot of the top table that an edge of the hole divides (PAE:
 * slot 3) must have a table, in which the hypervisor puts its own entries.
 */
static int
check_slot(const struct validation *w, const struct table *tb, unsigned i,
    uint64_t entry, uint64_t first, uint64_t last)
{
	const struct abi *abi = w->abi;

	if (tb->level == abi->levels && i >= abi->top_entries)
		return entry == 0 ? 0 : refuse(w, tb, i, entry, "the top "
		    "table ends before this entry, which must be 0");
	if (!abi_in_hole(abi, first, last))
		return 0;
	if (at_edge(abi, first, last))
		return entry != 0 || tb->level != abi->levels ? 0 :
		    refuse(w, tb, i, entry, "the hypervisor needs a table in "
		    "this slot, for its own part of the address space");
	return entry == 0 ? 0 : refuse(w, tb, i, entry, "the slot is the "
	    "hypervisor's and must be empty");
}

static int visit(const struct validation *, uint64_t mfn, unsigned level,
    uint64_t va, bool edge);

static int
visit_entry(const struct validation *w, const struct table *tb, unsigned i)
{
	unsigned shift = abi_shift(w->abi, tb->level);
	uint64_t entry = abi_entry(w->abi, tb->bytes, i);
	uint64_t first = abi_extend(w->abi, tb->va + ((uint64_t)i << shift));
	uint64_t last = first + (UINT64_C(1) << shift) - 1;

	if (check_slot(w, tb, i, entry, first, last) < 0)
		return -1;
	if (entry == 0)
		return 0;
	if (check_entry(w, tb, i, entry) < 0)
		return -1;
	if (tb->level == 1)
		return 0;
	return visit(w, pte_frame(entry), tb->level - 1, first,
	    at_edge(w->abi, first, last));
}

static bool
is_pinned(const struct validation *w, uint64_t mfn)
{
	for (size_t i = 0; i < w->n_roots; i++)
		if (w->roots[i].mfn == mfn)
			return w->roots[i].pinned;
	return false;
}

/* A frame can be a table of one kind only.  Sets *seen if the walk has met this
 * one before. */
static int
take_kind(const struct validation *w, uint64_t mfn, unsigned level, bool edge,
    bool *seen)
{
	uint8_t *kind = kind_of(w, mfn);
	uint8_t want = (uint8_t)(level | (edge ? AT_EDGE : 0u));
	char rule[96];

	if (kind == NULL)
		return refuse_table(w, mfn, level, "the domain does not own "
		    "the frame");
	*seen = *kind == want;
	if (*seen)
		return 0;
	if (*kind == 0) {
		*kind = want;
		return paper_tables_add(w->found, (struct table_run){ mfn, 1,
		    level, level == w->abi->levels && is_pinned(w, mfn) },
		    w->f);
	}
	if ((*kind & ~AT_EDGE) == (int)level)
		return refuse_table(w, mfn, level, "the table beside the "
		    "hypervisor's addresses may be used in that slot only");
	snprintf(rule, sizeof(rule), "a frame is a table of one level only, "
	    "and this one is an L%d table too", *kind & ~AT_EDGE);
	return refuse_table(w, mfn, level, rule);
}

static int
visit(const struct validation *w, uint64_t mfn, unsigned level, uint64_t va,
    bool edge)
{
	struct table tb = { .mfn = mfn, .va = va, .level = level };
	bool seen;

	if (take_kind(w, mfn, level, edge, &seen) < 0)
		return -1;
	if (seen)
		return 0;
	if (paper_mapped_writable(w->t, mfn))
		return refuse_table(w, mfn, level, "a table must not be "
		    "mapped writable, and this program maps it so");
	if (read_table(w, &tb) < 0)
		return -1;
	for (unsigned i = 0; i < abi_entries(w->abi); i++)
		if (visit_entry(w, &tb, i) < 0)
			return -1;
	return 0;
}

/* ---- the second pass ---- */

static int
check_writable(const struct validation *w, uint64_t mfn)
{
	struct table tb = { .mfn = mfn, .level = 1 };

	if (read_table(w, &tb) < 0)
		return -1;
	for (unsigned i = 0; i < abi_entries(w->abi); i++) {
		uint64_t entry = abi_entry(w->abi, tb.bytes, i);
		const uint8_t *kind;

		if (!(entry & PTE_PRESENT) || !(entry & PTE_RW))
			continue;
		kind = kind_of(w, pte_frame(entry));
		if (kind != NULL && *kind != 0)
			return refuse(w, &tb, i, entry, "a page table must "
			    "not be mapped writable");
	}
	return 0;
}

static int
compare_mfn(const void *a, const void *b)
{
	const struct table_run *x = a, *y = b;

	return (x->mfn > y->mfn) - (x->mfn < y->mfn);
}

static int
second_pass(const struct validation *w, struct paper_tables *out)
{
	struct paper_tables *found = w->found;

	if (found->n > 1)
		qsort(found->v, found->n, sizeof(*found->v), compare_mfn);
	for (size_t i = 0; i < found->n; i++) {
		const struct table_run *r = &found->v[i];

		for (uint64_t k = 0; r->level == 1 && k < r->count; k++)
			if (check_writable(w, r->mfn + k) < 0)
				return -1;
		if (paper_tables_add(out, *r, w->f) < 0)
			return -1;
	}
	return 0;
}

int
paper_validate(struct paper_target *t, const struct table_root *roots, size_t n,
    struct paper_tables *out, struct fail *f)
{
	uint64_t frames = extents_pages(&t->state.frames);
	struct paper_tables found = { NULL, 0, 0 };
	const struct extent *near = NULL;
	struct validation w = { t, t->state.abi, roots, n, NULL, &near, &found,
	    f };
	int rc = 0;

	if (n == 0)
		return 0;
	w.kind = calloc(frames, 1);
	if (w.kind == NULL)
		return fail_memory(f, frames);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = visit(&w, roots[i].mfn, w.abi->levels, 0, false);
	if (rc == 0)
		rc = second_pass(&w, out);
	paper_tables_release(&found);
	free(w.kind);
	return rc;
}
