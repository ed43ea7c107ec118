/*
 * xb-run: builds a guest, shows its console, waits for its end.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tempdir.h"
#include "run/result.h"
#include "run/runner.h"
#include "run/xlcfg.h"
#include "stage/outcome.h"
#include "stage/stage.h"
#include "target/target.h"

enum { KEEP = 256, ON_REBOOT, RAW, RESULT, TIMEOUT };

static const struct stage_option options[] = {
	{ 'm', "memory", "SIZE", "of a new domain; one that is there and a "
	    "record have their own", 0, 0 },
	{ 'o', "output", "PLAN", "write the finished plan there", 0, 0 },
	{ 0, "keep", NULL, "leave a domain that was not built, or did not end "
	    "with poweroff", KEEP, 0 },
	{ 0, "on-reboot", "rebuild|end", "when the guest reboots (end)",
	    ON_REBOOT, 0 },
	{ 0, "raw", NULL, "a terminal gets the guest's bytes as they are", RAW,
	    0 },
	{ 0, "result", "FOLDER:TAG", "of a RECORD: keep there how the guest "
	    "ended, in a layout", RESULT, 0 },
	{ 0, "timeout", "TIME", "that the guest may run, as 90s or 5m",
	    TIMEOUT, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-run",
	.operand = "KERNEL | CFG | RECORD",
	.purpose = "build a domain of Xen, show its console, wait for its end",
	.options = options,
	.passes = FOR_IMAGE | FOR_GUEST | FOR_HOST,
	.targets = "the domain: xen:DOMID or xen, a new one (xen)",
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_RUNNER,
};

static bool
take_on_reboot(const char *word)
{
	if (strcmp(word, "rebuild") != 0 && strcmp(word, "end") != 0)
		stage_usage(&self, "--on-reboot '%s' is neither rebuild nor "
		    "end", word);
	return strcmp(word, "rebuild") == 0;
}

static void
take_option(struct runner *r, struct engine_option *list, int c)
{
	switch (c) {
	case 'm':
		r->ask.memory = optarg;
		break;
	case 'o':
		r->ask.output = optarg;
		break;
	case KEEP:
		r->ask.keep = true;
		break;
	case ON_REBOOT:
		r->rebuilds = take_on_reboot(optarg);
		break;
	case RAW:
		r->raw = true;
		break;
	case RESULT:
		r->result_to = optarg;
		break;
	case TIMEOUT:
		r->timeout = stage_time(&self, "--timeout", optarg);
		break;
	default:
		list[r->ask.n_options++] = (struct engine_option){
		    .id = (enum option_id)c, .value = optarg };
	}
}

static int
work(void *runner, struct fail *f)
{
	return runner_run(runner, f);
}

int
main(int argc, char **argv)
{
	struct engine_option *list = stage_calloc(&self, XLCFG_OPTIONS +
	    stage_options_most(argc, argv), sizeof(*list));
	struct runner r = { .name = self.name, .ask.options = list };
	struct fail f = stage_new_fail(self.name);
	struct xlcfg config;
	int c, status;

	setlocale(LC_CTYPE, "");
	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(&r, list, c);
	if (argc - optind != 1)
		stage_usage(&self, argc == optind ? "no KERNEL and no RECORD "
		    "given" : "more than one KERNEL given");
	r.ask.kernel = argv[optind];
	r.ask.target = stage_target();
	stage_must(&self, xlcfg_take(&r.ask, list, &config, &f), &f);
	r.of = r.ask.kernel;
	if (r.result_to != NULL)
		stage_must(&self, result_place(r.result_to, &f), &f);
	(void)build_writes(&r.ask);
	stage_writes(tempdir_parent(), STAGE_THERE);
	status = stage_plain(&self, work, &r);
	attach_end(r.ask.attach);
	arena_release(&config.arena);
	free(list);
	return stage_status(status, r.result.status, r.result.signal);
}
