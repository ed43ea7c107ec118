/*
 * recorded: a record that stages are about to be run of.
 */
#ifndef XB_RUN_RECORDED_H
#define XB_RUN_RECORDED_H

#include "base/fail.h"
#include "record/record.h"

/*
 * Opens and checks the record (record_open()), and lets the stages check the
 * value of each of its options, before anything is made that a bad one would
 * spoil.  FAIL_INPUT names the option.
 */
int	recorded_open(struct record *, const char *path, struct fail *)
	    must_check;

/*
 * The memory that the build was asked for or, where it took that of a domain,
 * laid out for: a SIZE in the record's arena.  NULL: the record does not tell.
 */
int	recorded_memory(struct record *, const char **size, struct fail *)
	    must_check;

#endif
