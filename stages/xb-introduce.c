#include <stdbool.h>
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
run_check(struct program *self, struct introduce_options *o, int argc)
{
	bool alone = optind == argc && o->name == NULL && !o->no_xenconsoled &&
	    stage_target() == NULL;

	free(o);
	if (!alone)
		stage_usage(self, "--check stands alone");
	self->prints_text = true;
	/* The devices of Xen, one of which may be the way to xenstored. */
	stage_writes("xen", STAGE_DOMAIN);
	return stage_plain(self, check, NULL);
}

int
main(int argc, char **argv)
{
	struct program self = stage_frame(&stage_introduce);
	struct introduce_options *o = stage_options(&self, &stage_introduce,
	    argc, argv);

	return o->check ? run_check(&self, o, argc) :
	    stage_run(&self, &stage_introduce, o, argc, argv);
}
