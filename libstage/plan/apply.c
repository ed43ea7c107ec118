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

struct section_bytes {
	void *bytes[PLAN_SECTIONS];
	size_t n[PLAN_SECTIONS];
};

static void
release_sections(struct section_bytes *b)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		free(b->bytes[s]);
}

/* Encodes the sections that a stage must not change. */
static int
take_sections(const struct plan *p, uint32_t adds, struct section_bytes *b,
    struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((adds & PLAN_BIT(s)) == 0 && plan_has(p, s) &&
		    plan_encode_section(p, s, &b->bytes[s], &b->n[s], f) < 0)
			return -1;
	return 0;
}

static int
compare_sections(const struct section_bytes *was,
    const struct section_bytes *is, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if (was->n[s] != is->n[s] || (was->n[s] > 0 &&
		    memcmp(was->bytes[s], is->bytes[s], was->n[s]) != 0))
			return fail_bug(f, "a stage changed a section that is "
			    "not its own");
	return 0;
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
	struct section_bytes was = { 0 }, is = { 0 };
	int rc = -1;

	if (plan_check_needs(p, stage_needs(code->stage),
	    stage_rows[code->stage].name, f) < 0)
		return -1;
	plan_drop_from(p, behind(adds));
	p->has &= ~PLAN_BIT(PLAN_FAILED);
	if (take_sections(p, adds, &was, f) == 0 &&
	    code->work(p, target, options, f) == 0 &&
	    take_sections(p, adds, &is, f) == 0 &&
	    compare_sections(&was, &is, f) == 0)
		rc = plan_check(p, f);
	release_sections(&was);
	release_sections(&is);
	return rc;
}
