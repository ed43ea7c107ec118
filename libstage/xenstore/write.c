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
write_node(struct xenstore *x, const struct introduction *d,
    const struct node *n, bool again, struct fail *f)
{
	char *have = NULL;

	if (again && n->use != NODE_READS &&
	    x->ops->read(x, n->path, &have, f) < 0)
		return -1;
	if (have == NULL && x->ops->write(x, n->path, n->value, f) < 0)
		return -1;
	free(have);
	if (n->use == NODE_OWNS)
		return x->ops->permit(x, n->path, d->domid, NULL, f);
	/* xenstored gives a new node the permissions of the one above, so only
	 * the roots need theirs set. */
	return n->folder ? x->ops->permit(x, n->path, 0, &d->domid, f) : 0;
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

/* The domains that have nodes, but for ours. */
struct others {
	uint32_t *domid;
	/* Of /vm/UUID of our own UUID and, behind it, of a node of each; and
	 * their texts. */
	char **path, **text;
	size_t n;
};

static void
others_release(struct others *o)
{
	for (size_t i = 0; o->path != NULL && i <= o->n; i++)
		free(o->path[i]);
	for (size_t i = 0; o->text != NULL && i <= o->n; i++)
		free(o->text[i]);
	free(o->domid);
	free(o->path);
	free(o->text);
}

static int
others_find(struct xenstore *x, struct others *o, struct introduction *d,
    struct fail *f)
{
	uint32_t domid;
	char **names;
	size_t n;

	if (x->ops->list(x, "/local/domain", &names, &n, f) < 0)
		return -1;
	o->domid = calloc(n + 1, sizeof(*o->domid));
	o->path = calloc(n + 1, sizeof(*o->path));
	o->text = calloc(n + 1, sizeof(*o->text));
	for (size_t i = 0; i < n && o->domid != NULL; i++) {
		if (!xen_domid_parse(names[i], &domid))
			continue;
		if (domid == d->domid)
			d->has_home = true;
		else
			o->domid[o->n++] = domid;
	}
	free(names);
	return o->domid != NULL && o->path != NULL && o->text != NULL ? 0 :
	    fail_memory(f, n * sizeof(*o->path));
}

/* Reads /vm/UUID of our own UUID and the node `name` of each other domain, in
 * one turn; name NULL: of none. */
static int
others_read(struct xenstore *x, struct others *o, const char *name,
    const struct introduction *d, struct fail *f)
{
	size_t n = 1 + (name == NULL ? 0 : o->n);
	char path[NODE_PATH];

	for (size_t i = 0; i < n; i++) {
		if (i == 0)
			node_vm(d->uuid, path);
		else
			node_below(o->domid[i - 1], name, path);
		free(o->path[i]);
		free(o->text[i]);
		o->text[i] = NULL;
		o->path[i] = strdup(path);
		if (o->path[i] == NULL)
			return fail_memory(f, sizeof(path));
	}
	return x->ops->read_all(x, o->path, n, o->text, f);
}

/* The first other domain whose node has that text and which xenstored serves;
 * nodes that a domain left behind when it ended do not count.  NULL: none. */
static const uint32_t *
others_with(struct xenstore *x, const struct others *o, const char *text)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *have = o->text[1 + i];

		if (have != NULL && strcmp(have, text) == 0 &&
		    x->ops->introduced(x, o->domid[i]))
			return &o->domid[i];
	}
	return NULL;
}

/* Refuses a UUID that another domain has, which can be only where /vm/UUID is
 * there already. */
static int
check_uuid(struct xenstore *x, struct others *o, const struct introduction *d,
    struct fail *f)
{
	const uint32_t *other;
	char vm[NODE_PATH];

	if (!d->has_vm)
		return 0;
	node_vm(d->uuid, vm);
	if (others_read(x, o, "vm", d, f) < 0)
		return -1;
	other = others_with(x, o, vm);
	return other == NULL ? 0 : fail(f, FAIL_TARGET, "domain %" PRIu32
	    " has the UUID of 'xen:%" PRIu32 "' already; destroy one of them",
	    *other, d->domid);
}

/* Refuses a name or UUID that another domain has: xl finds domains by both.  A
 * name that was made up has the domain's number, which is nobody else's: where
 * there are many domains, reading their names takes longer than all the rest.
 */
static int
look_at_others(struct xenstore *x, struct others *o, struct introduction *d,
    struct fail *f)
{
	const uint32_t *other;

	if (others_find(x, o, d, f) < 0 ||
	    others_read(x, o, d->made_up ? NULL : "name", d, f) < 0)
		return -1;
	d->has_vm = o->text[0] != NULL;
	other = others_with(x, o, d->name);
	if (other != NULL)
		return fail(f, FAIL_TARGET, "domain %" PRIu32 " is named '%s' "
		    "already; give 'xen:%" PRIu32 "' another name with --name",
		    *other, d->name, d->domid);
	return check_uuid(x, o, d, f);
}

static int
check_others(struct xenstore *x, struct introduction *d, struct fail *f)
{
	struct others o = { .n = 0 };
	int rc = look_at_others(x, &o, d, f);

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
