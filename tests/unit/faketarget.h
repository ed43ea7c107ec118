/*
 * faketarget: a domain in malloced memory for the tests of the rooms that
 * build one.  It keeps what it is told and checks little: the file target is
 * the strict one.  Stale bytes are 0xaa, so that what nobody wrote shows.
 */
#ifndef XB_FAKETARGET_H
#define XB_FAKETARGET_H

#include <stdlib.h>
#include <string.h>

#include "target/target.h"

enum { FAKE_PORTS = 8, FAKE_GRANTS = 2, FAKE_MAPS = 8, FAKE_CONTEXT = 5168,
	FAKE_SHARED = 0x7777, FAKE_STALE = 0xaa };

struct fake {
	struct target t;
	struct target_info info;
	struct target_host host;
	unsigned char *frames;		/* of machine frames base .. */
	uint64_t base, n;
	unsigned char shared[4096];
	struct extents own;		/* what populate() gives */

	/* frames in use as tables, refused for writing */
	uint64_t table_mfn, n_tables;
	uint64_t pinned;		/* root, or 0 */
	unsigned pins, unpins, clears, maps, m2p_runs;
	unsigned address_bits;		/* of the last populate() */

	struct { enum port_status status; uint32_t remote; } port[FAKE_PORTS];
	struct { bool used; uint32_t domid; uint64_t mfn; }
	    grant[FAKE_GRANTS];
	uint64_t hypercall_mfn;
	uint64_t console_mfn;		/* of keep_console() */
	uint32_t console_port;
	unsigned char context[FAKE_CONTEXT];
	bool has_context, running;

	struct fake_map {
		unsigned char *bytes;
		struct extents runs;
		bool writable;
	} map[FAKE_MAPS];
};

unsigned char *fake_frame(struct fake *k, uint64_t mfn);
int	fake_unmap(struct target *t, void *bytes, struct fail *f);

extern const struct target_ops fake_ops;

/*
 * A paused domain whose guest frames are pages of machine frames from base;
 * with steps > 1 in that many runs, last run first.
 */
void	fake_begin(struct fake *k, const struct abi *a, uint64_t base,
	    uint64_t pages, uint64_t steps);
void	fake_end(struct fake *k);

/* The bytes of a guest page, NULL where the domain has no such. */
unsigned char *fake_page(struct fake *k, uint64_t pfn);

#endif
