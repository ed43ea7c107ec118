#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "inspect/listing.h"
#include "run/recorder.h"
#include "run/xlcfg.h"
#include "stage/outcome.h"
#include "stage/stage.h"
#include "target/target.h"

enum { OUTPUT_PLAN = 256, KEEP, ANNOTATION, LIST, SLIM };

static const struct stage_option options[] = {
	{ 'o', "output", "RECORD", "what to make: FOLDER, or FOLDER:TAG beside "
	    "others", 0, IS_REQUIRED | OR_NEXT },
	{ 0, "list", NULL, "print the records that a FOLDER has", LIST,
	    IS_REQUIRED },
	{ 0, "output-plan", "PLAN", "write the finished plan there, too",
	    OUTPUT_PLAN, 0 },
	{ 'j', "json", NULL, "print the domain, or the list, as JSON", 0, 0 },
	{ 'm', "memory", "SIZE", "memory of a new domain", 0, 0 },
	{ 0, "annotation", "KEY=VALUE", "of the record, for registries; may "
	    "be given again", ANNOTATION, 0 },
	{ 0, "slim", NULL, "leave out what xb-parse unpacks: a replay makes it "
	    "again", SLIM, 0 },
	{ 'p', "paused", NULL, "leave the domain paused", 0, 0 },
	{ 0, "keep", NULL, "leave a domain behind that could not be built",
	    KEEP, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-record",
	.operand = "KERNEL | CFG | FOLDER",
	.purpose = "build a domain and keep a record of it: every plan, every "
	    "byte that is needed to build it again",
	.options = options,
	.passes = FOR_IMAGE | FOR_GUEST | FOR_HOST,
	.targets = TARGETS_BUILD,
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_RUNNER,
};

static bool list_only;			/* --list */

static void
remember(struct recorder *r, const char *name, const char *value)
{
	r->options[r->n_options++] = (struct record_option){ name, value };
}

/* Writes the size of -m in KiB, so that equal builds have equal options in
 * their records. */
static void
take_memory(struct recorder *r, const char *text)
{
	static char kib[32];

	snprintf(kib, sizeof(kib), "%" PRIu64 "K",
	    stage_size(&self, "-m", text) / 1024);
	r->ask.memory = text;
	remember(r, "memory", kib);
}

static void
take_build_option(struct recorder *r, struct engine_option *list,
    enum option_id id, const char *value)
{
	const struct stage_option *o = stage_option_row(id);

	list[r->ask.n_options++] = (struct engine_option){ .id = id,
	    .value = value };
	if ((o->traits & IS_FILE) != 0)
		r->files[r->n_files++] = (struct recorder_file){ .option = id,
		    .path = value };
	/* What is wrong with it is left for xb-parse to refuse. */
	else if ((o->traits & OF_FILE) != 0 && r->n_files > 0)
		r->files[r->n_files - 1].line = value;
	else if ((o->traits & (FOR_IMAGE | FOR_GUEST)) != 0)
		remember(r, o->name, value);
}

/* The keys are kept until the program ends. */
static void
take_annotation(struct recorder *r, const char *text)
{
	static struct arena keys = ARENA_INIT;
	struct fail f = { .kind = FAIL_NONE };

	stage_must(&self, record_annotation_parse(text, r->annotations,
	    &r->n_annotations, &keys, &f), &f);
}

static void
take_option(struct recorder *r, struct engine_option *list, int c)
{
	switch (c) {
	case SLIM:
		r->slim = true;
		break;
	case LIST:
		list_only = true;
		break;
	case ANNOTATION:
		take_annotation(r, optarg);
		break;
	case 'o':
		r->record = optarg;
		break;
	case OUTPUT_PLAN:
		r->plan = optarg;
		break;
	case 'j':
		r->ask.json = true;
		break;
	case 'm':
		take_memory(r, optarg);
		break;
	case 'p':
		r->paused = true;
		break;
	case KEEP:
		r->ask.keep = true;
		break;
	default:
		take_build_option(r, list, (enum option_id)c, optarg);
	}
}

static int
work(void *options_of_recorder, struct fail *f)
{
	return recorder_run(options_of_recorder, f);
}

static void
take_all(struct recorder *r, struct engine_option *list, int argc, char **argv)
{
	int c;

	for (int i = 1; i < argc; i++)
		r->arguments[r->n_arguments++] = argv[i];
	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(r, list, c);
	if (list_only)
		return;
	if (r->record == NULL)
		stage_usage(&self, "-o RECORD is missing: the folder to make");
	if (argc - optind != 1)
		stage_usage(&self, argc == optind ? "no KERNEL given" :
		    "more than one KERNEL given");
	r->ask.kernel = argv[optind];
	r->ask.target = stage_target();
}

/* What a configuration says is kept as if it had been typed. */
static void
take_config(struct recorder *r, struct engine_option *list, struct xlcfg *c)
{
	struct fail f = stage_new_fail(self.name);

	stage_must(&self, xlcfg_read(&r->ask, false, c, &f), &f);
	if (c->kernel == NULL)
		return;
	r->ask.kernel = c->kernel;
	if (c->memory != NULL)
		take_memory(r, c->memory);
	for (size_t i = 0; i < c->n_options; i++)
		take_build_option(r, list, c->options[i].id,
		    c->options[i].value);
	stage_must(&self, attach_begin(&r->ask.attach, c->devices,
	    c->n_devices, ATTACH_MS, &f), &f);
}

static void
tell_names(const struct recorder *r)
{
	static struct record_ref place;	/* its name has to live on */
	struct fail f = { .kind = FAIL_NONE };

	stage_must(&self, record_ref_parse(&place, r->record, &f), &f);
	(void)build_writes(&r->ask);
	stage_writes(place.folder, STAGE_ENTRY);
	stage_writes(r->plan, STAGE_ENTRY);
}

/* ---- the list ---- */

struct list {
	const char *folder;
	bool json;
};

static int
list_work(void *arg, struct fail *f)
{
	const struct list *l = arg;

	return listing_print(l->folder, l->json, stdout, f);
}

static int
list(const struct recorder *r, int argc, char **argv)
{
	struct list l = { .json = r->ask.json };
	struct program reader = self;
	struct record_ref ref;
	struct fail f = { .kind = FAIL_NONE };

	if (argc - optind != 1 || r->record != NULL)
		stage_usage(&self, "--list is for one FOLDER, and makes "
		    "nothing");
	l.folder = argv[optind];
	stage_must(&self, record_ref_parse(&ref, l.folder, &f), &f);
	if (ref.by_digest || ref.tag != NULL)
		stage_usage(&self, "--list prints all records of a FOLDER: "
		    "'%s' is one", l.folder);
	reader.profile = CONFINE_PARENT;
	reader.writes = NULL;
	reader.makes = NULL;
	return stage_plain(&reader, list_work, &l);
}

int
main(int argc, char **argv)
{
	size_t n = (size_t)argc + XLCFG_OPTIONS;
	size_t most = stage_options_most(argc, argv) + XLCFG_OPTIONS;
	struct engine_option *given = stage_calloc(&self, most,
	    sizeof(*given));
	struct recorder r = { .ask.options = given,
		.files = stage_calloc(&self, most,
		    sizeof(struct recorder_file)),
		.arguments = stage_calloc(&self, n, sizeof(char *)),
		.options = stage_calloc(&self, most,
		    sizeof(struct record_option)) };
	struct xlcfg config;
	int status;

	take_all(&r, given, argc, argv);
	if (list_only) {
		status = list(&r, argc, argv);
	} else {
		take_config(&r, given, &config);
		tell_names(&r);
		status = stage_plain(&self, work, &r);
		attach_end(r.ask.attach);
		arena_release(&config.arena);
	}
	free(given);
	free(r.files);
	free(r.arguments);
	free(r.options);
	return stage_status(status, r.result.status, r.result.signal);
}
