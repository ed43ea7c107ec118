/*
 * domain: a plan from anybody becomes a domain.
 *
 * Whatever stages make of a plan without a complaint must be what xb-verify,
 * which shares no code with them, expects of that plan.  The payloads that the
 * plan names are replaced by files that exist.  At the end it says how many
 * domains there were.
 */
#include <stdio.h>

#include "build/layout.h"
#include "built.h"
#include "fuzz.h"
#include "verify/verify.h"

/* A little more than the 4 MiB of the initial mapping of a small kernel. */
enum { PAGES = 1088, PAGES_MAX = 2048 };

static unsigned long domains;

static __attribute__((destructor)) void
tell(void)
{
	fprintf(stderr, "fuzz: %lu domains built and verified\n", domains);
}

static void
complain(void *arg, enum verify_result r, const char *check,
    const char *detail)
{
	(void)arg;
	if (r == VERIFY_DIFFERS)
		fprintf(stderr, "fuzz: %s: %s\n", check, detail);
}

static void
build_and_judge(struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct target *t = built_target(p->image.abi, p->layout.pages, &f);

	fuzz_promise(t != NULL, "a domain can be made");
	if (built_domain(p, t, &f) == 0) {
		fuzz_promise(verify_domain(p, t, complain, NULL, &f) == 0,
		    "what was built is what the plan says");
		domains++;
	} else if (f.kind != FAIL_TARGET)
		fuzz_outcome(-1, &f);
	target_close(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;

	if (fuzz_read_plan(&p, bytes, n) && plan_has(&p, PLAN_COMMAND_LINE)) {
		plan_drop_from(&p, PLAN_MEMORY);
		if (built_payloads(&p) && (plan_has(&p, PLAN_LAYOUT) ||
		    layout_solve(&p, PAGES, &f) == 0) &&
		    p.layout.pages <= PAGES_MAX)
			build_and_judge(&p);
	}
	plan_release(&p);
	return 0;
}
