/*
 * xb-step: a build, one stage at a time, with a look at what each one changes.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tempdir.h"
#include "stage/stage.h"
#include "run/recorded.h"
#include "run/step.h"
#include "target/target.h"

enum { ALL = 256, KEEP };

static const struct stage_option options[] = {
	{ 0, "all", NULL, "run every stage, read no commands", ALL, 0 },
	{ 'm', "memory", "SIZE", "of the domain; of one that is there its own",
	  0, 0 },
	{ 0, "keep", NULL, "leave the domain at the end", KEEP, 0 },
	{ 'p', "paused", NULL, "leave it paused", 0, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-step",
	.operand = "KERNEL | RECORD",
	.purpose = "build a domain one stage at a time, and see what each does",
	.options = options,
	.passes = FOR_IMAGE | FOR_GUEST | FOR_HOST,
	.targets = "the domain: file:DIR, xen:DOMID or xen, a new one (one in "
	    "a temporary folder)",
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_RUNNER,
};

struct job {
	struct step_request ask;
	int status;
};

static void
pass_on(struct step_request *ask, struct engine_option *list, enum option_id id)
{
	list[ask->n_options++] = (struct engine_option){ .id = id,
	    .value = optarg };
	ask->options = list;
}

static int
work(void *arg, struct fail *f)
{
	struct job *j = arg;
	struct stat st;

	int r = stat(j->ask.kernel, &st);

	/* A kernel that is not there is left for xb-parse to refuse. */
	if (r < 0 && !file_absent(errno))
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open '%s'", j->ask.kernel);
	if (recorded_is(j->ask.kernel))
		return step_run_record(&j->ask, &j->status, f);
	return step_run(&j->ask, &j->status, f);
}

int
main(int argc, char **argv)
{
	struct job j = { .ask = { .in = STDIN_FILENO, .to = stdout } };
	struct engine_option *list = stage_calloc(&self,
	    stage_options_most(argc, argv), sizeof(*list));
	int c, status;

	setlocale(LC_CTYPE, "");
	j.ask.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	while ((c = stage_getopt(&self, argc, argv)) != -1)
		if (c == ALL)
			j.ask.all = true;
		else if (c == KEEP)
			j.ask.keep = true;
		else if (c == 'm')
			j.ask.memory = optarg;
		else
			pass_on(&j.ask, list, c == 'p' ? OPTION_PAUSED :
			    (enum option_id)c);
	if (optind == argc)
		stage_usage(&self, "no KERNEL or RECORD given");
	if (argc - optind > 1)
		stage_usage(&self, "more than one KERNEL or "
		    "RECORD given");
	j.ask.kernel = argv[optind];
	j.ask.target = stage_target();
	j.ask.verbose = stage_verbose();
	j.ask.quiet = stage_quiet();
	engine_writes(list, j.ask.n_options);
	stage_writes(tempdir_parent(), STAGE_THERE);
	status = stage_plain(&self, work, &j);
	free(list);
	/* A status over 128 is a signal's, which made the work fail: then that
	 * one counts. */
	return status != 0 && j.status <= 128 ? status : j.status;
}
