#include "stage/stage.h"

int
main(int argc, char **argv)
{
	return stage_main(&stage_example, argc, argv);
}
