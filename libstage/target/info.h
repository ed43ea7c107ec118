/*
 * target/info: struct target_info as text for people and as JSON.
 *
 * The caller chooses the stream; names are escaped.  Write errors are not
 * reported here: the caller finds them in the stream (ferror).
 */
#ifndef XB_TARGET_INFO_H
#define XB_TARGET_INFO_H

#include <stdio.h>

#include "base/json.h"
#include "target/target.h"

/* Pages of its memory: those that it has, without what a PVH guest that xb
 * built has beside it. */
uint64_t target_info_memory(const struct target_info *);

/* One line for each fact. */
void	target_info_text(const char *name, const struct target_info *,
	    const struct target_host *, FILE *);

/* The same in a map that is open; the keys are in xb-domain(1). */
void	target_info_json(struct json_writer *, const char *name,
	    const struct target_info *, const struct target_host *);

/*
 * One JSON object in one line, for a list: keys in xb-domain(1).  info is NULL
 * for a domain that could not be looked at, and why says the reason.
 */
void	target_row_json(const char *name, const struct target_info *,
	    const char *why, FILE *);

#endif
