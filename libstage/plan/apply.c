#include <stdlib.h>
#include <string.h>

#include "plan/stages.h"

int
plan_check_needs(const struct plan *p, uint32_t sections, const char *who,
    struct fail *f)
{
	sections &= plan_sections_of(plan_guest(p));
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((sections & PLAN_BIT(s)) != 0 && !plan_has(p, s))
			return fail(f, FAIL_INPUT, "the plan has no %s yet: "
			    "%s adds it and comes before %s",
			    plan_section_name(s), plan_section_stage(s), who);
	return 0;
}

/* Encodes all but the sections that a stage may change. */
static int
encode_others(struct plan *p, uint32_t adds, void **out, size_t *n,
    struct fail *f)
{
	const uint32_t has = p->has;
	int rc;

	p->has &= ~adds;
	rc = plan_encode(p, out, n, f);
	p->has = has;
	return rc;
}

static enum plan_section
behind(uint32_t adds)
{
	return (enum plan_section)(32 - __builtin_clz(adds));
}

int
stage_apply(const struct stage_code *code, struct plan *p, const char *target,
    void *options, struct fail *f)
{
	uint32_t adds = stage_adds(code->stage);
	void *was = NULL, *is = NULL;
	size_t n_was, n_is;
	int rc = -1;

	if (plan_check_needs(p, stage_needs(code->stage),
	    stage_rows[code->stage].name, f) < 0)
		return -1;
	plan_drop_from(p, behind(adds));
	p->has &= ~PLAN_BIT(PLAN_FAILED);
	if (encode_others(p, adds, &was, &n_was, f) == 0 &&
	    code->work(p, target, options, f) == 0 &&
	    encode_others(p, adds, &is, &n_is, f) == 0)
		rc = n_was == n_is && memcmp(was, is, n_was) == 0 ?
		    plan_check(p, f) : fail_bug(f, "a stage changed a section "
		    "that is not its own");
	free(was);
	free(is);
	return rc;
}
