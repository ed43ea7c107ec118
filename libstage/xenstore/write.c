#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/devices.h"
#include "xenstore/nodes.h"
#include "target/runfile.h"

/* Does the node have that text? */
static int
node_is(struct xenstore *x, const char *path, const char *text, bool *yes,
    struct fail *f)
{
	char *have;

	if (x->ops->read(x, path, &have, f) < 0)
		return -1;
	*yes = have != NULL && strcmp(have, text) == 0;
	free(have);
	return 0;
}

/* Are the nodes below /local/domain/DOMID of the domain with this UUID?  Xen
 * uses domain numbers again. */
static int
is_ours(struct xenstore *x, const struct introduction *d, bool *yes,
    struct fail *f)
{
	char path[NODE_PATH], vm[NODE_PATH];

	node_below(d->domid, "vm", path);
	node_vm(d->uuid, vm);
	return node_is(x, path, vm, yes, f);
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

	if (d->has_home && is_ours(x, d, &again, f) < 0)
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

	if (is_ours(x, d, &ours, f) < 0)
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

	if (is_ours(x, d, &ours, f) < 0)
		return -1;
	if (!ours)
		return 0;
	return devices_remove(x, d->domid, f) < 0 ? -1 : remove_all(x, d, f);
}

/* ---- other domains ---- */

/* What is read in one turn: our own two folders, which may be there already,
 * and behind them a node of each other domain. */
enum { OWN_VM, OWN_HOME, OWN };

/* The domains that have nodes, but for ours. */
struct others {
	uint32_t *domid;
	char **path, **text;		/* of the OWN, then of each */
	size_t n;
};

static void
others_release(struct others *o)
{
	for (size_t i = 0; o->path != NULL && i < OWN + o->n; i++)
		free(o->path[i]);
	for (size_t i = 0; o->text != NULL && i < OWN + o->n; i++)
		free(o->text[i]);
	free(o->domid);
	free(o->path);
	free(o->text);
	*o = (struct others){ .n = 0 };
}

static int
others_make(struct others *o, size_t n, struct fail *f)
{
	o->domid = calloc(OWN + n, sizeof(*o->domid));
	o->path = calloc(OWN + n, sizeof(*o->path));
	o->text = calloc(OWN + n, sizeof(*o->text));
	return o->domid != NULL && o->path != NULL && o->text != NULL ? 0 :
	    fail_memory(f, n * sizeof(*o->path));
}

static int
others_find(struct xenstore *x, struct others *o,
    const struct introduction *d, struct fail *f)
{
	uint32_t domid;
	char **names;
	size_t n;
	int rc;

	if (x->ops->list(x, "/local/domain", &names, &n, f) < 0)
		return -1;
	rc = others_make(o, n, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (xen_domid_parse(names[i], &domid) && domid != d->domid)
			o->domid[o->n++] = domid;
	free(names);
	return rc;
}

/* Reads our own folders and the node `name` of each other domain, in one
 * turn. */
static int
others_read(struct xenstore *x, struct others *o, const char *name,
    const struct introduction *d, struct fail *f)
{
	char path[NODE_PATH];

	for (size_t i = 0; i < OWN + o->n; i++) {
		if (i == OWN_VM)
			node_vm(d->uuid, path);
		else if (i == OWN_HOME)
			node_home(d->domid, path);
		else
			node_below(o->domid[i - OWN], name, path);
		o->path[i] = strdup(path);
		if (o->path[i] == NULL)
			return fail_memory(f, sizeof(path));
	}
	return x->ops->read_all(x, o->path, OWN + o->n, o->text, f);
}

/* The first other domain whose node has that text and which xenstored serves;
 * nodes that a domain left behind when it ended do not count.  NULL: none. */
static const uint32_t *
others_with(struct xenstore *x, const struct others *o, const char *text)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *have = o->text[OWN + i];

		if (have != NULL && strcmp(have, text) == 0 &&
		    x->ops->introduced(x, o->domid[i]))
			return &o->domid[i];
	}
	return NULL;
}

/* Refuses a UUID that another domain has. */
static int
check_uuid(struct xenstore *x, struct others *o, const struct introduction *d,
    struct fail *f)
{
	const uint32_t *other;
	char vm[NODE_PATH];

	node_vm(d->uuid, vm);
	if (others_find(x, o, d, f) < 0 ||
	    others_read(x, o, "vm", d, f) < 0)
		return -1;
	other = others_with(x, o, vm);
	return other == NULL ? 0 : fail(f, FAIL_TARGET, "domain %" PRIu32
	    " has the UUID of 'xen:%" PRIu32 "' already; destroy one of them",
	    *other, d->domid);
}

/* Refuses a name that another domain has.  A name that was made up has the
 * domain's number, which is nobody else's: then no other domain is asked for,
 * however many there are. */
static int
check_name(struct xenstore *x, struct others *o, struct introduction *d,
    struct fail *f)
{
	const uint32_t *other;

	if ((d->made_up ? others_make(o, 0, f) : others_find(x, o, d, f)) < 0 ||
	    others_read(x, o, "name", d, f) < 0)
		return -1;
	d->has_vm = o->text[OWN_VM] != NULL;
	d->has_home = o->text[OWN_HOME] != NULL;
	other = others_with(x, o, d->name);
	return other == NULL ? 0 : fail(f, FAIL_TARGET, "domain %" PRIu32
	    " is named '%s' already; give 'xen:%" PRIu32 "' another name with "
	    "--name", *other, d->name, d->domid);
}

/* xl finds domains by name and by UUID.  Another domain can have the same UUID
 * only where /vm/UUID is there already. */
static int
check_others(struct xenstore *x, struct introduction *d, struct fail *f)
{
	struct others o = { .n = 0 };
	int rc = check_name(x, &o, d, f);

	others_release(&o);
	if (rc == 0 && d->has_vm)
		rc = check_uuid(x, &o, d, f);
	others_release(&o);
	return rc;
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
