#include "base/number.h"
#include "plan/stages.h"
#include "target/window.h"

struct options {
	uint64_t mark;
};

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct options *o = options;

	if (id != OPTION_MARK)
		return fail_bug(f, "an option of another stage");
	return number_parse("--mark", value, UINT32_MAX, &o->mark, f);
}

static int
count(struct target *t, const struct target_info *info, struct plan *p,
    void *options, struct fail *f)
{
	const struct options *o = options;

	(void)t;
	(void)f;
	p->example.pages = info->pages;
	p->example.mark = o->mark;
	plan_add(p, PLAN_EXAMPLE);
	return 0;
}

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	return target_run(p, target, count, options, f);
}

const struct stage_code stage_example = { STAGE_EXAMPLE,
	.size = sizeof(struct options), .set = set, .work = work,
	.writes = target_writes };
