#include <unistd.h>

#include "xenstore/introduce.h"
#include "stage/stage.h"

enum { NAME = 256, CHECK };

static const struct stage_option options[] = {
	{ 0, "check", NULL, "only say, by the exit status, whether xenstored "
	    "answers", CHECK, 0 },
	{ 0, "name", "NAME", "of the domain (its own, or xb-DOMID)", NAME, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-introduce",
	.synopsis = "[-hqTVv] [-t TARGET] [--name NAME] [PLAN | --check]",
	.purpose = "tell xenstored and xenconsoled about the domain",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY) | PLAN_BIT(PLAN_PAGETABLES) |
	    PLAN_BIT(PLAN_STARTINFO),
	.adds = PLAN_BIT(PLAN_INTRODUCED),
	.targets = true,
};

/* The same, for --check: it reads no plan and writes none. */
static const struct stage checker = { .name = "xb-introduce", .prints_text = true };

static int
work(struct plan *p, void *o, struct fail *f)
{
	return introduce_run(p, stage_target(), o, f);
}

static int
check(void *o, struct fail *f)
{
	struct xenstore *x;
	int rc;

	(void)o;
	rc = xenstore_open(&x, f);
	xenstore_close(x);
	return rc;
}

int
main(int argc, char **argv)
{
	struct introduce_options o = { 0 };
	struct fail f = { 0 };
	bool checks = false;
	int c;

	while ((c = stage_getopt(&st, argc, argv)) != -1)
		switch (c) {
		case CHECK:
			checks = true;
			break;
		case NAME:
			o.name = optarg;
			break;
		}
	if (checks && (optind < argc || o.name != NULL ||
	    stage_target() != NULL))
		stage_usage(&st, "--check stands alone");
	if (o.name != NULL && introduce_name(o.name, &f) < 0)
		stage_usage(&st, "%s", f.message);
	return checks ? stage_plain(&checker, check, NULL) :
	    stage_filter(&st, argc, argv, work, &o);
}
