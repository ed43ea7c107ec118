/*
 * xenfeat: the names XENFEAT_ of what a PV kernel can do or needs, as they
 * stand in FEATURES notes, in the legacy string and after -f.
 *
 * Names are joined by '|' (after -f by ',' as well).  "!name" says
 * that the kernel does not run without it.  Bits: public/features.h.
 */
#ifndef XB_XENFEAT_H
#define XB_XENFEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

enum {
	FEATURE_AUTO_TRANSLATED = 2,	/* auto_translated_physmap */
	FEATURE_DOM0 = 11
};

/* The name of a bit, or NULL where the string form does not know it. */
const char *feature_name(unsigned bit);

/*
 * Adds to *supported every name and to *required every "!name".  An unknown
 * name without '!' is passed over; with it, or where the text is what the user
 * asked for with -f, it is FAIL_INPUT with the name.
 */
int	features_read(const char *text, bool asked, uint64_t *supported,
	    uint64_t *required, struct fail *) must_check;

#endif
