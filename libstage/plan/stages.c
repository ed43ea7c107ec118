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
	{ "xb-" #word, STAGE_##NEEDS, flags, operand, purpose, if_lost, \
	    OPTIONS_OF(ID) },
#define DOMAIN(ID, word, name) \
	{ name, STAGE_NOTHING, STAGE_TOUCHES, NULL, NULL, NULL, \
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

#define GUESTS_PV	GUEST_BIT(GUEST_PV)
#define GUESTS_PVH	GUEST_BIT(GUEST_PVH)

static const unsigned section_guests[PLAN_SECTIONS] = {
#define SECTION(ID, m, TYPE, GUESTS) [PLAN_##ID] = GUESTS_##GUESTS,
#include "plan/stages.def"
	[PLAN_FAILED] = GUESTS_ALL
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
	char program[32];

	*id = stage_named(name);
	if (*id < STAGES)
		return 0;
	snprintf(program, sizeof(program), "xb-%s", name);
	if (stage_named(program) < STAGES)
		return fail(f, FAIL_USAGE, "%s: no stage '%s'; its name is %s",
		    option, name, program);
	return fail(f, FAIL_USAGE, "%s: no stage '%s'; xb(7) names them, %s "
	    "to %s", option, name, stage_rows[0].name,
	    stage_rows[STAGES - 1].name);
}

uint32_t
stage_adds(enum stage_id s)
{
	return PLAN_BIT(first_section[s + 1]) - PLAN_BIT(first_section[s]);
}

/* The stage's first section in the plan of a guest of that type; PLAN_NOTHING
 * where it adds none. */
static enum plan_section
section_of(enum stage_id s, enum guest_type type)
{
	for (unsigned i = first_section[s]; i < first_section[s + 1]; i++)
		if ((section_guests[i] & GUEST_BIT(type)) != 0)
			return (enum plan_section)i;
	return PLAN_NOTHING;
}

uint32_t
stage_needs(enum stage_id s)
{
	uint32_t bits = 0;

	while ((s = stage_rows[s].needs) != STAGE_NOTHING)
		for (enum guest_type g = 0; g < GUEST_TYPES; g++)
			if (section_of(s, g) != PLAN_NOTHING)
				bits |= PLAN_BIT(section_of(s, g));
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

uint32_t
plan_sections_of(enum guest_type type)
{
	uint32_t bits = 0;

	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((section_guests[s] & GUEST_BIT(type)) != 0)
			bits |= PLAN_BIT(s);
	return bits;
}

enum plan_section
plan_section_base(enum guest_type type, enum plan_section section)
{
	enum stage_id s = plan_section_adder(section);

	if (s == STAGES)
		return PLAN_NOTHING;
	/* The further sections of a stage need its first one. */
	if (section != section_of(s, type))
		return section_of(s, type);
	do {
		s = stage_rows[s].needs;
	} while (s != STAGE_NOTHING && section_of(s, type) == PLAN_NOTHING);
	return s == STAGE_NOTHING ? PLAN_NOTHING : section_of(s, type);
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
