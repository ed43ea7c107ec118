/*
 * xb-plan: makes a plan of JSON, sealed, fit for the next stage.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/stage.h"

static const struct stage_option options[] = {
	{ 0 }
};

static const struct program self = {
	.name = "xb-plan",
	.operand = "[JSON]",
	.purpose =
	    "Makes a plan of JSON as xb-show -j writes it, and seals it.",
	.options = options,
	.profile = CONFINE_READER,
};

static int
seal(const char *path, struct plan *p, struct fail *f)
{
	const char *what = path == NULL || strcmp(path, "-") == 0 ?
	    "standard input" : path;
	void *text;
	size_t n;
	int rc = stage_read_confined(&self, path, &text, &n, f);

	if (rc == 0)
		rc = plan_from_json(p, text, n, what, f);
	free(text);
	return rc < 0 ? -1 : stage_deliver(p, f);
}

static int
work(void *path, struct fail *f)
{
	struct plan p;
	int rc;

	plan_init(&p);
	rc = seal(path, &p, f);
	plan_release(&p);
	return rc;
}

int
main(int argc, char **argv)
{
	char *path;

	while (stage_getopt(&self, argc, argv) != -1)
		continue;
	path = argv[optind];
	if (argc - optind > 1)
		stage_usage(&self, "one file at a time: '%s' is one too many",
		    argv[optind + 1]);
	if ((path == NULL || strcmp(path, "-") == 0) && isatty(STDIN_FILENO))
		stage_usage(&self, "JSON is expected on standard input, which "
		    "is a terminal");
	return stage_plain(&self, work, path);
}
