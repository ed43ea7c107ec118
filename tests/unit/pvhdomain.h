/*
 * pvhdomain: a small PVH domain in a file target, built by the stages' own
 * code: 4 MiB, three vcpus, a kernel of two pages at 1 MiB, a command line, and
 * two modules, of which the second has a command line.
 *
 * In its segment start_info at PVH_START, hvm_start_info is at 0, the command
 * line at 56, the modules at 80 and 112, the second's line at 144, the memory
 * map at 160, and nothing from 232 on.  In its ACPI page XSDT, FACS, FADT, DSDT
 * and MADT lie at 64, 128, 192, 464 and 512.
 */
#ifndef XB_PVHDOMAIN_H
#define XB_PVHDOMAIN_H

#include "layout-sample.h"
#include "targetkit.h"

enum { PVH_PAGES = 1024, PVH_VCPUS = 3, PVH_KERNEL = 0x100000,
	PVH_START = 0x102000, PVH_MODULE = 0x103000, PVH_MODULE_2 = 0x106000,
	PVH_FREE = 0x200000, PVH_ACPI = 0xfc000000u,
	PVH_IDENTITY = 0xfeffe000u, PVH_STORE = 0xfeffc000u,
	PVH_CONSOLE = 0xfefff000u, PVH_PAGING = 0xfeff8000u };

struct pvh_domain {
	struct kit k;
	struct sample s;
	struct plan *plan;
	struct plan_source source[3];
	char path[3][96];
};

/* In the folder "dom" of the current one. */
void	pvh_begin(struct pvh_domain *);
void	pvh_end(struct pvh_domain *);

/* A word of up to 8 bytes at a physical address becomes another; its value
 * before. */
uint64_t pvh_poke(struct pvh_domain *, uint64_t paddr, unsigned bytes,
	    uint64_t value);

#endif
