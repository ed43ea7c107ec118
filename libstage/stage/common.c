#include "stage/impl.h"

struct stage_common stage_common;

const char *
stage_target(void)
{
	return stage_common.target;
}

bool
stage_verbose(void)
{
	return stage_common.verbose;
}

bool
stage_quiet(void)
{
	return stage_common.quiet;
}

bool
stage_no_sandbox(void)
{
	return stage_common.no_sandbox;
}

bool
stage_timing(void)
{
	return stage_common.timing;
}
