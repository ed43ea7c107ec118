/*
 * xb-diff: what differs between two plans, two domains or two records.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "canonical/canonical.h"
#include "diff/diff.h"
#include "inspect/operand.h"
#include "record/record.h"
#include "stage/stage.h"
#include "store/store.h"
#include "target/target.h"

enum { DIFFERENT = 1 };			/* exit status, as diff(1) has it */
enum { LARGEST = 256 };

static const struct stage_option options[] = {
	{ 'j', "json", NULL, "the differences as JSON", 0, 0 },
	{ 0, "max-input", "SIZE", "most bytes of a record to read (16G)",
	    LARGEST, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-diff",
	.operand = "A B",
	.purpose = "Tells what differs between two plans, domains or records.",
	.options = options,
	.prints_text = true,
	.profile = CONFINE_PARENT,
	.writes = target_writes,
};

/* What an operand names. */
enum kind { A_PLAN, A_TARGET, A_RECORD };

struct side {
	const char *name;
	uint64_t max;			/* bytes of a record; 0: the default */
	enum kind kind;
	struct plan plan;		/* given, or a record's last */
	struct target *target;
	struct canonical *canonical;
	struct record record;
};

struct work {
	struct side side[2];
	bool json, differs;
};

/* ---- operands ---- */

static enum kind
kind_of(const char *name)
{
	if (operand_is_target(name))
		return A_TARGET;
	return record_is(name) ? A_RECORD : A_PLAN;
}

static int
open_plan(struct side *s, struct fail *f)
{
	bool input = strcmp(s->name, "-") == 0;
	void *bytes;
	size_t n;
	int rc;

	if (stage_read(s->name, &bytes, &n, f) < 0) {
		free(bytes);
		return -1;
	}
	rc = plan_decode(&s->plan, bytes, n, input ? "standard input" :
	    s->name, f);
	free(bytes);
	return rc;
}

static int
open_target(struct side *s, struct fail *f)
{
	if (target_open(&s->target, s->name, TARGET_READ, f) < 0)
		return -1;
	return canonical_recover(&s->canonical, s->target, s->name, f);
}

static int
open_record(struct side *s, struct fail *f)
{
	if (record_open(&s->record, s->name, s->max, f) < 0)
		return -1;
	return record_last_plan(&s->record, &s->plan, f);
}

static int
open_side(struct side *s, struct fail *f)
{
	static int (*const openers[])(struct side *, struct fail *) = {
		[A_PLAN] = open_plan, [A_TARGET] = open_target,
		[A_RECORD] = open_record,
	};

	return openers[s->kind](s, f);
}

static void
close_side(struct side *s)
{
	canonical_close(s->canonical);
	target_close(s->target);
	plan_release(&s->plan);
	record_release(&s->record);
}

/* ---- comparing ---- */

/* A record's digests of its guest. */
static int
guest_of(struct side *s, struct canonical_digests *d, struct fail *f)
{
	void *bytes;
	size_t n;
	int rc;

	if (s->kind == A_TARGET)
		return canonical_digests(s->canonical, d, f);
	if (record_guest(&s->record, &bytes, &n, f) < 0)
		return -1;
	if (bytes == NULL)
		return fail(f, FAIL_INPUT, "'%s' has no guest to compare: the "
		    "build that it records was not finished", s->name);
	rc = canonical_digests_decode(d, bytes, n, s->name, f);
	free(bytes);
	return rc;
}

static const struct plan *
plan_of(const struct side *s)
{
	return s->kind == A_TARGET ? canonical_plan(s->canonical) : &s->plan;
}

static int
compare_guests(struct work *w, struct diff *d, struct fail *f)
{
	struct canonical_digests a, b;
	int rc;

	if (guest_of(&w->side[0], &a, f) < 0)
		return -1;
	rc = guest_of(&w->side[1], &b, f);
	if (rc == 0)
		rc = diff_digests(d, plan_of(&w->side[0]), &a,
		    plan_of(&w->side[1]), &b, f);
	if (rc == 0)
		canonical_digests_release(&b);
	canonical_digests_release(&a);
	return rc;
}

static int
vcpus_of(const struct side *s, struct maybe *vcpus, struct fail *f)
{
	struct target_info info;

	*vcpus = s->record.build.vcpus;
	if (s->kind != A_TARGET)
		return 0;
	if (s->target->ops->info(s->target, &info, f) < 0)
		return -1;
	*vcpus = (struct maybe){ .set = true, .value = info.vcpus };
	return 0;
}

static int
compare_vcpus(const struct work *w, struct diff *d, struct fail *f)
{
	struct maybe from, to;

	if (vcpus_of(&w->side[0], &from, f) < 0 ||
	    vcpus_of(&w->side[1], &to, f) < 0)
		return -1;
	return diff_vcpus(d, from, to, f);
}

static int
compare_built(struct work *w, struct diff *d, struct fail *f)
{
	struct side *a = &w->side[0], *b = &w->side[1];

	if (a->kind == A_TARGET && b->kind == A_TARGET)
		return diff_guests(d, a->canonical, b->canonical, f);
	if (a->kind == A_TARGET || b->kind == A_TARGET)
		return compare_guests(w, d, f);
	if (diff_plans(d, &a->plan, &b->plan, f) < 0)
		return -1;
	if (a->kind == A_PLAN || b->kind == A_PLAN)
		return 0;
	return diff_records(d, &a->record, &a->plan, &b->record, &b->plan, f);
}

static int
compare(struct work *w, struct diff *d, struct fail *f)
{
	return compare_built(w, d, f) < 0 ? -1 : compare_vcpus(w, d, f);
}

static void
tell(const struct work *w, const struct diff *d)
{
	if (stage_quiet())
		return;
	if (w->json)
		diff_json(d, stdout);
	else
		diff_text(d, stage_verbose(), stdout);
}

static int
work(void *arg, struct fail *f)
{
	struct work *w = arg;
	struct diff d;
	int rc = -1;

	diff_init(&d);
	if (open_side(&w->side[0], f) == 0 && open_side(&w->side[1], f) == 0 &&
	    compare(w, &d, f) == 0) {
		tell(w, &d);
		rc = 0;
	}
	w->differs = diff_any(&d);
	diff_release(&d);
	for (size_t i = 0; i < 2; i++)
		close_side(&w->side[i]);
	return rc;
}

static void
take_operands(struct work *w, int argc, char **argv)
{
	bool plan = false, target = false, input = true;

	if (argc - optind != 2)
		stage_usage(&self, "two things are compared: give two plans, "
		    "targets or records");
	for (int i = 0; i < 2; i++) {
		struct side *s = &w->side[i];

		s->name = argv[optind + i];
		s->kind = kind_of(s->name);
		plan_init(&s->plan);
		plan |= s->kind == A_PLAN;
		target |= s->kind == A_TARGET;
		input &= strcmp(s->name, "-") == 0;
		if (s->kind == A_TARGET)
			stage_writes(s->name, STAGE_DOMAIN);
	}
	if (plan && target)
		stage_usage(&self, "a plan and a domain are not compared: "
		    "xb-verify holds a domain against its plan");
	if (input)
		stage_usage(&self, "only one of the two can be standard input");
}

int
main(int argc, char **argv)
{
	struct work w = { .json = false };
	int c, status;

	while ((c = stage_getopt(&self, argc, argv)) != -1)
		if (c == LARGEST)
			w.side[0].max = w.side[1].max = stage_size(&self,
			    "--max-input", optarg);
		else
			w.json = true;
	take_operands(&w, argc, argv);
	stage_writes(store_default_index(), STAGE_THERE);
	status = stage_plain(&self, work, &w);
	return status == 0 && w.differs ? DIFFERENT : status;
}
