/*
 * recorder-payloads: the payloads of a build, put into its record or, of a slim
 * one, left out where xb-parse unpacked them.
 */
#ifndef XB_RECORDER_PAYLOADS_H
#define XB_RECORDER_PAYLOADS_H

#include <stdbool.h>

#include "plan/plan.h"
#include "record/record.h"

struct payloads {
	struct record_writer *writer;
	struct record_build *build;	/* its inputs are known; gets what is
					 * left out */
	struct plan *plan;		/* of the last stage */
	struct arena *arena;		/* lives as long as build */
	bool slim;
};

/* FAIL_INPUT where one is not what was parsed. */
int	payloads_record(const struct payloads *, struct fail *) must_check;

#endif
