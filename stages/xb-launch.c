#include "target/window.h"
#include "stage/stage.h"
#include "build/vcpu.h"

static const struct stage_option options[] = {
	{ 'p', "paused", NULL, "leave the domain paused", 0, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-launch",
	.synopsis = "[-hpqTVv] [-t TARGET] [PLAN]",
	.purpose = "give vcpu 0 its registers and let the domain run",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY) | PLAN_BIT(PLAN_PAGETABLES) |
	    PLAN_BIT(PLAN_STARTINFO),
	.adds = PLAN_BIT(PLAN_VCPUS) | PLAN_BIT(PLAN_LAUNCHED),
	.if_lost = "the domain is launched all the same",
	.targets = true,
};

static int
work(struct plan *p, void *o, struct fail *f)
{
	return target_run(p, stage_target(), vcpu_launch, o, f);
}

int
main(int argc, char **argv)
{
	struct vcpu_options o = { 0 };
	int c;

	while ((c = stage_getopt(&st, argc, argv)) != -1)
		if (c == 'p')
			o.leave_paused = true;
	return stage_filter(&st, argc, argv, work, &o);
}
