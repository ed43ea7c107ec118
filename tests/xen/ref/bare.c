/*
 * ref-bare [-r] FILE: builds the domain of ref-dump's FILE again, with as few
 * hypercalls and copies as will do, leaves it paused and prints `domid N`.
 * With -r it runs then: what it writes on its console is printed until it ends,
 * and it is destroyed.
 *
 * It is the limit that builders are measured by: nothing is checked, computed
 * or asked that the file says, all pages come into one mapping with one read,
 * and nothing is unmapped or freed that ends with the process.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xen/io/console.h>
#include <xenforeignmemory.h>

#include "image.h"

enum { PAGE = 4096, ENTRIES = 512, ORDER_MAX = 18, SLACK_KIB = 1024,
	MAX_PORT = 1023 };
#define FRAME_MASK 0x000ffffffffff000

struct bare {
	xc_interface *xc;
	uint32_t domid;
	const struct image *head;	/* the file, up to the pages */
	const struct image_page *page;
	const uint64_t *clear;
	xen_pfn_t *p2m;
	uint64_t *map;			/* the pages, and shared_info */
	unsigned store_port, console_port;
};

static void
must(int r, const char *what)
{
	if (r < 0)
		err(71, "%s", what);
}

static void
create(struct bare *b)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = (uint32_t)b->head->vcpus,
		.max_evtchn_port = MAX_PORT,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(2),
	};

	must(xc_domain_create(b->xc, &b->domid, &config), "create");
	must(xc_domain_max_vcpus(b->xc, b->domid, config.max_vcpus), "vcpus");
	must(xc_domain_setmaxmem(b->xc, b->domid, b->head->kib + SLACK_KIB),
	    "maxmem");
	must(xc_domain_set_memmap_limit(b->xc, b->domid, b->head->kib),
	    "memory map");
	b->store_port = (unsigned)xc_evtchn_alloc_unbound(b->xc, b->domid, 0);
	b->console_port = (unsigned)xc_evtchn_alloc_unbound(b->xc, b->domid,
	    0);
}

/* From the largest extents down, as long as there are any. */
static void
populate(struct bare *b)
{
	uint64_t at = 0, count = b->head->pages, n;
	xen_pfn_t *base = malloc(count * sizeof(*base));

	for (unsigned order = ORDER_MAX + 1; order-- > 0;) {
		n = (count - at) >> order;
		if (n == 0)
			continue;
		for (uint64_t i = 0; i < n; i++)
			base[i] = at + (i << order);
		int r = xc_domain_populate_physmap(b->xc, b->domid, n, order,
		    0, base);

		must(r, "populate");
		for (int i = 0; i < r; i++)
			for (uint64_t k = 0; k < UINT64_C(1) << order; k++)
				b->p2m[at++] = base[i] + k;
	}
	if (at != count)
		errx(71, "the host is full");
}

static void
map_and_read(struct bare *b, int fd)
{
	uint64_t n = b->head->n, past = sizeof(*b->head) +
	    n * sizeof(*b->page) + b->head->n_clear * sizeof(*b->clear);
	xen_pfn_t *frames = malloc((n + 1) * sizeof(*frames));
	xc_domaininfo_t info;

	for (uint64_t i = 0; i < n; i++)
		frames[i] = b->p2m[b->page[i].pfn];
	must(xc_domain_getinfolist(b->xc, b->domid, 1, &info), "info");
	frames[n] = info.shared_info_frame;
	b->map = xenforeignmemory_map(xc_interface_fmem_handle(b->xc),
	    b->domid, PROT_READ | PROT_WRITE, n + 1, frames, NULL);
	if (b->map == NULL)
		err(71, "map");
	for (uint64_t done = 0, all = n * PAGE; done < all;) {
		ssize_t r = pread(fd, (char *)b->map + done, all - done,
		    (off_t)((past + PAGE - 1) / PAGE * PAGE + done));

		must(r > 0 ? 0 : -1, "read");
		done += (uint64_t)r;
	}
	memcpy(b->map + n * ENTRIES, &b->head->shared,
	    sizeof(b->head->shared));
	start_info_t *si = NULL;

	for (uint64_t i = 0; i < n; i++)
		if (b->page[i].pfn == b->head->start_info)
			si = (start_info_t *)(b->map + i * ENTRIES);
	si->shared_info = info.shared_info_frame * PAGE;
	si->store_mfn = b->p2m[b->head->store];
	si->store_evtchn = b->store_port;
	si->console.domU.mfn = b->p2m[b->head->console];
	si->console.domU.evtchn = b->console_port;
}

static void
turn_pages(struct bare *b)
{
	for (uint64_t i = 0; i < b->head->n; i++) {
		uint64_t *e = b->map + i * ENTRIES, left;
		const struct image_page *p = &b->page[i];

		if (p->kind == IMAGE_TABLE)
			for (unsigned k = 0; k < ENTRIES; k++)
				if (e[k] & 1)
					e[k] = (e[k] & ~(uint64_t)FRAME_MASK) |
					    b->p2m[(e[k] & FRAME_MASK) / PAGE]
					    * PAGE;
		if (p->kind != IMAGE_LIST)
			continue;
		left = b->head->pages - (uint64_t)p->part * ENTRIES;
		memcpy(e, b->p2m + (uint64_t)p->part * ENTRIES,
		    (left < ENTRIES ? left : ENTRIES) * sizeof(*e));
	}
}

static void
finish(struct bare *b)
{
	uint64_t n = b->head->n_clear;
	struct mmuext_op *ops = calloc(n + 1, sizeof(*ops));
	vcpu_guest_context_any_t vcpu = { .x64 = b->head->vcpu };
	struct grant_entry_v1 *grant;
	void *p = NULL;

	for (uint64_t i = 0; i < n; i++) {
		ops[i].cmd = MMUEXT_CLEAR_PAGE;
		ops[i].arg1.mfn = b->p2m[b->clear[i]];
	}
	/* Tables that are mapped writable are not pinned. */
	munmap(b->map, (b->head->n + 1) * PAGE);
	ops[n].cmd = MMUEXT_PIN_L4_TABLE;
	ops[n].arg1.mfn = b->p2m[b->head->root];
	must(xc_mmuext_op(b->xc, ops, (unsigned)n + 1, b->domid), "pin");
	if (xenforeignmemory_map_resource(xc_interface_fmem_handle(b->xc),
	    (domid_t)b->domid, XENMEM_resource_grant_table,
	    XENMEM_resource_grant_table_id_shared, 0, 1, &p,
	    PROT_READ | PROT_WRITE, 0) == NULL)
		err(71, "grant table");
	grant = p;
	grant[0] = (struct grant_entry_v1){ GTF_permit_access, 0,
	    (uint32_t)b->p2m[b->head->console] };
	grant[1] = (struct grant_entry_v1){ GTF_permit_access, 0,
	    (uint32_t)b->p2m[b->head->store] };
	vcpu.x64.ctrlreg[3] = b->p2m[b->head->root] * PAGE;
	must(xc_vcpu_setcontext(b->xc, b->domid, 0, &vcpu), "registers");
}

/* ---- running ---- */

static void
drain(struct xencons_interface *ring)
{
	uint32_t end = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
	uint32_t at = ring->out_cons;

	for (; at != end; at++)
		putchar(ring->out[MASK_XENCONS_IDX(at, ring->out)]);
	__atomic_store_n(&ring->out_cons, at, __ATOMIC_RELEASE);
}

static void
run(struct bare *b)
{
	struct xencons_interface *ring = xenforeignmemory_map(
	    xc_interface_fmem_handle(b->xc), b->domid, PROT_READ | PROT_WRITE,
	    1, &b->p2m[b->head->console], NULL);
	xc_domaininfo_t info = { .flags = 0 };

	if (ring == NULL)
		err(71, "console");
	must(xc_domain_unpause(b->xc, b->domid), "unpause");
	while (!(info.flags & XEN_DOMINF_shutdown)) {
		drain(ring);
		must(xc_domain_getinfolist(b->xc, b->domid, 1, &info), "info");
		usleep(1000);
	}
	drain(ring);
	munmap(ring, PAGE);
	printf("ended %u\n", info.flags >> XEN_DOMINF_shutdownshift &
	    XEN_DOMINF_shutdownmask);
	must(xc_domain_destroy(b->xc, b->domid), "destroy");
}

int
main(int argc, char **argv)
{
	bool runs = argc == 3 && strcmp(argv[1], "-r") == 0;
	const char *file = argv[argc - 1];
	struct bare b = { .domid = 0 };
	int fd;

	if (argc != 2 + runs)
		errx(64, "usage: ref-bare [-r] FILE");
	fd = open(file, O_RDONLY | O_CLOEXEC);
	must(fd, file);
	b.head = mmap(NULL, (size_t)lseek(fd, 0, SEEK_END), PROT_READ,
	    MAP_PRIVATE, fd, 0);
	if (b.head == MAP_FAILED)
		err(71, "%s", file);
	b.page = (const struct image_page *)(b.head + 1);
	b.clear = (const uint64_t *)(b.page + b.head->n);
	b.p2m = malloc(b.head->pages * sizeof(*b.p2m));
	b.xc = xc_interface_open(NULL, NULL, XC_OPENFLAG_NON_REENTRANT);
	if (b.xc == NULL || b.p2m == NULL)
		err(69, "no Xen");
	create(&b);
	populate(&b);
	map_and_read(&b, fd);
	turn_pages(&b);
	finish(&b);
	printf("domid %u\n", b.domid);
	if (runs)
		run(&b);
	return 0;
}
