#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
#include "build/vcpu.h"
#include "pool/impl.h"
#include "run/output.h"
#include "stage/stage.h"
#include "target/window.h"

/* One entry that is being taken. */
struct giving {
	const struct pool_taking *asked;
	const struct pool *pool;
	struct entry entry;
	struct plan plan;
};

/* More than any plan: plan/decode.c has the limit. */
enum { PLAN_MAX = 64 << 20 };

/* ---- the plan ---- */

static int
read_plan(struct giving *g, struct fail *f)
{
	char name[ENTRY_NAME];
	void *bytes;
	size_t n;
	int rc;

	entry_name(&g->entry, name);
	if (file_slurp(g->pool->dir, name, PLAN_MAX, &bytes, &n, f) < 0)
		return -1;
	rc = plan_decode(&g->plan, bytes, n, name, f);
	free(bytes);
	if (rc < 0)
		return -1;
	if (!plan_has(&g->plan, PLAN_LAUNCHED) || g->plan.launched ||
	    memcmp(g->plan.memory.uuid, g->entry.uuid, UUID_BYTES) != 0)
		return fail(f, FAIL_INPUT, "'%s' is not the plan of a prepared "
		    "domain of that UUID", name);
	return 0;
}

/* ---- the domain ---- */

/* Settings, and then the work of xb-launch a second time, which holds the
 * registers against the plan's. */
static int
give(struct target *t, const struct target_info *info, struct plan *p,
    void *giving, struct fail *f)
{
	struct giving *g = giving;
	const struct pool_taking *a = g->asked;
	struct vcpu_options options = { .leave_paused = a->paused };

	if (entry_move(g->pool, &g->entry, ENTRY_GIVING, f) < 0 ||
	    settings_tell(a->settings, a->n_settings, t, p, f) < 0)
		return -1;
	return vcpu_launch(t, info, p, &options, f);
}

/* The entry is taken before the domain's name is printed.  A program that is
 * killed in between leaves a domain that runs, stands in the status, and that
 * nobody was told of; the other way round a sweep would end a domain that its
 * taker was told of. */
static int
tell(struct giving *g, struct fail *f)
{
	const struct domain d = { .name = g->plan.memory.target.data };

	if (output_write_plan(g->asked->output, &g->plan, f) == 0 &&
	    entry_move(g->pool, &g->entry, ENTRY_TAKEN, f) == 0 &&
	    stage_print_line(d.name, f) == 0)
		return 0;
	/* Nobody was told of the domain: it is ended. */
	if (domain_end(g->pool, &g->entry, &d, f) < 0)
		fail_add(f, "; domain '%s' is left: end it with 'xb-domain "
		    "destroy'", d.name);
	return -1;
}

/* ---- one entry ---- */

/* A domain that cannot be had now is somebody else's matter; an entry that is
 * damaged is given up, and ended by the next sweep. */
static int
put_back(struct giving *g, const struct fail *why, struct fail *f)
{
	struct fail left = { .kind = FAIL_NONE };
	enum entry_state to = why->kind == FAIL_INPUT ? ENTRY_GIVING :
	    ENTRY_READY;

	if (g->entry.state == ENTRY_CLAIMED &&
	    entry_move(g->pool, &g->entry, to, &left) < 0)
		fail_warn(f, "%s", left.message);
	if (why->kind != FAIL_TARGET && why->kind != FAIL_FULL &&
	    why->kind != FAIL_INPUT)
		return fail_pass(f, why);
	fail_warn(f, "%s; it is not taken", why->message);
	return 1;
}

/* Returns 1 where the entry cannot be had. */
static int
take_locked(struct giving *g, struct fail *f)
{
	const struct pool_taking *a = g->asked;
	struct fail why = { .kind = FAIL_NONE, .say = f->say,
		.say_arg = f->say_arg };
	struct plan *p = &g->plan;

	if (entry_move(g->pool, &g->entry, ENTRY_CLAIMED, f) < 0)
		return -1;
	if (read_plan(g, &why) < 0 ||
	    settings_plan(a->settings, a->n_settings, p, &why) < 0 ||
	    target_run(p, NULL, give, g, &why) < 0)
		return put_back(g, &why, f);
	return tell(g, f);
}

static int
take_entry(const struct pool_taking *a, const struct pool *p,
    const struct entry *e, struct fail *f)
{
	struct fail another_s = { .kind = FAIL_NONE };
	struct giving g = { .asked = a, .pool = p, .entry = *e };
	int fd = entry_lock(p, e, &another_s), rc;

	if (fd < 0)
		return 1;
	plan_init(&g.plan);
	rc = take_locked(&g, f);
	plan_release(&g.plan);
	close(fd);
	return rc;
}

/* ---- the pool ---- */

static int
empty(const struct pool *p, const struct entries *l, struct fail *f)
{
	if (!pool_filled(p))
		return fail(f, FAIL_MISSING, "the pool '%s' is drained: fill "
		    "it with 'xb-pool fill -n N -m SIZE %s KERNEL'", p->name,
		    p->named);
	return fail(f, FAIL_FULL, "the pool '%s' is empty: no domain is "
	    "ready, %zu being built; fill it with 'xb-pool fill %s', or let "
	    "xb-build make one now", p->name, l->in[ENTRY_FILLING], p->named);
}

/* Takers that come at the same time begin at different entries. */
static int
take_any(const struct pool_taking *a, const struct pool *p, struct fail *f)
{
	struct entries l;
	int rc = entries_read(p, &l, f);
	size_t first = l.n > 0 ? (size_t)getpid() % l.n : 0;

	if (rc == 0)
		rc = 1;
	for (size_t i = 0; i < l.n && rc > 0; i++) {
		const struct entry *e = &l.v[(first + i) % l.n];

		if (e->state == ENTRY_READY)
			rc = take_entry(a, p, e, f);
	}
	if (rc > 0)
		rc = empty(p, &l, f);
	free(l.v);
	return rc;
}

int
pool_take(const struct pool_taking *a, struct fail *f)
{
	struct stop stop;
	struct pool p;
	int rc = pool_open(&p, &a->pool, false, f);

	if (rc == 0)
		rc = stop_hold(&stop, false, f);
	if (rc == 0) {
		/* A plan that cannot be written costs no domain. */
		rc = output_check(a->output, f) < 0 ? -1 :
		    take_any(a, &p, f);
		stop_let_go(&stop);
	}
	pool_close(&p);
	return rc;
}
