#include <stdio.h>
#include <string.h>

#include "plan/stages.h"

/*
 * Before the options of each stage stands an empty row, at the place of
 * OPTIONS_ID.  It ends the list of the stage before.
 */
static const struct stage_option options[] = {
	{ 0 },
#define STAGE(...)	{ 0 },
#define DOMAIN(...)	{ 0 },
#define OPTION(ID, letter, name, argument, traits, help) \
	{ letter, name, argument, help, OPTION_##ID, traits },
#include "plan/stages.def"
	{ 0 }
};

#define OPTIONS_OF(ID)	&options[OPTIONS_##ID - OPTION_OPERAND + 1]

const struct stage_row stage_rows[STAGE_TAKERS] = {
#define STAGE(ID, word, NEEDS, flags, operand, purpose, if_lost) \
	{ "xb-" #word, PLAN_##NEEDS, flags, operand, purpose, if_lost, \
	    OPTIONS_OF(ID) },
#define DOMAIN(ID, word, name) \
	{ name, PLAN_NOTHING, STAGE_TOUCHES, NULL, NULL, NULL, \
	    OPTIONS_OF(ID) },
#include "plan/stages.def"
};

/* FIRST_ID is the number of sections that stand above a stage, and so the
 * number of the stage's first section. */
enum first_section {
#define STAGE(ID, ...)		FIRST_##ID, BEFORE_##ID = FIRST_##ID - 1,
#define SECTION(ID, ...)	COUNTED_##ID,
#include "plan/stages.def"
};

static const unsigned first_section[STAGES + 1] = {
#define STAGE(ID, ...)	FIRST_##ID,
#include "plan/stages.def"
	PLAN_FAILED
};

/* The sections of a plan must be in the order of the stages that add them. */
#define SECTION(ID, ...) \
	_Static_assert((int)COUNTED_##ID == (int)PLAN_##ID, "pipe order");
#include "plan/stages.def"

enum stage_id
stage_named(const char *name)
{
	unsigned s = 0;

	while (s < STAGES && strcmp(stage_rows[s].name, name) != 0)
		s++;
	return (enum stage_id)s;
}

int
stage_asked(const char *option, const char *name, enum stage_id *id,
    struct fail *f)
{
	*id = stage_named(name);
	return *id < STAGES ? 0 : fail(f, FAIL_USAGE, "%s: no stage '%s'; "
	    "xb(7) names them, %s to %s", option, name, stage_rows[0].name,
	    stage_rows[STAGES - 1].name);
}

uint32_t
stage_adds(enum stage_id s)
{
	return PLAN_BIT(first_section[s + 1]) - PLAN_BIT(first_section[s]);
}

uint32_t
stage_needs(enum stage_id s)
{
	enum plan_section need = stage_rows[s].needs;
	uint32_t bits = 0;

	for (; need != PLAN_NOTHING; need = plan_section_base(need))
		bits |= PLAN_BIT(need);
	return bits;
}

enum stage_id
plan_section_adder(enum plan_section section)
{
	unsigned s = 0;

	while (s < STAGES && first_section[s + 1] <= section)
		s++;
	return (enum stage_id)s;
}

enum plan_section
plan_section_base(enum plan_section section)
{
	enum stage_id s = plan_section_adder(section);

	if (s == STAGES)
		return PLAN_NOTHING;
	/* The further sections of a stage need its first one. */
	return section == first_section[s] ? stage_rows[s].needs :
	    (enum plan_section)first_section[s];
}

struct option_word
stage_option_word(const struct stage_option *o)
{
	struct option_word w;

	if (o->letter != 0)
		snprintf(w.s, sizeof(w.s), "-%c", o->letter);
	else
		snprintf(w.s, sizeof(w.s), "--%s", o->name);
	return w;
}

const struct stage_option *
stage_option_row(enum option_id id)
{
	return &options[id - OPTION_OPERAND];
}

enum stage_id
stage_of_option(enum option_id id)
{
	unsigned s = STAGE_TAKERS - 1;

	while (s > 0 && stage_rows[s].options > stage_option_row(id))
		s--;
	return (enum stage_id)s;
}

enum option_id
stage_option_named(const char *name, unsigned traits)
{
	for (unsigned s = 0; s < STAGE_TAKERS; s++)
		for (const struct stage_option *o = stage_rows[s].options;
		    o->name != NULL; o++)
			if ((o->traits & traits) != 0 &&
			    strcmp(o->name, name) == 0)
				return (enum option_id)o->value;
	return OPTION_OPERAND;
}
