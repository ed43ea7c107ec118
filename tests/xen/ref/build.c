/*
 * ref-build [-t pv|pvh] [-m MIB] [-p VCPUS] [-r RAMDISK] [-c COMMAND_LINE] KERNEL
 *
 * Builds a domain with libxenguest, call by call in the order of libxl, and
 * leaves it paused.  One of PVH has no ACPI tables, which libxl makes.  Prints `domid N`, then where the library put things, a
 * line each: NAME PFN PAGES.  Nothing of xb is in here: it is what xb's domains
 * are held against.  After a failure the domain is destroyed.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xen/hvm/params.h>

enum { SLACK_KIB = 1024, MAX_PORT = 1023, PAGE = 4096,
	NO_DELAY_FOR_MISSED_TICKS = 1, MAP_MAX = 3 };
#define MIB (UINT64_C(1) << 20)
#define GIB4 (UINT64_C(1) << 32)
#define HOLE UINT64_C(0xfc000000)	/* libxl's for PVH, up to 4 GiB */

struct order {
	bool pvh;
	unsigned mib, vcpus;
	const char *kernel, *ramdisk, *line;
};

static struct order
read_options(int argc, char **argv)
{
	struct order o = { .mib = 64, .vcpus = 1, .line = "" };
	int c;

	while ((c = getopt(argc, argv, "t:m:p:r:c:")) != -1)
		switch (c) {
		case 't':
			o.pvh = strcmp(optarg, "pvh") == 0;
			break;
		case 'm':
			o.mib = (unsigned)strtoul(optarg, NULL, 0);
			break;
		case 'p':
			o.vcpus = (unsigned)strtoul(optarg, NULL, 0);
			break;
		case 'r':
			o.ramdisk = optarg;
			break;
		case 'c':
			o.line = optarg;
			break;
		default:
			exit(64);
		}
	if (optind + 1 != argc)
		errx(64, "usage: ref-build [-t pv|pvh] [-m MIB] [-p VCPUS] "
		    "[-r RAMDISK] [-c COMMAND_LINE] KERNEL");
	o.kernel = argv[optind];
	return o;
}

/* What libxl does with a new domain of PVH. */
static int
prepare_pvh(xc_interface *xc, const struct order *o, uint32_t domid)
{
	uint64_t pages = 256 * (uint64_t)o->vcpus + o->mib;

	if (xc_hvm_param_set(xc, domid, HVM_PARAM_TIMER_MODE,
	    NO_DELAY_FOR_MISSED_TICKS) != 0 ||
	    xc_set_paging_mempool_size(xc, domid, pages * PAGE) != 0)
		return -1;
	return xc_cpuid_apply_policy(xc, domid, false, NULL, 0, true, false,
	    false, NULL, NULL);
}

/* As libxl does, with its defaults. */
static int
create(xc_interface *xc, const struct order *o, uint32_t *domid)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = o->vcpus,
		.max_evtchn_port = MAX_PORT,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(2),
	};
	uint64_t kib = (uint64_t)o->mib * 1024;

	if (o->pvh) {
		config.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
		config.arch.emulation_flags = XEN_X86_EMU_LAPIC;
	}
	*domid = 0;
	if (xc_domain_create(xc, domid, &config) != 0) {
		*domid = 0;
		return -1;
	}
	if (xc_domain_max_vcpus(xc, *domid, o->vcpus) != 0 ||
	    xc_domain_setmaxmem(xc, *domid, kib + SLACK_KIB) != 0)
		return -1;
	return o->pvh ? prepare_pvh(xc, o, *domid) :
	    xc_domain_set_memmap_limit(xc, *domid, kib + SLACK_KIB);
}

/* Memory of PVH, on both sides of the hole. */
static void
size_pvh(struct xc_dom_image *dom, const struct order *o)
{
	uint64_t bytes = o->mib * MIB;

	dom->container_type = XC_DOM_HVM_CONTAINER;
	dom->target_pages = bytes / PAGE;
	dom->mmio_start = HOLE;
	dom->mmio_size = GIB4 - HOLE;
	dom->lowmem_end = bytes < HOLE ? bytes : HOLE;
	dom->highmem_end = bytes < HOLE ? 0 : GIB4 + bytes - HOLE;
}

/* libxl's memory map, without ACPI tables. */
static int
map_pvh(xc_interface *xc, struct xc_dom_image *dom, uint32_t domid)
{
	static struct e820entry map[MAP_MAX];
	unsigned n = 0;

	map[n++] = (struct e820entry){ 0, dom->lowmem_end, 1 };
	map[n++] = (struct e820entry){
		(uint64_t)(X86_HVM_END_SPECIAL_REGION -
		    X86_HVM_NR_SPECIAL_PAGES) * PAGE,
		X86_HVM_NR_SPECIAL_PAGES * PAGE, 2 };
	if (dom->highmem_end > 0)
		map[n++] = (struct e820entry){ GIB4, dom->highmem_end - GIB4,
		    1 };
	dom->e820 = map;
	dom->e820_entries = n;
	return xc_domain_set_memory_map(xc, domid, map, n);
}

static int
channels(xc_interface *xc, struct xc_dom_image *dom, uint32_t domid)
{
	int store = xc_evtchn_alloc_unbound(xc, domid, 0);
	int console = xc_evtchn_alloc_unbound(xc, domid, 0);

	if (store < 0 || console < 0)
		return -1;
	dom->xenstore_evtchn = (unsigned)store;
	dom->console_evtchn = (unsigned)console;
	dom->xenstore_domid = 0;
	dom->console_domid = 0;
	return 0;
}

static const char *
build(xc_interface *xc, struct xc_dom_image *dom, const struct order *o,
    uint32_t domid)
{
	dom->container_type = XC_DOM_PV_CONTAINER;
	if (o->pvh)
		size_pvh(dom, o);
	dom->max_vcpus = o->vcpus;
	if (channels(xc, dom, domid) != 0)
		return "event channels";
	if (xc_dom_kernel_file(dom, o->kernel) != 0)
		return "kernel";
	if (o->ramdisk != NULL &&
	    xc_dom_module_file(dom, o->ramdisk, NULL) != 0)
		return "ramdisk";
	if (xc_dom_boot_xen_init(dom, xc, domid) != 0)
		return "xc_dom_boot_xen_init";
	if (xc_dom_parse_image(dom) != 0)
		return "xc_dom_parse_image";
	if (xc_dom_mem_init(dom, o->mib) != 0)
		return "xc_dom_mem_init";
	if (xc_dom_boot_mem_init(dom) != 0)
		return "xc_dom_boot_mem_init";
	if (o->pvh && map_pvh(xc, dom, domid) != 0)
		return "memory map";
	if (xc_dom_build_image(dom) != 0)
		return "xc_dom_build_image";
	if (xc_dom_boot_image(dom) != 0)
		return "xc_dom_boot_image";
	if (xc_dom_gnttab_init(dom) != 0)
		return "xc_dom_gnttab_init";
	return NULL;
}

static void
say(const char *name, uint64_t pfn, uint64_t pages)
{
	if (pages > 0)
		printf("%s %llu %llu\n", name, (unsigned long long)pfn,
		    (unsigned long long)pages);
}

static void
report(const struct xc_dom_image *dom, uint32_t domid)
{
	printf("domid %u\n", domid);
	say("kernel", dom->kernel_seg.pfn, dom->kernel_seg.pages);
	if (dom->num_modules > 0)
		say("ramdisk", dom->modules[0].seg.pfn,
		    dom->modules[0].seg.pages);
	say("p2m", dom->p2m_seg.pfn, dom->p2m_seg.pages);
	if (dom->container_type == XC_DOM_PV_CONTAINER)
		say("start_info", dom->start_info_pfn, 1);
	else
		say("start_info", dom->start_info_seg.pfn,
		    dom->start_info_seg.pages);
	say("xenstore", dom->xenstore_pfn, 1);
	say("console", dom->console_pfn, 1);
	say("page_tables", dom->pgtables_seg.pfn, dom->pgtables_seg.pages);
	if (dom->container_type == XC_DOM_PV_CONTAINER)
		say("stack", dom->bootstack_pfn, 1);
}

int
main(int argc, char **argv)
{
	struct order o = read_options(argc, argv);
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	struct xc_dom_image *dom;
	const char *failed = "create";
	uint32_t domid;

	if (xc == NULL)
		err(69, "xc_interface_open");
	if (create(xc, &o, &domid) == 0) {
		dom = xc_dom_allocate(xc, o.line, NULL);
		failed = dom == NULL ? "xc_dom_allocate" :
		    build(xc, dom, &o, domid);
		if (failed == NULL)
			report(dom, domid);
		if (dom != NULL)
			xc_dom_release(dom);
	}
	if (failed != NULL) {
		warn("%s", failed);
		if (domid != 0)
			xc_domain_destroy(xc, domid);
	}
	xc_interface_close(xc);
	return failed == NULL ? 0 : 71;
}
