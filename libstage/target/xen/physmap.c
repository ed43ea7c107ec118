#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/progress.h"
#include "target/request.h"
#include "target/xen/xen.h"

enum {
	BATCH = 1024,			/* extents of one populate_physmap */
	ORDER_MAX = 18			/* 1 GiB: the largest page of nested
					 * paging */
};

/* ---- the memory map ---- */

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

/* ---- pages ---- */

struct filling {
	struct xen_target *t;
	unsigned most;			/* the largest order to ask for: Xen had
					 * no larger piece left */
	struct extents got;
	struct progress progress;
	xen_pfn_t frames[BATCH];
};

/* The largest order that a piece from gfn on can have: pages of nested paging
 * are as aligned as they are large. */
static unsigned
order_at(const struct filling *c, uint64_t gfn, uint64_t count)
{
	unsigned order = c->most;

	while ((gfn & ((UINT64_C(1) << order) - 1)) != 0 ||
	    UINT64_C(1) << order > count)
		order--;
	return order;
}

/* How many pieces of that order follow each other from gfn on. */
static uint64_t
pieces_at(const struct filling *c, unsigned order, uint64_t gfn,
    uint64_t count)
{
	uint64_t n = 0;

	while (n < BATCH && count > 0 && order_at(c, gfn, count) == order) {
		gfn += UINT64_C(1) << order;
		count -= UINT64_C(1) << order;
		n++;
	}
	return n;
}

/* One call.  *done is the number of pages that it gave; fewer than asked for
 * means that there are none of that order any more. */
static int
fill_some(struct filling *c, uint64_t gfn, uint64_t count, uint64_t *done,
    struct fail *f)
{
	unsigned order = order_at(c, gfn, count);
	uint64_t n = pieces_at(c, order, gfn, count);
	int r;

	for (uint64_t i = 0; i < n; i++)
		c->frames[i] = gfn + (i << order);
	r = xc_domain_populate_physmap(c->t->host.xc, c->t->domid, n, order, 0,
	    c->frames);
	if (r < 0)
		return xen_refused(errno, NULL, f, "cannot give '%s' memory "
		    "from gfn 0x%" PRIx64 " on", c->t->name, gfn);
	*done = (uint64_t)r << order;
	if ((uint64_t)r < n && order > 0)
		c->most = order - 1;
	return *done == 0 ? 0 : extents_add(&c->got, gfn, gfn, *done, f);
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

static int
fill_all(struct filling *c, const struct extents *gfns, struct fail *f)
{
	struct xen_claim claim = { .count = extents_pages(gfns) };
	bool full = false;
	int rc = 0;

	if (xen_claim(c->t, &claim, f) < 0)
		return -1;
	progress_begin(&c->progress, "populating", c->t->name,
	    claim.count * PAGE_BYTES);
	for (size_t i = 0; rc == 0 && !full && i < gfns->n; i++)
		rc = fill_range(c, &gfns->v[i], &full, f);
	progress_erase();
	return rc == 0 && !full ? 0 :
	    xen_take_back(c->t, &claim, &c->got, rc, f);
}

int
xen_hvm_populate(struct target *base, const struct abi *abi,
    const struct extents *gfns, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	uint64_t count = extents_pages(gfns);
	struct filling *c;
	int rc;

	if (t == NULL || target_check_pages(t->name, t->known.tot_pages, count,
	    t->known.max_pages, f) < 0 || set_map(t, abi, gfns, f) < 0)
		return -1;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return fail_memory(f, sizeof(*c));
	c->t = t;
	c->most = ORDER_MAX;
	rc = fill_all(c, gfns, f);
	if (rc == 0)
		t->known.tot_pages = count;
	extents_release(&c->got);
	free(c);
	return rc;
}

int
xen_hvm_set_param(struct target *base, uint32_t param, uint64_t value,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL)
		return -1;
	if (xc_hvm_param_set(t->host.xc, t->domid, param, value) == 0)
		return 0;
	return xen_refused(errno, "it is set once, or is none of a builder's",
	    f, "cannot set HVM parameter %" PRIu32 " of '%s' to 0x%" PRIx64,
	    param, t->name, value);
}

int
xen_hvm_get_param(struct target *base, uint32_t param, uint64_t *value,
    struct fail *f)
{
	const struct xen_target *t = xen_target(base, f);

	if (xc_hvm_param_get(t->host.xc, t->domid, param, value) == 0)
		return 0;
	return xen_refused(errno, NULL, f, "cannot read HVM parameter %" PRIu32
	    " of '%s'", param, t->name);
}
