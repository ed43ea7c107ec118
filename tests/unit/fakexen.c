#include "fakexen.h"

#include <xen/hvm/save.h>

struct fakexen fx;

void
fx_begin(void)
{
	if (fx.memory > 0)
		close(fx.memory);
	memset(&fx, 0, sizeof(fx));
	fx.memory = memfd_create("frames", 0);
	if (fx.memory < 0 || ftruncate(fx.memory, FX_FRAMES * 4096) < 0)
		abort();
	fx.max_pages = FX_FRAMES;
	fx.max_order = 18;
	fx.width = 64;
	fx.offers = "xen-3.0-x86_64 hvm-3.0-x86_32 xen-3.0-x86_32p";
	fx.pauses = 1;
	fx.capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap;
}

uint64_t
fx_owned(void)
{
	uint64_t n = 0;

	for (size_t i = 0; i < FX_FRAMES; i++)
		n += fx.type[i] != FX_FREE;
	return n;
}

static bool
fx_refuses(int e)
{
	if (++fx.calls != fx.refuse_at)
		return false;
	errno = e;
	return true;
}

/* The type of an owned frame, NULL for others. */
static unsigned char *
fx_frame(uint64_t mfn)
{
	return mfn - FX_BASE < FX_FRAMES && fx.type[mfn - FX_BASE] != FX_FREE ?
	    &fx.type[mfn - FX_BASE] : NULL;
}

/* The frame of a gfn. */
static uint64_t
fx_mfn(uint64_t gfn)
{
	for (size_t i = 0; i < FX_FRAMES; i++)
		if (fx.type[i] != FX_FREE && fx.m2p[i] == gfn)
			return FX_BASE + i;
	return 0;
}

xc_interface *
xc_interface_open(xentoollog_logger *a, xentoollog_logger *b, unsigned flags)
{
	(void)a;
	(void)b;
	(void)flags;
	return (xc_interface *)&fx;
}

int
xc_interface_close(xc_interface *x)
{
	(void)x;
	return 0;
}

struct xencall_handle *
xc_interface_xcall_handle(xc_interface *x)
{
	return (struct xencall_handle *)x;
}

struct xenforeignmemory_handle *
xc_interface_fmem_handle(xc_interface *x)
{
	return (struct xenforeignmemory_handle *)x;
}

void *
xencall_alloc_buffer(xencall_handle *x, size_t n)
{
	(void)x;
	return malloc(n);
}

void
xencall_free_buffer(xencall_handle *x, void *p)
{
	(void)x;
	free(p);
}

int
xc_domain_getinfolist(xc_interface *x, uint32_t first, unsigned max,
    xc_domaininfo_t *d)
{
	(void)x;
	if (fx_refuses(EFAULT))
		return -1;
	if (fx.gone || first > FX_DOMID || max == 0)
		return 0;
	*d = (xc_domaininfo_t){ .domain = FX_DOMID, .tot_pages = fx_owned(),
	    .max_pages = fx.max_pages, .max_vcpu_id = 1,
	    .shared_info_frame = FX_SHARED,
	    .flags = (fx.pauses > 0 ? XEN_DOMINF_paused : 0) |
	    (fx.hvm ? XEN_DOMINF_hvm_guest : 0) };
	return 1;
}

int
xc_version(xc_interface *x, int cmd, void *arg)
{
	(void)x;
	(void)cmd;
	if (fx_refuses(EFAULT))
		return -1;
	snprintf(arg, sizeof(xen_capabilities_info_t), "%s", fx.offers);
	return 0;
}

int
xc_physinfo(xc_interface *x, xc_physinfo_t *p)
{
	(void)x;
	if (fx_refuses(EFAULT))
		return -1;
	p->free_pages = FX_FRAMES - fx_owned();
	p->outstanding_pages = fx.others + fx.claim;
	p->capabilities = fx.capabilities;
	return 0;
}

int
xc_maximum_ram_page(xc_interface *x, unsigned long *max)
{
	(void)x;
	*max = FX_BASE + FX_FRAMES - 1;
	return fx_refuses(EFAULT) ? -1 : 0;
}

static uint64_t
fx_type_word(uint64_t mfn)
{
	size_t i = mfn - FX_BASE;

	if (fx_frame(mfn) == NULL)
		return XEN_DOMCTL_PFINFO_XTAB;
	return (uint64_t)fx.level[i] << XEN_DOMCTL_PFINFO_LTAB_SHIFT |
	    (fx.pinned[i] ? XEN_DOMCTL_PFINFO_LPINTAB : 0);
}

static int
fx_types(struct xen_domctl_getpageframeinfo3 *ask)
{
	fx.checks++;
	if (ask->num > 1024) {
		errno = E2BIG;
		return -1;
	}
	for (uint64_t i = 0; i < ask->num; i++)
		ask->array.p[i] = fx_type_word(ask->array.p[i]);
	return 0;
}

/* Without buffers it tells how many there are; there is one MSR. */
static int
fx_policy(struct xen_domctl_cpu_policy *p, bool set)
{
	uint32_t room = p->nr_leaves;
	size_t n = fx.n_leaves * sizeof(fx.leaf[0]);

	p->nr_leaves = fx.n_leaves;
	p->nr_msrs = 1;
	if (p->leaves.p == NULL && !set)
		return 0;
	errno = ENOBUFS;
	if (room < fx.n_leaves || p->msrs.p == NULL)
		return -1;
	memcpy(set ? fx.leaf : p->leaves.p, set ? p->leaves.p : fx.leaf, n);
	return 0;
}

int
xc_domain_set_memory_map(xc_interface *x, uint32_t dom, struct e820entry *map,
    uint32_t n)
{
	(void)x;
	if (dom != FX_DOMID || n > FX_RANGES || fx_refuses(EINVAL))
		return -1;
	memcpy(fx.map, map, n * sizeof(*map));
	fx.n_map = n;
	return 0;
}

int
xc_domain_hvm_getcontext(xc_interface *x, uint32_t dom, uint8_t *bytes,
    uint32_t n)
{
	(void)x;
	(void)dom;
	if (fx_refuses(EFAULT))
		return -1;
	if (bytes != NULL)
		memcpy(bytes, fx.stream, n);
	return (int)fx.stream_bytes;
}

/* It has a record of the vcpu if the whole stream begins with that one. */
int
xc_domain_hvm_getcontext_partial(xc_interface *x, uint32_t dom, uint16_t code,
    uint16_t instance, void *bytes, uint32_t n)
{
	const struct hvm_save_descriptor *d = (const void *)fx.stream;

	(void)x;
	(void)dom;
	if (fx_refuses(EFAULT))
		return -1;
	errno = ENODATA;
	if (d->typecode != code || d->instance != instance || d->length > n)
		return -1;
	memcpy(bytes, d + 1, d->length);
	return 0;
}

int
xc_domain_hvm_setcontext(xc_interface *x, uint32_t dom, uint8_t *bytes,
    uint32_t n)
{
	(void)x;
	(void)dom;
	if (n > FX_STREAM || fx_refuses(EINVAL))
		return -1;
	memcpy(fx.stream, bytes, n);
	fx.stream_bytes = n;
	return 0;
}

int
xc_hvm_param_set(xc_interface *x, uint32_t dom, uint32_t index, uint64_t value)
{
	(void)x;
	errno = EINVAL;
	if (dom != FX_DOMID || index >= FX_PARAMS || fx_refuses(EINVAL))
		return -1;
	fx.param[index] = value;
	return 0;
}

int
xc_hvm_param_get(xc_interface *x, uint32_t dom, uint32_t index,
    uint64_t *value)
{
	(void)x;
	errno = EINVAL;
	if (dom != FX_DOMID || index >= FX_PARAMS || fx_refuses(EINVAL))
		return -1;
	*value = fx.param[index];
	return 0;
}

int
xc_set_paging_mempool_size(xc_interface *x, uint32_t dom, uint64_t bytes)
{
	(void)x;
	if (dom != FX_DOMID || fx_refuses(ENOMEM))
		return -1;
	fx.pool = bytes;
	return 0;
}

int
xc_domctl(xc_interface *x, struct xen_domctl *op)
{
	(void)x;
	if (fx_refuses(EFAULT))
		return -1;
	switch (op->cmd) {
	case XEN_DOMCTL_get_address_size:
		op->u.address_size.size = fx.width;
		return 0;
	case XEN_DOMCTL_set_address_size:
		errno = EACCES;
		if (fx_owned() > 0 && op->u.address_size.size != fx.width)
			return -1;
		fx.width = op->u.address_size.size;
		return 0;
	case XEN_DOMCTL_get_cpu_policy:
	case XEN_DOMCTL_set_cpu_policy:
		return fx_policy(&op->u.cpu_policy,
		    op->cmd == XEN_DOMCTL_set_cpu_policy);
	case XEN_DOMCTL_getpageframeinfo3:
		return fx_types(&op->u.getpageframeinfo3);
	case XEN_DOMCTL_hypercall_init:
		errno = EPERM;
		if (fx_frame(op->u.hypercall_init.gmfn) == NULL)
			return -1;
		fx.hypercall_mfn = op->u.hypercall_init.gmfn;
		return 0;
	}
	abort();
}

/* First of 1 << order free frames, aligned; FX_FRAMES where there is none. */
static size_t
fx_find(unsigned order)
{
	size_t n = (size_t)1 << order;

	for (size_t i = 0; order <= fx.max_order && i + n <= FX_FRAMES; i += n)
		if (memchr(fx.type + i, FX_PLAIN, n) == NULL &&
		    memchr(fx.type + i, FX_TABLE, n) == NULL)
			return i;
	return FX_FRAMES;
}

int
xc_domain_populate_physmap(xc_interface *x, uint32_t domid, unsigned long n,
    unsigned order, unsigned flags, xen_pfn_t *frames)
{
	(void)x;
	(void)domid;
	(void)flags;
	fx.populates++;
	if (fx_refuses(EFAULT))
		return -1;
	for (unsigned long k = 0; k < n; k++) {
		size_t at = fx_find(order);

		fx.unaligned += (frames[k] & (((uint64_t)1 << order) - 1)) != 0;

		if (at == FX_FRAMES || FX_FRAMES - fx_owned() < fx.others +
		    ((size_t)1 << order))
			return (int)k;
		memset(fx.type + at, FX_PLAIN, (size_t)1 << order);
		fx.claim -= fx.claim < (size_t)1 << order ? fx.claim :
		    (size_t)1 << order;
		for (size_t i = 0; i < (size_t)1 << order; i++)
			fx.m2p[at + i] = frames[k] + i;
		frames[k] = FX_BASE + at;
	}
	return (int)n;
}

int
xc_domain_decrease_reservation(xc_interface *x, uint32_t domid,
    unsigned long n, unsigned order, xen_pfn_t *frames)
{
	(void)x;
	(void)domid;
	for (unsigned long k = 0; k < n; k++) {
		uint64_t mfn = fx.hvm ? fx_mfn(frames[k]) : frames[k];

		if (order != 0 || fx_frame(mfn) == NULL)
			abort();
		fx.type[mfn - FX_BASE] = FX_FREE;
	}
	return (int)n;
}

int
xc_domain_claim_pages(xc_interface *x, uint32_t domid, unsigned long n)
{
	(void)x;
	(void)domid;
	if (n > 0 && fx_refuses(ENOSYS))
		return -1;
	errno = ENOMEM;
	if (n + fx.others > FX_FRAMES - fx_owned() && n > 0)
		return -1;
	fx.claim = n;
	return 0;
}

static int
fx_map_page(char *to, uint64_t mfn, int prot)
{
	unsigned char *type = fx_frame(mfn);

	if (mfn == FX_SHARED)
		return 0;
	if (type == NULL || (*type == FX_TABLE && (prot & PROT_WRITE) &&
	    !fx.pvh))
		return EINVAL;
	return mmap(to, 4096, prot, MAP_SHARED | MAP_FIXED, fx.memory,
	    (off_t)(mfn - FX_BASE) * 4096) == MAP_FAILED ? errno : 0;
}

void *
xenforeignmemory_map2(xenforeignmemory_handle *h, uint32_t dom, void *addr,
    int prot, int flags, size_t pages, const xen_pfn_t arr[], int err[])
{
	char *p;

	(void)h;
	(void)dom;
	(void)addr;
	(void)flags;
	if (fx_refuses(ENOMEM))
		return NULL;
	p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < pages; i++)
		err[i] = fx_map_page(p + i * 4096, arr[i], prot);
	fx.mapped += (long)pages;
	return p;
}

/* The m2p, whose 2 MiB pieces have frames FX_M2P + 512 * piece on. */
void *
xenforeignmemory_map(xenforeignmemory_handle *h, uint32_t dom, int prot,
    size_t pages, const xen_pfn_t arr[], int err[])
{
	uint64_t *p;

	(void)h;
	(void)prot;
	if (fx_refuses(EPERM) || dom != DOMID_XEN || err != NULL)
		return NULL;
	p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < pages * 512; i++) {
		uint64_t mfn = (arr[i / 512] - FX_M2P) * 512 + i % 512;

		p[i] = fx_frame(mfn) == NULL ? UINT64_MAX :
		    fx.m2p[mfn - FX_BASE];
	}
	fx.mapped += (long)pages;
	return p;
}

int
xenforeignmemory_unmap(xenforeignmemory_handle *h, void *addr, size_t pages)
{
	(void)h;
	fx.mapped -= (long)pages;
	return munmap(addr, pages * 4096);
}

xenforeignmemory_resource_handle *
xenforeignmemory_map_resource(xenforeignmemory_handle *h, domid_t domid,
    unsigned type, unsigned id, unsigned long frame, unsigned long n,
    void **addr, int prot, int flags)
{
	(void)h;
	(void)domid;
	(void)prot;
	(void)flags;
	if (fx_refuses(EOPNOTSUPP) || type != XENMEM_resource_grant_table ||
	    id != XENMEM_resource_grant_table_id_shared || frame != 0 || n != 1)
		return NULL;
	if (fx.grants == NULL)
		fx.grants = calloc(1, 4096);
	*addr = fx.grants;
	fx.mapped++;
	return (xenforeignmemory_resource_handle *)&fx;
}

int
xenforeignmemory_unmap_resource(xenforeignmemory_handle *h,
    xenforeignmemory_resource_handle *r)
{
	(void)h;
	(void)r;
	fx.mapped--;
	return 0;
}

static int
fx_one_op(const struct mmuext_op *op)
{
	size_t i = op->arg1.mfn - FX_BASE;
	unsigned char zero[4096] = { 0 };

	errno = EINVAL;
	if (fx_frame(op->arg1.mfn) == NULL)
		return -1;
	switch (op->cmd) {
	case MMUEXT_CLEAR_PAGE:
		fx.clears++;
		if (fx.pvh)
			errno = EOPNOTSUPP;
		if (fx.pvh || fx.type[i] == FX_TABLE)
			return -1;
		return pwrite(fx.memory, zero, 4096, (off_t)i * 4096) == 4096 ?
		    0 : -1;
	case MMUEXT_UNPIN_TABLE:
		if (!fx.pinned[i])
			return -1;
		fx.pinned[i] = false;
		fx.level[i] = 0;
		fx.type[i] = FX_PLAIN;
		return 0;
	default:
		fx.pin_cmd = op->cmd;
		if (fx.pinned[i])
			return -1;
		if (fx.silent_pin)
			return 0;
		fx.pinned[i] = true;
		fx.level[i] = (unsigned char)(op->cmd + 1);
		fx.type[i] = FX_TABLE;
		return 0;
	}
}

int
xc_mmuext_op(xc_interface *x, struct mmuext_op *ops, unsigned n, uint32_t dom)
{
	(void)x;
	if (fx_refuses(EFAULT) || dom != FX_DOMID)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (fx_one_op(&ops[i]) < 0)
			return -1;
	return 0;
}

int
xencall4(xencall_handle *x, unsigned op, uint64_t a, uint64_t n, uint64_t done,
    uint64_t dom)
{
	const struct mmu_update *u = (const void *)(uintptr_t)a;

	(void)x;
	(void)done;
	if (fx_refuses(EFAULT))
		return -1;
	errno = EINVAL;
	if (op != __HYPERVISOR_mmu_update || dom != FX_DOMID)
		return -1;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t mfn = u[i].ptr >> 12;

		if ((u[i].ptr & 4095) != MMU_MACHPHYS_UPDATE ||
		    fx_frame(mfn) == NULL)
			return -1;
		fx.m2p[mfn - FX_BASE] = u[i].val;
		fx.updates++;
	}
	return 0;
}

/* The machine's first GiB is a hole in the table. */
long
xc_memory_op(xc_interface *x, unsigned cmd, void *arg, size_t n)
{
	struct xen_machphys_mfn_list *ask = arg;

	(void)x;
	if (fx_refuses(EFAULT) || cmd != XENMEM_machphys_mfn_list ||
	    n != sizeof(*ask))
		return -1;
	for (unsigned i = 0; i < ask->max_extents; i++)
		ask->extent_start.p[i] = i == 0 ? 0 : FX_M2P + i * 512u;
	ask->nr_extents = ask->max_extents;
	return 0;
}

int
xc_evtchn_alloc_unbound(xc_interface *x, uint32_t dom, uint32_t remote)
{
	(void)x;
	(void)dom;
	if (fx_refuses(EFAULT))
		return -1;
	for (int i = 1; i < FX_PORTS; i++)
		if (fx.port[i].status == EVTCHNSTAT_closed) {
			fx.port[i].status = EVTCHNSTAT_unbound;
			fx.port[i].u.unbound.dom = (domid_t)remote;
			return i;
		}
	errno = ENOSPC;
	return -1;
}

int
xc_evtchn_status(xc_interface *x, xc_evtchn_status_t *s)
{
	(void)x;
	if (fx_refuses(EFAULT))
		return -1;
	errno = EINVAL;
	if (s->port >= FX_PORTS)
		return -1;
	s->status = fx.port[s->port].status;
	s->u = fx.port[s->port].u;
	return 0;
}

int
xc_vcpu_getcontext(xc_interface *x, uint32_t dom, uint32_t vcpu,
    vcpu_guest_context_any_t *c)
{
	(void)x;
	(void)dom;
	if (fx_refuses(EFAULT))
		return -1;
	errno = ENODATA;
	if (vcpu != 0 || !fx.has_context)
		return -1;
	*c = fx.context;
	return 0;
}

int
xc_vcpu_setcontext(xc_interface *x, uint32_t dom, uint32_t vcpu,
    vcpu_guest_context_any_t *c)
{
	(void)x;
	(void)dom;
	(void)vcpu;
	if (fx_refuses(EFAULT))
		return -1;
	errno = EINVAL;
	if (c->x64.ctrlreg[3] == 0 && fx.width == 64)
		return -1;
	fx.context = *c;
	fx.has_context = true;
	return 0;
}

int
xc_domain_pause(xc_interface *x, uint32_t dom)
{
	(void)x;
	(void)dom;
	fx.pauses++;
	return fx_refuses(EFAULT) ? -1 : 0;
}

int
xc_domain_unpause(xc_interface *x, uint32_t dom)
{
	(void)x;
	(void)dom;
	if (fx_refuses(EFAULT))
		return -1;
	if (fx.pauses == 0)
		abort();
	fx.pauses--;
	return 0;
}

int
xc_domain_destroy(xc_interface *x, uint32_t dom)
{
	(void)x;
	(void)dom;
	fx.destroyed = true;
	return 0;
}

int
xc_domain_create(xc_interface *x, uint32_t *domid,
    struct xen_domctl_createdomain *how)
{
	(void)x;
	if (fx_refuses(ESRCH))
		return -1;
	fx.how = *how;
	*domid = FX_DOMID;
	return 0;
}

int
xc_domain_max_vcpus(xc_interface *x, uint32_t dom, unsigned n)
{
	(void)x;
	(void)dom;
	(void)n;
	return fx_refuses(ENOMEM) ? -1 : 0;
}

int
xc_domain_setmaxmem(xc_interface *x, uint32_t dom, uint64_t kib)
{
	(void)x;
	(void)dom;
	fx.limit_kib = kib;
	return fx_refuses(EFAULT) ? -1 : 0;
}

int
xc_domain_set_memmap_limit(xc_interface *x, uint32_t dom, unsigned long kib)
{
	(void)x;
	(void)dom;
	fx.map_kib = kib;
	return fx_refuses(EFAULT) ? -1 : 0;
}
