/*
 * stages: the table of the stages that build a domain, and of their options.
 *
 * The rows are in stages.def.  The frame of every program, the engine, xb-show
 * and the readers of plans and records take names, order, sections and options
 * from here.  The table is data and links no work; the work of a stage is one
 * object of its own, struct stage_code, and a program links those that it
 * names.
 */
#ifndef XB_PLAN_STAGES_H
#define XB_PLAN_STAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"
#include "plan/plan.h"

/* In pipe order; behind it who takes options of a new domain. */
enum stage_id {
#define STAGE(ID, ...)	STAGE_##ID,
#define DOMAIN(ID, ...)	STAGES, STAGE_##ID = STAGES,
#include "plan/stages.def"
	STAGE_TAKERS
};

/*
 * Every option of every stage; stage_getopt() returns them, so they are larger
 * than any letter.  Each stage has one number more, OPTIONS_ID, before its own.
 */
enum option_id {
	OPTION_OPERAND = 512,		/* KERNEL of xb-parse */
#define STAGE(ID, ...)	OPTIONS_##ID,
#define DOMAIN(ID, ...)	OPTIONS_##ID,
#define OPTION(ID, ...)	OPTION_##ID,
#include "plan/stages.def"
	OPTIONS_END
};

/*
 * What an option speaks of.  Those with none of the first three are for one
 * program alone; the others are taken by the programs that run all stages, too.
 */
enum option_trait {
	FOR_IMAGE = 1,			/* a record keeps it for good */
	FOR_GUEST = 2,			/* kept; a replay may say otherwise */
	FOR_HOST = 4,			/* of one machine: no record keeps it */
	IS_REQUIRED = 8,
	OR_NEXT = 16,			/* it and the next exclude each other */
	IS_FILE = 32,			/* a record keeps its bytes */
	BY_OPERAND = 64			/* the words of the operand name it */
};

struct stage_option {
	char letter;			/* 0: long form only */
	const char *name;		/* long form */
	const char *argument;		/* NULL: takes none */
	const char *help;		/* one line for -h */
	int value;			/* what stage_getopt() returns: an
					 * option_id; 0: the letter */
	unsigned traits;		/* of enum option_trait */
};

enum stage_flag {
	STAGE_TOUCHES = 1,		/* a domain; has -t TARGET */
	STAGE_OPTIONAL = 2		/* a build is whole without it */
};

struct stage_row {
	const char *name;		/* xb-pgtab */
	enum plan_section needs;	/* and all that it rests on */
	unsigned flags;			/* of enum stage_flag */
	const char *operand;		/* as in its page */
	const char *purpose;		/* one line */
	const char *if_lost;		/* what to do where the work is done but
					 * its plan cannot be written; NULL */
	const struct stage_option *options; /* ends with name NULL */
};

extern const struct stage_row stage_rows[STAGE_TAKERS];

/* The stage of that name; STAGES where there is none. */
enum stage_id stage_named(const char *);

/* The sections that it needs, and those that it adds: PLAN_BITs. */
uint32_t stage_needs(enum stage_id);
uint32_t stage_adds(enum stage_id);

/* The stage that adds a section; STAGES for PLAN_FAILED. */
enum stage_id plan_section_adder(enum plan_section);

/* What a section cannot be without; PLAN_NOTHING: it stands alone. */
enum plan_section plan_section_base(enum plan_section);

/* The row of an option, and the stage that takes it. */
const struct stage_option *stage_option_row(enum option_id);
enum stage_id stage_of_option(enum option_id);

/*
 * The option of that long name that has one of these traits; OPTION_OPERAND
 * where there is none.
 */
enum option_id stage_option_named(const char *name, unsigned traits);

/*
 * The work of a stage.  Its options are size bytes, zero at first, that set
 * fills in one after the other; a value must live as long as they do.  ready is
 * called when all are set.  Both give FAIL_USAGE.  release frees what set
 * allocated.  work does to a plan what the stage is for; target is the value of
 * -t or NULL.  version prints more lines for -V.  All but work may be NULL, and
 * the row of DOMAIN has no work.
 */
struct stage_code {
	enum stage_id stage;
	size_t size;
	int (*set)(void *options, enum option_id, const char *value,
	    struct fail *) must_check;
	int (*ready)(void *options, struct fail *) must_check;
	void (*release)(void *options);
	int (*work)(struct plan *, const char *target, void *options,
	    struct fail *) must_check;
	void (*version)(FILE *);
};

/* stage_parse, stage_layout ...: each beside its work. */
#define STAGE(ID, word, ...)	extern const struct stage_code stage_##word;
#define DOMAIN(ID, word, ...)	extern const struct stage_code stage_##word;
#include "plan/stages.def"

/*
 * Does one stage on a plan: refuses one that lacks what the stage needs
 * (FAIL_INPUT), drops failed and all sections behind the stage's own, works,
 * holds it to its own sections and checks the plan.  The work has sight of what
 * an earlier run of the stage added.
 */
int	stage_apply(const struct stage_code *, struct plan *,
	    const char *target, void *options, struct fail *) must_check;

/* FAIL_INPUT where the plan lacks one of the sections; who needs them. */
int	plan_check_needs(const struct plan *, uint32_t sections,
	    const char *who, struct fail *) must_check;

#endif
