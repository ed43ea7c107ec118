/*
 * kept: a RECORD where a program takes a PLAN: the plan after its last stage.
 */
#ifndef XB_KEPT_H
#define XB_KEPT_H

#include "stage/stage.h"

/*
 * stage_sink() that takes a record as its operand, too.  Every byte of the
 * record is checked, in a process of its own where it is JSON; so a program may
 * start children then.
 */
int	kept_sink(const struct program *, int argc, char **argv,
	    stage_work *work, void *options);

#endif
