#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/build-options.h"
#include "run/replayer.h"
#include "stage/stage.h"

enum { CHECK = 256, FROM, UNTIL, KEEP };

static const struct stage_option options[] = {
	{ 0, "from", "STAGE", "begin with this stage (xb-load)",
	    FROM, 0 },
	{ 0, "until", "STAGE", "stop after this stage; needs -o",
	    UNTIL, 0 },
	{ 0, "check", NULL, "hold the guest against the recorded one",
	    CHECK, 0 },
	{ 'c', "command-line", "COMMAND_LINE", "instead of the recorded one",
	    0, 0 },
	{ 'm', "memory", "SIZE", "instead of the recorded one", 0, 0 },
	{ 'o', "output", "PLAN", "write the finished plan there", 0, 0 },
	{ 'p', "paused", NULL, "leave the domain paused", 0, 0 },
	{ 0, "keep", NULL, "leave a domain behind that failed", KEEP, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-replay",
	.operand = "RECORD",
	.purpose = "make a domain of a record, from any stage on",
	.options = options,
	.passes = FOR_GUEST | FOR_HOST,
	.targets = true,
	.prints_text = true,
};

static const char *
stage_asked(const char *option, const char *name)
{
	if (!replayer_stage_known(name))
		stage_usage(&st, "%s: no stage '%s'; xb(7) names them, "
		    "xb-parse to xb-launch", option, name);
	return name;
}

static void
take_build_option(struct replayer *r, int c)
{
	const struct stage_option *o = stage_option_row((enum option_id)c);
	struct fail f = { 0 };

	if (stage_of_option((enum option_id)c) == STAGE_CREATE)
		stage_must(&st, build_add(&r->words, o->name, optarg, &f), &f);
	else
		r->options[r->n_options++] =
		    (struct record_option){ o->name, optarg };
}

static void
take_option(struct replayer *r, int c)
{
	switch (c) {
	case FROM:
		r->from = stage_asked("--from", optarg);
		break;
	case UNTIL:
		r->until = stage_asked("--until", optarg);
		break;
	case CHECK:
		r->check = true;
		break;
	case 'c':
		r->command_line = optarg;
		break;
	case 'm':
		(void)stage_size(&st, "-m", optarg);
		r->memory = optarg;
		break;
	case 'o':
		r->plan = optarg;
		break;
	case 'p':
		r->paused = true;
		break;
	case KEEP:
		r->keep = true;
		break;
	default:
		take_build_option(r, c);
	}
}

static void
check_usage(const struct replayer *r, int operands)
{
	bool part = r->until != NULL && strcmp(r->until, "xb-launch") != 0;

	if (operands != 1)
		stage_usage(&st, operands == 0 ? "no RECORD given" :
		    "more than one RECORD given");
	if (part && r->plan == NULL)
		stage_usage(&st, "--until %s leaves a plan to go on from: -o "
		    "PLAN keeps it", r->until);
	if (part && r->check)
		stage_usage(&st, "--check is for a guest that is built to the "
		    "end: leave --until out");
}

static int
work(void *options_of_replayer, struct fail *f)
{
	struct replayer *r = options_of_replayer;

	if (replayer_run(r, f) < 0)
		return -1;
	if (r->result.status == 0 && r->result.domain != NULL)
		printf("%s\n", r->result.domain);
	return 0;
}

int
main(int argc, char **argv)
{
	struct replayer r = { .options = stage_calloc(&st,
	    build_options_most(argc, argv), sizeof(struct record_option)) };
	struct fail f = { 0 };
	int c, status, theirs, by;

	stage_must(&st, words_add(&r.words, "xb-build", &f), &f);
	while ((c = stage_getopt(&st, argc, argv)) != -1)
		take_option(&r, c);
	check_usage(&r, argc - optind);
	stage_must(&st, build_add_common(&r.words, &f), &f);
	r.record = argv[optind];
	r.target = stage_target();
	status = stage_plain(&st, work, &r);
	theirs = r.result.status;
	by = r.result.signal;
	replayer_release(&r);
	free(r.options);
	return stage_status(status, theirs, by);
}
