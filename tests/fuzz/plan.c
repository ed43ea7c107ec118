/* plan: bytes that arrive on a stage's standard input. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *named = plan_named_target(bytes, n);
	struct plan p;

	if (fuzz_read_plan(&p, bytes, n)) {
		fuzz_promise(!plan_has(&p, PLAN_MEMORY) || (named != NULL &&
		    strcmp(named, p.memory.target.data) == 0),
		    "a plan's domain is known before it is decoded");
		fuzz_plan_is_stable(&p, true);
	}
	plan_release(&p);
	free(named);
	return 0;
}
