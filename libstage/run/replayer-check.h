/*
 * replayer-check: compares a domain with the one that was recorded.
 */
#ifndef XB_REPLAYER_CHECK_H
#define XB_REPLAYER_CHECK_H

#include <stdio.h>

#include "base/fail.h"
#include "plan/plan.h"
#include "record/record.h"

/*
 * Compares the domain of a plan, which is built and has not run, with the guest
 * of the record.  Each difference is told as an answer (fail_answer()); then it
 * fails with FAIL_INPUT and their number.  Without a difference, one answer
 * says what was equal.
 *
 * With json the same is written there as an object in place of answers:
 * "same", "pages" that are not zero, and the list "differs".
 */
int	replayer_check(const struct record *, const struct plan *, FILE *json,
	    struct fail *) must_check;

#endif
