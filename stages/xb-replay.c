#include <stdlib.h>
#include <unistd.h>

#include "base/tempdir.h"
#include "run/replayer.h"
#include "run/result.h"
#include "stage/stage.h"
#include "target/target.h"

enum { CHECK = 256, FROM, UNTIL, KEEP, RESULT };

static const struct stage_option options[] = {
	{ 0, "from", "STAGE", "begin with this stage (xb-load)",
	    FROM, 0 },
	{ 0, "until", "STAGE", "stop after this stage; needs -o",
	    UNTIL, 0 },
	{ 0, "check", NULL, "hold the guest against the recorded one",
	    CHECK, 0 },
	{ 'c', "command-line", "COMMAND_LINE", "instead of the recorded one",
	    0, 0 },
	{ 'j', "json", NULL, "print the domain as JSON", 0, 0 },
	{ 'm', "memory", "SIZE", "instead of the recorded one", 0, 0 },
	{ 'o', "output", "PLAN", "write the finished plan there", 0, 0 },
	{ 0, "result", "FOLDER:TAG", "with --check: keep what it found there, "
	    "in a layout", RESULT, 0 },
	{ 'p', "paused", NULL, "leave the domain paused", 0, 0 },
	{ 0, "keep", NULL, "leave a domain behind that failed", KEEP, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-replay",
	.operand = "RECORD",
	.purpose = "make a domain of a record, from any stage on",
	.options = options,
	.passes = FOR_GUEST | FOR_HOST,
	.targets = TARGETS_BUILD,
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_RUNNER,
};

static const char *
take_stage(const char *option, const char *name)
{
	struct fail f = { .kind = FAIL_NONE };
	enum stage_id id;

	stage_must(&self, stage_asked(option, name, &id, &f), &f);
	return name;
}

static void
take_option(struct replayer *r, struct engine_option *list, int c)
{
	switch (c) {
	case FROM:
		r->from = take_stage("--from", optarg);
		break;
	case UNTIL:
		r->until = take_stage("--until", optarg);
		break;
	case CHECK:
		r->check = true;
		break;
	case 'c':
		r->command_line = optarg;
		break;
	case 'j':
		r->ask.json = true;
		break;
	case 'm':
		(void)stage_size(&self, "-m", optarg);
		r->ask.memory = optarg;
		break;
	case 'o':
		r->plan = optarg;
		break;
	case 'p':
		r->paused = true;
		break;
	case RESULT:
		r->result_to = optarg;
		break;
	case KEEP:
		r->ask.keep = true;
		break;
	default:
		list[r->ask.n_options++] = (struct engine_option){
		    .id = (enum option_id)c, .value = optarg };
	}
}

static void
check_usage(const struct replayer *r, int operands)
{
	bool part = r->until != NULL &&
	    stage_named(r->until) != STAGES - 1;

	if (operands != 1)
		stage_usage(&self, operands == 0 ? "no RECORD given" :
		    "more than one RECORD given");
	if (part && r->plan == NULL)
		stage_usage(&self, "--until %s leaves a plan to go on from: -o "
		    "PLAN keeps it", r->until);
	if (r->result_to != NULL && !r->check)
		stage_usage(&self, "--result keeps what --check finds: add "
		    "--check");
	if (part && r->check)
		stage_usage(&self, "--check is for a guest that is built to "
		    "the end: leave --until out");
}

static int
work(void *options_of_replayer, struct fail *f)
{
	return replayer_run(options_of_replayer, f);
}

static void
tell_names(const struct replayer *r)
{
	struct fail f = { .kind = FAIL_NONE };

	(void)build_writes(&r->ask);
	stage_writes(r->plan, STAGE_ENTRY);
	stage_writes(tempdir_parent(), STAGE_THERE);
	if (r->result_to != NULL)
		stage_must(&self, result_place(r->result_to, &f), &f);
}

int
main(int argc, char **argv)
{
	struct engine_option *list = stage_calloc(&self,
	    stage_options_most(argc, argv), sizeof(*list));
	struct replayer r = { .name = self.name, .ask.options = list };
	int c, status;

	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(&r, list, c);
	check_usage(&r, argc - optind);
	r.record = argv[optind];
	r.ask.target = stage_target();
	tell_names(&r);
	status = stage_plain(&self, work, &r);
	free(list);
	return stage_status(status, r.result.status, r.result.signal);
}
