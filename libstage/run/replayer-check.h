/*
 * replayer-check: is a domain the one that was recorded?
 */
#ifndef XB_REPLAYER_CHECK_H
#define XB_REPLAYER_CHECK_H

#include "base/fail.h"
#include "plan/plan.h"
#include "record/record.h"

/*
 * Holds the domain of a plan, built and not run, against the guest of the
 * record.  Each difference is an answer in words, and FAIL_INPUT with their
 * number the end; without any, one answer says what was equal.
 */
int	replayer_check(const struct record *, const struct plan *,
	    struct fail *) must_check;

#endif
