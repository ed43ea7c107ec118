/*
 * listing: the records of a layout, for a person or as JSON.
 */
#ifndef XB_LISTING_H
#define XB_LISTING_H

#include <stdbool.h>
#include <stdio.h>

#include "base/fail.h"

/* One line a record: tag (- where it has none), digest, date and title; and
 * under it the same of each result, behind a tab.
 * Failures are those of record_list(). */
int	listing_print(const char *layout, bool json, FILE *, struct fail *)
	    must_check;

#endif
