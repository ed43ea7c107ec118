#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "pool/impl.h"
#include "run/recorded.h"
#include "run/replayer.h"
#include "run/xlcfg.h"
#include "stage/stage.h"

/* One run of xb-pool fill. */
struct filler {
	struct pool_filling *asked;
	struct pool pool;
	struct arena arena;
	struct pool_config config;
	struct xlcfg xlcfg;		/* that the config was made of */
	struct engine_option *options;	/* of the config, and the UUID */
	bool first;			/* the pool had no config before */
	struct signals signals;
};

/* ---- what it is filled with ---- */

/* Where a record lies, and which it is.  With the slash its folder may have any
 * name. */
static const char *
absolute_record(struct filler *l, const char *text, struct fail *f)
{
	struct record_ref ref;
	const char *whole;
	char *real;

	if (record_ref_parse(&ref, text, f) < 0)
		return NULL;
	real = realpath(ref.folder, NULL);
	if (real == NULL)
		return fail_errno_null(f, FAIL_IO, errno, "cannot open '%s'",
		    text);
	whole = arena_print(&l->arena, f, "%s%s%s", real,
	    strchr(strrchr(real, '/'), ':') != NULL ? "/" : "",
	    text + strlen(ref.folder));
	free(real);
	return whole;
}

static const char *
absolute(struct filler *l, const char *path, struct fail *f)
{
	char *real = realpath(path, NULL);
	const char *kept;

	if (real == NULL)
		return fail_errno_null(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open '%s'", path);
	kept = arena_bytes(&l->arena, real, strlen(real), f);
	free(real);
	return kept;
}

/* The absolute path of a folder that need not be there yet: a refill works in
 * another folder. */
static const char *
absolute_folder(struct filler *l, const char *path, struct fail *f)
{
	char here[PATH_MAX];

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		return path;
	return arena_print(&l->arena, f, "%s/%s", here, path);
}

/* A refill has another working folder, and maybe other variables. */
static int
take_option(struct filler *l, const struct engine_option *o, struct fail *f)
{
	const struct stage_option *row = stage_option_row(o->id);
	const char *value = o->value;

	if ((row->traits & OF_ONE) != 0)
		return fail(f, FAIL_USAGE, "--%s is for one domain, and a pool "
		    "has many: each gets its own", row->name);
	if ((row->traits & IS_FILE) != 0)
		value = absolute(l, value, f);
	else if (o->id == OPTION_STORE)
		value = absolute_folder(l, value, f);
	if (o->value != NULL && value == NULL)
		return -1;
	l->config.options[l->config.n_options++] = (struct record_option){
		.name = row->name, .value = value };
	return 0;
}

static int
take_options(struct filler *l, const struct engine_option *v, size_t n,
    struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (take_option(l, &v[i], f) < 0)
			return -1;
	return 0;
}

static int
make_config(struct filler *l, struct fail *f)
{
	const struct pool_filling *a = l->asked;
	const struct build_request typed = { .kernel = a->of,
		.target = a->pool.target, .memory = a->memory,
		.options = a->options, .n_options = a->n_options };
	const struct xlcfg *x = &l->xlcfg;
	struct pool_config *c = &l->config;

	if (xlcfg_read(&typed, true, &l->xlcfg, f) < 0)
		return -1;
	c->memory = x->memory != NULL ? x->memory : a->memory;
	c->of = x->kernel == NULL && recorded_is(a->of) ?
	    absolute_record(l, a->of, f) :
	    absolute(l, x->kernel != NULL ? x->kernel : a->of, f);
	c->options = arena_array(&l->arena, a->n_options + x->n_options + 1,
	    sizeof(*c->options), f);
	if (c->of == NULL || c->options == NULL)
		return -1;
	if (c->memory == NULL && !recorded_is(c->of))
		return fail(f, FAIL_USAGE, "no memory for new domains: -m SIZE "
		    "gives it");
	return take_options(l, a->options, a->n_options, f) < 0 ? -1 :
	    take_options(l, x->options, x->n_options, f);
}

static int
check_same(struct filler *l, struct fail *f)
{
	struct pool_config old;

	if (config_read(&l->pool, &old, &l->arena, f) < 0)
		return -1;
	if (!l->asked->has_count)
		l->config.count = old.count;
	return config_same(&l->config, &old) ? 0 : fail(f, FAIL_TARGET, "the "
	    "pool '%s' is filled with '%s', or with other options: drain it "
	    "first, 'xb-pool drain %s'", l->pool.name, old.of,
	    l->pool.named);
}

/* A new pool, or one that was drained, takes what is asked for; its domains of
 * before, if a drain was killed, are ended. */
static int
choose_config(struct filler *l, struct fail *f)
{
	const struct pool_filling *a = l->asked;

	if (a->of == NULL) {
		if (config_read(&l->pool, &l->config, &l->arena, f) < 0)
			return -1;
	} else if (make_config(l, f) < 0) {
		return -1;
	}
	if (a->has_count)
		l->config.count = a->count;
	if (a->of == NULL)
		return 0;
	l->first = !pool_filled(&l->pool);
	if (!l->first)
		return check_same(l, f);
	return a->has_count ? pool_trim(&l->pool, 0, f) : fail(f, FAIL_USAGE,
	    "how many domains has the pool '%s'?  -n N says it",
	    l->pool.name);
}

/* ---- the options of a build ---- */

enum { TRAITS = FOR_IMAGE | FOR_GUEST | FOR_HOST };

static int
set_options(struct filler *l, struct fail *f)
{
	const struct pool_config *c = &l->config;

	l->options = arena_array(&l->arena, c->n_options + 1,
	    sizeof(*l->options), f);
	if (l->options == NULL)
		return -1;
	for (size_t i = 0; i < c->n_options; i++) {
		enum option_id id = stage_option_named(c->options[i].name,
		    TRAITS);

		if (id == OPTION_OPERAND)
			return fail(f, FAIL_TARGET, "the config of the pool "
			    "'%s' has an option '--%s', which this program "
			    "does not know: drain the pool", l->pool.name,
			    c->options[i].name);
		l->options[i] = (struct engine_option){ .id = id,
			.value = c->options[i].value };
	}
	return 0;
}

/* ---- one domain ---- */

struct building {
	struct entry entry;
	struct uuid_text uuid;
	const char *target;
	char plan[PATH_MAX];
	struct build_result result;
};

static int
begin_entry(struct filler *l, struct building *g, struct fail *f)
{
	const struct pool *p = &l->pool;
	char name[ENTRY_NAME];
	int fd;

	g->entry.state = ENTRY_FILLING;
	if (uuid_random(g->entry.uuid, f) < 0)
		return -1;
	g->uuid = uuid_text(g->entry.uuid);
	entry_name(&g->entry, name);
	if (snprintf(g->plan, PATH_MAX, "%s/%s", p->path, name) >= PATH_MAX)
		return fail(f, FAIL_USAGE, "the folder of the pool '%s' has "
		    "too long a name: '%s'", p->name, p->path);
	g->target = p->kind->runs ? p->kind->scheme : arena_print(&l->arena, f,
	    "%s:%s/%s", p->kind->scheme, p->path, g->uuid.s);
	if (g->target == NULL)
		return -1;
	fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot make '%s'", g->plan);
	close(fd);
	return 0;
}

static int
build_entry(struct filler *l, struct building *g, struct fail *f)
{
	const struct pool_config *c = &l->config;
	const struct build_request ask = { .target = g->target,
		.memory = c->memory, .output = g->plan, .silent = true,
		.options = l->options, .n_options = c->n_options + 1 };

	/* Behind the options of the config there is room for one. */
	l->options[c->n_options] = (struct engine_option){ .id = OPTION_UUID,
		.value = g->uuid.s };
	if (replayer_build(c->of, NULL, &ask, "xb-pool", &g->result, f) < 0 ||
	    g->result.status != 0 || g->result.signal != 0)
		return -1;
	return entry_move(&l->pool, &g->entry, ENTRY_READY, f);
}

/* -1: f is set or, where a stage has told why, result. */
static int
build_one(struct filler *l, struct fail *f)
{
	struct fail dropped = { .kind = FAIL_NONE };
	struct building g = { .target = NULL };
	int rc = begin_entry(l, &g, f);

	if (rc == 0) {
		rc = build_entry(l, &g, f);
		l->asked->result = g.result;
		if (rc < 0 && pool_sweep(&l->pool, true, &dropped) < 0)
			dropped.kind = FAIL_NONE;
	}
	return rc;
}

/* ---- all of them ---- */

/* 1: the pool needs another domain; 0: it is full, or is drained meanwhile. */
static int
wants(struct filler *l, struct fail *f)
{
	struct entries e;
	int rc = entries_read(&l->pool, &e, f);

	free(e.v);
	if (rc < 0)
		return -1;
	if (!pool_filled(&l->pool)) {
		fail_warn(f, "the pool '%s' is drained meanwhile, and not "
		    "filled any further", l->pool.name);
		return 0;
	}
	return e.in[ENTRY_READY] < l->config.count;
}

static int
build_all(struct filler *l, struct fail *f)
{
	struct build_result *r = &l->asked->result;
	int rc;

	while ((rc = wants(l, f)) > 0) {
		r->signal = signals_caught(&l->signals);
		if (r->signal != 0)
			return 0;
		if (build_one(l, f) < 0)
			return f->kind == FAIL_NONE ? 0 : -1;
	}
	return rc < 0 ? -1 : pool_trim(&l->pool, l->config.count, f);
}

/* Tells what the options write to and closes all other names: no plan names a
 * domain here whose files would have to stay open. */
static int
close_names(struct filler *l, struct fail *f)
{
	engine_writes(l->options, l->config.n_options);
	return stage_close_names_but(NULL, f);
}

static int
fill(struct filler *l, struct fail *f)
{
	int rc;

	/* Swept first: a claimed entry that is put back counts. */
	if (pool_sweep(&l->pool, true, f) < 0 || choose_config(l, f) < 0 ||
	    set_options(l, f) < 0 || close_names(l, f) < 0 ||
	    config_write(&l->pool, &l->config, f) < 0 ||
	    signals_hold(&l->signals, f) < 0)
		return -1;
	rc = build_all(l, f);
	signals_let_go(&l->signals);
	return rc;
}

/* Empties refill.log, which until now had what the refill before this one
 * said. */
static void
begin_log(const struct pool *p)
{
	int fd = openat(p->dir, "refill.log", O_WRONLY | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW);

	if (fd >= 0)
		close(fd);
}

/* A refill that finds another one waiting leaves the work to it: that one has
 * not counted yet. */
static int
wait_in_turn(struct filler *l, struct fail *f)
{
	struct fail there_is_one = { .kind = FAIL_NONE };
	int fd, waiting = -1;

	if (l->asked->background) {
		waiting = pool_lock(&l->pool, "waiting", &there_is_one);
		if (waiting < 0)
			return -1;
	}
	fd = pool_lock_wait(&l->pool, "filler", f);
	if (waiting >= 0)
		close(waiting);
	if (fd >= 0 && l->asked->background)
		begin_log(&l->pool);
	return fd;
}

/* A first fill that fails leaves no pool, if it built nothing. */
static void
take_back(const struct filler *l)
{
	struct fail dropped = { .kind = FAIL_NONE };
	struct entries e;
	int rc = entries_read(&l->pool, &e, &dropped);

	free(e.v);
	if (l->first && rc == 0 && e.n == 0)
		(void)unlinkat(l->pool.dir, "config", 0);
	pool_remove(&l->pool);
}

static int
fill_locked(struct filler *l, struct fail *f)
{
	const struct build_result *r = &l->asked->result;
	int lock = wait_in_turn(l, f), rc;

	if (lock < 0)
		return f->kind == FAIL_NONE ? 0 : -1;
	rc = fill(l, f);
	if (rc < 0 || r->status != 0 || r->signal != 0)
		take_back(l);
	close(lock);
	return rc;
}

int
pool_fill(struct pool_filling *a, struct fail *f)
{
	struct filler l = { .asked = a, .arena = ARENA_INIT,
		.xlcfg.arena = ARENA_INIT };
	int rc = pool_open(&l.pool, &a->pool, a->of != NULL, f);

	if (rc == 0)
		rc = fill_locked(&l, f);
	/* An empty folder is no pool: it was made for this fill, which built
	 * nothing. */
	if (a->of != NULL)
		pool_unmake(&l.pool);
	pool_close(&l.pool);
	arena_release(&l.arena);
	arena_release(&l.xlcfg.arena);
	return rc;
}
