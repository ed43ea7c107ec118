#include <stdlib.h>

#include "image/can.h"
#include "stage/stage.h"
#include "store/store.h"

enum { NOT_PV = 1 };			/* an answer, and no failure */

static struct image_can can;

static int
say_what(void *options, struct fail *f)
{
	const struct image_request *r = options;
	int rc = image_can(&can, r, f);

	/* A codec that was left out is told as well: it is why the file could
	 * not be read. */
	if (rc < 0 && (can.codec == NULL || can.codec->unpack != NULL))
		return -1;
	if (r->json)
		image_can_json(&can, stdout);
	else
		image_can_text(&can, stdout);
	return rc;
}

/* --can makes no plan and writes to no store. */
static int
run_can(struct program *self, struct image_request *r)
{
	int status;

	self->prints_text = true;
	status = stage_plain(self, say_what, r);
	free(r);
	return status == 0 && !can.facts.pv ? NOT_PV : status;
}

int
main(int argc, char **argv)
{
	struct program self = stage_frame(&stage_parse);
	struct image_request *r = stage_options(&self, &stage_parse, argc,
	    argv);

	if (r->can)
		return run_can(&self, r);
	stage_writes(store_make(r->store), STAGE_BELOW);
	if (r->store != NULL)
		stage_writes(store_default_index(), STAGE_THERE);
	return stage_run(&self, &stage_parse, r, argc, argv);
}
