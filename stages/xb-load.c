#include "build/load.h"
#include "stage/stage.h"

static const struct stage st = {
	.name = "xb-load",
	.synopsis = "[-hqTVv] [-t TARGET] [PLAN]",
	.purpose = "give the domain its memory and put the bytes there",
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT),
	.adds = PLAN_BIT(PLAN_MEMORY),
	.if_lost = "the domain is loaded, but only the lost plan fits it: "
	    "destroy it with 'xb-domain destroy' and create it again",
	.targets = true,
};

static int
work(struct plan *p, void *options, struct fail *f)
{
	(void)options;
	return loader_run(p, stage_target(), f);
}

int
main(int argc, char **argv)
{
	while (stage_getopt(&st, argc, argv) != -1)
		continue;
	return stage_filter(&st, argc, argv, work, NULL);
}
