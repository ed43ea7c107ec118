#include "build/vcpu.h"
#include "plan/stages.h"
#include "target/window.h"

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct vcpu_options *o = options;

	(void)value;
	if (id != OPTION_PAUSED)
		return fail_bug(f, "an option of another stage");
	o->leave_paused = true;
	return 0;
}

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	return target_run(p, target, vcpu_launch, options, f);
}

const struct stage_code stage_launch = { STAGE_LAUNCH,
	.size = sizeof(struct vcpu_options), .set = set, .work = work,
	.writes = target_writes };
