#include "stage/stage.h"
#include "store/store.h"

int
main(int argc, char **argv)
{
	stage_writes(store_default_index(), STAGE_THERE);
	return stage_main(&stage_load, argc, argv);
}
