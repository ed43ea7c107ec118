#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/json.h"
#include "inspect/kept.h"
#include "inspect/operand.h"
#include "inspect/told.h"
#include "stage/stage.h"
#include "store/store.h"
#include "target/target.h"
#include "verify/verify.h"

static const struct stage_option options[] = {
	{ 'j', "json", NULL, "print JSON", 0, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-verify",
	.operand = "[TARGET | PLAN | RECORD]",
	.purpose = "hold a built domain against its plan, page by page",
	.options = options,
	.needs = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_MEMORY),
	.targets = TARGETS_ALL,
	.profile = CONFINE_WORKER,
	.writes = target_writes,
	.prints_text = true,
};

struct job {
	const char *target;		/* without a plan; NULL */
	bool as_json;
	struct json_writer json;
	unsigned counts[VERIFY_SKIPPED + 1];
};

static const struct {
	const char *shown, *key;
} words[] = {
	[VERIFY_OK]		= { "ok", "ok" },
	[VERIFY_DIFFERS]	= { "DIFFERS", "differs" },
	[VERIFY_SKIPPED]	= { "-", "not made" },
};

static void
put_check(struct json_writer *j, enum verify_result result, const char *check,
    const char *detail)
{
	json_put_map(j, NULL);
	json_put_text(j, "check", check);
	json_put_text(j, "result", words[result].key);
	json_put_text(j, "words", detail[0] == '\0' ? NULL : detail);
	json_put_end(j);
}

static void
print_check(void *arg, enum verify_result result, const char *check,
    const char *detail)
{
	struct job *j = arg;

	j->counts[result]++;
	if (j->as_json) {
		put_check(&j->json, result, check, detail);
		return;
	}
	if (stage_quiet() && result != VERIFY_DIFFERS)
		return;
	printf("%-8s%-16s", words[result].shown, check);
	escape_to(stdout, detail, strlen(detail));
	putchar('\n');
}

static void
begin(struct job *j, const char *target)
{
	if (!j->as_json)
		return;
	j->json = (struct json_writer)JSON_WRITER_INIT(stdout,
	    JSON_STYLE_INDENTED);
	json_put_map(&j->json, NULL);
	json_put_text(&j->json, "target", target);
	json_put_list(&j->json, "checks");
}

/* Prints the sums; in words only if all checks were made, or one of them
 * differs. */
static void
end(struct job *j, int rc)
{
	const unsigned *n = j->counts;

	if (j->as_json) {
		json_put_end(&j->json);
		json_put_number(&j->json, "ok", n[VERIFY_OK]);
		json_put_number(&j->json, "differ", n[VERIFY_DIFFERS]);
		json_put_number(&j->json, "not_made", n[VERIFY_SKIPPED]);
		json_put_end(&j->json);
		putchar('\n');
	} else if (rc == 0 || n[VERIFY_DIFFERS] > 0) {
		printf("%u checks: %u ok, %u differ, %u not made\n",
		    n[VERIFY_OK] + n[VERIFY_DIFFERS] + n[VERIFY_SKIPPED],
		    n[VERIFY_OK], n[VERIFY_DIFFERS], n[VERIFY_SKIPPED]);
	}
}

static int
hold(struct job *j, struct plan *p, struct target *t, struct fail *f)
{
	int rc;

	begin(j, p->memory.target.data);
	rc = verify_domain(p, t, print_check, j, f);
	end(j, rc);
	return rc;
}

static int
on_plan(struct plan *p, void *arg, struct fail *f)
{
	struct target *t;
	int rc;

	if (target_open_plan(&t, p, stage_target(), TARGET_READ, NULL, f) < 0)
		return -1;
	rc = hold(arg, p, t, f);
	target_close(t);
	return rc;
}

/* Without a plan the domain is held against the one that its registers,
 * start_info and page tables tell. */
static int
on_told(struct plan *p, struct target *t, void *arg, struct fail *f)
{
	return hold(arg, p, t, f);
}

static int
on_target(void *arg, struct fail *f)
{
	struct job *j = arg;

	return told_run(j->target, on_told, j, f);
}

int
main(int argc, char **argv)
{
	struct job j = { .target = NULL };

	while (stage_getopt(&self, argc, argv) != -1)
		j.as_json = true;
	stage_writes(store_default_index(), STAGE_THERE);
	if (argc - optind != 1 || !operand_is_target(argv[optind]))
		return kept_sink(&self, argc, argv, on_plan, &j);
	if (stage_target() != NULL)
		stage_usage(&self, "two targets: -t '%s' and '%s'; -t repeats "
		    "the one of a plan", stage_target(), argv[optind]);
	j.target = argv[optind];
	stage_writes(j.target, STAGE_DOMAIN);
	return stage_plain(&self, on_target, &j);
}
