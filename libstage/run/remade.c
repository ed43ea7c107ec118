#include <string.h>

#include "plan/stages.h"
#include "run/recorded.h"
#include "run/remade.h"

static bool
is_for_parse(const void *unused, enum option_id id)
{
	(void)unused;
	return id != OPTION_OPERAND && stage_of_option(id) == STAGE_PARSE;
}

/* The record's options, its files, and what was given. */
static int
choose(const struct build_request *given, struct record *r, const char *folder,
    struct build_request *ask, struct fail *f)
{
	size_t n;
	struct engine_option *v = recorded_options(r, folder, is_for_parse,
	    NULL, given->n_options, &n, f);

	if (v == NULL)
		return -1;
	ask->kernel = recorded_input(r, 0, folder, f);
	if (ask->kernel == NULL)
		return -1;
	for (size_t i = 0; i < given->n_options; i++)
		if (is_for_parse(NULL, given->options[i].id) &&
		    given->options[i].id != OPTION_COMMAND_LINE)
			v[n++] = given->options[i];
	ask->options = v;
	ask->n_options = n;
	return 0;
}

/* Where a payload that was left out is now. */
static int
take_source(const char *called, const struct record_left *left,
    const struct plan *made, struct plan *p, struct fail *f)
{
	const struct plan_source *s = plan_source_of(made, left->sha256);
	struct plan_source *to = &p->sources[p->n_sources];

	if (plan_source_of(p, left->sha256) != NULL)
		return 0;
	if (s == NULL)
		return fail(f, FAIL_INPUT, "the record '%s' leaves out the "
		    "unpacked %s, and xb-parse makes other bytes of its files "
		    "now; a record without --slim has them", called,
		    left->role);
	*to = *s;
	to->path.data = arena_bytes(&p->arena, s->path.data, s->path.size, f);
	p->n_sources++;
	return to->path.data == NULL ? -1 : 0;
}

static int
take_sources(const char *called, const struct record_build *b,
    const struct engine *e, struct plan *p, struct fail *f)
{
	struct plan_source *v = arena_array(&p->arena, p->n_sources +
	    b->n_left, sizeof(*v), f);
	struct plan made;
	int rc = v == NULL ? -1 : 0;

	plan_init(&made);
	if (rc == 0)
		rc = plan_decode(&made, e->plan, e->n, "the plan", f);
	if (rc == 0 && p->n_sources > 0)
		memcpy(v, p->sources, p->n_sources * sizeof(*v));
	if (rc == 0)
		p->sources = v;
	for (size_t i = 0; rc == 0 && i < b->n_left; i++)
		rc = take_source(called, &b->left[i], &made, p, f);
	plan_release(&made);
	return rc;
}

int
remade_add(struct replayer *a, struct record *r, const char *folder,
    struct plan *p, struct fail *f)
{
	struct build_request ask = { .until = stage_rows[STAGE_PARSE].name,
		.takes_plan = true, .silent = true };
	struct build built;
	int rc;

	if (choose(&a->ask, r, folder, &ask, f) < 0)
		return -1;
	rc = build_run(&built, &ask, f);
	if (rc == 0 && build_stopped(&built, "", f))
		rc = -1;
	a->result = (struct build_result){ .status = rc == 0 ? built.status : 0,
		.signal = built.engine.signal };
	if (rc == 0 && a->result.status == 0)
		rc = take_sources(a->record, &r->build, &built.engine, p, f);
	build_end(&built, rc, a->name);
	return rc;
}
