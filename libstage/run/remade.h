/*
 * remade: payloads that a slim record leaves out, made again of its files.
 */
#ifndef XB_REMADE_H
#define XB_REMADE_H

#include "record/record.h"
#include "run/after.h"

struct remade_request {
	struct record *record;
	const char *name;		/* of the program */
	const char *called;		/* the record, for messages */
	const char *folder;		/* for copies of its files */
	/* As they were given; those of xb-parse are taken. */
	const struct engine_option *options; size_t n_options;
};

/*
 * Runs xb-parse on the files of the record, with its options, and adds where
 * the payloads are now to the sources of a plan of the record.  FAIL_INPUT
 * where they are not those that were left out.  A failure of xb-parse was told,
 * and is in *result; then it returns 0 as well.  After a signal, which is there
 * too, it returns -1.
 */
int	remade_add(const struct remade_request *, struct plan *,
	    struct build_result *result, struct fail *) must_check;

#endif
