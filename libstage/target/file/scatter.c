#include "target/file/file.h"

/*
 * Gives a domain scattered frames, as a real host would, so that code which
 * takes an mfn for a pfn fails on a file target too.  The guest's pages are cut
 * into blocks, the blocks are shuffled and laid out upwards with holes between
 * them.  A block is one run, or a group of single frames whose mfn falls while
 * the pfn rises.
 */
struct block {
	uint64_t pfn, count, mfn;
	bool falling;
};

enum {
	FALLING_MAX = 8,	/* frames of a falling group */
	HOLE_MAX = 256,		/* frames of a hole */
	SPARE_FRAMES = 16	/* left for holes, at least */
};

/* splitmix64: gives the same numbers everywhere, and need not be secure. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t
below(uint64_t *state, uint64_t n)
{
	return next_random(state) % n;
}

static uint64_t
min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
paper_frame_limit(const struct abi *abi, unsigned address_bits)
{
	uint64_t limit = PAPER_FRAMES_MAX;
	unsigned bits[2] = { abi->frame_bits, address_bits };

	for (int i = 0; i < 2; i++)
		if (bits[i] >= PAGE_BITS && bits[i] < 64 &&
		    UINT64_C(1) << (bits[i] - PAGE_BITS) < limit)
			limit = UINT64_C(1) << (bits[i] - PAGE_BITS);
	return limit;
}

uint64_t
paper_scatter_shared_info(uint64_t seed)
{
	uint64_t state = ~seed;

	return 16 + below(&state, PAPER_FIRST_FRAME - 16);
}

uint64_t
paper_scatter_room(uint64_t limit)
{
	const uint64_t lost = PAPER_FIRST_FRAME + SPARE_FRAMES;

	return limit > lost ? limit - lost : 0;
}

/* One block of at most left pages that costs at most budget runs. */
static struct block
next_block(uint64_t *random, uint64_t pfn, uint64_t left, uint64_t budget)
{
	struct block b = { .pfn = pfn, .count = 1 };

	if (budget <= FALLING_MAX) {
		b.count = left;
		return b;
	}
	switch (below(random, 8)) {
	case 0:
		b.count = min64(2 + below(random, FALLING_MAX - 1), left);
		b.falling = b.count > 1;
		break;
	case 1:
	case 2:
		break;
	default:
		b.count = min64(1 + below(random, 1 + 4 * left / budget), left);
	}
	return b;
}

static size_t
cut(uint64_t *random, uint64_t pages, uint64_t budget, struct block *blocks)
{
	uint64_t pfn = 0;
	size_t n = 0;

	while (pfn < pages) {
		struct block b = next_block(random, pfn, pages - pfn, budget);

		budget -= b.falling ? b.count : 1;
		pfn += b.count;
		blocks[n++] = b;
	}
	return n;
}

/* Would a frame of the block have a pfn equal to its mfn? */
static bool
has_identity(const struct block *b, uint64_t mfn)
{
	uint64_t last = mfn + b->count - 1;

	if (!b->falling)
		return b->pfn == mfn;
	return last >= b->pfn && (last - b->pfn) % 2 == 0 &&
	    (last - b->pfn) / 2 < b->count;
}

static void
place(uint64_t *random, struct block *blocks, size_t n, uint64_t hole,
    uint64_t mfn)
{
	size_t order[PAPER_RUNS_MAX] = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t j = (size_t)below(random, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (size_t i = 0; i < n; i++) {
		struct block *b = &blocks[order[i]];

		mfn += 1 + below(random, hole);
		if (has_identity(b, mfn))
			mfn++;
		b->mfn = mfn;
		mfn += b->count;
	}
}

static int
emit(const struct block *b, struct extents *p2m, struct fail *f)
{
	if (!b->falling)
		return extents_add(p2m, b->pfn, b->mfn, b->count, f);
	for (uint64_t i = 0; i < b->count; i++)
		if (extents_add(p2m, b->pfn + i, b->mfn + b->count - 1 - i, 1,
		    f) < 0)
			return -1;
	return 0;
}

/*
 * The first frame.  A domain without an address limit lies across the 4 GiB
 * line, so that code which cuts machine addresses to 32 bits fails.
 */
static uint64_t
first_frame(uint64_t *random, uint64_t pages, uint64_t spare, uint64_t limit)
{
	const uint64_t line = UINT64_C(1) << (32 - PAGE_BITS);

	if (pages / 2 < line - PAPER_FIRST_FRAME &&
	    line + pages + (HOLE_MAX + 2) * PAPER_RUNS_MAX <= limit)
		return line - pages / 4 - below(random, pages / 4 + 1);
	return PAPER_FIRST_FRAME + below(random, min64(spare / 4, 4096) + 1);
}

int
paper_scatter(uint64_t seed, uint64_t pages, uint64_t limit,
    struct extents *p2m, struct fail *f)
{
	struct block blocks[PAPER_RUNS_MAX];
	uint64_t spare, budget, hole, random = seed;
	size_t n;

	if (pages == 0 || pages > paper_scatter_room(limit))
		return fail_bug(f, "scatter of more pages than there is room");
	spare = limit - PAPER_FIRST_FRAME - pages;
	/* Each block takes a hole, and one more frame where place() skips one
	 * so that no pfn equals its mfn. */
	budget = min64(PAPER_RUNS_MAX, min64(16 + pages / 16, spare / 8));
	n = cut(&random, pages, budget, blocks);
	hole = min64(HOLE_MAX, spare / (4 * n));
	place(&random, blocks, n, hole > 0 ? hole : 1,
	    first_frame(&random, pages, spare, limit));
	for (size_t i = 0; i < n; i++)
		if (emit(&blocks[i], p2m, f) < 0)
			return -1;
	return 0;
}
