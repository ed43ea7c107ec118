#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "target/request.h"
#include "target/xen/xen.h"

/* ---- what Xen knows of the domain ---- */

enum { LIST_BATCH = 256 };

int
xen_each(struct xen_host *h, int (*each)(void *, const xc_domaininfo_t *,
    struct fail *), void *arg, struct fail *f)
{
	xc_domaininfo_t d[LIST_BATCH];
	uint32_t next = 0;
	int n;

	do {
		n = xc_domain_getinfolist(h->xc, next, LIST_BATCH, d);
		if (n < 0)
			return xen_refused(errno, NULL, f, "cannot list Xen's "
			    "domains");
		for (int i = 0; i < n; i++) {
			if (each(arg, &d[i], f) < 0)
				return -1;
			next = d[i].domain + 1u;
		}
	} while (n == LIST_BATCH);
	return 0;
}

int
xen_dominfo(struct xen_host *h, uint32_t domid, xc_domaininfo_t *d,
    struct fail *f)
{
	int r = xc_domain_getinfolist(h->xc, domid, 1, d);

	if (r < 0)
		return xen_refused(errno, NULL, f, "cannot ask for the state "
		    "of '%s'", h->name);
	if (r == 0 || d->domain != domid)
		return fail(f, FAIL_TARGET, "there is no domain '%s'; "
		    "'xb-domain list' shows those that there are", h->name);
	return 0;
}

int
xen_ask(struct xen_target *t, struct fail *f)
{
	t->just_opened = false;
	if (xen_dominfo(&t->host, t->domid, &t->known, f) < 0)
		return -1;
	/* A toolstack that takes none of our locks may have set vcpu 0 up. */
	if (t->known.nr_online_vcpus > 0)
		t->vcpu0 = XEN_VCPU_UNKNOWN;
	return 0;
}

/* A running hypervisor has at most two PV ABIs, one for each width. */
static const struct abi *
abi_of_bits(unsigned bits)
{
	return abi_named(bits == 32 ? "xen-3.0-x86_32p" : "xen-3.0-x86_64");
}

int
xen_begin(struct xen_target *t, struct fail *f)
{
	if (xen_ask(t, f) < 0)
		return -1;
	t->just_opened = true;
	t->shared_info = t->known.shared_info_frame;
	/* Until set_abi a domain has 64 bits. */
	t->has_abi = t->made || xen_guest(t) != GUEST_PV;
	t->abi = xen_guest(t) == GUEST_PV ? abi_of_bits(64) :
	    abi_first(GUEST_PVH);
	/* Xen checks no page tables in an HVM container. */
	t->fresh = xen_guest(t) != GUEST_PV;
	return 0;
}

uint32_t
xen_vcpus(const xc_domaininfo_t *d)
{
	return d->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0 :
	    d->max_vcpu_id + 1;
}

/* Every HVM container counts as PVH: what else it has, its toolstack knows. */
enum guest_type
xen_guest(const struct xen_target *t)
{
	return t->known.flags & XEN_DOMINF_hvm_guest ? GUEST_PVH : GUEST_PV;
}

const char *
xen_ended(const xc_domaininfo_t *d)
{
	static const char *const words[] = {
		[SHUTDOWN_poweroff]	= "poweroff",
		[SHUTDOWN_reboot]	= "reboot",
		[SHUTDOWN_suspend]	= "suspend",
		[SHUTDOWN_crash]	= "crash",
		[SHUTDOWN_watchdog]	= "watchdog",
		[SHUTDOWN_soft_reset]	= "soft reset",
	};
	unsigned code = d->flags >> XEN_DOMINF_shutdownshift &
	    XEN_DOMINF_shutdownmask;

	if (!(d->flags & XEN_DOMINF_shutdown))
		return d->flags & XEN_DOMINF_dying ? "dying" : NULL;
	return code < sizeof(words) / sizeof(words[0]) ? words[code] :
	    "crash";
}

static int
width(struct xen_target *t, unsigned *bits, struct fail *f)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_address_size };

	if (xen_domctl(t, &op) < 0)
		return xen_refused(errno, "only PV domains have one", f,
		    "cannot ask for the address width of '%s'", t->name);
	*bits = op.u.address_size.size;
	return 0;
}

int
xen_abi(struct xen_target *t, const struct abi **abi, struct fail *f)
{
	unsigned bits;

	if (!t->has_abi) {
		if (width(t, &bits, f) < 0)
			return -1;
		t->abi = abi_of_bits(bits);
		t->has_abi = true;
	}
	*abi = t->abi;
	return 0;
}

/* ---- what it offers ---- */

/* A word of the hypervisor's capabilities.  Any HVM container will do for
 * PVH. */
static const struct abi *
abi_of_word(const char *word)
{
	return strcmp(word, "hvm-3.0-x86_32") == 0 ? abi_first(GUEST_PVH) :
	    abi_named(word);
}

/* The words that name an ABI that xb knows and that the domain's type has are
 * offered. */
static int
ask_offers(struct xen_target *t, struct fail *f)
{
	xen_capabilities_info_t words = "";
	char *next;

	if (t->n_offers > 0)
		return 0;
	if (xc_version(t->host.xc, XENVER_capabilities, &words) < 0)
		return xen_refused(errno, NULL, f, "cannot ask what the "
		    "hypervisor of '%s' offers", t->name);
	words[sizeof(words) - 1] = '\0';
	for (char *word = strtok_r(words, " ", &next); word != NULL &&
	    t->n_offers < ABI_COUNT; word = strtok_r(NULL, " ", &next)) {
		const struct abi *abi = abi_of_word(word);

		if (abi != NULL && abi->guest == xen_guest(t))
			t->offers[t->n_offers++] = abi;
	}
	return 0;
}

int
xen_free_pages(struct xen_host *h, uint64_t *spare, uint64_t *claimed,
    struct fail *f)
{
	xc_physinfo_t p = { 0 };

	if (xc_physinfo(h->xc, &p) < 0)
		return xen_refused(errno, NULL, f, "cannot ask the hypervisor "
		    "of '%s' for its free memory", h->name);
	*claimed = p.outstanding_pages;
	*spare = p.free_pages + p.scrub_pages;
	*spare -= *claimed < *spare ? *claimed : *spare;
	return 0;
}

int
xen_host_info(struct target *base, struct target_host *host, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);

	if (ask_offers(t, f) < 0)
		return -1;
	host->n_offers = t->n_offers;
	memcpy(host->offers, t->offers, sizeof(host->offers));
	return xen_free_pages(&t->host, &host->free_pages,
	    &host->claimed_pages, f);
}

/* ---- info ---- */

static void
take_dominfo(struct target_info *info, const struct xen_target *t)
{
	const xc_domaininfo_t *d = &t->known;

	*info = (struct target_info){
		.pages = d->tot_pages,
		.max_pages = d->max_pages,
		.vcpus = xen_vcpus(d),
		.guest = xen_guest(t),
		.shared_info_mfn = d->shared_info_frame,
		.hypervisor_edits = true,
		.paused = (d->flags & XEN_DOMINF_paused) != 0,
		.has_run = !(d->flags & XEN_DOMINF_paused) || d->cpu_time > 0,
		.ended = xen_ended(d),
	};
	memcpy(info->uuid, d->handle, UUID_BYTES);
}

int
xen_record(struct xen_target *t, struct fail *f)
{
	if (t->has_record)
		return 0;
	if (runfile_read(&t->lock, t->known.handle, &t->record, f) < 0)
		return -1;
	t->has_record = t->writable;
	return 0;
}

/* The memory that the domain was created with counts as its limit, not Xen's
 * max_pages, to which create added XEN_SLACK_KIB as libxl does. */
static int
take_record(struct xen_target *t, struct target_info *info, struct fail *f)
{
	const struct runfile *r = &t->record;

	if (xen_record(t, f) < 0)
		return -1;
	info->has_build = r->has_build;
	memcpy(info->build, r->build, BUILD_ID_BYTES);
	memcpy(info->name, r->name, sizeof(r->name));
	if (r->pages != 0 && r->pages < info->max_pages)
		info->max_pages = r->pages;
	info->static_max = r->max_pages;
	return 0;
}

int
xen_constructed(struct xen_target *t, bool *yes, struct fail *f)
{
	vcpu_guest_context_any_t context;

	/* In an HVM container vcpus that were never given a context are
	 * offline, and so are those of a guest that has ended. */
	if (xen_guest(t) != GUEST_PV) {
		*yes = t->known.nr_online_vcpus > 0 || t->known.cpu_time > 0;
		return 0;
	}
	*yes = t->vcpu0 == XEN_VCPU_SET;
	if (*yes)
		return 0;
	/* Only a domain with pages can have a context, which names one of them
	 * as its top table. */
	if (t->known.tot_pages > 0)
		return xen_vcpu_read(t, 0, &context, yes, f);
	if (t->writable)
		t->vcpu0 = XEN_VCPU_FRESH;
	return 0;
}

static int
take_state(struct xen_target *t, struct target_info *info, struct fail *f)
{
	/* The domain that runs the host cannot read its own registers. */
	if (t->domid == 0) {
		info->constructed = true;
		return 0;
	}
	if (info->vcpus != 0 &&
	    xen_constructed(t, &info->constructed, f) < 0)
		return -1;
	info->has_run &= info->constructed;
	if (xen_abi(t, &info->abi, f) < 0)
		return -1;
	/* Without pages set_abi may still change it: 64 bits are Xen's
	 * default. */
	if (info->pages == 0 && (info->abi->bits == 64 ||
	    info->guest != GUEST_PV))
		info->abi = NULL;
	return 0;
}

int
xen_info(struct target *base, struct target_info *info, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);

	/* A domain that is open for writing is changed by us alone, so what is
	 * known of it holds.  Of any other the answers of its opening serve one
	 * call; later calls ask again. */
	if (!t->writable && !t->just_opened && xen_ask(t, f) < 0)
		return -1;
	t->just_opened = false;
	take_dominfo(info, t);
	if (take_record(t, info, f) < 0)
		return -1;
	return take_state(t, info, f);
}

/* ---- before the first page ---- */

int
xen_set_build(struct target *base, const uint8_t id[BUILD_ID_BYTES],
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);

	if (t == NULL || xen_record(t, f) < 0)
		return -1;
	if (target_check_unbuilt(t->name, t->record.has_build, f) < 0)
		return -1;
	memcpy(t->record.build, id, BUILD_ID_BYTES);
	t->record.has_build = true;
	return runfile_write(&t->lock, &t->record, f);
}

static int
refuse_abi(struct xen_target *t, const struct abi *abi, struct fail *f)
{
	char list[160] = "no PV ABI";
	size_t used = 0;

	for (size_t i = 0; i < t->n_offers && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    "%s%s", i == 0 ? "" : ", ", t->offers[i]->name);
	return fail(f, FAIL_TARGET, "'%s' cannot have it: this is a %s kernel "
	    "(%s); this hypervisor offers: %s", t->name, abi->words,
	    abi->name, list);
}

int
xen_set_abi(struct target *base, const struct abi *abi, struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_address_size,
	    .u.address_size.size = abi->bits };
	size_t i = 0;

	if (t == NULL || ask_offers(t, f) < 0)
		return -1;
	while (i < t->n_offers && t->offers[i] != abi)
		i++;
	if (i == t->n_offers)
		return refuse_abi(t, abi, f);
	if (t->has_abi && t->abi == abi)
		return 0;
	t->has_abi = false;
	if (xen_domctl(t, &op) == 0)
		return 0;
	return xen_refused(errno, "it is set before the first page, and a "
	    "domain of 32 bits stays one; destroy it and create it anew", f,
	    "cannot set '%s' to %u bits", t->name, abi->bits);
}
