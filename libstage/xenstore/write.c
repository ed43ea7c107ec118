#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "xenstore/devices.h"
#include "xenstore/nodes.h"
#include "target/runfile.h"

int
node_ours(struct xenstore *x, uint32_t domid, const uint8_t uuid[UUID_BYTES],
    bool *yes, struct fail *f)
{
	char path[NODE_PATH], vm[NODE_PATH], *have;

	node_below(domid, "vm", path);
	node_vm(uuid, vm);
	if (x->ops->read(x, path, &have, f) < 0)
		return -1;
	*yes = have != NULL && strcmp(have, vm) == 0;
	free(have);
	return 0;
}

static int
remove_all(struct xenstore *x, const void *introduction, struct fail *f)
{
	const struct introduction *d = introduction;
	char path[NODE_PATH];

	node_home(d->domid, path);
	if (x->ops->remove(x, path, f) < 0)
		return -1;
	node_vm(d->uuid, path);
	return x->ops->remove(x, path, f);
}

/* ---- writing ---- */

static int
write_value(struct xenstore *x, const struct node *n, bool again,
    struct fail *f)
{
	const bool stays = again && n->use != NODE_READS &&
	    n->use != NODE_LENDS;
	char *have = NULL;

	if (stays && x->ops->read(x, n->path, &have, f) < 0)
		return -1;
	if (have == NULL && x->ops->write(x, n->path, n->value, f) < 0)
		return -1;
	free(have);
	return 0;
}

/* xenstored gives a new node the permissions of the one above, so not all need
 * theirs set.  What is there already keeps its own. */
static int
write_node(struct xenstore *x, const struct introduction *d,
    const struct node *n, bool again, struct fail *f)
{
	if (n->use != NODE_TAKEN && write_value(x, n, again, f) < 0)
		return -1;
	if (n->use == NODE_OWNS || n->use == NODE_LENDS ||
	    (n->use == NODE_LENT && again))
		return x->ops->permit(x, n->path, d->domid, NULL, f);
	return n->folder || n->use == NODE_TAKEN ?
	    x->ops->permit(x, n->path, 0, &d->domid, f) : 0;
}

static int
write_all(struct xenstore *x, const void *introduction, struct fail *f)
{
	const struct introduction *d = introduction;
	struct node n;
	bool again = false;

	if (d->has_home && node_ours(x, d->domid, d->uuid, &again, f) < 0)
		return -1;
	if (!again && (d->has_home || d->has_vm) && remove_all(x, d, f) < 0)
		return -1;
	for (size_t i = 0; node_at(d, i, &n); i++)
		if (write_node(x, d, &n, again, f) < 0)
			return -1;
	return 0;
}

/* The nodes take their permissions from the root, which the domain may read. */
static int
write_notes(struct xenstore *x, const void *introduction, struct fail *f)
{
	const struct introduction *d = introduction;
	char path[NODE_PATH];
	bool ours;

	if (node_ours(x, d->domid, d->uuid, &ours, f) < 0)
		return -1;
	if (!ours)
		return fail(f, FAIL_TARGET, "xenstore has another domain as "
		    "'xen:%" PRIu32 "', or none", d->domid);
	for (size_t i = 0; i < d->n_notes; i++) {
		node_below(d->domid, d->notes[i].path, path);
		if (x->ops->write(x, path, d->notes[i].text, f) < 0)
			return -1;
	}
	return 0;
}

static int
remove_ours(struct xenstore *x, const void *introduction, struct fail *f)
{
	const struct introduction *d = introduction;
	bool ours;

	if (node_ours(x, d->domid, d->uuid, &ours, f) < 0)
		return -1;
	if (!ours)
		return 0;
	return devices_remove(x, d->domid, f) < 0 ? -1 : remove_all(x, d, f);
}

/* ---- other domains ---- */

/* What is read in one turn: our own two folders, which may be there already,
 * and behind them a node of each other domain. */
enum { OWN_VM, OWN_HOME, OWN };

/* Their paths: a node `name` of each other domain.  Without all there are
 * none. */
static int
list_paths(struct xenstore *x, struct words *paths,
    const struct introduction *d, bool all, const char *name, struct fail *f)
{
	struct words names = WORDS_INIT;
	char path[NODE_PATH];
	uint32_t domid;
	int rc = all ? x->ops->list(x, "/local/domain", &names, f) : 0;

	node_vm(d->uuid, path);
	if (rc == 0)
		rc = words_add(paths, path, f);
	node_home(d->domid, path);
	if (rc == 0)
		rc = words_add(paths, path, f);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		if (xen_domid_parse(names.v[i], &domid) && domid != d->domid) {
			node_below(domid, name, path);
			rc = words_add(paths, path, f);
		}
	words_release(&names);
	return rc;
}

/* The first other domain whose node has that text and which xenstored serves;
 * nodes that a domain left behind when it ended do not count.  Ours: none. */
static uint32_t
other_with(struct xenstore *x, const struct words *paths, char *const *texts,
    const char *text, uint32_t ours)
{
	uint32_t domid;

	for (size_t i = OWN; i < paths->n; i++)
		if (text_equal(texts[i], text) && sscanf(paths->v[i],
		    "/local/domain/%" SCNu32, &domid) == 1 &&
		    x->ops->introduced(x, domid))
			return domid;
	return ours;
}

/* *other has that text in the node `name`; ours: none has. */
static int
find_other(struct xenstore *x, struct introduction *d, bool all,
    const char *name, const char *text, uint32_t *other, struct fail *f)
{
	struct words paths = WORDS_INIT;
	char **texts = NULL;
	int rc = list_paths(x, &paths, d, all, name, f);

	if (rc == 0) {
		texts = calloc(paths.n, sizeof(*texts));
		rc = texts == NULL ? fail_memory(f, paths.n * sizeof(*texts)) :
		    x->ops->read_all(x, paths.v, paths.n, texts, f);
	}
	if (rc == 0) {
		d->has_vm = texts[OWN_VM] != NULL;
		d->has_home = texts[OWN_HOME] != NULL;
		*other = other_with(x, &paths, texts, text, d->domid);
	}
	for (size_t i = 0; texts != NULL && i < paths.n; i++)
		free(texts[i]);
	free(texts);
	words_release(&paths);
	return rc;
}

/*
 * xl finds domains by name and by UUID: what another domain has is refused.  A
 * name that was made up has the domain's number, which is nobody else's: then
 * no other domain is asked for, however many there are.  Another domain can
 * have the same UUID only where /vm/UUID is there already.
 */
static int
check_others(struct xenstore *x, struct introduction *d, struct fail *f)
{
	char vm[NODE_PATH];
	uint32_t other = d->domid;

	if (find_other(x, d, !d->made_up, "name", d->name, &other, f) < 0)
		return -1;
	if (other != d->domid)
		return fail(f, FAIL_TARGET, "domain %" PRIu32 " is named '%s' "
		    "already; give 'xen:%" PRIu32 "' another name with --name",
		    other, d->name, d->domid);
	if (!d->has_vm)
		return 0;
	node_vm(d->uuid, vm);
	if (find_other(x, d, true, "vm", vm, &other, f) < 0)
		return -1;
	return other == d->domid ? 0 : fail(f, FAIL_TARGET, "domain %" PRIu32
	    " has the UUID of 'xen:%" PRIu32 "' already; destroy one of them",
	    other, d->domid);
}

/* ---- the interface ---- */

int
introduce_domain(struct xenstore *x, const struct introduction *d,
    struct fail *f)
{
	struct fail ignored = { 0 };
	struct introduction own = *d;

	own.has_home = own.has_vm = false;
	if (check_others(x, &own, f) < 0)
		return -1;
	if (xenstore_transact(x, write_all, &own, f) == 0 &&
	    x->ops->introduce(x, d->domid, d->store_mfn, d->store_port, f) == 0)
		return 0;
	(void)xenstore_transact(x, own.has_home ? remove_ours : remove_all, d,
	    &ignored);
	return -1;
}

int
introduce_remove(struct xenstore *x, uint32_t domid,
    const uint8_t uuid[UUID_BYTES], struct fail *f)
{
	struct introduction d = { .domid = domid };

	memcpy(d.uuid, uuid, UUID_BYTES);
	return xenstore_transact(x, remove_ours, &d, f);
}

int
introduce_notes(struct xenstore *x, const struct introduction *d,
    struct fail *f)
{
	return xenstore_transact(x, write_notes, d, f);
}
