#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "console/console.h"
#include "run/signals.h"
#include "stage/stage.h"
#include "target/target.h"

static const struct stage_option options[] = {
	{ 'r', "raw", NULL, "a terminal gets the guest's bytes as they are", 0,
	    0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-console",
	.operand = "[TARGET]",
	.purpose = "read and write the console of a domain of Xen",
	.options = options,
	.targets = TARGETS_XEN,
	.prints_text = true,
	.writes = target_writes,
	.profile = CONFINE_TALKER,
};

struct job {
	const char *target;
	bool raw;
};

static int
talk(struct console *c, const struct job *j, struct fail *f)
{
	const char *reason = NULL;
	struct signals signals;
	int rc;

	if (signals_hold(&signals, f) < 0)
		return -1;
	rc = console_talk(c, j->raw, signals.fd, 0, &reason, f);
	signals_let_go(&signals);
	if (rc < 0 || reason == NULL)
		return rc;
	if (target_ended(j->target, reason, f) < 0)
		return -1;
	if (!stage_quiet())
		fprintf(stderr, "%s: '%s' ended: %s\n", self.name, j->target,
		    reason);
	return 0;
}

static int
work(void *arg, struct fail *f)
{
	const struct job *j = arg;
	struct console *c;
	int rc;

	if (console_open(&c, j->target, f) < 0)
		return -1;
	if (isatty(STDIN_FILENO) && !stage_quiet())
		fprintf(stderr, "%s: '%s'; ^] ends\n", self.name, j->target);
	rc = talk(c, j, f);
	console_close(c);
	return rc;
}

int
main(int argc, char **argv)
{
	struct job j = { 0 };

	setlocale(LC_CTYPE, "");
	while (stage_getopt(&self, argc, argv) != -1)
		j.raw = true;
	j.target = stage_target();
	if (j.target == NULL && optind < argc)
		j.target = argv[optind++];
	if (j.target == NULL)
		stage_usage(&self, "no target: xb-console xen:DOMID");
	if (optind < argc)
		stage_usage(&self, "one console at a time: '%s' is one too "
		    "many",
		    argv[optind]);
	stage_writes(j.target, STAGE_DOMAIN);
	return stage_plain(&self, work, &j);
}
