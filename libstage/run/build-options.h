/*
 * buildwords: the options of xb-build, in other programs that run it.
 *
 * They take its options by the table of stages, and hand them on as words.
 */
#ifndef XB_BUILDWORDS_H
#define XB_BUILDWORDS_H

#include <stdbool.h>

#include "record/record.h"
#include "run/spawn.h"
#include "stage/stage.h"

/*
 * How many options these words can hold at most: letters may stand together in
 * one, so it is the bytes that count.  Not 0.
 */
size_t	build_options_most(int argc, char **argv);

/* Appends --NAME or --NAME=VALUE. */
int	build_add(struct words *, const char *name, const char *value,
	    struct fail *) must_check;

/* Appends -q, -T and -v as this program was given them. */
int	build_add_common(struct words *, struct fail *) must_check;

#endif
