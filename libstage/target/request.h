/*
 * request: what every kind of target asks of a request for a new domain.
 */
#ifndef XB_TARGET_REQUEST_H
#define XB_TARGET_REQUEST_H

#include "target/target.h"

/*
 * Does the request make sense, with at most so many pages?  what is the new
 * domain in messages: "a domain".
 */
int	target_check_request(const struct target_request *, const char *what,
	    uint64_t most_pages, struct fail *) must_check;

#endif
