/* json: what somebody edited and gives to xb-plan. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;
	int rc = plan_from_json(&p, (const char *)bytes, n, "the input", &f);

	fuzz_outcome(rc, &f);
	if (rc == 0)
		fuzz_plan_is_stable(&p, true);
	plan_release(&p);
	return 0;
}
