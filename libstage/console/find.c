#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "console/find.h"
#include "xenstore/nodes.h"
#include "xenstore/link.h"
#include "target/runfile.h"

enum { RECORD_TRIES = 500 };		/* 10 s */

static int
number_at(struct xenstore *x, const struct console_owner *o, const char *node,
    uint64_t *n, struct fail *f)
{
	char path[NODE_PATH], *text;

	node_below(o->domid, node, path);
	if (x->ops->read(x, path, &text, f) < 0)
		return -1;
	*n = text == NULL ? 0 : strtoull(text, NULL, 10);
	free(text);
	return 0;
}

static int
look_in(struct xenstore *x, const struct console_owner *o,
    struct console_place *p, struct fail *f)
{
	bool ours;

	if (node_ours(x, o->domid, o->uuid, &ours, f) < 0)
		return -1;
	if (!ours)
		return 0;
	if (number_at(x, o, "console/ring-ref", &p->mfn, f) < 0)
		return -1;
	return number_at(x, o, "console/port", &p->port, f);
}

static int
look_in_store(const struct console_owner *o, struct console_place *p,
    struct fail *f)
{
	struct xenstore *x;
	int rc = xenstore_open_any(&x, f);

	if (x != NULL)
		rc = look_in(x, o, p, f);
	xenstore_close(x);
	return rc;
}

/* Waits for the record's lock: a stage that has it, as in a pipe that is not
 * finished, will soon release it. */
static int
wait_for_record(const struct console_owner *o, struct runfile_lock *lock,
    struct fail *f)
{
	static const struct timespec nap = { .tv_nsec = 20000000 };

	for (unsigned i = 1;; i++) {
		struct fail why = { 0 };

		if (runfile_lock_take(lock, RUNFILE_FOLDER, o->domid,
		    TARGET_READ, &why) == 0)
			return 0;
		if (why.kind != FAIL_FULL || i == RECORD_TRIES)
			return fail_pass(f, &why);
		nanosleep(&nap, NULL);
	}
}

static int
look_in_record(const struct console_owner *o, struct console_place *p,
    struct fail *f)
{
	struct runfile r = { 0 };
	struct runfile_lock lock;
	int rc;

	if (wait_for_record(o, &lock, f) < 0)
		return -1;
	rc = runfile_read(&lock, o->uuid, &r, f);
	runfile_lock_release(&lock);
	*p = (struct console_place){ r.console_mfn, r.console_port };
	return rc;
}

int
console_find(const struct console_owner *o, struct console_place *p,
    struct fail *f)
{
	*p = (struct console_place){ 0 };
	if (look_in_store(o, p, f) < 0 ||
	    (p->port == 0 && look_in_record(o, p, f) < 0))
		return -1;
	if (p->port == 0 || p->port > UINT32_MAX)
		return fail(f, FAIL_TARGET, "'%s' has no console: neither "
		    "xenstore nor " RUNFILE_FOLDER " knows of one; "
		    "xb-startinfo makes it", o->name);
	return 0;
}
