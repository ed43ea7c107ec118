#include "build/pv/pgtable.h"
#include "build/pvh/identity.h"
#include "plan/stages.h"
#include "target/window.h"

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	static target_step *const steps[GUEST_TYPES] = {
		[GUEST_PV] = pgtable_build, [GUEST_PVH] = pvh_identity_build
	};

	return target_run(p, target, steps[p->image.abi->guest], options, f);
}

const struct stage_code stage_pgtab = { STAGE_PGTAB, .work = work,
	.writes = target_writes };
