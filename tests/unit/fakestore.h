/*
 * fakestore: a xenstore in memory, with what matters of the real one: nodes
 * above are made with those below, what is new takes the permissions of the
 * node above it, a transaction is all or nothing.
 */
#ifndef XB_FAKESTORE_H
#define XB_FAKESTORE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/link.h"

enum { FAKE_NODES = 160, FAKE_TEXT = 96, NOBODY = 0xffff };

struct fake_node {
	char path[FAKE_TEXT], text[FAKE_TEXT];
	uint32_t owner, reader;		/* reader NOBODY: none */
};

struct fake_nodes {
	struct fake_node v[FAKE_NODES];
	size_t n;
};

struct fakestore {
	struct xenstore base;
	struct fake_nodes now, before;
	bool inside;			/* of a transaction */
	unsigned conflicts;		/* ends that still say: again */
	unsigned calls, fails_at;	/* the call that fails; 0: none */
	unsigned introductions, lists;
	bool refuses;			/* to introduce */
	uint32_t alive[4];		/* domains served; 0: none */
	uint32_t domid, port;		/* of the last introduction */
	uint64_t mfn;
};

struct fakestore *fakestore(struct xenstore *x);
struct fake_node *fakestore_find(struct fakestore *s, const char *path);
void	fakestore_put(struct fakestore *s, const char *path, const char *text);

extern const struct xenstore_ops fakestore_ops;

#endif
