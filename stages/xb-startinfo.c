#include <unistd.h>

#include "target/window.h"
#include "stage/stage.h"
#include "build/startinfo.h"

enum { STORE_DOMID = 256, STORE_PORT, CONSOLE_DOMID, CONSOLE_PORT, NO_STORE };

static const struct stage_option options[] = {
	{ 0, "no-store", NULL, "no xenstore: port 0 and no grant", NO_STORE, 0 },
	{ 0, "store-domid", "N", "domain that serves the xenstore ring",
	    STORE_DOMID, 0 },
	{ 0, "store-port", "N", "its event channel port; 0: no xenstore",
	    STORE_PORT, 0 },
	{ 0, "console-domid", "N", "domain that serves the console ring",
	    CONSOLE_DOMID, 0 },
	{ 0, "console-port", "N", "its event channel port; 0: no console",
	    CONSOLE_PORT, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-startinfo",
	.synopsis = "[-hqTVv] [-t TARGET] [--no-store | --store-port N] "
	    "[--store-domid N] [--console-domid N] [--console-port N] "
	    "[PLAN]",
	.purpose = "write start_info, the rings and shared_info",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY) | PLAN_BIT(PLAN_PAGETABLES),
	.adds = PLAN_BIT(PLAN_STARTINFO),
	.if_lost = "start_info is written: run xb-startinfo again with the "
	    "plan of xb-pgtab",
	.targets = true,
};

static int
work(struct plan *p, void *o, struct fail *f)
{
	return target_run(p, stage_target(), startinfo_build, o, f);
}

static struct maybe
number(const char *option, uint64_t max)
{
	return (struct maybe){ true, stage_number(&st, option, optarg, max) };
}

int
main(int argc, char **argv)
{
	struct startinfo_options o = { 0 };
	bool no_store = false;
	int c;

	while ((c = stage_getopt(&st, argc, argv)) != -1)
		switch (c) {
		case STORE_DOMID:
			o.store.domid = number("--store-domid", DOMID_MAX);
			break;
		case STORE_PORT:
			o.store.port = number("--store-port", UINT32_MAX);
			break;
		case NO_STORE:
			no_store = true;
			break;
		case CONSOLE_DOMID:
			o.console.domid = number("--console-domid", DOMID_MAX);
			break;
		case CONSOLE_PORT:
			o.console.port = number("--console-port", UINT32_MAX);
			break;
		}
	if (no_store && o.store.port.set && o.store.port.value != 0)
		stage_usage(&st, "--no-store and --store-port exclude each "
		    "other");
	if (no_store)
		o.store.port = (struct maybe){ true, 0 };
	return stage_filter(&st, argc, argv, work, &o);
}
