#include "stage/stage.h"

int
main(int argc, char **argv)
{
	return stage_main(&stage_pgtab, argc, argv);
}
