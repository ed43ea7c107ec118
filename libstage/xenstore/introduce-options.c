#include "plan/stages.h"
#include "xenstore/introduce.h"

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct introduce_options *o = options;

	switch (id) {
	case OPTION_CHECK:
		o->check = true;
		return 0;
	case OPTION_NODE_NAME:
		o->name = value;
		return introduce_name(value, f);
	case OPTION_NO_XENCONSOLED:
		o->no_xenconsoled = true;
		return 0;
	default:
		return fail_bug(f, "an option of another stage");
	}
}

const struct stage_code stage_introduce = { STAGE_INTRODUCE,
	.size = sizeof(struct introduce_options), .set = set,
	.work = introduce_run, .writes = target_writes };
