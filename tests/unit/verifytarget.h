/*
 * verifytarget: a domain in malloced memory that can only be read, for the
 * tests of verify.  Whatever would change it is missing: a call would crash.
 */
#ifndef XB_VERIFYTARGET_H
#define XB_VERIFYTARGET_H

#include <stdlib.h>
#include <string.h>

#include "target/target.h"

enum { VT_PORTS = 8, VT_GRANTS = 2, VT_VCPUS = 3, VT_CONTEXT = 5168,
	VT_SHARED = 0x7777 };

struct verify_target {
	struct target t;
	struct target_info info;
	uint64_t base, n;		/* machine frames it owns, */
	uint64_t foreign;		/* but for this one; 0: all */
	unsigned char *frames;
	unsigned char *level;		/* as a table, of each frame */
	uint64_t *m2p;
	uint64_t pinned;
	unsigned char shared[4096];
	struct { enum port_status status; uint32_t remote; } port[VT_PORTS];
	struct { bool used; uint32_t domid; uint64_t mfn; } grant[VT_GRANTS];
	unsigned char context[VT_CONTEXT];
	bool present[VT_VCPUS];
	unsigned mapped;		/* pieces that are mapped now */
	uint64_t dying;			/* calls of map until it fails; 0:
					 * never */
};

unsigned char *vt_frame(struct verify_target *k, uint64_t mfn);

extern const struct target_ops verify_target_ops;

void	vt_begin(struct verify_target *k, const struct abi *a, uint64_t base,
	    uint64_t pages);
void	vt_end(struct verify_target *k);

#endif
