#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "xenstore/nodes.h"

enum root { HOME, VM, LIBXL };

enum value {
	NOTHING, TEXT, NAME, VM_PATH, UUID, DOMID, TIME,
	KIB, MAX_KIB, STORE_PORT, STORE_MFN,
	CONSOLE_PORT, CONSOLE_MFN, CONSOLE_DOMID, CONSOLE_KIND
};

/* The nodes of a domain without devices, with the values that libxl writes. */
static const struct row {
	enum root root;
	const char *path;		/* "": the root itself */
	enum value value;
	enum node_use use;
	const char *text;
} rows[] = {
	{ HOME, "",			NOTHING,	NODE_LENDS, NULL },
	{ HOME, "control/shutdown",	NOTHING,	NODE_LENT, NULL },
	{ HOME, "control/feature-poweroff", NOTHING,	NODE_LENT, NULL },
	{ HOME, "control/feature-reboot", NOTHING,	NODE_LENT, NULL },
	{ HOME, "control/feature-suspend", NOTHING,	NODE_LENT, NULL },
	{ HOME, "control/sysrq",	NOTHING,	NODE_LENT, NULL },
	{ HOME, "data",			NOTHING,	NODE_LENT, NULL },
	{ HOME, "drivers",		NOTHING,	NODE_LENT, NULL },
	{ HOME, "feature",		NOTHING,	NODE_LENT, NULL },
	{ HOME, "attr",			NOTHING,	NODE_LENT, NULL },
	{ HOME, "error",		NOTHING,	NODE_LENT, NULL },
	{ HOME, "control",		NOTHING,	NODE_TAKEN, NULL },
	{ HOME, "",			NOTHING,	NODE_TAKEN, NULL },
	{ VM,	"",			NOTHING,	NODE_READS, NULL },
	{ HOME, "vm",			VM_PATH,	NODE_READS, NULL },
	{ HOME, "name",			NAME,		NODE_READS, NULL },
	{ HOME, "domid",		DOMID,		NODE_READS, NULL },
	{ HOME, "memory/static-max",	MAX_KIB,	NODE_READS, NULL },
	{ HOME, "memory/target",	KIB,		NODE_READS, NULL },
	{ HOME, "memory/videoram",	TEXT,		NODE_READS, "0" },
	{ HOME, "device/suspend/event-channel", NOTHING, NODE_OWNS, NULL },
	{ HOME, "control/platform-feature-multiprocessor-suspend",
					TEXT,		NODE_READS, "1" },
	{ HOME, "control/platform-feature-xs_reset_watches",
					TEXT,		NODE_READS, "1" },
	{ HOME, "store/port",		STORE_PORT,	NODE_READS, NULL },
	{ HOME, "store/ring-ref",	STORE_MFN,	NODE_READS, NULL },
	{ VM,	"name",			NAME,		NODE_READS, NULL },
	{ VM,	"uuid",			UUID,		NODE_READS, NULL },
	{ VM,	"start_time",		TIME,		NODE_KEEP, NULL },
};

/* ring-ref and port last: xenconsoled opens the console once it sees them. */
static const struct row console_rows[] = {
	{ HOME, "console/backend-id",	CONSOLE_DOMID,	NODE_READS, NULL },
	{ HOME, "console/limit",	TEXT,		NODE_READS, "1048576" },
	{ HOME, CONSOLE_TYPE,		CONSOLE_KIND,	NODE_READS, NULL },
	{ HOME, "console/output",	TEXT,		NODE_READS, "pty" },
	{ HOME, "console/tty",		TEXT,		NODE_KEEP, "" },
	{ HOME, "console/ring-ref",	CONSOLE_MFN,	NODE_READS, NULL },
	{ HOME, "console/port",		CONSOLE_PORT,	NODE_READS, NULL },
};

/* xl takes a domain for one of HVM where nothing says that it is of PVH. */
static const struct row guest_rows[GUEST_TYPES] = {
	[GUEST_PVH] = { LIBXL, "type",	TEXT,		NODE_READS, "pvh" },
};

enum {
	ROWS = sizeof(rows) / sizeof(rows[0]),
	CONSOLE_ROWS = sizeof(console_rows) / sizeof(console_rows[0])
};

void
node_home(uint32_t domid, char path[NODE_PATH])
{
	snprintf(path, NODE_PATH, "/local/domain/%" PRIu32, domid);
}

void
node_below(uint32_t domid, const char *name, char path[NODE_PATH])
{
	snprintf(path, NODE_PATH, "/local/domain/%" PRIu32 "/%s", domid, name);
}

void
node_vm(const uint8_t uuid[UUID_BYTES], char path[NODE_PATH])
{
	snprintf(path, NODE_PATH, "/vm/%s", uuid_text(uuid).s);
}

static uint64_t
number(const struct introduction *d, enum value v)
{
	const uint64_t numbers[] = {
		[DOMID] = d->domid, [TIME] = d->start_time,
		[KIB] = kib_of(d->pages), [MAX_KIB] = kib_of(d->max_pages),
		[STORE_PORT] = d->store_port, [STORE_MFN] = d->store_mfn,
		[CONSOLE_PORT] = d->console_port,
		[CONSOLE_MFN] = d->console_mfn,
		[CONSOLE_DOMID] = d->console_domid,
	};

	return numbers[v];
}

static void
put_value(const struct introduction *d, const struct row *r,
    char text[NODE_VALUE])
{
	text[0] = '\0';
	switch (r->value) {
	case NOTHING:
		break;
	case TEXT:
		snprintf(text, NODE_VALUE, "%s", r->text);
		break;
	case NAME:
		snprintf(text, NODE_VALUE, "%s", d->name);
		break;
	case CONSOLE_KIND:
		snprintf(text, NODE_VALUE, "%s", d->console_type);
		break;
	case UUID:
		snprintf(text, NODE_VALUE, "%s", uuid_text(d->uuid).s);
		break;
	case VM_PATH:
		node_vm(d->uuid, text);
		break;
	default:
		snprintf(text, NODE_VALUE, "%" PRIu64, number(d, r->value));
	}
}

static void
put_node(const struct introduction *d, const struct row *r, struct node *n)
{
	size_t used;

	if (r->root == HOME)
		node_home(d->domid, n->path);
	else if (r->root == VM)
		node_vm(d->uuid, n->path);
	else
		snprintf(n->path, NODE_PATH, "/libxl/%" PRIu32, d->domid);
	used = strlen(n->path);
	if (r->path[0] != '\0')
		snprintf(n->path + used, NODE_PATH - used, "/%s", r->path);
	put_value(d, r, n->value);
	n->use = r->use;
	n->folder = r->path[0] == '\0';
}

/* The node that each vcpu has. */
static void
put_vcpu(const struct introduction *d, size_t vcpu, struct node *n)
{
	char name[48];

	snprintf(name, sizeof(name), "cpu/%zu/availability", vcpu);
	node_below(d->domid, name, n->path);
	snprintf(n->value, NODE_VALUE, "online");
	n->use = NODE_READS;
	n->folder = false;
}

bool
node_at(const struct introduction *d, size_t i, struct node *n)
{
	if (i < ROWS) {
		put_node(d, &rows[i], n);
		return true;
	}
	i -= ROWS;
	if (i < d->vcpus) {
		put_vcpu(d, i, n);
		return true;
	}
	i -= d->vcpus;
	if (guest_rows[d->guest].path != NULL && i-- == 0) {
		put_node(d, &guest_rows[d->guest], n);
		return true;
	}
	if (d->console_port == 0 || i >= CONSOLE_ROWS)
		return false;
	put_node(d, &console_rows[i], n);
	return true;
}
