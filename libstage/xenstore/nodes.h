/*
 * xenstore/nodes: the list of a domain's nodes in xenstore.
 */
#ifndef XB_INTRODUCE_NODES_H
#define XB_INTRODUCE_NODES_H

#include "xenstore/introduce.h"

enum { NODE_PATH = 96, NODE_VALUE = 96 };

enum node_use {
	NODE_READS,			/* the domain may read it */
	NODE_OWNS,			/* the domain may write below it */
	NODE_KEEP,			/* the domain may read it; a node that
					 * exists is not written again */
	/* Within the transaction the domain owns a folder, so that the nodes
	 * that are made below it are the domain's without a request for each;
	 * then it is taken back. */
	NODE_LENDS,			/* the folder */
	NODE_LENT,			/* NODE_OWNS, and made below it */
	NODE_TAKEN			/* the folder, or one on the way from it
					 * to NODE_LENT: the domain may read
					 * it */
};

struct node {
	char path[NODE_PATH];
	char value[NODE_VALUE];
	enum node_use use;
	bool folder;			/* a root, from which the nodes below
					 * take their permissions */
};

/* The paths /local/domain/DOMID, /local/domain/DOMID/NAME and /vm/UUID. */
void	node_home(uint32_t domid, char path[NODE_PATH]);
void	node_below(uint32_t domid, const char *name, char path[NODE_PATH]);
void	node_vm(const uint8_t uuid[UUID_BYTES], char path[NODE_PATH]);

/* Are the nodes below /local/domain/DOMID of the domain with this UUID?  Xen
 * uses domain numbers again. */
int	node_ours(struct xenstore *, uint32_t domid,
	    const uint8_t uuid[UUID_BYTES], bool *yes, struct fail *)
	    must_check;

/*
 * The domain's node number i, in the order in which they are written: a node
 * comes before the nodes below it.  false: there is no such number.
 */
bool	node_at(const struct introduction *, size_t i, struct node *);

#endif
