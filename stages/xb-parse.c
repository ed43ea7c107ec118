#include "image/image.h"
#include "stage/stage.h"
#include "store/store.h"

int
main(int argc, char **argv)
{
	const struct program self = stage_frame(&stage_parse);
	struct image_request *r = stage_options(&self, &stage_parse, argc,
	    argv);
	struct fail dropped = { .kind = FAIL_NONE };

	/* Where no store can be named, opening it later fails with the
	 * reason. */
	stage_writes(store_dir(r->store, &dropped), STAGE_BELOW);
	return stage_run(&self, &stage_parse, r, argc, argv);
}
