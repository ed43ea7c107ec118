/*
 * target/info: what is known of a domain, for a person and for a program.
 *
 * Callers choose the stream; names are escaped.  A write that fails stays with
 * the stream.
 */
#ifndef XB_TARGET_INFO_H
#define XB_TARGET_INFO_H

#include <stdbool.h>
#include <stdio.h>

#include "target/target.h"

/* One line a fact. */
void	target_info_text(const char *name, const struct target_info *, FILE *);

/* One JSON object and a newline; its keys are in xb-domain(1). */
int	target_info_json(const char *name, const struct target_info *, FILE *,
	    struct fail *) must_check;

/* The name alone: a string, or {"bytes": HEX} where it is not UTF-8. */
int	target_name_json(const char *name, FILE *, struct fail *) must_check;

#endif
