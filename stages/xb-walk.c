/*
 * xb-walk: what a virtual address of a domain is, level by level.
 */
#include <unistd.h>

#include "base/number.h"
#include "stage/stage.h"
#include "inspect/operand.h"
#include "inspect/walk-report.h"

enum { NOT_MAPPED = 1 };		/* an answer, and no failure */

static const struct stage_option options[] = {
	{ 'a', "all", NULL, "all of the pages, however much they map", 0, 0 },
	{ 'j', "json", NULL, "print JSON", 0, 0 },
	{ 'n', "pages", "PAGES", "so many pages, one line a run", 0, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-walk",
	.operand = "[TARGET | PLAN] ADDRESS",
	.purpose = "walk a domain's page tables to what an address maps",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT),
	.targets = TARGETS_ALL,
	.profile = CONFINE_WORKER,
	.writes = target_writes,
	.prints_text = true,
};

struct job {
	uint64_t va, pages;		/* pages 0: one address, in full */
	bool json, all;
	bool holes;			/* some addresses are not mapped */
	uint64_t unseen;		/* pages over the limit of the walk */
};

struct ranging {
	struct job *job;
	struct walk_report report;
};

static int
take_run(void *arg, const struct walk_run *run, struct fail *f)
{
	struct ranging *g = arg;

	(void)f;
	g->job->holes |= run->end != WALK_MAPPED;
	if (run->end == WALK_UNSEEN)
		g->job->unseen += run->pages;
	walk_report_run(&g->report, g->job->pages, run);
	return 0;
}

static int
one_address(struct ranging *g, struct walk *w, struct fail *f)
{
	struct walk_path path;

	if (walk_address(w, g->job->va, &path, f) < 0)
		return -1;
	g->job->holes = path.end != WALK_MAPPED;
	walk_report_path(&g->report, &path);
	return 0;
}

static int
a_range(struct ranging *g, struct operand *s, struct fail *f)
{
	const struct walk_limit limit = walk_limit_of(&s->info, g->job->all);
	uint64_t va = g->job->va & ~(PAGE_BYTES - 1);

	if (walk_range(s->walk, va, g->job->pages, s->target == NULL ? NULL :
	    &limit, take_run, g, f) < 0)
		return -1;
	walk_report_end(&g->report);
	walk_warn_unseen(&limit, g->job->unseen, s->name, f);
	return 0;
}

static int
work(struct operand *s, void *arg, struct fail *f)
{
	struct job *j = arg;
	struct ranging g = { .job = j, .report = { .walk = s->walk,
	    .plan = s->plan, .shared_info_mfn = s->target == NULL ?
	    INVALID_MFN :
	    s->info.shared_info_mfn, .json = j->json, .to = stdout } };

	return j->pages == 0 ? one_address(&g, s->walk, f) :
	    a_range(&g, s, f);
}

static uint64_t
address(const char *text)
{
	struct fail ignored = { .kind = FAIL_NONE };
	uint64_t va = 0;

	if (operand_is_target(text))
		stage_usage(&self, "no address: xb-walk '%s' ADDRESS", text);
	if (number_parse("", text, UINT64_MAX, &va, &ignored) < 0)
		stage_usage(&self, "ADDRESS '%s' is not an address: a number "
		    "of 64 bits, hexadecimal with 0x", text);
	return va;
}

static void
take_option(struct job *j, int c)
{
	if (c == 'a')
		j->all = true;
	if (c == 'j')
		j->json = true;
	if (c != 'n')
		return;
	j->pages = stage_number(&self, "-n", optarg, UINT64_C(1) << 52);
	if (j->pages == 0)
		stage_usage(&self, "-n 0 is no range: 1 page at least");
}

int
main(int argc, char **argv)
{
	struct job j = { 0 };
	int c, status;

	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(&j, c);
	if (optind == argc)
		stage_usage(&self, "no address: xb-walk TARGET ADDRESS, or "
		    "PLAN ADDRESS");
	j.va = address(argv[argc - 1]);
	status = operand_run(&self, false, argc - 1, argv, work, &j);
	return status == 0 && j.holes ? NOT_MAPPED : status;
}
