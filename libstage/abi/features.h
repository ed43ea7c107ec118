/*
 * features: the names of features that a PV kernel can use or needs, as they
 * stand in notes (XEN_ELFNOTE_FEATURES), in __xen_guest and after -f.
 *
 * Names are joined by '|', after -f by ',' as well.  "!name" says that the
 * kernel does not run without the feature.  Bits are XENFEAT_* of
 * public/features.h.
 */
#ifndef XB_FEATURES_H
#define XB_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

enum {
	FEATURE_AUTO_TRANSLATED = 2,	/* auto_translated_physmap */
	FEATURE_SUPERVISOR = 3,		/* supervisor_mode_kernel */
	FEATURE_DOM0 = 11
};

/* The name of a feature's bit; NULL for bits that no string can name. */
const char *feature_name(unsigned bit);

/*
 * Adds the bits of all names to *supported, those of every "!name" to *required
 * too.  An unknown name is passed over as Xen's builder does it; FAIL_INPUT
 * where the kernel needs it or the user asked for it with -f.
 */
int	features_read(const char *text, bool asked, uint64_t *supported,
	    uint64_t *required, struct fail *) must_check;

#endif
