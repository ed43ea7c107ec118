/*
 * cfg: reads a configuration of xl, as xl.cfg(5) describes it.
 *
 * Anybody may have written the file.  A confined process (sandbox/child.h)
 * parses it with the library that xl itself uses, libxlutil, so that it means
 * to xb what it means to xl; the answer is read as a plan from anybody is.
 */
#ifndef XB_CFG_H
#define XB_CFG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"

/* What a key was set to; where it was set again, the last value. */
struct cfg_pair {
	const char *key;
	uint64_t line;			/* where it was set last */
	uint64_t depth;			/* 0: a text, the only value; 1: a list
					 * of texts; 2: a list with lists in it,
					 * which are left out of the values */
	const char **values; size_t n_values;
};

struct cfg {
	struct cfg_pair *pairs; size_t n_pairs;	/* in the order of the file */
};

/* The most bytes of a file, settings of a file and entries of a list. */
enum { CFG_BYTES_MAX = 1 << 20, CFG_SETTINGS_MAX = 1024,
	CFG_ENTRIES_MAX = 1024 };

/*
 * Reads a file that is text: no kernel is.  1: it is a configuration, which
 * lives in the arena.  0: it is no text, or cannot be opened, and whoever reads
 * kernels has the word.  FAIL_INPUT with the line where xl would refuse it, and
 * for a file, a list or a number of settings above the limits; a warning for a
 * key that is set twice.
 */
int	cfg_read(const char *path, struct cfg *, struct arena *, struct fail *)
	    must_check;

#endif
