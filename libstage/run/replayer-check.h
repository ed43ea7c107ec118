/*
 * replayer-check: compares a domain with the one that was recorded.
 */
#ifndef XB_REPLAYER_CHECK_H
#define XB_REPLAYER_CHECK_H

#include <stdbool.h>

#include "base/fail.h"
#include "plan/plan.h"
#include "record/record.h"

/*
 * Compares the domain of a plan, which is built, has not run and has that many
 * vcpus, with the guest of the record.  With words each difference is told as
 * an answer (fail_answer()), or that there is none and what was equal.  A
 * difference is FAIL_INPUT, with the number of pages.
 *
 * *found is the same as an object of JSON, malloced: "same", "pages" that are
 * not zero, and the list "differs"; NULL where nothing could be compared.
 */
int	replayer_check(const struct record *, const struct plan *,
	    uint64_t vcpus, bool words, char **found, struct fail *)
	    must_check;

#endif
