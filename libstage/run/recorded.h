/*
 * recorded: a record that stages are about to be run of.
 */
#ifndef XB_RUN_RECORDED_H
#define XB_RUN_RECORDED_H

#include <stdbool.h>

#include "base/fail.h"
#include "record/record.h"
#include "run/engine.h"

/* Is a KERNEL or RECORD a record?  What names a folder is one. */
bool	recorded_is(const char *path);

/* The value of --max-input among the options; 0: it is not given. */
int	recorded_max(const struct engine_option *, size_t n, uint64_t *max,
	    struct fail *) must_check;

/*
 * Opens and checks the record (record_open()) within the limit that the options
 * given set, and lets the stages check the value of each of its options, before
 * anything is made that a bad one would spoil.  FAIL_INPUT names the option.
 */
int	recorded_open(struct record *, const char *path,
	    const struct engine_option *, size_t n, struct fail *) must_check;

/*
 * Copies an input of the record to the folder.  Stages open their files by
 * path, and after the record was verified its files could be replaced, so the
 * stages get copies that only this user can write.  The path is in the record's
 * arena.
 */
const char *recorded_input(struct record *, size_t i, const char *folder,
	    struct fail *) must_check;

/* The option that gives xb-parse an input that is no kernel. */
enum option_id recorded_option(const struct record_input *);

/* The same for such an input, which becomes at most RECORDED_EACH options more
 * in v. */
enum { RECORDED_EACH = 2 };
int	recorded_file(struct record *, size_t i, const char *folder,
	    struct engine_option *v, size_t *n, struct fail *) must_check;

/* The folder with the copies (NULL: none) is removed in the end, so sources of
 * the plan that name it are changed to the files of the record. */
int	recorded_name_blobs(const struct record *, const char *folder,
	    struct plan *, struct fail *) must_check;

/*
 * The memory that the build was asked for or, where it took that of a domain,
 * laid out for: a SIZE in the record's arena.  NULL: the record does not tell.
 */
int	recorded_memory(struct record *, const char **size, struct fail *)
	    must_check;

#endif
