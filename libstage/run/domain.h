/*
 * domain: makes, looks at and destroys the domain that a build is for.
 */
#ifndef XB_RUN_DOMAIN_H
#define XB_RUN_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/engine.h"
#include "target/target.h"

/*
 * What "xb-domain create" would be asked for with a SIZE and these options, of
 * which it uses its own.  Returns the exit status; a refusal is printed as
 * xb-domain prints it.
 */
int	domain_request(struct target_request *, const char *size,
	    const struct engine_option *, size_t n);

/*
 * Makes a domain, for which dom0 becomes smaller if the request says so.  *name
 * is its name, malloced.
 */
int	domain_make(const char *target, struct target_request *, char **name,
	    struct fail *) must_check;

/*
 * Does the work of "xb-domain create" for a target and a guest of that type,
 * and prints the same messages under its name.  Returns the exit status; if it
 * is 0, *name is the new domain's name, malloced.
 */
int	domain_create(const char *target, enum guest_type,
	    struct target_request *, char **name);

/* The same for "xb-domain destroy". */
int	domain_destroy(const char *name);

/* Destroys a domain that was made for the request, and gives dom0 back what it
 * gave for it. */
int	domain_undo(const char *name, struct target_request *);

/* What its target says of a domain that is there. */
int	domain_info(const char *name, struct target_info *, struct fail *)
	    must_check;

/* Is it the name of a domain that exists?  "xen" stands for a new one. */
bool	domain_is_there(const char *name);

/* Does the guest run after the build, with daemons that have to serve it? */
bool	domain_runs(const char *name);

/* Is a domain of this kind made just before the first stage that touches it? */
bool	domain_is_made_last(const char *name);

/*
 * Does a xenstored run?  Prints what "xb-introduce --check" prints.  Without
 * one, a guest that is built for xenstore waits for an answer for ever.
 */
bool	domain_has_xenstore(void);

#endif
