#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/progress.h"
#include "target/request.h"
#include "target/xen/xen.h"

enum {
	ORDER_MAX = 18,			/* 1 GiB: Xen's limit for builders */
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
give_back(struct xen_target *t, const struct extents *got, struct fail *f)
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

struct wanted {
	uint64_t at, count;		/* next pfn, and how many in all */
	unsigned flags;
	xen_pfn_t *frames;		/* room for a batch */
	struct extents got;
	struct progress progress;
};

/*
 * Gets extents of one order until no more of them fit or Xen has no more, which
 * is not a failure.  -1: Xen refused the call.
 */
static int
populate_order(struct xen_target *t, struct wanted *w, unsigned order,
    struct fail *f)
{
	uint64_t most = (uint64_t)BATCH >> order, n;
	int r;

	while ((n = (w->count - w->at) >> order) > 0) {
		if (progress_step(&w->progress, w->at * PAGE_BYTES -
		    w->progress.done, f) < 0)
			return -1;
		n = n < most ? n : most;
		for (uint64_t i = 0; i < n; i++)
			w->frames[i] = w->at + (i << order);
		r = xc_domain_populate_physmap(t->host.xc, t->domid, n, order,
		    w->flags, w->frames);
		if (r < 0)
			return xen_refused(errno, NULL, f, "cannot give '%s' "
			    "memory from pfn 0x%" PRIx64 " on", t->name,
			    w->at);
		for (int i = 0; i < r; i++) {
			if (extents_add(&w->got, w->at, w->frames[i],
			    UINT64_C(1) << order, f) < 0)
				return -1;
			w->at += UINT64_C(1) << order;
		}
		if ((uint64_t)r < n)
			break;
	}
	return 0;
}

/*
 * From the largest order down, through every power of two.  Xen hands out small
 * extents in no useful order, so few and large ones make fewer runs.
 */
static int
populate_all(struct xen_target *t, struct wanted *w, struct fail *f)
{
	progress_begin(&w->progress, "populating", t->name,
	    w->count * PAGE_BYTES);
	for (unsigned order = ORDER_MAX + 1; order-- > 0;)
		if (populate_order(t, w, order, f) < 0)
			return -1;
	progress_erase();
	return 0;
}

int
xen_claim(struct xen_target *t, struct xen_claim *c, struct fail *f)
{
	c->made = xc_domain_claim_pages(t->host.xc, t->domid, c->count) == 0;
	if (!c->made && errno == ENOMEM)
		return too_full(t, c->count, c->address_bits, f);
	return 0;
}

int
xen_take_back(struct xen_target *t, const struct xen_claim *c,
    const struct extents *got, int rc, struct fail *f)
{
	if (c->made)
		xc_domain_claim_pages(t->host.xc, t->domid, 0);
	give_back(t, got, f);
	return rc < 0 ? -1 : too_full(t, c->count, c->address_bits, f);
}

static int
obtain(struct xen_target *t, struct wanted *w, unsigned address_bits,
    struct fail *f)
{
	uint64_t room = w->count < BATCH ? w->count : BATCH;
	struct xen_claim claim = { .count = w->count,
		.address_bits = address_bits };
	int rc;

	w->frames = reallocarray(NULL, room, sizeof(*w->frames));
	if (w->frames == NULL)
		return fail_memory(f, room * sizeof(*w->frames));
	if (xen_claim(t, &claim, f) < 0)
		return -1;
	rc = populate_all(t, w, f);
	/* Pages that were given are claimed no longer. */
	return rc == 0 && w->at == w->count ? 0 :
	    xen_take_back(t, &claim, &w->got, rc, f);
}

int
xen_populate(struct target *base, uint64_t count, unsigned address_bits,
    struct extents *p2m, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct wanted w = { .count = count,
	    .flags = XENMEMF_address_bits(address_bits) };
	int rc;

	if (t == NULL)
		return -1;
	if (count == 0)
		return fail_bug(f, "populate with no pages");
	if (target_check_pages(t->name, t->known.tot_pages, count,
	    t->known.max_pages, f) < 0)
		return -1;
	rc = obtain(t, &w, address_bits, f);
	for (size_t i = 0; rc == 0 && i < w.got.n; i++)
		rc = extents_add(p2m, w.got.v[i].pfn, w.got.v[i].mfn,
		    w.got.v[i].count, f);
	if (rc == 0) {
		t->fresh = true;
		t->known.tot_pages = count;
	}
	extents_release(&w.got);
	free(w.frames);
	return rc;
}
