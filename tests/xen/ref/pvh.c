#include "ref.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenguest.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>

/*
 * What is different on purpose, and so is not compared: our page of ACPI tables
 * and what tells of it (libxl makes such tables, not libxenguest), and where in
 * its segment start_info has its lists, since libxenguest keeps room for modules
 * that there are not.
 */
enum {
	HOLE = 0xfc000, SPECIAL_END = 0xff000, HIGH = 0x100000,	/* gfns */
	SPARSE = 512,			/* of pages that nobody fills, one in
					 * so many is looked for */
	TEXT_MAX = 4096, TYPE_ACPI = 3
};

struct pair {
	const struct domain *ours, *theirs;
	struct result *result;
	uint64_t end;			/* of what is loaded, a gfn */
};

/* ---- memory ---- */

static bool
is_clear(const uint64_t *page)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (page[i] != 0)
			return false;
	return true;
}

/* Pages that nobody fills are as Xen gives them, but for those between and
 * beside the segments. */
static void
compare_page(const struct pair *p, uint64_t gfn, const uint64_t *a,
    const uint64_t *b)
{
	const char *segment = segment_of(p->result, gfn);
	bool nobodys = strcmp(segment, NOBODY) == 0;

	if (strcmp(segment, "start_info") == 0 ||
	    (nobodys && gfn >= p->end && gfn < HOLE) || gfn >= HIGH)
		return;
	p->result->compared++;
	p->result->nobodys += nobodys;
	if (nobodys && gfn < HOLE ? !is_clear(a) : memcmp(a, b, PAGE) != 0)
		differ(p->result, "%s: gfn 0x%llx has other bytes", segment,
		    (unsigned long long)gfn);
}

static void *
map_some(const struct domain *d, const uint64_t *gfns, size_t n, int *missing)
{
	void *p = xenforeignmemory_map(d->host->memory, d->domid, PROT_READ, n,
	    gfns, missing);

	/* None of them is there. */
	for (size_t i = 0; p == NULL && i < n; i++)
		missing[i] = 1;
	return p;
}

static void
compare_some(const struct pair *p, const uint64_t *gfns, size_t n)
{
	int no[2][BATCH];
	char *a = map_some(p->ours, gfns, n, no[0]);
	char *b = map_some(p->theirs, gfns, n, no[1]);

	for (size_t i = 0; i < n; i++)
		if (!no[0][i] != !no[1][i]) {
			if (gfns[i] != HOLE)
				differ(p->result, "gfn 0x%llx is in one only",
				    (unsigned long long)gfns[i]);
		} else if (!no[0][i]) {
			compare_page(p, gfns[i],
			    (const uint64_t *)(a + i * PAGE),
			    (const uint64_t *)(b + i * PAGE));
		}
	if (a != NULL)
		frames_unmap(p->ours, a, n);
	if (b != NULL)
		frames_unmap(p->theirs, b, n);
}

static void
compare_range(const struct pair *p, uint64_t from, uint64_t end, uint64_t step)
{
	uint64_t gfns[BATCH];
	size_t n;

	while (from < end) {
		for (n = 0; n < BATCH && from < end; from += step)
			gfns[n++] = from;
		compare_some(p, gfns, n);
	}
}

static uint64_t
top(const struct domain *d)
{
	xen_pfn_t gfn;

	if (xc_domain_maximum_gpfn(d->host->xc, d->domid, &gfn) != 0)
		err(71, "domain %u: its last gfn", d->domid);
	return gfn;
}

static void
compare_memory(struct pair *p)
{
	const struct segment *s = p->result->segments->all;
	uint64_t last = top(p->ours);

	for (size_t i = 0; i < p->result->segments->n; i++)
		if (s[i].pfn < HOLE && s[i].pfn + s[i].pages > p->end)
			p->end = s[i].pfn + s[i].pages;
	if (last != top(p->theirs))
		differ(p->result, "memory: the last gfn is 0x%llx, reference "
		    "0x%llx", (unsigned long long)last,
		    (unsigned long long)top(p->theirs));
	compare_range(p, 0, p->end, 1);
	compare_range(p, p->end, HOLE, SPARSE);
	compare_range(p, HOLE - 1, SPECIAL_END + 1, 1);
	compare_range(p, HIGH, last + 1, SPARSE);
	compare_range(p, last, last + 1, 1);
}

/* ---- start_info ---- */

static void
copy(const struct domain *d, uint64_t paddr, void *to, size_t n)
{
	for (size_t done = 0, now; done < n; done += now) {
		uint64_t gfn = (paddr + done) / PAGE;
		size_t at = (paddr + done) % PAGE;
		char *p = frames_map(d, &gfn, 1);

		now = n - done < PAGE - at ? n - done : PAGE - at;
		memcpy((char *)to + done, p + at, now);
		frames_unmap(d, p, 1);
	}
}

/* Texts end within the page behind them: all that follows is populated. */
static void
compare_text(struct pair *p, const char *what, uint64_t a, uint64_t b)
{
	static char x[TEXT_MAX], y[TEXT_MAX];

	if ((a == 0) != (b == 0))
		differ(p->result, "%s: in one only", what);
	if (a == 0 || b == 0)
		return;
	copy(p->ours, a, x, sizeof x);
	copy(p->theirs, b, y, sizeof y);
	if (strncmp(x, y, sizeof x) != 0)
		differ(p->result, "%s: '%.80s', reference '%.80s'", what, x,
		    y);
}

static void
compare_modules(struct pair *p, const struct hvm_start_info *a,
    const struct hvm_start_info *b)
{
	struct hvm_modlist_entry x, y;

	for (uint32_t i = 0; i < a->nr_modules; i++) {
		copy(p->ours, a->modlist_paddr + i * sizeof x, &x, sizeof x);
		copy(p->theirs, b->modlist_paddr + i * sizeof y, &y, sizeof y);
		if (x.paddr != y.paddr || x.size != y.size ||
		    x.reserved != y.reserved)
			differ(p->result, "module %u: 0x%llx of 0x%llx bytes, "
			    "reference 0x%llx of 0x%llx", i,
			    (unsigned long long)x.paddr,
			    (unsigned long long)x.size,
			    (unsigned long long)y.paddr,
			    (unsigned long long)y.size);
		compare_text(p, "module's line", x.cmdline_paddr,
		    y.cmdline_paddr);
	}
}

/* Ours has the range of ACPI more. */
static void
compare_map(struct pair *p, const struct hvm_start_info *a,
    const struct hvm_start_info *b)
{
	struct hvm_memmap_table_entry x, y;
	uint32_t k = 0;

	for (uint32_t i = 0; i < a->memmap_entries; i++) {
		copy(p->ours, a->memmap_paddr + i * sizeof x, &x, sizeof x);
		if (x.type == TYPE_ACPI && x.addr == (uint64_t)HOLE * PAGE)
			continue;
		memset(&y, 0, sizeof y);
		if (k < b->memmap_entries)
			copy(p->theirs, b->memmap_paddr + k * sizeof y, &y,
			    sizeof y);
		if (memcmp(&x, &y, sizeof x) != 0)
			differ(p->result, "memory map %u: 0x%llx of 0x%llx "
			    "bytes, reference 0x%llx of 0x%llx", i,
			    (unsigned long long)x.addr,
			    (unsigned long long)x.size,
			    (unsigned long long)y.addr,
			    (unsigned long long)y.size);
		k++;
	}
	if (k != b->memmap_entries)
		differ(p->result, "memory map: %u ranges, reference %u", k,
		    b->memmap_entries);
}

static void
compare_start_info(struct pair *p, uint64_t at, uint64_t reference)
{
	struct hvm_start_info a, b;

	copy(p->ours, at, &a, sizeof a);
	copy(p->theirs, reference, &b, sizeof b);
	if (at != reference || a.magic != b.magic || a.version != b.version ||
	    a.flags != b.flags || a.reserved != b.reserved)
		differ(p->result, "start_info: at 0x%llx, version %u, flags "
		    "0x%x, reference at 0x%llx, %u, 0x%x",
		    (unsigned long long)at, a.version, a.flags,
		    (unsigned long long)reference, b.version, b.flags);
	if (a.rsdp_paddr != (uint64_t)HOLE * PAGE || b.rsdp_paddr != 0)
		differ(p->result, "start_info: rsdp 0x%llx, reference 0x%llx",
		    (unsigned long long)a.rsdp_paddr,
		    (unsigned long long)b.rsdp_paddr);
	if (a.nr_modules != b.nr_modules)
		differ(p->result, "start_info: %u modules, reference %u",
		    a.nr_modules, b.nr_modules);
	else
		compare_modules(p, &a, &b);
	compare_text(p, "command line", a.cmdline_paddr, b.cmdline_paddr);
	compare_map(p, &a, &b);
}

/* ---- what Xen keeps of a domain ---- */

static void
compare_params(struct pair *p)
{
	for (uint32_t i = 0; i < HVM_NR_PARAMS; i++) {
		uint64_t a = NOWHERE, b = NOWHERE;
		int x = xc_hvm_param_get(p->ours->host->xc, p->ours->domid, i,
		    &a);
		int y = xc_hvm_param_get(p->ours->host->xc, p->theirs->domid,
		    i, &b);

		if (x != y || a != b)
			differ(p->result, "HVM parameter %u: 0x%llx, reference "
			    "0x%llx", i, (unsigned long long)a,
			    (unsigned long long)b);
	}
}

struct context {
	unsigned char *bytes;
	size_t n;
};

static struct context
read_context(const struct domain *d)
{
	struct context c = { .bytes = NULL };
	int n = xc_domain_hvm_getcontext(d->host->xc, d->domid, NULL, 0);

	if (n > 0)
		c.bytes = calloc(1, (size_t)n);
	if (c.bytes == NULL || (n = xc_domain_hvm_getcontext(d->host->xc,
	    d->domid, c.bytes, (uint32_t)n)) <= 0)
		err(71, "domain %u: HVM context", d->domid);
	c.n = (size_t)n;
	return c;
}

/* Time is Xen's. */
static void
mask(const struct hvm_save_descriptor *d, unsigned char *bytes)
{
	if (d->typecode == HVM_SAVE_CODE(CPU))
		((struct hvm_hw_cpu *)bytes)->tsc = 0;
}

static void
compare_record(struct pair *p, const struct hvm_save_descriptor *d,
    unsigned char *a, unsigned char *b)
{
	mask(d, a);
	mask(d, b);
	for (size_t i = 0; i < d->length; i++)
		if (a[i] != b[i]) {
			differ(p->result, "HVM context: record %u of vcpu %u, "
			    "offset 0x%zx: 0x%x, reference 0x%x", d->typecode,
			    d->instance, i, a[i], b[i]);
			return;
		}
}

/* Returns start_info's address in rbx of vcpu 0, in both. */
static void
compare_context(struct pair *p, uint64_t rbx[2])
{
	struct context a = read_context(p->ours);
	struct context b = read_context(p->theirs);
	size_t at = 0, past = sizeof(struct hvm_save_descriptor);

	while (a.n - at >= past && b.n - at >= past) {
		struct hvm_save_descriptor x, y;

		memcpy(&x, a.bytes + at, sizeof x);
		memcpy(&y, b.bytes + at, sizeof y);
		if (memcmp(&x, &y, sizeof x) != 0 || a.n - at - past <
		    x.length || b.n - at - past < x.length)
			break;
		at += past;
		if (x.typecode == HVM_SAVE_CODE(CPU) && x.instance == 0) {
			rbx[0] = ((struct hvm_hw_cpu *)(a.bytes + at))->rbx;
			rbx[1] = ((struct hvm_hw_cpu *)(b.bytes + at))->rbx;
		}
		compare_record(p, &x, a.bytes + at, b.bytes + at);
		at += x.length;
	}
	if (at != a.n || at != b.n)
		differ(p->result, "HVM context: other records from 0x%zx on",
		    at);
	free(a.bytes);
	free(b.bytes);
}

struct policy {
	uint32_t n_leaves, n_msrs;
	xen_cpuid_leaf_t *leaves;
	xen_msr_entry_t *msrs;
};

static struct policy
read_policy(const struct domain *d)
{
	xc_interface *xc = d->host->xc;
	xc_cpu_policy_t *policy = xc_cpu_policy_init();
	struct policy p = { .n_leaves = 0 };

	if (policy == NULL || xc_cpu_policy_get_size(xc, &p.n_leaves,
	    &p.n_msrs) != 0 ||
	    xc_cpu_policy_get_domain(xc, d->domid, policy) != 0)
		err(71, "domain %u: CPU policy", d->domid);
	p.leaves = calloc(p.n_leaves, sizeof *p.leaves);
	p.msrs = calloc(p.n_msrs, sizeof *p.msrs);
	if (p.leaves == NULL || p.msrs == NULL || xc_cpu_policy_serialise(xc,
	    policy, p.leaves, &p.n_leaves, p.msrs, &p.n_msrs) != 0)
		err(71, "domain %u: CPU policy", d->domid);
	xc_cpu_policy_destroy(policy);
	return p;
}

static void
compare_policies(struct pair *p)
{
	struct policy a = read_policy(p->ours), b = read_policy(p->theirs);

	if (a.n_leaves != b.n_leaves || a.n_msrs != b.n_msrs)
		differ(p->result, "CPU policy: %u leaves and %u MSRs, "
		    "reference %u and %u", a.n_leaves, a.n_msrs, b.n_leaves,
		    b.n_msrs);
	for (uint32_t i = 0; i < a.n_leaves && i < b.n_leaves; i++) {
		const xen_cpuid_leaf_t *x = &a.leaves[i], *y = &b.leaves[i];

		if (memcmp(x, y, sizeof *x) != 0)
			differ(p->result, "CPUID leaf 0x%x.%u: %08x %08x %08x "
			    "%08x, reference %08x %08x %08x %08x", x->leaf,
			    x->subleaf, x->a, x->b, x->c, x->d, y->a, y->b,
			    y->c, y->d);
	}
	for (uint32_t i = 0; i < a.n_msrs && i < b.n_msrs; i++)
		if (memcmp(&a.msrs[i], &b.msrs[i], sizeof a.msrs[i]) != 0)
			differ(p->result, "MSR 0x%x: other value",
			    a.msrs[i].idx);
	free(a.leaves);
	free(a.msrs);
	free(b.leaves);
	free(b.msrs);
}

static void
compare_pools(struct pair *p)
{
	uint64_t a = 0, b = 0;

	if (xc_get_paging_mempool_size(p->ours->host->xc, p->ours->domid,
	    &a) != 0 || xc_get_paging_mempool_size(p->theirs->host->xc,
	    p->theirs->domid, &b) != 0 || a != b)
		differ(p->result, "paging pool: %llu bytes, reference %llu",
		    (unsigned long long)a, (unsigned long long)b);
}

void
compare_pvh(const struct domain *ours, const struct domain *theirs,
    struct result *r)
{
	struct pair p = { .ours = ours, .theirs = theirs, .result = r };
	uint64_t rbx[2] = { 0, 0 };

	compare_memory(&p);
	compare_context(&p, rbx);
	compare_start_info(&p, rbx[0], rbx[1]);
	compare_params(&p);
	compare_policies(&p);
	compare_pools(&p);
}
