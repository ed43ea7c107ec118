#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/stop.h"
#include "target/xen/xen.h"

/* ---- writing ---- */

enum { UPDATES_MAX = 1 << 16 };

/* Makes as many updates as there is room for, from frame *at of run *run on,
 * and moves *run and *at forward. */
static unsigned
fill(struct mmu_update *updates, size_t room, const struct extent *runs,
    size_t n, size_t *run, uint64_t *at)
{
	unsigned filled = 0;

	while (*run < n && filled < room) {
		const struct extent *e = &runs[*run];

		if (*at == e->count) {
			++*run;
			*at = 0;
			continue;
		}
		updates[filled++] = (struct mmu_update){
			.ptr = (e->mfn + *at) << PAGE_BITS |
			    MMU_MACHPHYS_UPDATE,
			.val = e->pfn + *at,
		};
		++*at;
	}
	return filled;
}

static int
update(struct xen_target *t, const struct mmu_update *updates, unsigned n,
    struct fail *f)
{
	if (xencall4(xc_interface_xcall_handle(t->host.xc),
	    __HYPERVISOR_mmu_update, (uint64_t)(uintptr_t)updates, n, 0,
	    t->domid) >= 0)
		return 0;
	return xen_refused(errno, "a domain may only use frames that it owns",
	    f, "cannot update the m2p of %u frames from mfn 0x%" PRIx64 " on "
	    "of '%s'", n, (uint64_t)updates[0].ptr >> PAGE_BITS, t->name);
}

int
xen_set_m2p(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct mmu_update *updates;
	uint64_t pages = 0, at = 0;
	size_t run = 0, room;
	unsigned filled;
	int rc = 0;

	if (t == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		pages += runs[i].count < UPDATES_MAX ? runs[i].count :
		    UPDATES_MAX;
	room = pages < UPDATES_MAX ? (size_t)pages : UPDATES_MAX;
	if (room == 0)
		return 0;
	updates = xen_buffer(&t->host, room * sizeof(*updates), f);
	if (updates == NULL)
		return -1;
	while (rc == 0 && (filled = fill(updates, room, runs, n, &run, &at)) >
	    0) {
		rc = stop_check(f);
		if (rc == 0)
			rc = update(t, updates, filled, f);
	}
	xen_buffer_free(&t->host, updates);
	return rc;
}

/* ---- reading ---- */

enum {
	PIECE_BITS = 18,		/* 2^18 entries are a 2 MiB piece */
	ENTRIES = 512			/* of a page of the m2p */
};

static int
ask_pieces(struct xen_target *t, size_t n, struct fail *f)
{
	xen_pfn_t *list = xen_buffer(&t->host, n * sizeof(*list), f);
	struct xen_machphys_mfn_list ask = { .max_extents = (unsigned)n };
	int rc = 0;

	if (list == NULL)
		return -1;
	ask.extent_start.p = list;
	if (xc_memory_op(t->host.xc, XENMEM_machphys_mfn_list, &ask,
	    sizeof(ask)) < 0)
		rc = xen_refused(errno, NULL, f, "cannot find the hypervisor's "
		    "m2p for '%s'", t->name);
	if (rc == 0) {
		t->m2p = calloc(n, sizeof(*t->m2p));
		if (t->m2p == NULL)
			rc = fail_memory(f, n * sizeof(*t->m2p));
	}
	if (rc == 0) {
		t->n_m2p = ask.nr_extents < n ? ask.nr_extents : n;
		memcpy(t->m2p, list, t->n_m2p * sizeof(*list));
	}
	xen_buffer_free(&t->host, list);
	return rc;
}

static int
find_table(struct xen_target *t, struct fail *f)
{
	unsigned long top;

	if (t->m2p != NULL)
		return 0;
	if (xc_maximum_ram_page(t->host.xc, &top) < 0)
		return xen_refused(errno, NULL, f, "cannot find the highest "
		    "machine frame for '%s'", t->name);
	return ask_pieces(t, (top >> PIECE_BITS) + 1, f);
}

/* The frame of the m2p that holds the entry of mfn; 0: there is none. */
static xen_pfn_t
table_page(const struct xen_target *t, uint64_t mfn)
{
	uint64_t piece = mfn >> PIECE_BITS;
	uint64_t page = mfn / ENTRIES % ((1 << PIECE_BITS) / ENTRIES);

	if (piece >= t->n_m2p || t->m2p[piece] == 0)
		return 0;
	return t->m2p[piece] + page;
}

/* Reads count entries of the m2p from its pages in frames, the first skip
 * entries left out. */
static int
read_pages(struct xen_target *t, const xen_pfn_t *frames, size_t pages,
    size_t skip, uint64_t count, uint64_t *pfns, struct fail *f)
{
	xenforeignmemory_handle *h = xc_interface_fmem_handle(t->host.xc);
	uint64_t *table = xenforeignmemory_map(h, DOMID_XEN, PROT_READ, pages,
	    frames, NULL);

	if (table == NULL)
		return xen_refused(errno, NULL, f, "cannot map the "
		    "hypervisor's m2p for '%s'", t->name);
	memcpy(pfns, table + skip, count * sizeof(*pfns));
	xenforeignmemory_unmap(h, table, pages);
	return 0;
}

enum { PAGES_MAX = 1024 };

int
xen_get_m2p(struct target *base, uint64_t mfn, uint64_t count,
    uint64_t *pfns, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);
	xen_pfn_t frames[PAGES_MAX];

	if (count > UINT64_MAX - mfn)
		return fail_bug(f, "a range of machine frames that wraps");
	if (find_table(t, f) < 0)
		return -1;
	while (count > 0) {
		uint64_t skip = mfn % ENTRIES, room = ENTRIES - skip;
		size_t n = 0;

		while (n < PAGES_MAX && (frames[n] = table_page(t, mfn - skip +
		    n * ENTRIES)) != 0 && n * ENTRIES < skip + count)
			n++;
		if (n > 0)
			room = n * ENTRIES - skip;
		room = room < count ? room : count;
		if (n == 0)
			memset(pfns, 0xff, room * sizeof(*pfns));
		else if (read_pages(t, frames, n, skip, room, pfns, f) < 0)
			return -1;
		mfn += room;
		pfns += room;
		count -= room;
	}
	return 0;
}
