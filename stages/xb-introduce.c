#include <stdlib.h>
#include <unistd.h>

#include "stage/stage.h"
#include "xenstore/introduce.h"

static int
check(void *unused, struct fail *f)
{
	struct xenstore *x;
	int rc;

	(void)unused;
	rc = xenstore_open(&x, f);
	xenstore_close(x);
	return rc;
}

/* --check reads no plan and writes none. */
static int
run_check(struct stage *st, struct introduce_options *o, int argc)
{
	if (optind < argc || o->name != NULL || stage_target() != NULL)
		stage_usage(st, "--check stands alone");
	free(o);
	st->prints_text = true;
	return stage_plain(st, check, NULL);
}

int
main(int argc, char **argv)
{
	struct stage st = stage_frame(&stage_introduce);
	struct introduce_options *o = stage_options(&st, &stage_introduce,
	    argc, argv);

	return o->check ? run_check(&st, o, argc) :
	    stage_run(&st, &stage_introduce, o, argc, argv);
}
