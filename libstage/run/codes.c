#include "run/codes.h"

const struct stage_code *const stage_codes[STAGES] = {
#define STAGE(ID, word, ...)	[STAGE_##ID] = &stage_##word,
#include "plan/stages.def"
};
