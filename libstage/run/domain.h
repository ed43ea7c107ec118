/*
 * domain: the domain that is built in, made, taken or ended again.
 */
#ifndef XB_RUN_DOMAIN_H
#define XB_RUN_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/engine.h"

/*
 * Does what "xb-domain create" does, and tells what it tells under its name:
 * for a target and a SIZE, with those of the options that it takes.  Its
 * status; where that is 0, *name is the domain's, malloced.
 */
int	domain_create(const char *target, const char *size,
	    const struct engine_option *, size_t n, char **name);

/* The same of "xb-domain destroy". */
int	domain_destroy(const char *name);

/* How many KiB the domain may have. */
int	domain_size(const char *name, uint64_t *kib, struct fail *) must_check;

/* Does the name stand for a domain that is there?  "xen" never does. */
bool	domain_is_there(const char *name);

/* Do its guests run, served by daemons? */
bool	domain_runs(const char *name);

/*
 * As "xb-introduce --check": does xenstored answer?  A guest waits for ever for
 * one that does not.
 */
bool	domain_has_xenstore(void);

#endif
