#include <time.h>

#include "base/clock.h"

uint64_t
clock_in(uint64_t milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return milliseconds + (uint64_t)now.tv_sec * 1000 +
	    (uint64_t)now.tv_nsec / 1000000;
}

bool
clock_past(uint64_t moment)
{
	return moment != 0 && clock_in(0) >= moment;
}
