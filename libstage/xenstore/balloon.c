#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/stop.h"
#include "target/info.h"
#include "target/request.h"
#include "xenstore/balloon.h"
#include "xenstore/link.h"

#define DOM0	"xen:0"
#define NODE	"/local/domain/0/memory/target"

enum {
	/* A dom0 that gave no page for so long gives no more. */
	PATIENCE_MS = 10000
};

/* ---- what there is ---- */

/* What the host could still give, and what dom0 has; NULL: not wanted. */
static int
ask(uint64_t *spare, uint64_t *dom0, struct fail *f)
{
	struct target_host host = { .free_pages = 0 };
	struct target_info info = { .pages = 0 };
	struct target *t;
	int rc;

	if (target_open(&t, DOM0, TARGET_LOOK, f) < 0)
		return -1;
	rc = t->ops->host(t, &host, f);
	if (rc == 0 && dom0 != NULL) {
		rc = t->ops->info(t, &info, f);
		*dom0 = info.pages;
	}
	target_close(t);
	*spare = host.free_pages;
	return rc;
}

/* ---- dom0's target ---- */

/* The target; where nobody has set it yet, what dom0 has. */
static int
read_target(struct xenstore *x, uint64_t dom0, int64_t *kib, struct fail *f)
{
	char *text;

	if (x->ops->read(x, NODE, &text, f) < 0)
		return -1;
	*kib = text == NULL ? (int64_t)kib_of(dom0) :
	    (int64_t)strtoull(text, NULL, 10);
	free(text);
	return 0;
}

/* A change of the target, by so many KiB. */
struct change {
	int64_t kib;
	uint64_t least;			/* KiB that are left */
	uint64_t dom0;			/* pages that dom0 has */
};

/* In a transaction, so that two programs do not undo each other's. */
static int
apply(struct xenstore *x, const void *change, struct fail *f)
{
	const struct change *c = change;
	char now[32];
	int64_t target;

	if (read_target(x, c->dom0, &target, f) < 0)
		return -1;
	target += c->kib;
	if (target < (int64_t)c->least)
		return fail(f, FAIL_FULL, "the host is too full: dom0 would be "
		    "left with %" PRId64 " KiB, and --dom0-min leaves it %"
		    PRIu64 " KiB", target < 0 ? 0 : target, c->least);
	snprintf(now, sizeof(now), "%" PRId64, target);
	return x->ops->write(x, NODE, now, f);
}

static int
change(int64_t kib, uint64_t least, uint64_t dom0, struct fail *f)
{
	const struct change c = { kib, least, dom0 };
	struct xenstore *x;
	int rc;

	if (xenstore_open(&x, f) < 0)
		return -1;
	rc = xenstore_transact(x, apply, &c, f);
	xenstore_close(x);
	return rc;
}

/* ---- taking and giving ---- */

/* Waits until so many pages are free. */
static int
await(uint64_t wanted, struct fail *f)
{
	static const struct timespec nap = { .tv_nsec = 50000000 };
	uint64_t now, most = 0, until = clock_in(PATIENCE_MS);

	for (;;) {
		if (stop_check(f) < 0 || ask(&now, NULL, f) < 0)
			return -1;
		if (now >= wanted)
			return 0;
		if (now > most)
			until = clock_in(PATIENCE_MS);
		else if (clock_past(until))
			return fail(f, FAIL_FULL, "dom0 gives no more memory: %"
			    PRIu64 " KiB needed, %" PRIu64 " KiB free",
			    kib_of(wanted), kib_of(now));
		most = now > most ? now : most;
		nanosleep(&nap, NULL);
	}
}

static int
take(struct target_request *r, struct fail *f)
{
	uint64_t wanted = r->pages + target_pool_pages(r) + TARGET_BESIDE;
	uint64_t now = 0, dom0 = 0;

	if (ask(&now, &dom0, f) < 0)
		return -1;
	if (now >= wanted)
		return 0;
	if (change(-(int64_t)kib_of(wanted - now), kib_of(r->dom0_min), dom0,
	    f) < 0)
		return -1;
	r->ballooned = wanted - now;
	return await(wanted, f);
}

int
balloon_take(const struct target_ops *ops, struct target_request *r,
    struct fail *f)
{
	if (!r->balloon)
		return 0;
	if (!ops->runs)
		return fail(f, FAIL_USAGE, "--balloon is for a domain of Xen, "
		    "not for one %s", ops->words);
	if (take(r, f) == 0)
		return 0;
	balloon_give(r, f);
	return -1;
}

void
balloon_give(struct target_request *r, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };

	if (r->ballooned > 0 &&
	    change((int64_t)kib_of(r->ballooned), 0, 0, &why) < 0)
		fail_warn(f, "dom0 does not get back its %" PRIu64 " KiB: %s",
		    kib_of(r->ballooned), why.message);
	r->ballooned = 0;
}
