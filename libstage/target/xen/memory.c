#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/progress.h"
#include "target/request.h"
#include "target/xen/xen.h"

enum {
	ORDER_MAX = 18,			/* 1 GiB: Xen's limit for builders, and
					 * the largest page of nested paging */
	EXTENTS = 4096,			/* of one populate_physmap */
	BATCH = 1 << 20			/* pages of one call */
};

/* ---- all or nothing ---- */

/* Page by page, because a run may be several of Xen's extents joined. */
static int
give_back_batch(struct xen_target *t, xen_pfn_t *frames, uint64_t n,
    struct fail *f)
{
	if (n == 0)
		return 0;
	if (xc_domain_decrease_reservation(t->host.xc, t->domid, n, 0,
	    frames) == (int)n)
		return 0;
	fail_warn(f, "'%s' keeps some of the memory that it got: destroy it",
	    t->name);
	return -1;
}

static void
give_back(struct xen_target *t, struct extents *got, struct fail *f)
{
	uint64_t pages = extents_pages(got), n = 0;
	xen_pfn_t *frames = reallocarray(NULL, pages < BATCH ? pages : BATCH,
	    sizeof(*frames));
	int rc = 0;

	for (size_t i = 0; frames != NULL && i < got->n; i++)
		for (uint64_t k = 0; rc == 0 && k < got->v[i].count; k++) {
			frames[n++] = got->v[i].mfn + k;
			if (n == BATCH) {
				rc = give_back_batch(t, frames, n, f);
				n = 0;
			}
		}
	if (frames == NULL && pages > 0)
		fail_warn(f, "'%s' keeps the memory that it got: destroy it",
		    t->name);
	else if (rc == 0)
		(void)give_back_batch(t, frames, n, f);
	extents_release(got);
	free(frames);
}

/* The message says how much is free and how much is missing. */
static int
too_full(struct xen_target *t, uint64_t count, unsigned address_bits,
    struct fail *f)
{
	uint64_t free_pages, claimed;

	if (xen_free_pages(&t->host, &free_pages, &claimed, f) < 0)
		return -1;
	if (free_pages < count)
		return fail(f, FAIL_FULL, "the host is too full for '%s': %"
		    PRIu64 " KiB needed, %" PRIu64 " KiB free, %" PRIu64
		    " KiB more claimed by others, %" PRIu64 " KiB missing",
		    t->name, kib_of(count), kib_of(free_pages), kib_of(claimed),
		    kib_of(count - free_pages));
	if (address_bits != 0)
		return fail(f, FAIL_FULL, "the host is too full for '%s': %"
		    PRIu64 " KiB needed below %u bits of machine address; %"
		    PRIu64 " KiB are free in all, %" PRIu64 " KiB more claimed "
		    "by others, and too few of them there", t->name,
		    kib_of(count), address_bits, kib_of(free_pages),
		    kib_of(claimed));
	return fail(f, FAIL_FULL, "the hypervisor did not give '%s' its %"
	    PRIu64 " KiB, though %" PRIu64 " KiB are free and %" PRIu64
	    " KiB more claimed by others; try again", t->name, kib_of(count),
	    kib_of(free_pages), kib_of(claimed));
}

/* ---- getting it ---- */

struct filling {
	struct xen_target *t;
	unsigned address_bits;		/* of machine addresses; 0: no limit */
	unsigned most;			/* the largest order to ask for: Xen had
					 * no larger piece left */
	struct extents *got;
	struct progress progress;
	xen_pfn_t frames[EXTENTS];
};

/*
 * The largest order that a piece from pfn on can have: pages of nested paging
 * are as aligned as they are large, and those of a PV guest, which begin with
 * pfn 0, are so in any case.  Xen hands out small pieces in no useful order, so
 * few and large ones make fewer runs.
 */
static unsigned
order_at(const struct filling *c, uint64_t pfn, uint64_t count)
{
	unsigned order = c->most;

	while ((pfn & ((UINT64_C(1) << order) - 1)) != 0 ||
	    UINT64_C(1) << order > count)
		order--;
	return order;
}

/* How many pieces of that order follow each other from pfn on, for one call. */
static uint64_t
pieces_at(const struct filling *c, unsigned order, uint64_t pfn,
    uint64_t count)
{
	uint64_t n = 0;

	while (n < EXTENTS && n << order < BATCH && count > 0 &&
	    order_at(c, pfn, count) == order) {
		pfn += UINT64_C(1) << order;
		count -= UINT64_C(1) << order;
		n++;
	}
	return n;
}

/* The frames that Xen gave: of a PV guest it tells them, others have gfns. */
static int
add_pieces(struct filling *c, unsigned order, uint64_t pfn, uint64_t n,
    struct fail *f)
{
	const bool pv = xen_guest(c->t) == GUEST_PV;

	for (uint64_t i = 0; i < n; i++, pfn += UINT64_C(1) << order)
		if (extents_add(c->got, pfn, pv ? c->frames[i] : pfn,
		    UINT64_C(1) << order, f) < 0)
			return -1;
	return 0;
}

/* One call.  *done is the number of pages that it gave; fewer than asked for
 * means that there are none of that order any more. */
static int
fill_some(struct filling *c, uint64_t pfn, uint64_t count, uint64_t *done,
    struct fail *f)
{
	unsigned order = order_at(c, pfn, count);
	uint64_t n = pieces_at(c, order, pfn, count);
	int r;

	for (uint64_t i = 0; i < n; i++)
		c->frames[i] = pfn + (i << order);
	r = xc_domain_populate_physmap(c->t->host.xc, c->t->domid, n, order,
	    XENMEMF_address_bits(c->address_bits), c->frames);
	if (r < 0)
		return xen_refused(errno, NULL, f, "cannot give '%s' memory "
		    "from %s 0x%" PRIx64 " on", c->t->name,
		    xen_guest(c->t) == GUEST_PV ? "pfn" : "gfn", pfn);
	*done = (uint64_t)r << order;
	if ((uint64_t)r < n && order > 0)
		c->most = order - 1;
	return add_pieces(c, order, pfn, (uint64_t)r, f);
}

/* *full: Xen has no page left. */
static int
fill_range(struct filling *c, const struct extent *range, bool *full,
    struct fail *f)
{
	uint64_t at = range->pfn, end = at + range->count, done;

	while (at < end) {
		bool last = order_at(c, at, end - at) == 0;

		if (fill_some(c, at, end - at, &done, f) < 0 ||
		    progress_step(&c->progress, done * PAGE_BYTES, f) < 0)
			return -1;
		at += done;
		*full = last && done == 0;
		if (*full)
			return 0;
	}
	return 0;
}

/*
 * The host's memory is claimed before a page is taken, where Xen supports that,
 * so that of two builds at once not both run out of memory half way.  Pages
 * that were given are claimed no longer.
 */
static int
fill_all(struct filling *c, const struct extents *ranges, struct fail *f)
{
	const uint64_t count = extents_pages(ranges);
	struct xen_target *t = c->t;
	bool claimed, full = false;
	int rc = 0;

	claimed = xc_domain_claim_pages(t->host.xc, t->domid, count) == 0;
	if (!claimed && errno == ENOMEM)
		return too_full(t, count, c->address_bits, f);
	progress_begin(&c->progress, "populating", t->name,
	    count * PAGE_BYTES);
	for (size_t i = 0; rc == 0 && !full && i < ranges->n; i++)
		rc = fill_range(c, &ranges->v[i], &full, f);
	progress_erase();
	if (rc == 0 && !full) {
		t->known.tot_pages = count;
		return 0;
	}
	if (claimed)
		xc_domain_claim_pages(t->host.xc, t->domid, 0);
	give_back(t, c->got, f);
	return rc < 0 ? -1 : too_full(t, count, c->address_bits, f);
}

static int
fill(struct xen_target *t, const struct extents *ranges, unsigned address_bits,
    struct extents *got, struct fail *f)
{
	struct filling *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return fail_memory(f, sizeof(*c));
	c->t = t;
	c->address_bits = address_bits;
	c->most = ORDER_MAX;
	c->got = got;
	rc = fill_all(c, ranges, f);
	free(c);
	return rc;
}

int
xen_populate(struct target *base, uint64_t count, unsigned address_bits,
    struct extents *p2m, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct extent all = { 0, 0, count };

	if (t == NULL)
		return -1;
	if (count == 0)
		return fail_bug(f, "populate with no pages");
	if (target_check_pages(t->name, t->known.tot_pages, count,
	    t->known.max_pages, f) < 0 || fill(t, &(struct extents){ &all, 1,
	    1 }, address_bits, p2m, f) < 0)
		return -1;
	t->fresh = true;
	return 0;
}

/* ---- memory by guest frame number ---- */

/* What XENMEM_memory_map tells the guest. */
static int
set_map(struct xen_target *t, const struct abi *abi,
    const struct extents *gfns, struct fail *f)
{
	struct e820entry map[ABI_RANGES_MAX];

	if (gfns->n > ABI_RANGES_MAX)
		return fail_bug(f, "a memory map with too many ranges");
	for (size_t i = 0; i < gfns->n; i++)
		map[i] = (struct e820entry){
			.addr = gfns->v[i].pfn * PAGE_BYTES,
			.size = gfns->v[i].count * PAGE_BYTES,
			.type = abi_range_of(abi, gfns->v[i].pfn)->type };
	if (xc_domain_set_memory_map(t->host.xc, t->domid, map,
	    (uint32_t)gfns->n) < 0)
		return xen_refused(errno, NULL, f, "cannot set the memory map "
		    "of '%s'", t->name);
	return 0;
}

int
xen_hvm_populate(struct target *base, const struct abi *abi,
    const struct extents *gfns, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct extents got = EXTENTS_INIT;
	int rc;

	if (t == NULL || target_check_pages(t->name, t->known.tot_pages,
	    extents_pages(gfns), t->known.max_pages, f) < 0 ||
	    set_map(t, abi, gfns, f) < 0)
		return -1;
	rc = fill(t, gfns, 0, &got, f);
	extents_release(&got);
	return rc;
}
