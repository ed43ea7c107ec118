#include "base/number.h"
#include "build/layout.h"
#include "plan/stages.h"

struct options {
	uint64_t pages;			/* of memory; 0: not given */
};

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct options *o = options;

	if (id != OPTION_MEMORY)
		return fail_bug(f, "an option of another stage");
	return size_pages("-m", value, &o->pages, f);
}

static int
ready(void *options, struct fail *f)
{
	const struct options *o = options;

	return o->pages != 0 ? 0 : fail(f, FAIL_USAGE, "-m SIZE is missing: "
	    "the memory of the domain");
}

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	const struct options *o = options;

	(void)target;
	return layout_solve(p, o->pages, f);
}

const struct stage_code stage_layout = { STAGE_LAYOUT,
	.size = sizeof(struct options), .set = set, .ready = ready,
	.work = work };
