#include <inttypes.h>

#include "base/number.h"
#include "build/layout.h"
#include "plan/stages.h"

struct options {
	uint64_t size;			/* of memory; 0: not given */
};

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct options *o = options;

	if (id != OPTION_MEMORY)
		return fail_bug(f, "an option of another stage");
	return size_parse("-m", value, &o->size, f);
}

static int
ready(void *options, struct fail *f)
{
	const struct options *o = options;

	if (o->size == 0)
		return fail(f, FAIL_USAGE, "-m SIZE is missing: the memory of "
		    "the domain");
	if (o->size % PAGE_BYTES != 0)
		return fail(f, FAIL_USAGE, "-m: %" PRIu64 " bytes are not a "
		    "multiple of 4096, a page", o->size);
	return 0;
}

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	const struct options *o = options;

	(void)target;
	return layout_solve(p, o->size / PAGE_BYTES, f);
}

const struct stage_code stage_layout = { STAGE_LAYOUT,
	.size = sizeof(struct options), .set = set, .ready = ready,
	.work = work };
