/*
 * xlcfg: a configuration of xl in the place of a kernel.
 *
 * What its keys say becomes options of a build, as if they had been typed; what
 * was typed counts in their place.  Keys that a build cannot do are told, each
 * in a warning; one without which the guest would be useless is refused.
 * xb-cfg(5) has the table of keys.
 */
#ifndef XB_XLCFG_H
#define XB_XLCFG_H

#include "base/arena.h"
#include "run/attach.h"
#include "run/build.h"

/* The most options that a configuration makes. */
enum { XLCFG_OPTIONS = 16 };

struct xlcfg {
	const char *kernel;		/* NULL: there was no configuration */
	const char *memory;		/* SIZE; NULL: it was typed */
	struct engine_option options[XLCFG_OPTIONS]; size_t n_options;
	struct attach_device *devices; size_t n_devices;
	struct arena arena;		/* of all texts */
};

/*
 * Reads the request's kernel, if it is a configuration: 1, and *to has what it
 * asks for beyond what is in the request, which was typed.  0: it is none.  The
 * caller releases to->arena.  With many, several domains are made of it, which
 * cannot have its name, UUID and devices.
 *
 * FAIL_INPUT with the line for a configuration that is wrong, or asks for what
 * xb cannot do; FAIL_TARGET for a pool of CPUs that there is none of.
 */
int	xlcfg_read(const struct build_request *, bool many, struct xlcfg *to,
	    struct fail *) must_check;

/*
 * Reads it and puts all of it into the request, whose options are these, with
 * room for XLCFG_OPTIONS more; its devices go to a process of their own, which
 * the caller ends (attach_end()).  Fails as both do.
 */
int	xlcfg_take(struct build_request *, struct engine_option *,
	    struct xlcfg *, struct fail *) must_check;

#endif
