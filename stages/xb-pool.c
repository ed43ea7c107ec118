/*
 * xb-pool: domains that are built and paused beforehand, and given away in the
 * time of an unpause.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tempdir.h"
#include "pool/pool.h"
#include "stage/outcome.h"
#include "stage/stage.h"
#include "target/target.h"

enum { SET = 256, REFILL };

static const struct stage_option options[] = {
	{ 'm', "memory", "SIZE", "fill: of each domain", 0, 0 },
	{ 'n', "count", "N", "fill: how many domains are kept ready", 0, 0 },
	{ 'j', "json", NULL, "status: print JSON", 0, 0 },
	{ 'o', "output", "PLAN", "take: write the domain's plan there", 0, 0 },
	{ 'p', "paused", NULL, "take: leave the domain paused", 0, 0 },
	{ 0, "refill", NULL, "take: fill the pool in the background", REFILL,
	    0 },
	{ 0, "set", "KEY=VALUE", "take: what the guest is told; may be given "
	    "again", SET, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-pool",
	.verb = "VERB",
	.operand = "[NAME] [KERNEL | CFG | RECORD]",
	.purpose = "keep domains built and paused, and give them away: fill, "
	    "take, status, drain",
	.options = options,
	.passes = FOR_IMAGE | FOR_GUEST | FOR_HOST,
	.refuses = OF_ONE,
	.targets = "where the pool is: xen or file:DIR",
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_RUNNER,
};

struct verb;

struct job {
	const struct verb *verb;
	struct pool_filling fill;	/* its pool is that of every verb */
	struct engine_option *list;	/* of fill */
	struct pool_taking take;
	struct pool_setting *settings;	/* of take */
	bool json, refill;
	unsigned given;			/* of FOR_* below */
};

enum { FOR_FILL = 1, FOR_TAKE = 2, FOR_STATUS = 4, FOR_DRAIN = 8 };

struct verb {
	const char *name;
	unsigned is;			/* of FOR_* above */
	int operands, most;		/* how many it needs, and takes */
	int (*work)(struct job *, struct fail *);
};

/* ---- the verbs ---- */

static int
fill(struct job *j, struct fail *f)
{
	return pool_fill(&j->fill, f);
}

static int
take(struct job *j, struct fail *f)
{
	j->take.pool = j->fill.pool;
	return pool_take(&j->take, f);
}

static int
status(struct job *j, struct fail *f)
{
	struct draft d = { .bytes = NULL };
	int rc = pool_status(&j->fill.pool, j->json, &d, f);

	if (d.bytes != NULL && stage_write(d.bytes, d.n, f) < 0)
		rc = -1;
	free(d.bytes);
	return rc;
}

static int
drain(struct job *j, struct fail *f)
{
	return pool_drain(&j->fill.pool, f);
}

static const struct verb verbs[] = {
	{ "fill", FOR_FILL, 1, 2, fill },
	{ "take", FOR_TAKE, 1, 1, take },
	{ "status", FOR_STATUS, 0, 1, status },
	{ "drain", FOR_DRAIN, 1, 1, drain },
};

static const struct verb *
verb_named(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	stage_usage(&self, "unknown verb '%s': fill, take, status or drain",
	    name);
}

/* ---- the options ---- */

static void
take_setting(struct job *j)
{
	struct fail f = { .kind = FAIL_NONE };

	stage_must(&self, pool_setting_parse(optarg,
	    &j->settings[j->take.n_settings++], &f), &f);
	j->given |= FOR_TAKE;
}

static void
take_option(struct job *j, int c)
{
	switch (c) {
	case 'm':
		(void)stage_size(&self, "-m", optarg);
		j->fill.memory = optarg;
		j->given |= FOR_FILL;
		break;
	case 'n':
		j->fill.count = stage_number(&self, "-n", optarg,
		    POOL_COUNT_MAX);
		j->fill.has_count = true;
		j->given |= FOR_FILL;
		break;
	case 'j':
		j->json = true;
		j->given |= FOR_STATUS;
		break;
	case 'o':
		j->take.output = optarg;
		j->given |= FOR_TAKE;
		break;
	case 'p':
		j->take.paused = true;
		j->given |= FOR_TAKE;
		break;
	case REFILL:
		j->refill = true;
		j->given |= FOR_TAKE;
		break;
	case SET:
		take_setting(j);
		break;
	default:
		j->list[j->fill.n_options++] = (struct engine_option){
		    .id = (enum option_id)c, .value = optarg };
		j->given |= FOR_FILL;
	}
}

static void
check_usage(const struct job *j, int operands)
{
	const struct verb *v = j->verb;
	const struct pool_filling *a = &j->fill;
	struct fail f = { .kind = FAIL_NONE };

	if (operands < v->operands)
		stage_usage(&self, "no pool: xb-pool %s NAME%s", v->name,
		    v->is == FOR_FILL ? " [KERNEL]" : "");
	if (operands > v->most)
		stage_usage(&self, "too many operands for %s", v->name);
	if ((j->given & ~v->is) != 0)
		stage_usage(&self, "%s does not take an option of %s", v->name,
		    (j->given & FOR_FILL & ~v->is) != 0 ? "fill" :
		    (j->given & FOR_TAKE & ~v->is) != 0 ? "take" : "status");
	if (a->of == NULL && (a->n_options > 0 || a->memory != NULL))
		stage_usage(&self, "the options of the domains come with the "
		    "KERNEL; without, the pool's own are used");
	if (a->pool.name != NULL)
		stage_must(&self, pool_check_name(a->pool.name, &f), &f);
}

/* ---- the program ---- */

static void
tell_names(const struct job *j)
{
	if (stage_target() == NULL)
		stage_writes("xen", STAGE_DOMAIN);
	stage_writes(j->take.output, STAGE_ENTRY);
	if (j->verb->is == FOR_FILL)
		stage_writes(tempdir_parent(), STAGE_THERE);
}

static int
work(void *job, struct fail *f)
{
	struct job *j = job;

	return j->verb->work(j, f);
}

/* Not by stage_plain(): what a fill writes to is known only when it has read
 * what to fill with, so its names are closed later (pool/fill.c); and each of
 * its stages tells its own time. */
static int
run_fill(struct job *j)
{
	struct fail f = stage_new_fail(self.name);

	if (stage_confine(&self, true, &f) == 0 && work(j, &f) == 0)
		return 0;
	if (f.kind == FAIL_NONE)
		return 0;
	stage_add_hint(&f, self.name);
	stage_tell_failure(self.name, &f);
	return (int)f.kind;
}

/* The other verbs make no domain, and what they end in files lies in the pool's
 * own folder: they need no folder but that, no children and no threads. */
static int
run(struct job *j)
{
	struct program confined = self;

	if (j->verb->is == FOR_FILL)
		return run_fill(j);
	confined.profile = CONFINE_TALKER;
	confined.makes = NULL;
	return stage_plain(&confined, work, j);
}

/* The refill is a process of its own, which goes on as a fill. */
static void
begin_refill(struct job *j)
{
	struct fail f = stage_new_fail(self.name);
	int child = pool_detach(&j->fill.pool, &f);

	stage_must(&self, child, &f);
	if (child == 0)
		return;
	j->verb = &verbs[0];
	j->take = (struct pool_taking){ .output = NULL };
	j->fill.background = true;
}

int
main(int argc, char **argv)
{
	size_t most = stage_options_most(argc, argv);
	struct job j = {
		.list = stage_calloc(&self, most, sizeof(*j.list)),
		.settings = stage_calloc(&self, (size_t)argc + 1,
		    sizeof(*j.settings)),
	};
	int c, own;

	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(&j, c);
	j.fill.options = j.list;
	j.take.settings = j.settings;
	if (optind == argc)
		stage_usage(&self, "no verb: fill, take, status or drain");
	j.verb = verb_named(argv[optind++]);
	j.fill.pool = (struct pool_ask){ stage_target(), optind < argc ?
		argv[optind] : NULL };
	j.fill.of = argc - optind > 1 ? argv[optind + 1] : NULL;
	check_usage(&j, argc - optind);
	if (j.refill)
		begin_refill(&j);
	tell_names(&j);
	own = run(&j);
	free(j.list);
	free(j.settings);
	return stage_status(own, j.fill.result.status, j.fill.result.signal);
}
