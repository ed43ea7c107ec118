#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "walk/impl.h"
#include "walk/planned.h"

const char walk_foreign[] = "the frame is not the domain's";
const char walk_unseen[] = "not looked at, over the limit";

int
walk_new(struct walk **out, const struct walk_source *source,
    const struct abi *abi, uint64_t root, struct fail *f)
{
	struct walk *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fail_memory(f, sizeof(*w));
	w->source = source;
	w->abi = abi;
	w->root = root;
	*out = w;
	return 0;
}

void
walk_close(struct walk *w)
{
	if (w == NULL)
		return;
	free(w->own);
	free(w);
}

bool
walk_planned(const struct walk *w)
{
	return w->plan != NULL;
}

const struct abi *
walk_abi(const struct walk *w)
{
	return w->abi;
}

const char *
walk_refusal(const struct walk *w)
{
	return w->refusal.message;
}

const char *
walk_paging(const struct walk *w)
{
	return w->paging;
}

bool
walk_is_leaf(const struct walk *w, unsigned level, uint64_t entry)
{
	return level == 1 || (!w->small && (entry & PTE_PSE) != 0);
}

/* Pages that a leaf entry maps. */
static uint64_t
leaf_pages(const struct abi *a, unsigned level)
{
	return UINT64_C(1) << (a->index_bits * (level - 1u));
}

const char *
walk_broken(const struct walk *w, unsigned level, uint64_t entry)
{
	const struct abi *a = w->abi;
	/* Of a large page, bit 12 is its PAT, no part of the address. */
	uint64_t inside = (leaf_pages(a, level) - 1) << PAGE_BITS & ~PAGE_BYTES;
	unsigned largest = a->levels > 3 ? 3 : 2;

	if (level == 1 || !walk_is_leaf(w, level, entry))
		return NULL;
	if (level > largest)
		return "no large page can be there";
	return (entry & inside) != 0 ?
	    "the large page does not begin at a multiple of its size" : NULL;
}

int
walk_read(struct walk *w, unsigned level, uint64_t va, uint64_t frame,
    const unsigned char **bytes, struct fail *f)
{
	struct walk_table *t = w->table[level];
	bool foreign = false;

	for (unsigned i = 0; i < WALK_WAYS; i++)
		if (t[i].valid && t[i].frame == frame) {
			*bytes = t[i].bytes;
			return 0;
		}
	t += w->next[level]++ % WALK_WAYS;
	t->valid = false;
	if (w->source->read(w, level, va, frame, t->bytes, &foreign, f) < 0)
		return -1;
	t->valid = !foreign;
	t->frame = frame;
	*bytes = foreign ? NULL : t->bytes;
	return 0;
}

/* ---- one address ---- */

static int
end_badly(struct walk_path *p, const char *why)
{
	p->end = WALK_BAD;
	p->why = why;
	return 0;
}

/* The page that an address maps. */
static int
end_at(struct walk *w, uint64_t frame, struct walk_path *p, struct fail *f)
{
	uint64_t alike;
	bool foreign = false;

	if (w->source->names(w, frame, 1, &p->mfn, &p->pfn, f) < 0 ||
	    (w->source->owned != NULL &&
	    w->source->owned(w, frame, 1, &alike, &foreign, f) < 0))
		return -1;
	p->end = WALK_MAPPED;
	return foreign ? end_badly(p, walk_foreign) : 0;
}

/* The page, at an address, of an entry of level that maps memory. */
static int
end_mapped(struct walk *w, unsigned level, uint64_t entry,
    struct walk_path *p, struct fail *f)
{
	uint64_t in = p->va >> PAGE_BITS & (leaf_pages(w->abi, level) - 1);
	uint64_t frame = pte_frame(entry);

	if (level > 1)
		frame &= ~(leaf_pages(w->abi, level) - 1);
	return end_at(w, frame + in, p, f);
}

static int
take_step(struct walk *w, unsigned level, uint64_t frame,
    struct walk_path *p, bool *more, struct fail *f)
{
	struct walk_step *s = &p->step[p->n];
	const unsigned char *table;

	*more = false;
	if (walk_read(w, level, p->va, frame, &table, f) < 0)
		return -1;
	if (table == NULL)
		return end_badly(p, walk_foreign);
	s->level = level;
	s->index = abi_index(w->abi, abi_linear(w->abi, p->va), level);
	s->va = p->va & ~((UINT64_C(1) << abi_shift(w->abi, level)) - 1);
	s->entry = abi_entry(w->abi, table, s->index);
	if (w->source->names(w, frame, 1, &s->mfn, &s->pfn, f) < 0)
		return -1;
	p->n++;
	if ((s->entry & PTE_PRESENT) == 0)
		return 0;
	p->why = walk_broken(w, level, s->entry);
	if (p->why != NULL)
		return end_badly(p, p->why);
	if (walk_is_leaf(w, level, s->entry))
		return end_mapped(w, level, s->entry, p, f);
	*more = true;
	return 0;
}

static int
no_address(const struct walk *w, uint64_t va, struct fail *f)
{
	if (w->abi->bits == 32)
		return fail(f, FAIL_USAGE, "address 0x%" PRIx64 " is none of "
		    "%s: the last one is 0xffffffff", va, w->abi->name);
	return fail(f, FAIL_USAGE, "address 0x%" PRIx64 " is none of %s: bits "
	    "%u to 63 must be alike", va, w->abi->name, w->abi->va_bits - 1u);
}

/* Without paging, an address without memory is one that nothing maps. */
static int
end_plain(struct walk *w, struct walk_path *p, struct fail *f)
{
	if (end_at(w, p->va >> PAGE_BITS, p, f) < 0)
		return -1;
	if (p->end == WALK_BAD)
		*p = (struct walk_path){ .va = p->va, .end = WALK_ABSENT,
		    .mfn = INVALID_MFN, .pfn = INVALID_MFN };
	return 0;
}

int
walk_address(struct walk *w, uint64_t va, struct walk_path *p, struct fail *f)
{
	uint64_t frame = w->root;
	bool more = true;

	if (!abi_canonical(w->abi, va))
		return no_address(w, va, f);
	w->refusal = (struct fail){ .kind = FAIL_NONE };
	*p = (struct walk_path){ .va = va, .end = WALK_ABSENT,
	    .mfn = INVALID_MFN, .pfn = INVALID_MFN };
	if (w->abi->levels == 0)
		return end_plain(w, p, f);
	for (unsigned level = w->abi->levels; more && level > 0; level--) {
		if (take_step(w, level, frame, p, &more, f) < 0)
			return -1;
		if (more)
			frame = pte_frame(p->step[p->n - 1].entry);
	}
	return 0;
}

/* ---- the tables of a plan ---- */

/* Entries of planned tables name pfns: a plan need not have frames yet. */
static int
read_planned(struct walk *w, unsigned level, uint64_t va, uint64_t frame,
    unsigned char *bytes, bool *foreign, struct fail *f)
{
	unsigned width = w->abi->pte_bytes, flags;
	uint64_t slot = planned_slot(w->abi, level, va);

	(void)frame;
	(void)f;
	*foreign = false;
	memset(bytes, 0, WALK_TABLE_BYTES);
	for (unsigned i = 0; i < abi_entries(w->abi); i++, bytes += width) {
		uint64_t pfn = planned_entry(w->own, level, slot, i, &flags);

		if (pfn != INVALID_MFN)
			le_put(bytes, width, pfn << PAGE_BITS | flags);
	}
	return 0;
}

static int
names(struct walk *w, uint64_t frame, uint64_t count, uint64_t *mfns,
    uint64_t *pfns, struct fail *f)
{
	const struct extents *p2m = plan_frames(w->plan);

	(void)f;
	for (uint64_t i = 0; i < count; i++) {
		pfns[i] = frame + i;
		mfns[i] = plan_has(w->plan, PLAN_MEMORY) ?
		    extents_mfn(p2m, frame + i) : INVALID_MFN;
	}
	return 0;
}

static const struct walk_source of_plan = {
	.read = read_planned,
	.names = names,
};

int
walk_open_planned(struct walk **out, const struct plan *plan, struct fail *f)
{
	struct planned *p;

	if (plan->image.abi->levels == 0)
		return fail(f, FAIL_INPUT, "the plan is of a %s guest, which "
		    "starts with paging off: each address is that of its "
		    "memory", plan->image.abi->words);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return fail_memory(f, sizeof(*p));
	planned_tables(p, plan);
	if (walk_new(out, &of_plan, p->abi, p->main->pfn, f) < 0) {
		free(p);
		return -1;
	}
	(*out)->plan = plan;
	(*out)->own = p;
	return 0;
}
