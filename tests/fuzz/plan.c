/* plan: bytes that arrive on a stage's standard input. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct plan p;

	if (fuzz_read_plan(&p, bytes, n))
		fuzz_plan_is_stable(&p, true);
	plan_release(&p);
	return 0;
}
