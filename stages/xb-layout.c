#include <inttypes.h>
#include <unistd.h>

#include "build/layout.h"
#include "stage/stage.h"

static const struct stage_option options[] = {
	{ 'm', "memory", "SIZE",
	    "memory of the domain, bytes or with K, M, G", 0, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-layout",
	.synopsis = "[-hqTVv] -m SIZE [PLAN]",
	.purpose = "decide where everything goes in the guest's memory",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE),
	.adds = PLAN_BIT(PLAN_LAYOUT),
};

static int
work(struct plan *p, void *pages, struct fail *f)
{
	return layout_solve(p, *(const uint64_t *)pages, f);
}

int
main(int argc, char **argv)
{
	uint64_t size = 0, pages;
	int c;

	while ((c = stage_getopt(&st, argc, argv)) != -1)
		if (c == 'm')
			size = stage_size(&st, "-m", optarg);
	if (size == 0)
		stage_usage(&st, "-m SIZE is missing: the memory of the domain");
	if (size % PAGE_BYTES != 0)
		stage_usage(&st, "-m: %" PRIu64 " bytes are not a multiple of "
		    "4096, a page", size);
	pages = size / PAGE_BYTES;
	return stage_filter(&st, argc, argv, work, &pages);
}
