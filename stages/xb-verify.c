#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "stage/stage.h"
#include "store/store.h"
#include "target/target.h"
#include "verify/verify.h"

static const struct program self = {
	.name = "xb-verify",
	.operand = "[PLAN]",
	.purpose = "hold a built domain against its plan, page by page",
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY),
	.targets = true,
	.profile = CONFINE_WORKER,
	.writes = target_writes,
	.prints_text = true,
};

static const char *const words[] = {
	[VERIFY_OK]		= "ok",
	[VERIFY_DIFFERS]	= "DIFFERS",
	[VERIFY_SKIPPED]	= "-",
};

static void
print_check(void *arg, enum verify_result result, const char *check,
    const char *detail)
{
	unsigned *counts = arg;

	counts[result]++;
	if (stage_quiet() && result != VERIFY_DIFFERS)
		return;
	printf("%-8s%-16s", words[result], check);
	escape_to(stdout, detail, strlen(detail));
	putchar('\n');
}

static int
work(struct plan *p, void *options, struct fail *f)
{
	unsigned counts[VERIFY_SKIPPED + 1] = { 0 };
	struct target *t;
	int rc;

	(void)options;
	if (target_open_plan(&t, p, stage_target(), TARGET_READ, NULL, f) < 0)
		return -1;
	rc = verify_domain(p, t, print_check, counts, f);
	target_close(t);
	if (rc == 0 || counts[VERIFY_DIFFERS] > 0)
		printf("%u checks: %u ok, %u differ, %u not made\n",
		    counts[VERIFY_OK] + counts[VERIFY_DIFFERS] +
		    counts[VERIFY_SKIPPED], counts[VERIFY_OK],
		    counts[VERIFY_DIFFERS], counts[VERIFY_SKIPPED]);
	return rc;
}

int
main(int argc, char **argv)
{
	while (stage_getopt(&self, argc, argv) != -1)
		continue;
	stage_writes(store_default_index(), STAGE_THERE);
	return stage_sink(&self, argc, argv, work, NULL);
}
