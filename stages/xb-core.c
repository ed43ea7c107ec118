/*
 * xb-core: an ELF core file of a domain, for a debugger.
 */
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "inspect/core.h"
#include "stage/stage.h"
#include "inspect/operand.h"

static const struct stage_option options[] = {
	{ 'a', "all", NULL, "all that is mapped, however much", 0, 0 },
	{ 'j', "json", NULL, "print what was written, as JSON", 0, 0 },
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
	.targets = TARGETS_ALL,
	.profile = CONFINE_WORKER,
	.writes = target_writes,
	.prints_text = true,
};

struct job {
	const char *path;
	bool all, json;
};

static void
print(const struct job *j, const char *name, const struct core_result *r)
{
	struct json_writer w = JSON_WRITER_INIT(stdout, JSON_STYLE_INDENTED);
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "bytes", r->bytes }, { "frames", r->frames },
		{ "runs", r->runs }, { "vcpus", r->vcpus },
		{ "not_its_own", r->left_out }, { "over_limit", r->unseen },
	};

	json_put_map(&w, NULL);
	json_put_text(&w, "target", name);
	json_put_text(&w, "file", j->path);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_put_number(&w, rows[i].key, rows[i].value);
	json_put_end(&w);
	putchar('\n');
}

static int
work(struct operand *s, void *arg, struct fail *f)
{
	const struct job *j = arg;
	struct core_result result;
	const struct core c = { .target = s->target, .info = &s->info,
	    .walk = s->walk, .plan = s->plan, .name = s->name,
	    .all = j->all, .result = &result };

	if (core_write(&c, j->path, f) < 0)
		return -1;
	if (j->json)
		print(j, s->name, &result);
	return 0;
}

int
main(int argc, char **argv)
{
	struct job j = { .path = "" };
	int c;

	while ((c = stage_getopt(&self, argc, argv)) != -1) {
		if (c == 'a')
			j.all = true;
		else if (c == 'j')
			j.json = true;
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
