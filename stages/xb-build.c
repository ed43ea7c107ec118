/*
 * xb-build: a domain, made and built by the stages, in one command.
 */
#include <stdlib.h>
#include <unistd.h>

#include "run/after.h"
#include "run/xlcfg.h"
#include "stage/outcome.h"
#include "stage/stage.h"
#include "target/target.h"

enum { KEEP = 256, PLAN, UNTIL };

static const struct stage_option options[] = {
	{ 'j', "json", NULL, "print the domain as JSON", 0, 0 },
	{ 'm', "memory", "SIZE", "of a new domain; one that is there has its "
	    "own", 0, 0 },
	{ 'p', "paused", NULL, "leave the domain paused", 0, 0 },
	{ 0, "keep", NULL, "leave a domain behind that could not be built",
	    KEEP, 0 },
	{ 'o', "output", "PLAN", "write the finished plan there", 0, 0 },
	{ 0, "plan", "PLAN", "go on from this plan; no KERNEL", PLAN, 0 },
	{ 0, "until", "STAGE", "stop after this stage; needs -o", UNTIL, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-build",
	.operand = "[KERNEL | CFG]",
	.purpose = "make a domain of Xen or one in files, build it, let it run",
	.options = options,
	.passes = FOR_IMAGE | FOR_GUEST | FOR_HOST,
	.targets = TARGETS_BUILD,
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_RUNNER,
};

static void
take_option(struct build_request *ask, struct engine_option *list, int c)
{
	switch (c) {
	case 'j':
		ask->json = true;
		break;
	case 'm':
		ask->memory = optarg;
		break;
	case 'p':
		ask->paused = true;
		break;
	case KEEP:
		ask->keep = true;
		break;
	case 'o':
		ask->output = optarg;
		break;
	case PLAN:
		ask->plan = optarg;
		break;
	case UNTIL:
		ask->until = optarg;
		break;
	default:
		list[ask->n_options++] = (struct engine_option){
		    .id = (enum option_id)c, .value = optarg };
	}
}

static void
take_operand(struct build_request *ask, int argc, char **argv)
{
	bool plan = ask->plan != NULL && ask->plan[0] != '\0';

	if (argc - optind > 1)
		stage_usage(&self, "more than one KERNEL given");
	if (optind < argc && argv[optind][0] != '\0')
		ask->kernel = argv[optind];
	if (ask->kernel == NULL && !plan)
		stage_usage(&self, "no KERNEL given");
	if (ask->kernel != NULL && plan)
		stage_usage(&self, "--plan takes the place of KERNEL");
}

static int
build(const struct build_request *ask)
{
	struct fail f = stage_new_fail(self.name);
	struct build b;
	int rc;

	if (stage_confine(&self, build_writes(ask), &f) < 0) {
		stage_tell_failure(self.name, &f);
		return (int)f.kind;
	}
	rc = build_run(&b, ask, &f);
	if (rc == 0 && b.status == 0 && b.engine.signal == 0 &&
	    b.domain != NULL)
		rc = build_print(&b, &f);
	stage_add_hint(&f, self.name);
	if (rc < 0)
		stage_tell_failure(self.name, &f);
	build_end(&b, rc, self.name);
	if (b.engine.signal != 0)
		return 128 + b.engine.signal;
	return rc < 0 ? (int)f.kind : b.status;
}

int
main(int argc, char **argv)
{
	struct engine_option *list = stage_calloc(&self, XLCFG_OPTIONS +
	    stage_options_most(argc, argv), sizeof(*list));
	struct build_request ask = { .options = list };
	struct fail f = stage_new_fail(self.name);
	struct xlcfg config;
	int c, status;

	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(&ask, list, c);
	ask.target = stage_target();
	take_operand(&ask, argc, argv);
	stage_must(&self, xlcfg_take(&ask, list, &config, &f), &f);
	status = build(&ask);
	attach_end(ask.attach);
	arena_release(&config.arena);
	free(list);
	return status;
}
