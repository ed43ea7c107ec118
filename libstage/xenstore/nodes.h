/*
 * introduce-nodes: the nodes of a domain in xenstore, as a list.
 */
#ifndef XB_INTRODUCE_NODES_H
#define XB_INTRODUCE_NODES_H

#include "xenstore/introduce.h"

enum { NODE_PATH = 96, NODE_VALUE = 96 };

enum node_use {
	NODE_READS,			/* the domain may read it */
	NODE_OWNS,			/* the domain may write below it */
	NODE_KEEP			/* reads; left alone where there is one */
};

struct node {
	char path[NODE_PATH];
	char value[NODE_VALUE];
	enum node_use use;
	bool folder;			/* a root: its permissions are set */
};

/* /local/domain/DOMID, /local/domain/DOMID/NAME and /vm/UUID. */
void	node_home(uint32_t domid, char path[NODE_PATH]);
void	node_below(uint32_t domid, const char *name, char path[NODE_PATH]);
void	node_vm(const uint8_t uuid[UUID_BYTES], char path[NODE_PATH]);

/*
 * Node number i of the domain, in the order of writing: those above before
 * those below.  false: there are no more.
 */
bool	node_at(const struct introduction *, size_t i, struct node *);

#endif
