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

/*
 * The options of the record, and with a folder copies of its ramdisks and
 * modules too, as options that give them to xb-parse: those that are wanted, in
 * the record's arena.  There is room for so many more behind the *n of them.
 * NULL: f says why.
 */
struct engine_option *recorded_options(struct record *, const char *folder,
	    bool (*wanted)(const void *arg, enum option_id), const void *arg,
	    size_t more, size_t *n, struct fail *) must_check;

/* The folder with the copies (NULL: none) is removed in the end, so sources of
 * the plan that name it are changed to the files of the record. */
int	recorded_name_blobs(const struct record *, const char *folder,
	    struct plan *, struct fail *) must_check;

/*
 * Adds to v the option that gives a new domain as many vcpus as the recorded
 * one, if the record tells.
 */
int	recorded_vcpus(struct record *, struct engine_option *v, size_t *n,
	    struct fail *) must_check;

/*
 * The memory that the build was asked for or, where it took that of a domain,
 * laid out for: a SIZE in the record's arena.  NULL: the record does not tell.
 */
int	recorded_memory(struct record *, const char **size, struct fail *)
	    must_check;

#endif
