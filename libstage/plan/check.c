#include <stdlib.h>
#include <string.h>

#include "plan/check.h"
#include "plan/stages.h"

static int
check_order(const struct plan *p, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++) {
		enum plan_section base;

		if (!plan_has(p, (enum plan_section)s))
			continue;
		if ((plan_sections_of(plan_guest(p)) & PLAN_BIT(s)) == 0)
			return fail(f, FAIL_INPUT, "the plan has '%s', which "
			    "the plan of a %s guest has not",
			    plan_section_name((enum plan_section)s),
			    guest_name(plan_guest(p)));
		base = plan_section_base(plan_guest(p), (enum plan_section)s);
		if (base == PLAN_NOTHING || plan_has(p, base))
			continue;
		return fail(f, FAIL_INPUT, "the plan has '%s' but no '%s',"
		    " which %s adds", plan_section_name((enum plan_section)s),
		    plan_section_name(base), plan_section_stage(base));
	}
	return 0;
}

static int
check_command_line(const struct plan *p, struct fail *f)
{
	const struct abi *a = p->image.abi;
	size_t room = a->start_info[SI_CMD_LINE].size;

	if (p->command_line.size < room)
		return 0;
	return fail(f, FAIL_INPUT, "'command_line' has %zu bytes, limit %zu"
	    " for '%s'", p->command_line.size, room - 1, a->name);
}

static int
compare_sources(const void *a, const void *b)
{
	const struct plan_source *const *x = a, *const *y = b;

	return memcmp((*x)->sha256, (*y)->sha256, SHA256_BYTES);
}

static int
check_digests(const struct plan *p, const struct plan_source **v,
    struct fail *f)
{
	for (size_t i = 0; i < p->n_sources; i++)
		v[i] = &p->sources[i];
	qsort(v, p->n_sources, sizeof(const struct plan_source *),
	    compare_sources);
	for (size_t i = 1; i < p->n_sources; i++)
		if (compare_sources(&v[i - 1], &v[i]) == 0)
			return fail(f, FAIL_INPUT, "two 'sources' have the same"
			    " digest: '%s' and '%s'", v[i - 1]->path.data,
			    v[i]->path.data);
	return 0;
}

static int
check_sources(const struct plan *p, struct fail *f)
{
	const struct plan_source **v;
	int rc;

	for (size_t i = 0; i < p->n_sources; i++)
		if (p->sources[i].path.data[0] != '/')
			return fail(f, FAIL_INPUT, "'sources[%zu].path' is"
			    " '%s'; it must be absolute", i,
			    p->sources[i].path.data);
	v = calloc(p->n_sources + 1, sizeof(const struct plan_source *));
	if (v == NULL)
		return fail_memory(f, p->n_sources *
		    sizeof(const struct plan_source *));
	rc = check_digests(p, v, f);
	free(v);
	return rc;
}

static int
check_failed(const struct plan *p, struct fail *f)
{
	if (p->failed.status == 0)
		return fail(f, FAIL_INPUT, "'failed.status' is 0: no failure");
	return 0;
}

/* In the order of checking. */
static const struct {
	enum plan_section section;
	int (*check)(const struct plan *, struct fail *);
} checks[] = {
	{ PLAN_IMAGE, plan_check_image },
	{ PLAN_MODULES, plan_check_modules },
	{ PLAN_LAYOUT, plan_check_layout },
	{ PLAN_LAYOUT, plan_check_lists },
	{ PLAN_COMMAND_LINE, check_command_line },
	{ PLAN_SOURCES, check_sources },
	{ PLAN_MEMORY, plan_check_memory },
	{ PLAN_PAGETABLES, plan_check_pagetables },
	{ PLAN_IDENTITY, plan_check_identity },
	{ PLAN_STARTINFO, plan_check_startinfo },
	{ PLAN_VCPUS, plan_check_vcpus },
	{ PLAN_FAILED, check_failed },
};

int
plan_check(const struct plan *p, struct fail *f)
{
	if (check_order(p, f) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (plan_has(p, checks[i].section) && checks[i].check(p, f) < 0)
			return -1;
	return 0;
}
