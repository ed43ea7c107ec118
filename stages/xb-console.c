#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console/console.h"
#include "stage/stage.h"
#include "base/terminal.h"

static const struct program self = {
	.name = "xb-console",
	.operand = "[TARGET]",
	.purpose = "read and write the console of a domain of Xen",
	.targets = true,
	.prints_text = true,
};

static int
talk(struct console *c, const char *target, struct fail *f)
{
	struct terminal t;
	struct console_ends ends = { STDIN_FILENO, STDOUT_FILENO, -1,
	    isatty(STDIN_FILENO) };
	const char *reason = NULL;
	int rc = terminal_open(&t, STDIN_FILENO, f);

	ends.stop = t.signals;
	if (rc == 0)
		rc = console_run(c, &ends, &reason, f);
	terminal_close(&t);
	if (rc < 0 || reason == NULL)
		return rc;
	if (strcmp(reason, "poweroff") != 0)
		return fail(f, FAIL_TARGET, "'%s' ended: %s", target, reason);
	if (!stage_quiet())
		fprintf(stderr, "%s: '%s' ended: %s\n", self.name, target,
		    reason);
	return 0;
}

static int
work(void *target, struct fail *f)
{
	struct console *c;
	int rc;

	if (console_open(&c, target, f) < 0)
		return -1;
	if (isatty(STDIN_FILENO) && !stage_quiet())
		fprintf(stderr, "%s: '%s'; ^] ends\n", self.name,
		    (const char *)target);
	rc = talk(c, target, f);
	console_close(c);
	return rc;
}

int
main(int argc, char **argv)
{
	const char *target;

	while (stage_getopt(&self, argc, argv) != -1)
		continue;
	target = stage_target();
	if (target == NULL && optind < argc)
		target = argv[optind++];
	if (target == NULL)
		stage_usage(&self, "no target: xb-console xen:DOMID");
	if (optind < argc)
		stage_usage(&self, "one console at a time: '%s' is one too "
		    "many",
		    argv[optind]);
	return stage_plain(&self, work, (void *)(uintptr_t)target);
}
