/*
 * cfg/impl: what the process that parses shares with its caller.
 */
#ifndef XB_CFG_IMPL_H
#define XB_CFG_IMPL_H

#include "cfg/cfg.h"

/*
 * Parses the text of a file.  It is for a process of its own that ends soon:
 * libxlutil may end it, and what it allocated is not released.
 */
int	cfg_parse(const char *path, const char *text, size_t n, struct cfg *,
	    struct arena *, struct fail *) must_check;

#endif
