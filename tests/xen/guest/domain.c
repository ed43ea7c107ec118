/* What Xen says of the domain: channels, grants, shared_info, memory, vcpus. */
#include "guest.h"

#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/vcpu.h>
#include <xen/version.h>

void
report_p2m(const struct start_info *si)
{
	const uint64_t *p2m = (const uint64_t *)si->mfn_list;
	uint64_t pfn, first = 0, runs = 0, bad = 0;

	for (pfn = 0; pfn < si->nr_pages; pfn++) {
		bad += pfn_of(p2m[pfn]) != pfn;
		if (pfn + 1 < si->nr_pages && p2m[pfn + 1] == p2m[pfn] + 1)
			continue;
		if (runs++ < 2000)
			say("p2m %lu %lu %lu", first, p2m[first], pfn + 1 - first);
		first = pfn + 1;
	}
	say("p2m.runs %lu", runs);
	say("p2m.bad %lu", bad);
}

void
report_channels(void)
{
	static const char *const states[] = { "closed", "unbound", "interdomain",
	    "pirq", "virq", "ipi" };
	struct evtchn_status s = { .dom = DOMID_SELF, .port = 1 };
	unsigned remote;

	for (; s.port < 4096; s.port++) {
		if (hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status,
		    (uint64_t)&s, 0, 0) != 0)
			break;
		if (s.status == EVTCHNSTAT_closed)
			continue;
		remote = s.status == EVTCHNSTAT_interdomain ?
		    s.u.interdomain.dom : s.u.unbound.dom;
		say("channel %u %s %u", s.port,
		    s.status < 6 ? states[s.status] : "unknown", remote);
	}
}

void
report_grants(void)
{
	const grant_entry_v1_t *entries;
	xen_pfn_t frame = 0;
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	unsigned i;

	set_xen_guest_handle(setup.frame_list, &frame);
	if (hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table,
	    (uint64_t)&setup, 1, 0) != 0 || setup.status != GNTST_okay) {
		say("grant.error %d", setup.status);
		return;
	}
	entries = window(WINDOW_ANY, frame, 0);
	for (i = 0; i < PAGE / sizeof *entries; i++)
		if (nonzero(&entries[i], sizeof *entries) != 0)
			say("grant %u %x %u %u", i, (unsigned)entries[i].flags,
			    (unsigned)entries[i].domid, entries[i].frame);
}

/* What the builder and Xen may fill is taken out; the rest must be 0. */
void
report_shared_info(const struct start_info *si)
{
	static struct shared_info copy;
	const void *page = window(WINDOW_ANY, si->shared_info / PAGE, 0);
	unsigned i, masked = 0, timed = 0;

	memcpy(&copy, page, sizeof copy);
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		masked += copy.vcpu_info[i].evtchn_upcall_mask == 1;
		timed += copy.vcpu_info[i].time.system_time != 0;
		copy.vcpu_info[i].evtchn_upcall_mask = 0;
		memset(&copy.vcpu_info[i].time, 0, sizeof copy.vcpu_info[i].time);
	}
	say("shared.masked %u", masked);
	say("shared.timed %u", timed);
	say("shared.wallclock %u", copy.wc_sec);
	say("shared.pending %lx", copy.evtchn_pending[0]);
	say("shared.upcall_pending %u",
	    (unsigned)copy.vcpu_info[0].evtchn_upcall_pending);
	copy.wc_version = copy.wc_sec = copy.wc_nsec = copy.xen_wc_sec_hi = 0;
	copy.evtchn_pending[0] = 0;
	copy.vcpu_info[0].evtchn_upcall_pending = 0;
	copy.vcpu_info[0].evtchn_pending_sel = 0;
	say("shared.others %lu", nonzero(&copy, sizeof copy) +
	    nonzero((const char *)page + sizeof copy, PAGE - sizeof copy));
}

static void
report_memory_map(void)
{
	static struct { uint64_t addr, size; uint32_t type; }
	    __attribute__((packed)) map[32];
	struct xen_memory_map m = { .nr_entries = 32 };
	unsigned i;

	set_xen_guest_handle(m.buffer, (void *)map);
	if (hypercall(__HYPERVISOR_memory_op, XENMEM_memory_map, (uint64_t)&m,
	    0, 0) != 0)
		return;
	for (i = 0; i < m.nr_entries; i++)
		say("e820 %lx %lx %u", map[i].addr, map[i].size, map[i].type);
}

void
report_domain(void)
{
	static const unsigned char zero[16];
	unsigned char uuid[16];
	domid_t self = DOMID_SELF;
	xen_feature_info_t features = { 0 };
	unsigned i, vcpu;
	long up;

	memcpy(uuid, zero, sizeof uuid);
	hypercall(__HYPERVISOR_xen_version, XENVER_guest_handle, (uint64_t)uuid,
	    0, 0);
	hypercall(__HYPERVISOR_xen_version, XENVER_get_features,
	    (uint64_t)&features, 0, 0);
	for (i = 0; i < sizeof uuid; i++)
		say("domain.uuid.%u %u", i, (unsigned)uuid[i]);
	say("domain.features %x", features.submap);
	say("memory.current %ld", hypercall(__HYPERVISOR_memory_op,
	    XENMEM_current_reservation, (uint64_t)&self, 0, 0));
	say("memory.maximum %ld", hypercall(__HYPERVISOR_memory_op,
	    XENMEM_maximum_reservation, (uint64_t)&self, 0, 0));
	report_memory_map();
	for (vcpu = 0; (up = hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, vcpu,
	    0, 0)) >= 0; vcpu++)
		say("vcpu %u %s", vcpu, up ? "up" : "down");
}
