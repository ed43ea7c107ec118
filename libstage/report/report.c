#include "base/file.h"
#include "report/words.h"

static bool
in(uint32_t sections, enum plan_section s)
{
	return (sections & PLAN_BIT(s)) != 0;
}

/* Of these sections, those that the plan has. */
static int
print_sections(const struct report *r, uint32_t sections, struct fail *f)
{
	sections &= r->plan->has;
	if (in(sections, PLAN_IMAGE))
		report_image(r);
	if (in(sections, PLAN_MODULES) || in(sections, PLAN_COMMAND_LINE))
		report_modules(r);
	if (in(sections, PLAN_SOURCES))
		report_sources(r);
	if (in(sections, PLAN_LAYOUT) && report_layout(r, f) < 0)
		return -1;
	if (in(sections, PLAN_MEMORY))
		report_memory(r);
	if (in(sections, PLAN_PAGETABLES))
		report_pagetables(r);
	if (in(sections, PLAN_IDENTITY))
		report_identity(r);
	if (in(sections, PLAN_STARTINFO))
		report_startinfo(r);
	if (in(sections, PLAN_VCPUS))
		report_vcpus(r);
	return 0;
}

int
report_sections(const struct plan *p, uint32_t sections, FILE *to,
    struct fail *f)
{
	const struct report r = report_on(p, to);

	return print_sections(&r, sections, f) < 0 ? -1 :
	    file_flush(to, "the report", f);
}

int
report_text(const struct plan *p, FILE *to, struct fail *f)
{
	struct report r = report_on(p, to);

	/* Unlike other titles it has no empty line before it. */
	fprintf(to, "xb plan, version %d\n", PLAN_VERSION);
	if (print_sections(&r, UINT32_MAX, f) < 0)
		return -1;
	report_extra(&r);
	report_steps(&r);
	report_failed(&r);
	return file_flush(to, "the report", f);
}
