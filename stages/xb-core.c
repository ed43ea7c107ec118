/*
 * xb-core: an ELF core file of a domain, for a debugger.
 */
#include <string.h>
#include <unistd.h>

#include "inspect/core.h"
#include "stage/stage.h"
#include "inspect/operand.h"

static const struct stage_option options[] = {
	{ 'a', "all", NULL, "all that is mapped, however much", 0, 0 },
	{ 'o', "output", "FILE", "the file to write", 0, IS_REQUIRED },
	{ 0 }
};

static const struct program self = {
	.name = "xb-core",
	.operand = "[TARGET | PLAN]",
	.purpose = "write a core file of a domain, for gdb",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY) | PLAN_BIT(PLAN_PAGETABLES) |
	    PLAN_BIT(PLAN_STARTINFO),
	.targets = true,
	.profile = CONFINE_WORKER,
	.writes = target_writes,
	.prints_text = true,
};

struct job {
	const char *path;
	bool all;
};

static int
work(struct operand *s, void *arg, struct fail *f)
{
	const struct job *j = arg;
	const struct core c = { .target = s->target, .info = &s->info,
	    .walk = s->walk, .plan = s->plan, .name = s->name,
	    .all = j->all };

	return core_write(&c, j->path, f);
}

int
main(int argc, char **argv)
{
	struct job j = { .path = "" };
	int c;

	while ((c = stage_getopt(&self, argc, argv)) != -1) {
		if (c == 'a')
			j.all = true;
		else
			j.path = optarg;
	}
	if (j.path[0] == '\0')
		stage_usage(&self, "no output: -o FILE names it");
	if (strcmp(j.path, "-") == 0)
		stage_usage(&self, "-o '-' names no file: a core has holes and "
		    "is put in its place as a whole");
	stage_writes(j.path, STAGE_ENTRY);
	return operand_run(&self, true, argc, argv, work, &j);
}
