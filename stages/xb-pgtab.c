#include "target/window.h"
#include "build/pgtable.h"
#include "stage/stage.h"

static const struct stage st = {
	.name = "xb-pgtab",
	.synopsis = "[-hqTVv] [-t TARGET] [PLAN]",
	.purpose = "write the page tables and the p2m list, and pin them",
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY),
	.adds = PLAN_BIT(PLAN_PAGETABLES),
	.if_lost = "the page tables are made: run xb-pgtab again with the "
	    "plan of xb-load",
	.targets = true,
};

static int
work(struct plan *p, void *options, struct fail *f)
{
	return target_run(p, stage_target(), pgtable_build, options, f);
}

int
main(int argc, char **argv)
{
	while (stage_getopt(&st, argc, argv) != -1)
		continue;
	return stage_filter(&st, argc, argv, work, NULL);
}
