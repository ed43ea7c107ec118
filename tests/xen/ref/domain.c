#include "ref.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenguest.h>

#define FRAME(entry) (((entry) & 0x000ffffffffff000) / PAGE)

void
host_open(struct host *h)
{
	h->xc = xc_interface_open(NULL, NULL, 0);
	h->memory = xenforeignmemory_open(NULL, 0);
	if (h->xc == NULL || h->memory == NULL)
		err(69, "no Xen");
	if (xc_maximum_ram_page(h->xc, &h->frames) != 0)
		err(71, "xc_maximum_ram_page");
	h->m2p = xc_map_m2p(h->xc, h->frames, PROT_READ, NULL);
	if (h->m2p == NULL)
		err(71, "xc_map_m2p");
}

bool
domain_is_hvm(const struct domain *d)
{
	return (d->info.flags & XEN_DOMINF_hvm_guest) != 0;
}

void *
frames_map(const struct domain *d, const uint64_t *mfns, size_t n)
{
	void *p = xenforeignmemory_map(d->host->memory, d->domid, PROT_READ, n,
	    mfns, NULL);

	if (p == NULL)
		err(71, "domain %u: cannot map %zu frames from 0x%llx",
		    d->domid, n, (unsigned long long)mfns[0]);
	return p;
}

void
frames_unmap(const struct domain *d, void *p, size_t n)
{
	xenforeignmemory_unmap(d->host->memory, p, n);
}

uint64_t
domain_pfn(const struct domain *d, uint64_t mfn)
{
	uint64_t pfn = mfn < d->host->frames ? d->host->m2p[mfn] : NOWHERE;

	if (domain_is_hvm(d))
		return mfn;
	return pfn < d->pages && d->p2m[pfn] == mfn ? pfn : NOWHERE;
}

static uint64_t
root_of(const struct domain *d)
{
	return d->vcpu.ctrlreg[3] / PAGE;
}

static void
copy_frame(const struct domain *d, uint64_t mfn, void *to)
{
	void *p = frames_map(d, &mfn, 1);

	memcpy(to, p, PAGE);
	frames_unmap(d, p, 1);
}

/* The machine frame that va is mapped to.  Tables that one address after
 * another goes through are read once. */
static uint64_t
walk(struct domain *d, uint64_t va)
{
	uint64_t entry = root_of(d) * PAGE;
	struct table *t = d->walked;
	int shift;

	for (shift = 39; shift >= 12; shift -= 9, t++) {
		if (t->mfn != FRAME(entry)) {
			copy_frame(d, FRAME(entry), t->entries);
			t->mfn = FRAME(entry);
		}
		entry = t->entries[va >> shift & (ENTRIES - 1)];
		if (!(entry & 1))
			errx(65, "domain %u: 0x%llx is not mapped", d->domid,
			    (unsigned long long)va);
	}
	return FRAME(entry);
}

static void
allocate(struct domain *d)
{
	d->list_pages = (d->pages * 8 + PAGE - 1) / PAGE;
	d->list = calloc(d->list_pages, sizeof *d->list);
	d->p2m = calloc(d->list_pages, PAGE);
	d->kind = calloc(d->pages, sizeof *d->kind);
	d->mapped = calloc(d->pages, sizeof *d->mapped);
	if (d->list == NULL || d->p2m == NULL || d->kind == NULL ||
	    d->mapped == NULL)
		err(71, "memory");
}

/* The list is found as the guest finds it. */
static void
read_p2m(struct domain *d, const start_info_t *si)
{
	uint64_t i;
	void *p;

	if (si->nr_pages == 0 || si->nr_pages > d->host->frames)
		errx(65, "domain %u: %lu pages in start_info", d->domid,
		    si->nr_pages);
	d->pages = si->nr_pages;
	allocate(d);
	for (i = 0; i < d->list_pages; i++)
		d->list[i] = walk(d, si->mfn_list + i * PAGE);
	p = frames_map(d, d->list, d->list_pages);
	memcpy(d->p2m, p, d->list_pages * PAGE);
	frames_unmap(d, p, d->list_pages);
	for (i = 0; i < d->pages; i++)
		if (domain_pfn(d, d->p2m[i]) != i)
			errx(65, "domain %u: pfn 0x%llx has frame 0x%llx, "
			    "which the m2p does not give back", d->domid,
			    (unsigned long long)i,
			    (unsigned long long)d->p2m[i]);
}

static void
mark(struct domain *d, uint64_t mfn, enum kind kind)
{
	uint64_t pfn = domain_pfn(d, mfn);

	if (pfn == NOWHERE)
		errx(65, "domain %u: frame 0x%llx is not in its list", d->domid,
		    (unsigned long long)mfn);
	if (d->kind[pfn] != PLAIN && d->kind[pfn] != kind)
		errx(65, "domain %u: pfn 0x%llx is two things", d->domid,
		    (unsigned long long)pfn);
	d->kind[pfn] = kind;
}

static bool
is_xens(int level, size_t i)
{
	return level == 4 && i >= 256 && i < 272;
}

/* Names every table and every page that is mapped. */
static void
mark_tables(struct domain *d, uint64_t mfn, int level)
{
	uint64_t table[ENTRIES], pfn;
	size_t i;

	mark(d, mfn, TABLE1 + level - 1);
	copy_frame(d, mfn, table);
	for (i = 0; i < ENTRIES; i++) {
		if (!(table[i] & 1) || is_xens(level, i))
			continue;
		if (level > 1) {
			mark_tables(d, FRAME(table[i]), level - 1);
			continue;
		}
		pfn = domain_pfn(d, FRAME(table[i]));
		if (pfn != NOWHERE)
			d->mapped[pfn] = true;
	}
}

void
domain_read(struct domain *d, struct host *h, uint32_t domid)
{
	vcpu_guest_context_any_t context;
	uint64_t page[ENTRIES], mfn, i;
	const start_info_t *si = (const start_info_t *)page;

	*d = (struct domain){ .host = h, .domid = domid };
	if (xc_domain_getinfolist(h->xc, domid, 1, &d->info) != 1 ||
	    d->info.domain != domid)
		errx(69, "no domain %u", domid);
	if (domain_is_hvm(d))
		return;
	if (xc_vcpu_getcontext(h->xc, domid, 0, &context) != 0)
		err(65, "domain %u: no registers", domid);
	d->vcpu = context.x64;
	mfn = walk(d, d->vcpu.user_regs.rsi);
	copy_frame(d, mfn, page);
	read_p2m(d, si);
	d->si_pfn = domain_pfn(d, mfn);
	mark(d, mfn, START_INFO);
	mark(d, si->store_mfn, STORE);
	mark(d, si->console.domU.mfn, CONSOLE);
	for (i = 0; i < d->list_pages; i++)
		mark(d, d->list[i], P2M_LIST);
	mark_tables(d, root_of(d), 4);
}
