#include "ref.h"

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/event_channel.h>
#include <xen/grant_table.h>

static void
compare_info(const struct domain *a, const struct domain *b, struct result *r)
{
	/* Of PVH guests ours has a page of ACPI tables. */
	const struct { const char *name; uint64_t a, b; } facts[] = {
		{ "flags", a->info.flags, b->info.flags },
		{ "pages", a->info.tot_pages, b->info.tot_pages +
		    domain_is_hvm(b) },
		{ "limit", a->info.max_pages, b->info.max_pages },
		{ "vcpus", a->info.max_vcpu_id, b->info.max_vcpu_id },
		{ "vcpus online", a->info.nr_online_vcpus,
		    b->info.nr_online_vcpus },
		{ "cpupool", a->info.cpupool, b->info.cpupool },
		{ "ssidref", a->info.ssidref, b->info.ssidref },
	};

	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		if (facts[i].a != facts[i].b)
			differ(r, "domain: %s 0x%llx, reference 0x%llx",
			    facts[i].name, (unsigned long long)facts[i].a,
			    (unsigned long long)facts[i].b);
}

/* cr0, cr4 and the FPU area are Xen's; the root is translated. */
static bool
read_vcpu(const struct domain *d, uint32_t vcpu, vcpu_guest_context_x86_64_t *c)
{
	vcpu_guest_context_any_t any;

	if (xc_vcpu_getcontext(d->host->xc, d->domid, vcpu, &any) != 0)
		return false;
	*c = any.x64;
	memset(&c->fpu_ctxt, 0, sizeof c->fpu_ctxt);
	c->ctrlreg[0] = c->ctrlreg[4] = 0;
	c->ctrlreg[3] = domain_pfn(d, c->ctrlreg[3] / PAGE) * PAGE |
	    c->ctrlreg[3] % PAGE;
	return true;
}

static void
compare_vcpu(const struct domain *ours, const struct domain *theirs,
    uint32_t vcpu, struct result *r)
{
	union {
		vcpu_guest_context_x86_64_t c;
		uint64_t words[sizeof(vcpu_guest_context_x86_64_t) / 8];
	} a, b;
	bool has_a = read_vcpu(ours, vcpu, &a.c);
	bool has_b = read_vcpu(theirs, vcpu, &b.c);

	if (has_a != has_b)
		differ(r, "vcpu %u: %s registers, the reference %s", vcpu,
		    has_a ? "has" : "no", has_b ? "has" : "not");
	if (!has_a || !has_b)
		return;
	for (size_t i = 0; i < sizeof a.c / 8; i++)
		if (a.words[i] != b.words[i])
			differ(r, "vcpu %u: offset 0x%zx: 0x%llx, reference "
			    "0x%llx", vcpu, i * 8,
			    (unsigned long long)a.words[i],
			    (unsigned long long)b.words[i]);
}

/* Time is Xen's. */
static void
read_shared(const struct domain *d, uint64_t page[ENTRIES])
{
	uint64_t mfn = d->info.shared_info_frame;
	shared_info_t *s = (shared_info_t *)page;
	void *p = frames_map(d, &mfn, 1);

	memcpy(page, p, PAGE);
	frames_unmap(d, p, 1);
	s->wc_version = s->wc_sec = s->wc_nsec = s->xen_wc_sec_hi = 0;
	for (size_t i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		memset(&s->vcpu_info[i].time, 0, sizeof s->vcpu_info[i].time);
}

static void
compare_shared(const struct domain *ours, const struct domain *theirs,
    struct result *r)
{
	uint64_t a[ENTRIES], b[ENTRIES];

	read_shared(ours, a);
	read_shared(theirs, b);
	for (size_t i = 0; i < ENTRIES; i++)
		if (a[i] != b[i])
			differ(r, "shared_info: offset 0x%zx: 0x%llx, "
			    "reference 0x%llx", i * 8, (unsigned long long)a[i],
			    (unsigned long long)b[i]);
}

/* State and the domain at the other end; ~0 past the last port. */
static uint64_t
read_port(const struct domain *d, uint32_t port)
{
	xc_evtchn_status_t s = { .dom = (domid_t)d->domid, .port = port };

	if (xc_evtchn_status(d->host->xc, &s) != 0)
		return NOWHERE;
	if (s.status == EVTCHNSTAT_unbound)
		return s.status | (uint64_t)s.u.unbound.dom << 32;
	if (s.status == EVTCHNSTAT_interdomain)
		return s.status | (uint64_t)s.u.interdomain.dom << 32;
	return s.status;
}

static void
compare_ports(const struct domain *ours, const struct domain *theirs,
    struct result *r)
{
	uint64_t a = 0, b = 0;

	for (uint32_t port = 1; a != NOWHERE || b != NOWHERE; port++) {
		a = read_port(ours, port);
		b = read_port(theirs, port);
		if (a != b)
			differ(r, "port %u: 0x%llx, reference 0x%llx", port,
			    (unsigned long long)a, (unsigned long long)b);
	}
}

static void
read_grants(const struct domain *d, grant_entry_v1_t *to, size_t n)
{
	void *p = NULL;
	xenforeignmemory_resource_handle *h = xenforeignmemory_map_resource(
	    d->host->memory, (domid_t)d->domid, XENMEM_resource_grant_table,
	    XENMEM_resource_grant_table_id_shared, 0, 1, &p, PROT_READ, 0);

	if (h == NULL)
		err(71, "domain %u: grant table", d->domid);
	memcpy(to, p, n * sizeof *to);
	xenforeignmemory_unmap_resource(d->host->memory, h);
	for (size_t i = 0; i < n; i++)
		if (to[i].flags != 0)
			to[i].frame = (uint32_t)domain_pfn(d, to[i].frame);
}

static void
compare_grants(const struct domain *ours, const struct domain *theirs,
    struct result *r)
{
	enum { N = PAGE / sizeof(grant_entry_v1_t) };
	static grant_entry_v1_t a[N], b[N];

	read_grants(ours, a, N);
	read_grants(theirs, b, N);
	for (size_t i = 0; i < N; i++)
		if (memcmp(&a[i], &b[i], sizeof a[i]) != 0)
			differ(r, "grant %zu: flags 0x%x domain %u pfn 0x%x, "
			    "reference 0x%x %u 0x%x", i, a[i].flags,
			    a[i].domid, a[i].frame, b[i].flags, b[i].domid,
			    b[i].frame);
}

void
compare_state(const struct domain *ours, const struct domain *theirs,
    struct result *r)
{
	compare_info(ours, theirs, r);
	if (!domain_is_hvm(ours)) {
		for (uint32_t i = 0; i <= ours->info.max_vcpu_id; i++)
			compare_vcpu(ours, theirs, i, r);
		compare_shared(ours, theirs, r);
	}
	compare_ports(ours, theirs, r);
	compare_grants(ours, theirs, r);
}
