#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/build-options.h"
#include "run/recorder.h"
#include "stage/stage.h"

enum { PLAN = 256, KEEP };

static const struct stage_option options[] = {
	{ 'o', "output", "RECORD", "folder to make: the record", 0,
	    IS_REQUIRED },
	{ 0, "plan", "PLAN", "write the finished plan there, too",
	    PLAN, 0 },
	{ 'm', "memory", "SIZE", "memory of a new domain", 0, 0 },
	{ 'p', "paused", NULL, "leave the domain paused", 0, 0 },
	{ 0, "keep", NULL, "leave a domain behind that could not be built",
	    KEEP, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-record",
	.operand = "KERNEL",
	.purpose = "build a domain and keep a record of it: every plan, every "
	    "byte that is needed to build it again",
	.options = options,
	.passes = FOR_IMAGE | FOR_GUEST | FOR_HOST,
	.targets = true,
	.prints_text = true,
};

static void
remember(struct recorder *r, const char *name, const char *value)
{
	r->options[r->n_options++] = (struct record_option){ name, value };
}

/* -m in one spelling, so that one build is asked for in one way. */
static void
take_memory(struct recorder *r, const char *text)
{
	static char kib[32];
	struct fail f = { 0 };

	snprintf(kib, sizeof(kib), "%" PRIu64 "K",
	    stage_size(&st, "-m", text) / 1024);
	stage_must(&st, build_add(&r->words, "memory", text, &f), &f);
	remember(r, "memory", kib);
}

static void
take_build_option(struct recorder *r, int c)
{
	const struct stage_option *o = stage_option_row((enum option_id)c);
	struct fail f = { 0 };

	stage_must(&st, build_add(&r->words, o->name, optarg, &f), &f);
	if ((o->traits & (FOR_IMAGE | FOR_GUEST)) != 0)
		remember(r, o->name, optarg);
}

static void
take_option(struct recorder *r, int c)
{
	struct fail f = { 0 };

	switch (c) {
	case 'o':
		r->record = optarg;
		break;
	case PLAN:
		r->plan = optarg;
		break;
	case 'm':
		take_memory(r, optarg);
		break;
	case 'p':
		r->paused = true;
		break;
	case KEEP:
		r->keep = true;
		stage_must(&st, build_add(&r->words, "keep", NULL, &f), &f);
		break;
	case OPTION_RAMDISK:
		r->ramdisks[r->n_ramdisks++] = optarg;
		stage_must(&st, build_add(&r->words, "ramdisk", optarg, &f),
		    &f);
		break;
	default:
		take_build_option(r, c);
	}
}

static int
finish_words(struct recorder *r, struct fail *f)
{
	const char *target = stage_target();

	if (build_add_common(&r->words, f) < 0 ||
	    build_add(&r->words, "paused", NULL, f) < 0 ||
	    (target != NULL &&
	    build_add(&r->words, "target", target, f) < 0) ||
	    words_add(&r->words, "--", f) < 0)
		return -1;
	return words_add(&r->words, r->kernel, f);
}

static int
work(void *options_of_recorder, struct fail *f)
{
	struct recorder *r = options_of_recorder;

	if (recorder_run(r, f) < 0)
		return -1;
	if (r->result.status == 0)
		printf("%s\n", r->result.domain);
	return 0;
}

static void
take_all(struct recorder *r, int argc, char **argv)
{
	struct fail f = { 0 };
	int c;

	for (int i = 1; i < argc; i++)
		r->arguments[r->n_arguments++] = argv[i];
	stage_must(&st, words_add(&r->words, "xb-build", &f), &f);
	while ((c = stage_getopt(&st, argc, argv)) != -1)
		take_option(r, c);
	if (r->record == NULL)
		stage_usage(&st, "-o RECORD is missing: the folder to make");
	if (argc - optind != 1)
		stage_usage(&st, argc == optind ? "no KERNEL given" :
		    "more than one KERNEL given");
	r->kernel = argv[optind];
	r->target = stage_target();
	stage_must(&st, finish_words(r, &f), &f);
}

int
main(int argc, char **argv)
{
	size_t n = (size_t)argc;
	struct recorder r = { .version = XB_VERSION,
		.ramdisks = stage_calloc(&st, n, sizeof(char *)),
		.arguments = stage_calloc(&st, n, sizeof(char *)),
		.options = stage_calloc(&st, build_options_most(argc, argv),
		    sizeof(struct record_option)) };
	int status, theirs, by;

	take_all(&r, argc, argv);
	status = stage_plain(&st, work, &r);
	theirs = r.result.status;
	by = r.result.signal;
	recorder_release(&r);
	free(r.ramdisks);
	free(r.arguments);
	free(r.options);
	return stage_status(status, theirs, by);
}
