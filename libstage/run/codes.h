/*
 * codes: the work of every stage, for what runs stages or asks them.
 */
#ifndef XB_RUN_CODES_H
#define XB_RUN_CODES_H

#include "plan/stages.h"

extern const struct stage_code *const stage_codes[STAGES];

#endif
